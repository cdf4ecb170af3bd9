//! Mutation testing with one build: every small change of a module is planted into a copy of the sources, switched off, and an environment
//! variable switches one on. A module's name goes in; the changes that no test notices come out.
//!
//! `mutants MODULE [--shard K/N] [--only FILE:LINE]`, as `tests/scripts/mutants.sh` calls it. The copy is in `target/mutants/tree`, and
//! what is built of it beside that. What is tried is a part of what cargo-mutants tries, which builds once for each: values of functions,
//! binary and unary operators, arms of `match` and their conditions. A change that does not compile is taken out.

mod plant;
mod run;
mod tree;

use std::process::ExitCode;

use run::Fate;

/// A module, and the tests that are to notice its changes: those of the library, and integration tests of `genai-tests`.
pub struct Module {
    pub name: &'static str,
    pub package: &'static str,
    pub sources: &'static [&'static str],
    pub tests: &'static [&'static str],
    /// A part of the names of those of the library that run first; else those of the folder that is changed.
    pub first: Option<&'static str>,
    /// And of those that do not run, since they take minutes and are about other modules or notice panics alone.
    pub skipped: &'static [&'static str],
}

impl Module {
    /// The file that the question goes into.
    pub fn library(&self) -> String {
        format!("{}/src/lib.rs", self.package)
    }
}

const MODULES: [Module; 6] = [
    // The others of the runtime in one build, with the tests that take seconds.
    Module {
        name: "runtime",
        package: "genai-runtime",
        sources: &[
            "genai-runtime/src/operation",
            "genai-runtime/src/content",
            "genai-runtime/src/pipeline",
        ],
        tests: &["operations", "context"],
        first: None,
        skipped: &["extract::wire", "sdk::", "upload::", "campaigns::"],
    },
    Module {
        name: "context",
        package: "genai-runtime",
        sources: &["genai-runtime/src/context"],
        tests: &["context", "operations"],
        first: None,
        skipped: &["extract::", "sdk::", "upload::", "campaigns::", "off::"],
    },
    Module {
        name: "operation",
        package: "genai-runtime",
        sources: &["genai-runtime/src/operation"],
        tests: &["operations", "context", "content", "streams"],
        first: None,
        skipped: &["extract::wire", "sdk::", "upload::", "campaigns::"],
    },
    Module {
        name: "content",
        package: "genai-runtime",
        sources: &["genai-runtime/src/content"],
        tests: &["content", "operations"],
        first: None,
        skipped: &["extract::wire", "sdk::", "upload::", "campaigns::"],
    },
    Module {
        name: "pipeline",
        package: "genai-runtime",
        sources: &["genai-runtime/src/pipeline"],
        tests: &["operations", "content", "export", "cost"],
        first: None,
        skipped: &["extract::", "sdk::", "campaigns::"],
    },
    Module {
        name: "check",
        package: "genai-macros",
        sources: &["genai-macros/src/check"],
        tests: &[],
        first: Some("mistakes"),
        skipped: &["random", "robust"],
    },
];

/// What is asked for.
pub struct Asked {
    pub module: &'static Module,
    /// Every so many-th change, from this one on.
    pub shard: (usize, usize),
    /// `FILE:LINE` of the changes, or a part of it.
    pub only: Option<String>,
}

fn asked() -> Option<Asked> {
    let mut args = std::env::args().skip(1);
    let name = args.next()?;
    let module = MODULES.iter().find(|module| module.name == name)?;
    let mut asked = Asked {
        module,
        shard: (0, 1),
        only: None,
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
            _ => return None,
        }
    }
    Some(asked)
}

fn main() -> ExitCode {
    let Some(asked) = asked() else {
        let names = MODULES.map(|module| module.name).join("|");
        eprintln!("mutants {names} [--shard K/N] [--only FILE:LINE]");
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
    let tree = tree::copy(&repository, asked.module)?;
    let (changes, programs) = run::build(&tree, asked.module)?;
    let programs = run::reached(programs, asked.module)?;
    let (first, step) = asked.shard;
    let tried: Vec<_> = changes
        .iter()
        .filter(|change| {
            asked
                .only
                .as_ref()
                .is_none_or(|only| change.place.contains(only))
        })
        .skip(first)
        .step_by(step)
        .collect();
    println!(
        "{}: {} changes that compile, {} tried",
        asked.module.name,
        changes.len(),
        tried.len()
    );
    let mut counts = [0, 0, 0];
    for change in tried {
        let fate = run::fate(change, &programs, asked.module)?;
        let (at, word) = match fate {
            Fate::Caught => (0, "caught"),
            Fate::TimedOut => (1, "caught"),
            Fate::Missed => (2, "MISSED"),
        };
        counts[at] += 1;
        println!("{word} {change}");
    }
    let [caught, timed_out, missed] = counts;
    println!("{caught} caught, {timed_out} never ended, {missed} missed");
    Ok(missed == 0)
}
