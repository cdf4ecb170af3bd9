//! Runs the conformance scenarios: `oracle [DIR] [FILTER]`, DIR being `../shared/oracle` by default.

use std::path::PathBuf;
use std::process::ExitCode;

use genai_tests::oracle::{Folder, child, run};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(arguments) = child::arguments(&arguments) {
        return child::main(arguments);
    }
    let folder = match arguments.first() {
        Some(folder) => PathBuf::from(folder),
        None => match genai_tests::shared("oracle") {
            Some(folder) => folder,
            None => return ExitCode::SUCCESS,
        },
    };
    let filter = arguments.get(1).map_or("", String::as_str);
    let report = Folder::open(&folder).and_then(|folder| {
        let executable = std::env::current_exe().map_err(|error| error.to_string())?;
        run(&folder, &executable, filter)
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
