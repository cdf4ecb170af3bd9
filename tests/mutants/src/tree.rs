//! The copy of the repository's sources that is changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Build;

/// Copies what the repository has under version control, as it is in the working folder, to `target/mutants/tree`; but for what the
/// changes are planted in, which is written with them.
pub fn copy(repository: &Path, build: &Build) -> Result<PathBuf, String> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(repository)
        .output()
        .map_err(|error| format!("git: {error}"))?;
    let tree = repository.join("target/mutants/tree");
    for file in String::from_utf8_lossy(&listed.stdout)
        .split('\0')
        .filter(|file| !file.is_empty())
    {
        let is_planted = build.sources.iter().any(|folder| file.starts_with(folder))
            && file.ends_with(".rs")
            && !is_of_tests(Path::new(file));
        if is_planted || file == build.library() {
            continue;
        }
        let (from, to) = (repository.join(file), tree.join(file));
        // What is deleted in the working folder and not yet in the index.
        let Ok(content) = fs::read(&from) else {
            continue;
        };
        write(&to, &content)?;
    }
    Ok(tree)
}

/// Writes a file, unless it is that already: cargo looks at the time.
pub fn write(path: &Path, content: &[u8]) -> Result<(), String> {
    if fs::read(path).is_ok_and(|there| there == content) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, content))
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// The Rust sources below a folder, but for tests and models.
pub fn sources(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if is_of_tests(&path) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Whether a file is one of tests or models, or is in a folder of them.
fn is_of_tests(path: &Path) -> bool {
    let is_one =
        |name: &str| ["tests", "models", "test_seam"].contains(&name.trim_end_matches(".rs"));
    path.components()
        .filter_map(|part| part.as_os_str().to_str())
        .skip_while(|part| *part != "src")
        .any(is_one)
}
