//! Recognises at a glance the chunks that most of a stream is made of: some more text, which nobody wants to keep.
//!
//! A chunk is quiet if walking it would change nothing. When in doubt it is not.

use serde_json::{Map, Value};

use super::format::Format;
use crate::accumulator::Accumulator;

/// Whether `chunk` adds nothing to what `stream` knows.
#[inline]
pub(super) fn is_quiet(chunk: &Value, stream: &Accumulator) -> bool {
    match (chunk, stream.format) {
        (Value::Object(fields), Some(format)) if stream.is_settled() => {
            says_nothing(format, fields, stream)
        }
        _ => false,
    }
}

fn says_nothing(format: Format, fields: &Map<String, Value>, stream: &Accumulator) -> bool {
    match format {
        Format::OpenAi => stream.is_named() && fields.iter().all(|(key, value)| silent(key, value)),
        Format::Anthropic => word(fields, "type") == Some("content_block_delta"),
        Format::Responses => word(fields, "type").is_some_and(|kind| kind.ends_with(".delta")),
        Format::Cohere => matches!(
            word(fields, "type"),
            Some("content-delta" | "tool-plan-delta" | "tool-call-delta")
        ),
        Format::Ollama => {
            fields.get("done") == Some(&Value::Bool(false)) && !fields.contains_key("error")
        }
        Format::Converse => {
            fields.len() <= 3
                && fields.contains_key("delta")
                && fields.contains_key("contentBlockIndex")
        }
        Format::Gemini | Format::Invoke => false,
    }
}

fn word<'v>(fields: &'v Map<String, Value>, key: &str) -> Option<&'v str> {
    fields.get(key).and_then(Value::as_str)
}

/// Whether a field of an OpenAI chunk says nothing new.
fn silent(key: &str, value: &Value) -> bool {
    match key {
        "usage" | "error" | "x_groq" | super::invoke::METRICS => value.is_null(),
        "choices" => value.as_array().is_some_and(|choices| {
            choices.iter().all(|choice| {
                choice.as_object().is_some_and(|fields| {
                    fields.iter().all(|(key, value)| {
                        !matches!(key.as_str(), "finish_reason" | "stop_reason" | "error")
                            || value.is_null()
                    })
                })
            })
        }),
        _ => true,
    }
}
