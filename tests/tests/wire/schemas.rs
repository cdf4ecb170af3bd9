//! The messages that are recorded of every recording are what the conventions' JSON schemas describe.

use std::collections::BTreeMap;

use genai_tests::recordings::all;
use genai_tests::recordings::replay::{Form, replay};
use genai_tests::shared;
use serde_json::Value;

#[path = "../../../genai-runtime/src/content/message/tests/valid.rs"]
mod valid;

#[test]
fn recorded_content_is_valid() {
    let (Some(recordings), Some(schemas)) = (all(), shared("semconv/registry-1.41.1/schemas"))
    else {
        return;
    };
    let schema = |name: &str| -> Value {
        let text = std::fs::read_to_string(schemas.join(name)).expect("a schema");
        serde_json::from_str(&text).expect("a schema")
    };
    let [input, output, system, tools] = [
        "gen-ai-input-messages.json",
        "gen-ai-output-messages.json",
        "gen-ai-system-instructions.json",
        "gen-ai-tool-definitions.json",
    ]
    .map(schema);
    let (mut wrong, mut seen) = (Vec::new(), BTreeMap::<&str, usize>::new());
    for recording in recordings {
        let Some(observed) = replay(recording, Form::Bytes(1), true) else {
            continue;
        };
        for (name, schema, value) in [
            ("input", &input, &observed.input),
            ("output", &output, &observed.output),
            ("system", &system, &observed.system_instructions),
            ("tools", &tools, &observed.tool_definitions),
        ] {
            if value.is_null() {
                continue;
            }
            *seen.entry(name).or_default() += 1;
            if !valid::strictly_valid(schema, value) {
                wrong.push(format!("{}, {name}: {value}", recording.id));
            }
        }
    }
    println!("{seen:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (name, least) in [
        ("input", 300),
        ("output", 300),
        ("system", 50),
        ("tools", 50),
    ] {
        assert!(
            seen.get(name).is_some_and(|n| *n >= least),
            "{name}: {seen:?}"
        );
    }
}
