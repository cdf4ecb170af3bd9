//! The checked-in registry is what the generator makes of the conventions' facts, and these are the conventions'.

use genai_tests::registry::{Facts, Registry};
use genai_tests::{shared, workspace};
use serde_json::Value;

fn facts() -> String {
    std::fs::read_to_string(Facts::path()).expect("checked in")
}

#[test]
fn the_generated_files_are_current() {
    let registry = Registry::read(&facts()).expect("the facts");
    let stale = registry.stale(&workspace());
    assert!(
        stale.is_empty(),
        "run `cargo run -p genai-tests --bin registry`; not as generated: {stale:?}"
    );
}

#[test]
fn the_facts_are_those_of_the_conventions() {
    let Some(path) = shared("semconv/genai-semconv.json") else {
        return;
    };
    let conventions = std::fs::read_to_string(path).expect("readable");
    let expected = Facts::of_conventions(&conventions).and_then(|facts| facts.text());
    assert!(
        facts() == expected.expect("the conventions"),
        "run `cargo run -p genai-tests --bin registry -- --facts` with the conventions"
    );
}

#[test]
fn the_facts_are_words_and_numbers_without_prose() {
    fn words(value: &Value, found: &mut usize) {
        match value {
            Value::String(word) => {
                *found += 1;
                assert!(!word.contains(char::is_whitespace), "prose: {word}");
            }
            Value::Array(values) => values.iter().for_each(|v| words(v, found)),
            Value::Object(fields) => fields.values().for_each(|v| words(v, found)),
            _ => {}
        }
    }
    let mut found = 0;
    words(&serde_json::from_str(&facts()).expect("JSON"), &mut found);
    assert!(found > 500, "only {found}");
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
