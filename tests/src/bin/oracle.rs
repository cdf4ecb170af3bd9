//! Runs the conformance scenarios: `oracle [DIR] [FILTER]`, DIR being `../shared/oracle` by default.

use std::path::PathBuf;
use std::process::ExitCode;

use genai_tests::oracle::{Folder, child, run};
use lexopt::prelude::*;

/// The folder of scenarios, and which of them.
#[derive(Default)]
struct Arguments {
    folder: Option<PathBuf>,
    filter: String,
}

impl Arguments {
    fn read() -> Result<Self, lexopt::Error> {
        let mut read = Self::default();
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Value(folder) if read.folder.is_none() => read.folder = Some(folder.into()),
                Value(filter) if read.filter.is_empty() => read.filter = filter.string()?,
                other => return Err(other.unexpected()),
            }
        }
        Ok(read)
    }
}

fn main() -> ExitCode {
    // A process of its own for one scenario, started by this program.
    let of_process: Vec<String> = std::env::args().skip(1).collect();
    if let Some(arguments) = child::arguments(&of_process) {
        return child::main(arguments);
    }
    let Arguments { folder, filter } = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let Some(folder) = folder.or_else(|| genai_tests::shared("oracle")) else {
        return ExitCode::SUCCESS;
    };
    let report = Folder::open(&folder).and_then(|folder| {
        let executable = std::env::current_exe().map_err(|error| error.to_string())?;
        run(&folder, &executable, &filter)
    });
    match report {
        Ok(report) => {
            print!("{report}");
            if report.counts().1 == 0 {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}
