//! The event has the attributes that the conventions name for it, of their types, and no other.

use std::collections::BTreeMap;

use genai::testing::Harness;
use genai::{ContentCapture, Evaluation, Failure, SpanRef};
use genai_tests::shared;
use opentelemetry::logs::AnyValue;
use serde_json::Value;

/// The event's attributes, their types, and whether each is required.
const EVENT: [(&str, &str, bool); 6] = [
    ("error.type", "string", false),
    ("gen_ai.evaluation.explanation", "string", false),
    ("gen_ai.evaluation.name", "string", true),
    ("gen_ai.evaluation.score.label", "string", false),
    ("gen_ai.evaluation.score.value", "double", false),
    ("gen_ai.response.id", "string", false),
];

#[test]
fn the_event_has_what_the_conventions_name_and_no_more() {
    let harness = Harness::install_with(|settings| settings.capture(ContentCapture::EventOnly));
    let text = "g1.00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.ci0x.Yw";
    let seen: SpanRef = text.parse().unwrap();
    let new = || Evaluation::new("relevance").explanation("It fits.");
    new()
        .score(1)
        .label("pass")
        .llm("judge")
        .identifier("e")
        .emit(&seen);
    new().score(true).human().emit(&seen);
    new().score("good").code().emit(&SpanRef::of_response("r"));
    new().error(Failure::new("timeout", "")).emit(&seen);
    let events = harness.events();
    assert_eq!(events.len(), 4);
    let mut found = BTreeMap::new();
    for event in &events {
        assert_eq!(event.name, "gen_ai.evaluation.result");
        for (key, value) in &event.attributes {
            let ty = match value {
                AnyValue::String(_) => "string",
                AnyValue::Double(_) => "double",
                other => panic!("{key}: {other:?}"),
            };
            found.insert(key.as_str(), ty);
        }
        let required = EVENT.iter().filter(|(.., is_required)| *is_required);
        for (key, ..) in required {
            assert!(event.attributes.contains_key(*key), "{key}: {event:?}");
        }
    }
    let expected: BTreeMap<&str, &str> = EVENT.iter().map(|(key, ty, _)| (*key, *ty)).collect();
    assert_eq!(found, expected);
}

#[test]
fn the_attributes_of_the_event_are_those_of_the_conventions() {
    let Some(path) = shared("semconv/genai-semconv.json") else {
        return;
    };
    let conventions = std::fs::read_to_string(path).expect("readable");
    let conventions: Value = serde_json::from_str(&conventions).expect("JSON");
    let list = |of: &Value, key: &str| of[key].as_array().cloned().unwrap_or_default();
    let types: BTreeMap<String, Value> = list(&conventions, "attributes")
        .into_iter()
        .map(|a| {
            (
                a["key"].as_str().unwrap_or_default().to_owned(),
                a["type"].clone(),
            )
        })
        .collect();
    let events = list(&conventions, "events");
    let event = events
        .iter()
        .find(|event| event["name"] == "gen_ai.evaluation.result");
    let mut named: Vec<(String, bool)> = list(event.expect("the event"), "attributes")
        .iter()
        .map(|a| {
            let is_required = a["requirement"]["level"] == "required";
            (
                a["key"].as_str().unwrap_or_default().to_owned(),
                is_required,
            )
        })
        .collect();
    named.sort();
    let ours = EVENT.map(|(key, _, is_required)| (key.to_owned(), is_required));
    assert_eq!(named, ours);
    for (key, ty, _) in EVENT {
        // An open enumeration of strings is described by its members.
        let known = &types[key];
        assert!(
            known == ty || (ty == "string" && !known.is_string()),
            "{key}: {known}"
        );
    }
}
