//! A copy of the sources goes in; the changes that compile and the test programs that were built with all of them come out.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::plant::{self, Change};
use crate::{Build, tree};

/// A test program.
pub struct Program {
    pub path: PathBuf,
    /// Of its package.
    pub folder: PathBuf,
    pub is_library: bool,
}

/// Plants the changes and builds, without those that do not compile. They are kept in a file, for the next time.
pub fn build(tree: &Path, build: &Build) -> Result<(Vec<Change>, Vec<Program>), String> {
    let list = tree.with_file_name(format!("{}.left-out", build.name));
    let known = fs::read_to_string(&list).unwrap_or_default();
    let mut left_out: BTreeSet<String> = known.lines().map(str::to_owned).collect();
    loop {
        let changes = planted(tree, build, &left_out)?;
        let (programs, wrong) = compiled(tree, build)?;
        if wrong.is_empty() {
            let read = read(tree, build)?;
            let compile = changes.into_iter().filter(|change| {
                let file = change.place.split(':').next().unwrap_or_default();
                read.contains(file) && !left_out.contains(&change.to_string())
            });
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

fn planted(tree: &Path, build: &Build, left_out: &BTreeSet<String>) -> Result<Vec<Change>, String> {
    let original = std::env::current_dir().map_err(|error| error.to_string())?;
    let mut changes = Vec::new();
    let folders = build.sources.iter();
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
    let library = build.library();
    let text = fs::read_to_string(original.join(&library))
        .map_err(|error| format!("{library}: {error}"))?;
    tree::write(&tree.join(library), (text + plant::SWITCH).as_bytes())?;
    Ok(changes)
}

/// The test programs, and the changes on lines with errors.
fn compiled(tree: &Path, build: &Build) -> Result<(Vec<Program>, BTreeSet<usize>), String> {
    let mut command = Command::new("cargo");
    command.args([
        "test",
        "--no-run",
        "--message-format=json",
        "-p",
        build.package,
        "--lib",
    ]);
    command.args(build.packages.iter().flat_map(|name| ["-p", name]));
    for test in build.tests {
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
            let is_library = (target["kind"][0] == "lib" || target["kind"][0] == "proc-macro")
                && Path::new(manifest).starts_with(tree.join(build.package));
            let is_meant = is_library || build.tests.iter().any(|test| target["name"] == *test);
            if is_meant && message["profile"]["test"] == true {
                programs.push(Program {
                    path: kept(Path::new(path), tree, build)?,
                    folder: Path::new(manifest)
                        .parent()
                        .map(Path::to_owned)
                        .unwrap_or_default(),
                    is_library,
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

/// A copy of a program, which the next build does not replace.
fn kept(program: &Path, tree: &Path, build: &Build) -> Result<PathBuf, String> {
    let folder = tree.with_file_name(build.name);
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

/// The sources that were compiled, as the compiler lists them: others are there under a condition that does not hold.
fn read(tree: &Path, build: &Build) -> Result<BTreeSet<String>, String> {
    let deps = tree.with_file_name("target").join("debug/deps");
    let crates = match build.package {
        "genai-runtime" => "genai-",
        _ => "genai_macros-",
    };
    let mut found = BTreeSet::new();
    let entries = fs::read_dir(&deps).map_err(|error| format!("{}: {error}", deps.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(crates) && name.ends_with(".d") {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let files = text
                .split_whitespace()
                .map(|file| file.trim_end_matches(':'));
            found.extend(files.map(|file| match Path::new(file).strip_prefix(tree) {
                Ok(file) => file.to_string_lossy().into_owned(),
                Err(_) => file.to_owned(),
            }));
        }
    }
    Ok(found)
}
