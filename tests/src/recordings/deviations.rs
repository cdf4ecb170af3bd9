//! What we differ in from recordings on purpose, and why.

use serde_json::Value;

use super::load::Recording;

/// Why the recording may differ in what `difference` begins with, if it may.
pub fn deviation(recording: &Recording, difference: &str) -> Option<&'static str> {
    (difference.starts_with("output:") && has_details_only(recording)).then_some(
        "reasoning that is in reasoning_details alone is output (reports/reasoning_details_stream); the recording lists none",
    )
}

/// Whether a whole answer has its reasoning in details alone, and the recording lists no reasoning.
fn has_details_only(recording: &Recording) -> bool {
    let parts = recording
        .expected_messages
        .get("output")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .flat_map(|message| message["parts"].as_array().into_iter().flatten());
    let body = recording.response.body.as_ref().unwrap_or(&Value::Null);
    let has_details = body["choices"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|choice| &choice["message"])
        .any(|message| {
            message["reasoning_details"].is_array()
                && ["reasoning", "reasoning_content"]
                    .iter()
                    .all(|key| !message[*key].is_string())
        });
    has_details && !parts.into_iter().any(|part| part["type"] == "reasoning")
}
