//! Brings messages into the form in which they are compared.

use serde_json::{Map, Value, json};

/// The kinds of parts of which every field is compared; of the others only the type.
const MODELLED: [&str; 8] = [
    "text",
    "reasoning",
    "tool_call",
    "tool_call_response",
    "blob",
    "uri",
    "file",
    "refusal",
];

/// Messages in comparable form: nulls and empty parts dropped, neighbours joined, messages without parts dropped unless they
/// are output.
pub fn messages(value: &Value, is_output: bool) -> Vec<Value> {
    let all = value
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .map(|message| {
            let mut fields = message.as_object().cloned().unwrap_or_default();
            fields.insert(
                "parts".to_owned(),
                Value::Array(parts(message.get("parts").unwrap_or(&Value::Null))),
            );
            if is_output {
                let reason = fields.get("finish_reason").and_then(Value::as_str);
                fields.insert("finish_reason".to_owned(), json!(reason.map(finish_reason)));
            }
            without_nulls(fields)
        });
    all.filter(|message| {
        is_output
            || message["parts"]
                .as_array()
                .is_some_and(|parts| !parts.is_empty())
    })
    .collect()
}

/// Parts in comparable form.
pub fn parts(value: &Value) -> Vec<Value> {
    let mut joined: Vec<Value> = Vec::new();
    for part in value.as_array().map(Vec::as_slice).unwrap_or_default() {
        let kind = part["type"].as_str().unwrap_or_default();
        if !MODELLED.contains(&kind) {
            joined.push(json!({"type": kind}));
            continue;
        }
        let is_text = kind == "text" || kind == "reasoning";
        let content = part["content"].as_str().unwrap_or_default();
        if is_text && content.is_empty() {
            continue;
        }
        match joined.last_mut() {
            Some(last) if is_text && last["type"] == kind => {
                let so_far = last["content"].as_str().unwrap_or_default();
                last["content"] = Value::String(format!("{so_far}{content}"));
            }
            _ => joined.push(without_nulls(part.as_object().cloned().unwrap_or_default())),
        }
    }
    joined
}

fn without_nulls(mut fields: Map<String, Value>) -> Value {
    fields.retain(|_, value| !value.is_null());
    Value::Object(fields)
}

/// The one reason of a provider's that the conventions have no word for, and that is no end of an answer either.
fn finish_reason(reason: &str) -> &str {
    match reason {
        "pause_turn" => "stop",
        other => other,
    }
}
