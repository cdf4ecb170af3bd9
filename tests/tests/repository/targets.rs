//! What is not built as a test has none: a `#[test]` in a target with `test = false` would never run, nor would an example of the
//! documentation in a library with `doctest = false`.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{metadata, sources};

/// The files of a target: of a program in `src/bin` that file, of any other everything that is not in `src/bin`.
fn files(root: &Path) -> Vec<PathBuf> {
    let folder = root.parent().expect("a folder");
    if folder.ends_with("bin") {
        return vec![root.to_owned()];
    }
    let mut files = Vec::new();
    sources(folder, &mut files);
    files.retain(|file| !file.starts_with(folder.join("bin")));
    files
}

fn is_test(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("#[test]") || line.starts_with("#[tokio::test")
}

fn is_example(line: &str) -> bool {
    let line = line.trim_start();
    (line.starts_with("///") || line.starts_with("//!")) && line.contains("```")
}

/// The lines of these targets that `found` finds.
fn lines<'a>(
    targets: impl IntoIterator<Item = &'a Value>,
    found: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut lines = Vec::new();
    for target in targets {
        let root = Path::new(target["src_path"].as_str().expect("a path"));
        for file in files(root) {
            let text = std::fs::read_to_string(&file).expect("text");
            let name = file.display();
            let of_file = text.lines().filter(|line| found(line));
            lines.extend(of_file.map(|line| format!("{name}: {line}")));
        }
    }
    lines
}

#[test]
fn what_is_not_built_as_a_test_has_none() {
    let metadata = metadata(false);
    let mut seen = 0;
    for package in metadata["packages"].as_array().expect("packages") {
        let targets = package["targets"].as_array().expect("targets");
        let is_kind = |target: &Value, kind: &str| target["kind"][0] == kind;
        // Modules may be those of the library as of a program; who of them builds tests has them.
        let in_src = |target: &&Value| {
            !target["src_path"]
                .as_str()
                .is_some_and(|p| p.contains("/src/bin/"))
        };
        let has_tests = |target: &&Value| {
            (is_kind(target, "lib") || is_kind(target, "bin")) && target["test"] == true
        };
        let src_has_tests = targets.iter().filter(in_src).any(|t| has_tests(&t));
        let without: Vec<&Value> = targets
            .iter()
            .filter(|t| (is_kind(t, "lib") || is_kind(t, "bin")) && t["test"] == false)
            .filter(|t| !(in_src(t) && src_has_tests))
            .collect();
        seen += without.len();
        let tests = lines(without, is_test);
        assert!(tests.is_empty(), "never run:\n{}", tests.join("\n"));

        let libraries = targets.iter();
        let libraries = libraries.filter(|t| is_kind(t, "lib") && t["doctest"] == false);
        let examples = lines(libraries, is_example);
        assert!(examples.is_empty(), "never built:\n{}", examples.join("\n"));
    }
    assert!(seen > 15, "{seen} targets");
    assert!(is_test("    #[tokio::test]") && is_example("/// ```rust"));
}
