//! What we differ in from recordings on purpose, and why.

use serde_json::Value;

use super::load::Recording;

/// How many reasons there are.
pub const COUNT: usize = 2;

/// Why the recording may differ in what `difference` begins with, if it may.
pub fn deviation(recording: &Recording, difference: &str) -> Option<&'static str> {
    let begins = |keys: &[&str]| keys.iter().any(|key| difference.starts_with(key));
    if begins(&["output:"]) && has_details_only(recording) {
        return Some(
            "reasoning that is in reasoning_details alone is output (reports/reasoning_details_stream); the recording lists none",
        );
    }
    let counts = ["gen_ai.usage.input_tokens:", "gen_ai.usage.output_tokens:"];
    if begins(&counts) && compacts_in_a_stream(recording) {
        return Some(
            "what a compaction took counts (reports/anthropic_compaction_usage); the recording of a stream lists the last step alone",
        );
    }
    None
}

/// Whether a stream's steps have a compaction among them, and the recording lists what the last step took.
fn compacts_in_a_stream(recording: &Recording) -> bool {
    let events = recording.response.sse.iter().flatten();
    let steps = events
        .filter_map(|text| serde_json::from_str::<Value>(text).ok())
        .filter_map(|event| event["usage"]["iterations"].as_array().cloned())
        .next_back()
        .unwrap_or_default();
    let last = steps.last().unwrap_or(&Value::Null);
    steps.iter().any(|step| step["type"] == "compaction")
        && recording.expected.get("gen_ai.usage.output_tokens") == Some(&last["output_tokens"])
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
