//! The changed sources go in and are built once; test programs with one change switched on run, and what becomes of each comes out.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::plant::{self, Change};
use crate::{Module, tree};

/// Where rustc's own libraries are, which the tests of a procedural macro need; cargo says that to what it runs.
static LIBRARIES: LazyLock<String> = LazyLock::new(|| {
    let printed = Command::new("rustc")
        .args(["--print", "target-libdir"])
        .output();
    printed.map_or_else(
        |_| String::new(),
        |printed| String::from_utf8_lossy(&printed.stdout).trim().to_owned(),
    )
});

/// What became of a change.
pub enum Fate {
    Caught,
    /// The tests did not end.
    TimedOut,
    Missed,
}

/// A test program.
pub struct Program {
    path: PathBuf,
    folder: PathBuf,
    is_library: bool,
    /// How long it takes where nothing is changed.
    takes: Duration,
    /// The changes that its tests come by.
    reaches: BTreeSet<usize>,
}

/// Plants the changes and builds, without those that do not compile. They are kept in a file, for the next time.
pub fn build(tree: &Path, module: &Module) -> Result<(Vec<Change>, Vec<Program>), String> {
    let list = tree.with_file_name(format!("{}.left-out", module.name));
    let known = fs::read_to_string(&list).unwrap_or_default();
    let mut left_out: BTreeSet<String> = known.lines().map(str::to_owned).collect();
    loop {
        let changes = planted(tree, module, &left_out)?;
        let (programs, wrong) = compiled(tree, module)?;
        if wrong.is_empty() {
            let compile = changes
                .into_iter()
                .filter(|change| !left_out.contains(&change.to_string()));
            return Ok((compile.collect(), programs));
        }
        eprintln!("{} changes do not compile", wrong.len());
        let before = left_out.len();
        let wrong = changes
            .iter()
            .filter(|change| wrong.contains(&change.number));
        left_out.extend(wrong.map(ToString::to_string));
        if left_out.len() == before {
            return Err("the sources do not compile, with no change to blame".to_owned());
        }
        let lines: String = left_out
            .iter()
            .map(|change| format!("{change}\n"))
            .collect();
        tree::write(&list, lines.as_bytes())?;
    }
}

fn planted(
    tree: &Path,
    module: &Module,
    left_out: &BTreeSet<String>,
) -> Result<Vec<Change>, String> {
    let original = std::env::current_dir().map_err(|error| error.to_string())?;
    let mut changes = Vec::new();
    let folders = module.sources.iter();
    for path in folders.flat_map(|folder| tree::sources(&original.join(folder))) {
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let relative = path
            .strip_prefix(&original)
            .map_err(|error| error.to_string())?;
        let place = relative.to_string_lossy();
        let text = plant::plant(&place, &text, &mut changes, &|change| {
            left_out.contains(&change.to_string())
        })?;
        tree::write(&tree.join(relative), text.as_bytes())?;
    }
    let library = module.library();
    let text = fs::read_to_string(original.join(&library))
        .map_err(|error| format!("{library}: {error}"))?;
    tree::write(&tree.join(library), (text + plant::SWITCH).as_bytes())?;
    Ok(changes)
}

/// The test programs, and the changes on lines with errors.
fn compiled(tree: &Path, module: &Module) -> Result<(Vec<Program>, BTreeSet<usize>), String> {
    let mut command = Command::new("cargo");
    command.args([
        "test",
        "--no-run",
        "--message-format=json",
        "-p",
        module.package,
        "--lib",
    ]);
    if !module.tests.is_empty() {
        command.args(["-p", "genai-tests"]);
    }
    for test in module.tests {
        command.args(["--test", test]);
    }
    // One of its own: cargo takes two packages at the same place of two workspaces for the same.
    let target = tree.with_file_name("target");
    let output = command
        .current_dir(tree)
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_INCREMENTAL", "1")
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    let (mut programs, mut wrong) = (Vec::new(), BTreeSet::new());
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else {
            continue;
        };
        let target = &message["target"];
        if let (Some(path), Some(manifest)) = (
            message["executable"].as_str(),
            message["manifest_path"].as_str(),
        ) {
            let is_library = target["kind"][0] == "lib" || target["kind"][0] == "proc-macro";
            let is_meant = is_library || module.tests.iter().any(|test| target["name"] == *test);
            if is_meant && message["profile"]["test"] == true {
                programs.push(Program {
                    path: kept(Path::new(path), tree, module)?,
                    folder: Path::new(manifest)
                        .parent()
                        .map(Path::to_owned)
                        .unwrap_or_default(),
                    is_library,
                    takes: Duration::ZERO,
                    reaches: BTreeSet::new(),
                });
            }
        }
        if message["message"]["level"] == "error" {
            eprintln!(
                "{}",
                message["message"]["rendered"].as_str().unwrap_or_default()
            );
            wrong.extend(blamed(&message["message"]));
        }
    }
    if !output.status.success() && wrong.is_empty() {
        return Err("the sources do not compile, with no change to blame".to_owned());
    }
    programs.sort_by_key(|program| !program.is_library);
    Ok((programs, wrong))
}

/// A copy of a program, which the next module's build does not replace.
fn kept(program: &Path, tree: &Path, module: &Module) -> Result<PathBuf, String> {
    let folder = tree.with_file_name(module.name);
    let to = folder.join(program.file_name().unwrap_or_default());
    fs::create_dir_all(&folder)
        .and_then(|()| fs::copy(program, &to))
        .map_err(|error| format!("{}: {error}", to.display()))?;
    Ok(to)
}

/// The numbers in the lines that an error is about.
fn blamed(message: &Value) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let spans = message["spans"].as_array().into_iter().flatten();
    for line in spans.flat_map(|span| span["text"].as_array().into_iter().flatten()) {
        let text = line["text"].as_str().unwrap_or_default();
        let numbers = text
            .split("/*m")
            .skip(1)
            .filter_map(|rest| rest.split("*/").next()?.parse().ok());
        found.extend(numbers.collect::<Vec<usize>>());
    }
    found
}

/// Runs each program with nothing changed: how long it takes, and what it reaches.
pub fn reached(mut programs: Vec<Program>, module: &Module) -> Result<Vec<Program>, String> {
    for program in &mut programs {
        let list = program.path.with_extension("reached");
        let _ = fs::remove_file(&list);
        let longest = Duration::from_secs(1800);
        let began = Instant::now();
        let asks = [("GENAI_MUTANTS_REACHED", &*list.to_string_lossy())];
        let mut is_well = program.run(&asks, module, None, longest);
        if is_well == Some(false) {
            // Writing the list allocates, which tests may count.
            is_well = program.run(&[], module, None, longest);
        }
        if is_well != Some(true) {
            let path = program.path.display();
            return Err(format!(
                "{path} fails or does not end, though nothing is changed"
            ));
        }
        program.takes = began.elapsed();
        let text = fs::read_to_string(&list).unwrap_or_default();
        program.reaches = text.lines().filter_map(|line| line.parse().ok()).collect();
        eprintln!(
            "{}: {} changes of {} reached in {:.1} s",
            program.path.display(),
            program.reaches.len(),
            module.name,
            program.takes.as_secs_f64()
        );
    }
    Ok(programs)
}

/// Runs the tests that come by a change with it switched on: those of the module first, then all of the library, then the others.
pub fn fate(change: &Change, programs: &[Program], module: &Module) -> Result<Fate, String> {
    let number = change.number.to_string();
    let on = [("GENAI_MUTANT", number.as_str())];
    let folder = change.place.split('/').nth(2).unwrap_or_default();
    let first = module
        .first
        .map_or_else(|| format!("{folder}::"), str::to_owned);
    for program in programs
        .iter()
        .filter(|program| program.reaches.contains(&change.number))
    {
        let longest = Duration::from_secs(20) + 5 * program.takes;
        let filters = if program.is_library {
            vec![Some(first.as_str()), None]
        } else {
            vec![None]
        };
        for filter in filters {
            match program.run(&on, module, filter, longest) {
                Some(true) => {}
                Some(false) => return Ok(Fate::Caught),
                None => return Ok(Fate::TimedOut),
            }
        }
    }
    Ok(Fate::Missed)
}

impl Program {
    /// Whether the tests pass; `None` where they do not end in time.
    fn run(
        &self,
        variables: &[(&str, &str)],
        module: &Module,
        filter: Option<&str>,
        longest: Duration,
    ) -> Option<bool> {
        let mut command = Command::new(&self.path);
        command.args(module.skipped.iter().flat_map(|name| ["--skip", name]));
        command
            .args(filter)
            .current_dir(&self.folder)
            .envs(variables.iter().copied())
            .env("CARGO_MANIFEST_DIR", &self.folder)
            .env("LD_LIBRARY_PATH", &*LIBRARIES)
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        let began = Instant::now();
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Some(status.success()),
                Ok(None) if began.elapsed() < longest => {
                    std::thread::sleep(Duration::from_millis(5))
                }
                _ => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return None;
                }
            }
        }
    }
}
