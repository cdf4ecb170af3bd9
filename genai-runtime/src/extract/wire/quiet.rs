//! Recognises at a glance the chunks that most of a stream is made of: some more text, which nobody wants to keep.
//!
//! A chunk is quiet if walking it would change nothing. When in doubt it is not. Two tests hold this against the tables: random
//! chunks (`tests/quiet`) are read with and without this file, and so is every stream of `tests/rows`.

use serde_json::{Map, Value};

use super::common::METRICS;
use super::walk::Want;
use crate::extract::accumulator::Accumulator;
use crate::extract::format::Format;

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

/// Content is not looked at, so what is left to notice are the scalars of the format's table.
fn says_nothing(format: Format, fields: &Map<String, Value>, stream: &Accumulator) -> bool {
    let all = |silent: fn(&str, &Value, &Accumulator) -> bool| {
        fields.iter().all(|(key, value)| silent(key, value, stream))
    };
    match format {
        Format::OpenAi => all(openai),
        Format::Anthropic => all(anthropic),
        Format::Responses => all(responses),
        Format::Cohere => all(cohere),
        Format::Ollama => all(ollama),
        Format::Converse => all(converse),
        Format::Gemini | Format::Interactions | Format::Conversations | Format::Invoke => false,
    }
}

/// Whether a field with this name means nothing to `format`.
#[cold]
fn is_unknown(format: Format, key: &str) -> bool {
    matches!(format.response()(key), Want::Skip)
}

fn openai(key: &str, value: &Value, stream: &Accumulator) -> bool {
    match key {
        "choices" => value.as_array().is_some_and(|choices| {
            choices.iter().all(|choice| {
                choice.as_object().is_some_and(|fields| {
                    fields.iter().all(|(key, value)| {
                        !matches!(
                            key.as_str(),
                            "finish_reason" | "stop_reason" | "error" | "usage"
                        ) || value.is_null()
                    })
                })
            })
        }),
        "usage" | "error" | "x_groq" | METRICS => value.is_null(),
        "object" => value != "error",
        "id" => stream.has_id(),
        "model" => stream.has_model(),
        "system_fingerprint" => value.is_null() || stream.has_fingerprint(),
        "service_tier" => value
            .as_str()
            .map_or(value.is_null(), |tier| stream.has_tier(tier)),
        // Fields in which servers say that they failed.
        _ => value.is_null() || is_unknown(Format::OpenAi, key),
    }
}

fn anthropic(key: &str, value: &Value, _: &Accumulator) -> bool {
    match key {
        "type" | "index" | "content_block" | "content" => true,
        "delta" => value.as_object().is_some_and(|delta| {
            delta
                .iter()
                .all(|(key, value)| key != "stop_reason" || value.is_null())
        }),
        _ => is_unknown(Format::Anthropic, key),
    }
}

fn responses(key: &str, value: &Value, _: &Accumulator) -> bool {
    match key {
        // One that ends so is never an error.
        "type" => value.as_str().is_some_and(|kind| kind.ends_with(".delta")),
        "delta" | "item" | "output_index" => true,
        "sequence_number" | "item_id" | "content_index" | "logprobs" | "obfuscation" => true,
        _ => is_unknown(Format::Responses, key),
    }
}

fn cohere(key: &str, value: &Value, _: &Accumulator) -> bool {
    match key {
        "type" | "index" | "message" => true,
        "delta" => value
            .as_object()
            .is_some_and(|delta| delta.iter().all(|(key, _)| key == "message")),
        _ => is_unknown(Format::Cohere, key),
    }
}

fn ollama(key: &str, _: &Value, stream: &Accumulator) -> bool {
    match key {
        "created_at" | "done" | "message" | "response" | "thinking" => true,
        "model" => stream.has_model(),
        _ => is_unknown(Format::Ollama, key),
    }
}

fn converse(key: &str, _: &Value, _: &Accumulator) -> bool {
    match key {
        "contentBlockIndex" | "delta" | "start" | "p" => true,
        _ => is_unknown(Format::Converse, key),
    }
}
