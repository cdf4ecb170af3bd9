//! The checked-in registry is what the generator makes of the conventions.

use genai_tests::registry::Registry;
use genai_tests::{shared, workspace};

#[test]
fn the_generated_files_are_current() {
    let Some(path) = shared("semconv/genai-semconv.json") else {
        return;
    };
    let json = std::fs::read_to_string(path).expect("readable");
    let registry = Registry::read(&json).expect("the conventions");
    let stale = registry.stale(&workspace());
    assert!(
        stale.is_empty(),
        "run `cargo run -p genai-tests --bin registry`; not as generated: {stale:?}"
    );
}

#[test]
fn both_crates_hold_the_same_table() {
    let read = |path: &str| std::fs::read_to_string(workspace().join(path)).expect("checked in");
    assert_eq!(
        read("genai-macros/src/registry/table.rs"),
        read("genai-runtime/src/semconv/registry/table.rs")
    );
}

#[test]
fn a_renamed_key_that_is_missing_is_an_error() {
    let json = r#"{"attributes": [{"key": "a", "type": "string", "deprecated": {"reason": "renamed", "renamed_to": "b"}}]}"#;
    let error = Registry::read(json).expect_err("`b` is missing");
    assert_eq!(
        error.to_string(),
        "`a` is replaced by `b`, which is missing"
    );
}

#[test]
fn an_unknown_type_is_an_error() {
    let error = Registry::read(r#"{"attributes": [{"key": "a", "type": "date"}]}"#)
        .expect_err("no such type");
    assert_eq!(error.to_string(), "`a`: the type `date` is not known");
}
