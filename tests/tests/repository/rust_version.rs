//! The declared `rust-version` is as low as the edition and the dependencies that are not optional allow.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// The first compiler with edition 2024.
const EDITION: (u32, u32) = (1, 85);

fn version(text: &str) -> (u32, u32) {
    let mut numbers = text.split('.').map(|n| n.parse().unwrap_or(0));
    (
        numbers.next().unwrap_or_default(),
        numbers.next().unwrap_or_default(),
    )
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

#[test]
fn rust_version_is_what_the_dependencies_need() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(genai_tests::workspace())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let packages: BTreeMap<&str, &Value> = metadata["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .map(|p| (text(p, "id"), p))
        .collect();
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .expect("nodes")
        .iter()
        .map(|n| (text(n, "id"), n))
        .collect();
    let (runtime, package) = packages
        .iter()
        .find(|(_, p)| text(p, "name") == "genai-runtime")
        .expect("genai-runtime");
    let optional: BTreeSet<String> = package["dependencies"]
        .as_array()
        .expect("dependencies")
        .iter()
        .filter(|d| d["optional"] == true || !d["kind"].is_null())
        .map(|d| {
            d["rename"]
                .as_str()
                .unwrap_or(text(d, "name"))
                .replace('-', "_")
        })
        .collect();

    let mut needed = EDITION;
    let mut by = "edition 2024".to_owned();
    let mut seen = BTreeSet::new();
    let mut todo = vec![*runtime];
    while let Some(id) = todo.pop() {
        if !seen.insert(id) {
            continue;
        }
        let of = packages[id];
        if id != *runtime && text(of, "name") != "genai-macros" {
            let minimum = version(text(of, "rust_version"));
            if minimum > needed {
                needed = minimum;
                by = text(of, "name").to_owned();
            }
        }
        for dep in nodes[id]["deps"].as_array().expect("deps") {
            let is_normal = dep["dep_kinds"]
                .as_array()
                .is_some_and(|kinds| kinds.iter().any(|k| k["kind"].is_null()));
            let is_ours_and_optional = id == *runtime && optional.contains(text(dep, "name"));
            if is_normal && !is_ours_and_optional {
                todo.push(text(dep, "pkg"));
            }
        }
    }
    assert!(seen.len() > 10, "the graph was walked");
    assert_eq!(
        version(text(package, "rust_version")),
        needed,
        "`rust-version` must be what {by} needs"
    );
}
