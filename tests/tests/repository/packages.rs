//! The packages hold what is used and what a reader needs, and no tests; docs.rs shows every feature.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use genai_tests::workspace;
use serde_json::Value;

use super::{cargo, metadata, read};

/// Every file below `folder`.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The files of a crate that only its tests use: those named `tests`, and modules declared under `#[cfg(test)]`.
fn test_files(root: &Path, sources: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut found: BTreeSet<PathBuf> = sources
        .iter()
        .filter(|path| {
            let inside = path.strip_prefix(root).expect("inside");
            inside
                .iter()
                .any(|part| part == "tests" || part == "tests.rs")
        })
        .cloned()
        .collect();
    for source in sources
        .iter()
        .filter(|p| p.extension().is_some_and(|e| e == "rs"))
    {
        let text = std::fs::read_to_string(source).expect("text");
        let lines: Vec<&str> = text.lines().collect();
        for pair in lines.windows(2) {
            let name = pair[1].strip_suffix(';').and_then(|line| {
                let (visibility, name) = line.split_once("mod ")?;
                (visibility.is_empty() || visibility.starts_with("pub")).then_some(name)
            });
            if let (true, Some(name)) = (pair[0] == "#[cfg(test)]", name) {
                let folder = source.parent().expect("a folder");
                let stem = source.file_stem().expect("a name");
                for folder in [folder.to_owned(), folder.join(stem)] {
                    let file = folder.join(format!("{name}.rs"));
                    found.extend(file.exists().then_some(file));
                }
            }
        }
    }
    found
}

#[test]
fn packages_hold_readme_licence_and_sources_but_no_tests() {
    for package in ["genai-macros", "genai-runtime"] {
        let list = cargo(&[
            "package",
            "--list",
            "--allow-dirty",
            "--offline",
            "-p",
            package,
        ]);
        let packed: BTreeSet<&str> = list.lines().collect();
        assert!(packed.contains("README.md"), "{package}: {list}");
        assert!(packed.contains("LICENSE"), "{package}: {list}");

        let root = workspace().join(package);
        let mut sources = Vec::new();
        files(&root.join("src"), &mut sources);
        let tests = test_files(&root, &sources);
        assert!(tests.len() > 5, "{package}: tests are recognised");
        for source in &sources {
            let inside = source.strip_prefix(&root).expect("inside");
            assert_eq!(
                packed.contains(inside.to_str().expect("a plain name")),
                !tests.contains(source),
                "{package}: {}",
                inside.display()
            );
        }
        let more: Vec<&&str> = packed.iter().filter(|p| !p.starts_with("src/")).collect();
        let known = [
            ".cargo_vcs_info.json",
            "Cargo.lock",
            "Cargo.toml",
            "Cargo.toml.orig",
            "LICENSE",
            "README.md",
        ];
        assert!(
            more.iter().all(|p| known.contains(*p)),
            "{package}: {more:?}"
        );
        assert_eq!(read(&format!("{package}/LICENSE")), read("LICENSE"));
    }
}

fn package<'a>(metadata: &'a Value, name: &str) -> &'a Value {
    let packages = metadata["packages"].as_array().expect("packages");
    let found = packages.iter().find(|p| p["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is in the workspace"))
}

#[test]
fn docs_rs_shows_every_feature() {
    let metadata = metadata(false);
    let package = package(&metadata, "genai-runtime");
    let docs = &package["metadata"]["docs"]["rs"];
    let shown: BTreeSet<&str> = docs["features"]
        .as_array()
        .expect("features for docs.rs")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let hidden = ["default", "internal-logs", "bound"];
    let features = package["features"].as_object().expect("features");
    // A name for another feature shows nothing of its own.
    let is_alias = |of: &Value| {
        let of = of.as_array().expect("a list");
        of.len() == 1 && features.contains_key(of[0].as_str().unwrap_or_default())
    };
    let expected: BTreeSet<&str> = features
        .iter()
        .filter(|(name, of)| !hidden.contains(&name.as_str()) && !is_alias(of))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(shown, expected);
    assert_eq!(docs["rustdoc-args"], serde_json::json!(["--cfg", "docsrs"]));
}

/// Each by its name; of a row of versions the first and the last.
#[test]
fn the_front_pages_name_every_feature() {
    let metadata = metadata(false);
    let features = package(&metadata, "genai-runtime")["features"].as_object();
    let names: Vec<&String> = features.expect("features").keys().collect();
    for page in ["README.md", "genai-runtime/src/lib.rs"] {
        let text = read(page);
        let is_in_a_row = |name: &str| {
            text.split("` .. `")
                .collect::<Vec<_>>()
                .windows(2)
                .any(|pair| {
                    let first = pair[0].rsplit('`').next().unwrap_or_default();
                    let last = pair[1].split('`').next().unwrap_or_default();
                    (first..=last).contains(&name)
                })
        };
        let left_out: Vec<&&String> = names
            .iter()
            .filter(|name| {
                name.as_str() != "default"
                    && !text.contains(&format!("`{name}`"))
                    && !is_in_a_row(name)
            })
            .collect();
        assert!(left_out.is_empty(), "{page} does not name {left_out:?}");
    }
}

#[test]
fn both_packages_have_one_version_which_is_in_the_changelog() {
    let metadata = metadata(false);
    let version = package(&metadata, "genai-runtime")["version"]
        .as_str()
        .expect("a version");
    assert_eq!(package(&metadata, "genai-macros")["version"], version);
    let dependencies = package(&metadata, "genai-runtime")["dependencies"]
        .as_array()
        .expect("dependencies");
    let macros = dependencies.iter().find(|d| d["name"] == "genai-macros");
    assert_eq!(
        macros.expect("the macros")["req"].as_str(),
        Some(&*format!("={version}"))
    );
    assert!(read("CHANGELOG.md").contains(version));
}

#[test]
fn the_fuzzer_has_every_module_of_the_macros() {
    let modules = |text: &str| -> BTreeSet<String> {
        let names = text.lines().filter_map(|line| line.strip_prefix("mod "));
        names
            .map(|name| name.trim_end_matches(';').to_owned())
            .collect()
    };
    let mut of_macros = modules(&read("genai-macros/src/lib.rs"));
    let mut of_fuzzer = modules(&read("fuzz/fuzz_targets/attributes.rs"));
    assert!(of_macros.remove("tests") && of_fuzzer.remove("generator"));
    assert_eq!(of_fuzzer, of_macros);
}

/// A macro crate can export nothing but macros, so each crate has the table of clients' types.
#[test]
fn both_crates_have_the_same_types_of_clients() {
    let of_macros = read("genai-macros/src/client_types.rs");
    assert_eq!(
        of_macros,
        read("genai-runtime/src/extract/clients/client_types.rs")
    );
    assert!(of_macros.contains("CreateChatCompletionResponse"));
}

/// What the runtime brings without any feature of its user's choice. One more is a decision, which shows in the diff here.
const DEFAULT_BUILD: [&str; 20] = [
    "base64",
    "futures-core",
    "futures-sink",
    "itoa",
    "memchr",
    "opentelemetry",
    "pin-project-lite",
    "proc-macro2",
    "quote",
    "serde",
    "serde_core",
    "serde_derive",
    "serde_json",
    "syn",
    "thiserror",
    "thiserror-impl",
    "tracing",
    "tracing-core",
    "unicode-ident",
    "zmij",
];

#[test]
fn the_default_build_has_these_dependencies() {
    let tree = cargo(&[
        "tree",
        "--locked",
        "--package",
        "genai-runtime",
        "--edges",
        "normal",
        "--no-dedupe",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let found: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !name.starts_with("genai-"))
        .collect();
    assert_eq!(found, BTreeSet::from(DEFAULT_BUILD));
}

#[test]
fn the_version_of_opentelemetry_is_said_where_it_is_asked_for() {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("a manifest");
    let version = manifest["workspace"]["dependencies"]["opentelemetry"]["version"]
        .as_str()
        .expect("a version");
    for (file, line) in [
        (
            "genai-runtime/src/bridge/mod.rs",
            format!("const VERSION: &str = \"{version}\";"),
        ),
        ("README.md", format!("**OpenTelemetry {version}**")),
        (
            "docs/opentelemetry-versions.md",
            format!("speaks OpenTelemetry {version}."),
        ),
    ] {
        assert!(read(file).contains(&line), "{file}: {line}");
    }
}
