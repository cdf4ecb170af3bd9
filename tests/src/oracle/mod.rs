//! The conformance runner: a folder of scenarios goes in, a line per scenario comes out.
//!
//! Each scenario runs in a process of its own with its environment, through the public API ([`child`]). What it emitted is
//! compared with the expected file the policy names (`compare`), but for the fields that the policy, or our own list beside
//! this runner (`tests/oracle/deviations.json`), says we do differently.

pub mod child;
mod compare;
mod content;
mod context;
mod emitted;
mod fields;
mod folder;
mod lenient;
mod ops;
mod path;
mod points;
mod process;
mod simplify;
mod streams;
mod typed;
mod warnings;

use std::fmt::Write as _;
use std::path::Path;

pub use folder::Folder;
pub use process::emitted;

/// What a scenario came to.
#[derive(Debug)]
pub enum Outcome {
    Passed,
    /// The fields that differ.
    Failed(Vec<String>),
    /// Why it was not run.
    Skipped(String),
}

/// All scenarios of a folder, in the order of their names.
#[derive(Debug, Default)]
pub struct Report {
    pub outcomes: Vec<(String, Outcome)>,
}

impl Report {
    /// How many passed, failed and were skipped.
    pub fn counts(&self) -> (usize, usize, usize) {
        let mut counts = (0, 0, 0);
        for (_, outcome) in &self.outcomes {
            match outcome {
                Outcome::Passed => counts.0 += 1,
                Outcome::Failed(_) => counts.1 += 1,
                Outcome::Skipped(_) => counts.2 += 1,
            }
        }
        counts
    }
}

/// A line per scenario, the differing fields below it, and the counts.
impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        for (name, outcome) in &self.outcomes {
            match outcome {
                Outcome::Passed => writeln!(text, "ok {name}")?,
                Outcome::Skipped(reason) => writeln!(text, "skipped {name}: {reason}")?,
                Outcome::Failed(fields) => {
                    writeln!(text, "FAILED {name}")?;
                    for field in fields {
                        writeln!(text, "    {field}")?;
                    }
                }
            }
        }
        let (passed, failed, skipped) = self.counts();
        writeln!(text, "{passed} passed, {failed} failed, {skipped} skipped")?;
        f.write_str(&text)
    }
}

/// Runs the scenarios of `folder` whose names contain `filter`, each in a process of `executable`.
///
/// # Errors
///
/// The folder cannot be read, or a process cannot be started.
pub fn run(folder: &Folder, executable: &Path, filter: &str) -> Result<Report, String> {
    let mut report = Report::default();
    for name in folder.names().filter(|name| name.contains(filter)) {
        let outcome = match folder.scenario(name) {
            Ok(scenario) => match scenario.skip() {
                Some(reason) => Outcome::Skipped(reason),
                None => {
                    let emitted = process::execute(&scenario, executable)?;
                    let differences = match emitted {
                        Ok(emitted) => compare::differences(&scenario, &emitted, folder),
                        Err(problem) => vec![problem],
                    };
                    if differences.is_empty() {
                        Outcome::Passed
                    } else {
                        Outcome::Failed(differences)
                    }
                }
            },
            Err(problem) => Outcome::Failed(vec![problem]),
        };
        report.outcomes.push((name.to_owned(), outcome));
    }
    Ok(report)
}
