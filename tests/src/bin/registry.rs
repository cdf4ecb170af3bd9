//! Writes the registry's generated files from the facts of the conventions: `registry [--check] [FACTS.json]`.
//!
//! With `--check` nothing is written; the exit code is 1 if a file is not what would be written. With `--facts CONVENTIONS.json` the
//! file of facts itself is written, from the whole conventions as JSON.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use genai_tests::registry::{Facts, Registry};
use genai_tests::workspace;
use lexopt::prelude::*;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("error: {e}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, Box<dyn std::error::Error>> {
    let (mut check, mut conventions, mut path) = (false, None, None);
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("check") => check = true,
            Long("facts") => conventions = Some(PathBuf::from(arguments.value()?)),
            Value(facts) if path.is_none() => path = Some(PathBuf::from(facts)),
            other => return Err(other.unexpected().into()),
        }
    }
    let path = path.unwrap_or_else(Facts::path);
    if let Some(conventions) = conventions {
        let facts = Facts::of_conventions(&fs::read_to_string(conventions)?)?;
        fs::write(&path, facts.text()?)?;
    }
    let registry = Registry::read(&fs::read_to_string(path)?)?;
    if check {
        let stale = registry.stale(&workspace());
        stale
            .iter()
            .for_each(|path| println!("not as generated: {}", path.display()));
        return Ok(stale.is_empty());
    }
    registry.write(&workspace())?;
    Ok(true)
}
