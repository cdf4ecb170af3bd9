//! Writes to standard output what is recorded of the lines on standard input.

use std::process::ExitCode;

fn main() -> ExitCode {
    match genai_map_order::write(std::io::stdin().lock(), std::io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
