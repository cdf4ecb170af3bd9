//! Writes the registry's generated files: `registry [--check] [path-to-genai-semconv.json]`.
//!
//! With `--check` nothing is written; the exit code is 1 if a file is not what would be written.

use std::path::PathBuf;
use std::process::ExitCode;

use genai_tests::registry::{Error, Registry};
use genai_tests::{shared, workspace};

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
    let mut check = false;
    let mut path = None;
    for argument in std::env::args_os().skip(1) {
        if argument == "--check" {
            check = true;
        } else {
            path = Some(PathBuf::from(argument));
        }
    }
    let Some(path) = path.or_else(|| shared("semconv/genai-semconv.json")) else {
        return Ok(false);
    };
    let registry: Result<Registry, Error> = Registry::read(&std::fs::read_to_string(path)?);
    let registry = registry?;
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
