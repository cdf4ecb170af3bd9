//! What a repository and its packages must have: files of a package, features on docs.rs, licences, links, versions, the order of its
//! floors, short files; that no test is left unbuilt; and that commands in pages are valid.

mod commands;
mod layering;
mod lengths;
mod licences;
mod packages;
mod pages;
mod public_api;
mod rust_version;
mod targets;

use std::path::{Path, PathBuf};
use std::process::Command;

use genai_tests::workspace;
use serde_json::Value;

/// What cargo prints.
fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(workspace())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

/// The workspace's packages, with the whole tree they depend on if `all`.
fn metadata(all: bool) -> Value {
    let more = if all { "--all-features" } else { "--no-deps" };
    let text = cargo(&["metadata", "--format-version", "1", "--locked", more]);
    serde_json::from_str(&text).expect("JSON")
}

/// A file of the repository.
fn read(path: &str) -> String {
    std::fs::read_to_string(workspace().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Adds the Rust files below a folder.
fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}
