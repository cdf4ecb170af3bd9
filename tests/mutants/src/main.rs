//! Mutation testing with one build: every small change of a crate's modules is planted into a copy of the sources, switched off, and an
//! environment variable switches one on. A module's name goes in; the changes that no test notices come out.
//!
//! `mutants MODULE [--shard K/N] [--only FILE:LINE] [--again] [--jobs N]`, as `tests/scripts/mutants.sh` calls it. The copy is in
//! `target/mutants/tree`, and what is built of it beside that. What is tried is a part of what cargo-mutants tries, which builds once for
//! each: values of functions, binary and unary operators, arms of `match` and their conditions. A change that does not compile is taken
//! out.

mod build;
mod built;
mod plant;
mod run;
mod tree;
mod values;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use plant::Change;
use run::{Fate, Tests};

/// What is built at once: a package of which modules are changed, and the test programs that are to notice.
pub struct Build {
    pub name: &'static str,
    pub package: &'static str,
    pub sources: &'static [&'static str],
    /// Packages with integration tests.
    pub packages: &'static [&'static str],
    pub tests: &'static [&'static str],
}

impl Build {
    /// The file that the question goes into.
    pub fn library(&self) -> String {
        format!("{}/src/lib.rs", self.package)
    }
}

static RUNTIME: Build = Build {
    name: "runtime",
    package: "genai-runtime",
    sources: &[
        "genai-runtime/src/content",
        "genai-runtime/src/context",
        "genai-runtime/src/operation",
        "genai-runtime/src/pipeline",
    ],
    packages: &["genai-tests", "genai-services-tests"],
    tests: &[
        "operations",
        "context",
        "content",
        "evaluations",
        "streams",
        "functions",
        "export",
        "cost",
        "references",
        "allocations",
        "grpc",
        "layers",
        "redaction",
        "two_processes",
    ],
};

static MACROS: Build = Build {
    name: "macros",
    package: "genai-macros",
    sources: &["genai-macros/src/check"],
    packages: &[],
    tests: &[],
};

/// What is asked for.
struct Asked {
    name: String,
    build: &'static Build,
    /// The folder whose changes are tried.
    folder: String,
    /// Every so many-th change, from this one on.
    shard: (usize, usize),
    /// `FILE:LINE` of the changes, or a part of it.
    only: Option<String>,
    /// Only those that runs before did not catch.
    is_again: bool,
    /// How many are tried at once.
    jobs: usize,
}

fn asked() -> Option<Asked> {
    let mut args = std::env::args().skip(1);
    let name = args.next()?;
    let (build, folder) = match name.as_str() {
        "content" | "context" | "operation" | "pipeline" => {
            (&RUNTIME, format!("genai-runtime/src/{name}/"))
        }
        "runtime" => (&RUNTIME, String::new()),
        "check" => (&MACROS, String::new()),
        _ => return None,
    };
    let mut asked = Asked {
        name,
        build,
        folder,
        shard: (0, 1),
        only: None,
        is_again: false,
        jobs: 1,
    };
    while let Some(option) = args.next() {
        match option.as_str() {
            "--shard" => {
                let (k, n) = args
                    .next()?
                    .split_once('/')
                    .map(|(k, n)| (k.parse(), n.parse()))?;
                asked.shard = (k.ok()?, n.ok().filter(|n| *n > 0)?);
            }
            "--only" => asked.only = Some(args.next()?),
            "--jobs" => asked.jobs = args.next()?.parse().ok()?,
            "--again" => asked.is_again = true,
            _ => return None,
        }
    }
    Some(asked)
}

fn main() -> ExitCode {
    let Some(asked) = asked() else {
        eprintln!(
            "mutants check|content|context|operation|pipeline|runtime [--shard K/N] [--only FILE:LINE] [--again] [--jobs N]"
        );
        return ExitCode::from(2);
    };
    match campaign(&asked) {
        Ok(is_well) if is_well => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Whether every change that was tried was noticed.
fn campaign(asked: &Asked) -> Result<bool, String> {
    let repository = std::env::current_dir().map_err(|error| error.to_string())?;
    let tree = tree::copy(&repository, asked.build)?;
    let (changes, programs) = build::build(&tree, asked.build)?;
    let tests = Tests::measured(programs)?;
    let changes: Vec<Change> = changes
        .into_iter()
        .filter(|change| change.place.starts_with(&asked.folder))
        .collect();
    let list = tree.with_file_name(format!("{}.caught", asked.build.name));
    let before = fs::read_to_string(&list).unwrap_or_default();
    let before: BTreeSet<&str> = before.lines().filter(|_| asked.is_again).collect();
    let missed = tree.with_file_name(format!("{}.missed", asked.build.name));
    let missed_before = fs::read_to_string(&missed).unwrap_or_default();
    let missed_before: BTreeSet<&str> = missed_before.lines().collect();
    let (first, step) = asked.shard;
    let mut tried: Vec<&Change> = changes
        .iter()
        .filter(|change| {
            let only = asked.only.as_ref();
            only.is_none_or(|only| change.place.contains(only))
                && !before.contains(change.to_string().as_str())
        })
        .skip(first)
        .step_by(step)
        .collect();
    // What no test comes by, then the others in no order: those that were tried when a run is ended early are a sample. Those that a run
    // before missed come last.
    tried.sort_by_key(|change| {
        let is_reached = tests.reaching(change) > 0;
        (
            is_reached,
            missed_before.contains(change.to_string().as_str()),
            (change.number as u32).wrapping_mul(2_654_435_761),
        )
    });
    println!(
        "{}: {} changes that compile, {} tried",
        asked.name,
        changes.len(),
        tried.len(),
    );
    let at = AtomicUsize::new(0);
    let fates = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..asked.jobs {
            scope.spawn(|| {
                while let Some(change) = tried.get(at.fetch_add(1, Ordering::Relaxed)) {
                    let fate = tests.fate(change);
                    let is_missed = matches!(fate, Fate::Missed(_));
                    keep(if is_missed { &missed } else { &list }, change);
                    match &fate {
                        Fate::Caught(by) => println!("caught {change} ({by})"),
                        Fate::NeverEnds => println!("caught {change} (does not end)"),
                        Fate::Missed(by) => println!("MISSED {change} ({by} tests)"),
                    }
                    if let Ok(mut fates) = fates.lock() {
                        fates.push((*change, fate));
                    }
                }
            });
        }
    });
    let fates = fates.into_inner().unwrap_or_default();
    let count = |is: fn(&Fate) -> bool| fates.iter().filter(|(_, fate)| is(fate)).count();
    let endless = count(|fate| matches!(fate, Fate::NeverEnds));
    let caught = endless + count(|fate| matches!(fate, Fate::Caught(_)));
    println!(
        "{}: {} tried, {caught} caught, {endless} of them by never ending, {} missed",
        asked.name,
        tried.len(),
        fates.len() - caught
    );
    Ok(caught == fates.len())
}

/// Adds a change to a list of those that were caught or missed, for `--again`.
fn keep(list: &Path, change: &Change) {
    let file = fs::OpenOptions::new().create(true).append(true).open(list);
    if let Ok(mut file) = file {
        let _ = file.write_all(format!("{change}\n").as_bytes());
    }
}
