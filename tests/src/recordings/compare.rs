//! Compares what was recorded with what a recording expects.

use serde_json::{Map, Value};

use super::deviations::deviation;
use super::load::Recording;
use super::messages::{messages, parts, same_messages, same_parts};

/// What was recorded of one call, wherever it was looked at: a span, an event, or the recorder.
#[derive(Debug, Default)]
pub struct Observed {
    pub attributes: Map<String, Value>,
    pub input: Value,
    pub output: Value,
    pub system_instructions: Value,
    pub tool_definitions: Value,
    pub error_type: Option<String>,
}

/// What the path under test can see at all.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// Whether it sees response headers.
    pub headers: bool,
    /// Whether content was on.
    pub content: bool,
}

/// Attributes that are content, or are not on the wire.
const NOT_COMPARED: [&str; 6] = [
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.definitions",
    "gen_ai.conversation.id",
];

/// Every difference that is not on purpose, in words; empty if all agrees.
pub fn compare(recording: &Recording, observed: &Observed, scope: Scope) -> Vec<String> {
    let mut found = differences(recording, observed, scope);
    found.retain(|line| deviation(recording, line).is_none());
    found
}

/// Every difference, in words, also those on purpose.
pub fn differences(recording: &Recording, observed: &Observed, scope: Scope) -> Vec<String> {
    let mut found = Vec::new();
    for (key, wanted) in &recording.expected {
        if !scope.headers && recording.expected_from_headers.contains(key) {
            continue;
        }
        match observed.attributes.get(key) {
            None => found.push(format!("{key}: missing, expected {wanted}")),
            Some(got) if !same(got, wanted) => {
                found.push(format!("{key}: {got}, expected {wanted}"))
            }
            Some(_) => {}
        }
    }
    for (key, got) in &observed.attributes {
        if recording.expected.contains_key(key) || NOT_COMPARED.contains(&key.as_str()) {
            continue;
        }
        if !["gen_ai.", "openai.", "aws.bedrock."]
            .iter()
            .any(|prefix| key.starts_with(prefix))
        {
            continue;
        }
        let zero = same(got, &Value::from(0))
            && (recording.expected_zero.contains(key) || key.starts_with("gen_ai.usage."));
        let optional = recording
            .expected_optional
            .get(key)
            .is_some_and(|wanted| same(got, wanted));
        if !zero && !optional {
            found.push(format!("{key}: {got}, expected nothing"));
        }
    }
    let wanted = recording.expected_error.as_ref();
    match (wanted, &observed.error_type) {
        (None, Some(got)) => found.push(format!("error.type: {got}, expected none")),
        (Some(wanted), None) => found.push(format!(
            "error.type: missing, expected one of {:?}",
            wanted.error_type_candidates
        )),
        (Some(wanted), Some(got)) if !wanted.error_type_candidates.contains(got) => {
            found.push(format!(
                "error.type: {got}, expected one of {:?}",
                wanted.error_type_candidates
            ));
        }
        _ => {}
    }
    if scope.content {
        compare_messages(recording, observed, &mut found);
    }
    found
}

fn compare_messages(recording: &Recording, observed: &Observed, found: &mut Vec<String>) {
    for (name, got) in [
        ("input", messages(&observed.input, false)),
        ("output", messages(&observed.output, true)),
        ("system_instructions", parts(&observed.system_instructions)),
        ("tool_definitions", tools(&observed.tool_definitions)),
    ] {
        let wanted = recording
            .expected_messages
            .get(name)
            .unwrap_or(&Value::Null);
        let wanted = match name {
            "input" => messages(wanted, false),
            "output" => messages(wanted, true),
            "system_instructions" => parts(wanted),
            _ => tools(wanted),
        };
        let agrees = match name {
            "input" | "output" => same_messages(&got, &wanted),
            "system_instructions" => same_parts(&got, &wanted),
            _ => got.len() == wanted.len() && got.iter().zip(&wanted).all(|(a, b)| same(a, b)),
        };
        if !agrees {
            found.push(format!(
                "{name}:\n    got      {}\n    expected {}",
                Value::Array(got),
                Value::Array(wanted)
            ));
        }
    }
}

fn tools(value: &Value) -> Vec<Value> {
    value
        .as_array()
        .cloned()
        .unwrap_or_default()
        .into_iter()
        .map(|tool| drop_nulls(&tool))
        .collect()
}

fn drop_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .filter(|(_, v)| !v.is_null())
            .map(|(k, v)| (k.clone(), drop_nulls(v)))
            .collect(),
        Value::Array(list) => list.iter().map(drop_nulls).collect(),
        other => other.clone(),
    }
}

/// Equal as JSON: numbers as numbers, null as absent.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let one_way = |a: &Map<String, Value>, b: &Map<String, Value>| {
                a.iter()
                    .all(|(key, value)| same(value, b.get(key).unwrap_or(&Value::Null)))
            };
            one_way(a, b) && one_way(b, a)
        }
        _ => a == b,
    }
}
