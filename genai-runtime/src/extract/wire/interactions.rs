//! Google's Interactions API: requests, responses, and the events of a stream.
//!
//! What is said is a list of steps: input of the user, thoughts, output, calls and results of tools. The wire has no finish
//! reason: it is derived from the status.

use serde_json::{Map, Value};

use super::asked::{Asked, latest};
use super::common::{
    block_events, error, hosted_call, is_structured, joined, model, speaker, user, whole_answer,
};
use super::fault;
use super::json::{
    answer, blob, id, list, object, other, role, take, text, text_or_json, text_part, uri,
};
use super::openai_messages::tools;
use super::visit::Scalar;
use super::walk::Want::{self, Again, Both, Content, Either, In, Listed, Marked, Skip, Take};
use crate::content::message::{InputMessage, Part, Word};
use crate::extract::accumulator::Accumulator;
use crate::extract::budget::clip;
use crate::extract::parts::{arguments, call, server_response};
use crate::extract::stream::body::{Body, TextKind};
use crate::extract::words::word;

/// What is wanted of a request.
pub(super) fn request<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "model" => Take(model),
        "generation_config" => In(generation),
        "response_format" => In(response_format),
        "response_mime_type" => Take(Asked::output_type),
        "stream" => Take(Asked::stream),
        "system_instruction" => Listed(Asked::system_room, |asked, value| {
            contents(value, &mut asked.system)
        }),
        "input" => Marked(Asked::on_messages, |asked, value| {
            asked.input = input(value)
        }),
        "tools" => Listed(Asked::tool_room, |asked, value| {
            asked.tools.extend(tools(value))
        }),
        _ => Skip,
    }
}

fn generation<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "temperature" => real!(GEN_AI_REQUEST_TEMPERATURE),
        "top_p" => real!(GEN_AI_REQUEST_TOP_P),
        "top_k" => real!(GEN_AI_REQUEST_TOP_K),
        "max_output_tokens" => whole!(GEN_AI_REQUEST_MAX_TOKENS),
        "seed" => whole!(GEN_AI_REQUEST_SEED),
        "stop_sequences" => Take(Asked::stop),
        "frequency_penalty" => real!(GEN_AI_REQUEST_FREQUENCY_PENALTY),
        "presence_penalty" => real!(GEN_AI_REQUEST_PRESENCE_PENALTY),
        _ => Skip,
    }
}

/// The kind of output: of text its media type decides.
fn response_format<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "mime_type" => Take(Asked::output_type),
        "type" => Take(Asked::media_output),
        _ => Skip,
    }
}

/// A text, a content, a list of contents, of steps, or of turns with a role. Contents that follow each other are one message.
fn input(value: Value) -> Vec<InputMessage> {
    let mut messages: Vec<InputMessage> = Vec::new();
    let mut is_open = false;
    for item in list(value) {
        let (role, parts, is_content) = match item {
            Value::String(content) => ("user".into(), vec![Part::Text { content }], true),
            Value::Object(mut fields) if fields.contains_key("role") => {
                let mut parts = Vec::new();
                let role = speaker(role(&mut fields, "user"));
                contents(take(&mut fields, "content").unwrap_or_default(), &mut parts);
                (role, parts, false)
            }
            Value::Object(fields) => {
                let kind = kind_of(&fields);
                let is_content = !is_step(kind);
                let is_users = is_content || matches!(kind, "user_input" | "function_result");
                let role = if is_users { "user" } else { "assistant" };
                (Word::Borrowed(role), step(fields), is_content)
            }
            _ => continue,
        };
        match messages.last_mut().filter(|_| is_open && is_content) {
            Some(message) => message.parts.extend(parts),
            None => messages.push(InputMessage {
                role,
                ..user(parts)
            }),
        }
        is_open = is_content;
    }
    messages
}

fn kind_of(fields: &Map<String, Value>) -> &str {
    fields
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// Whether this is the kind of a step, not of a content.
fn is_step(kind: &str) -> bool {
    matches!(kind, "user_input" | "model_output" | "thought")
        || kind.ends_with("_call")
        || kind.ends_with("_result")
}

/// The parts of a step. Versions before had contents in its place, which are read alike.
fn step(mut fields: Map<String, Value>) -> Vec<Part> {
    let kind = text(&mut fields, "type").unwrap_or_default();
    match kind.as_str() {
        "user_input" | "model_output" => {
            let mut parts = Vec::new();
            contents(take(&mut fields, "content").unwrap_or_default(), &mut parts);
            parts
        }
        "thought" => {
            let summary = joined(take(&mut fields, "summary").unwrap_or_default(), "");
            let content = (!summary.is_empty()).then_some(Part::Reasoning { content: summary });
            content.into_iter().collect()
        }
        "function_call" => {
            let (id, name, arguments) = called(fields);
            call(id, name, arguments).into_iter().collect()
        }
        "function_result" => vec![Part::ToolCallResponse {
            id: id(&mut fields, "call_id"),
            response: answer(fields.remove("result").unwrap_or_default()),
        }],
        _ if kind.ends_with("_call") || kind.ends_with("_result") => {
            vec![hosted(&kind, fields)]
        }
        _ => content(&kind, fields).into_iter().collect(),
    }
}

/// Id, name and arguments of a call.
fn called(mut fields: Map<String, Value>) -> (Option<String>, Option<String>, Option<Value>) {
    let arguments = fields.remove("arguments").and_then(arguments);
    (id(&mut fields, "id"), text(&mut fields, "name"), arguments)
}

/// What a tool of the provider's was asked, or has answered.
fn hosted(kind: &str, mut fields: Map<String, Value>) -> Part {
    fields.remove("signature");
    if kind.ends_with("_call") {
        return hosted_call(kind, id(&mut fields, "id"), fields);
    }
    server_response(kind, id(&mut fields, "call_id"), fields)
}

/// The parts of contents.
fn contents(value: Value, parts: &mut Vec<Part>) {
    for item in list(value) {
        match item {
            Value::String(content) => parts.extend(text_part(content)),
            Value::Object(fields) => parts.extend(step(fields)),
            _ => {}
        }
    }
}

/// Text, data inline, or data behind a URL.
fn content(kind: &str, mut fields: Map<String, Value>) -> Option<Part> {
    let Some(modality) = modality(kind) else {
        return match kind {
            "text" => text_part(text_or_json(&mut fields, "text")?),
            "" => text(&mut fields, "text").and_then(text_part),
            _ => Some(other(kind, fields)),
        };
    };
    let mime_type = text(&mut fields, "mime_type");
    match (text(&mut fields, "data"), text(&mut fields, "uri")) {
        (Some(data), _) => Some(blob(modality, mime_type, data)),
        (None, Some(place)) => Some(uri(modality, mime_type, place)),
        (None, None) => Some(other(kind, fields)),
    }
}

fn modality(kind: &str) -> Option<&'static str> {
    ["image", "audio", "video", "document"]
        .into_iter()
        .find(|modality| *modality == kind)
}

/// What is wanted of a response, or of an event of a stream.
pub(super) fn response(key: &str) -> Want<Accumulator> {
    match key {
        // Of an event.
        "interaction" => In(response),
        "index" => Take(Accumulator::take_index),
        "step" | "content" => Both(step_kind, |stream, value| {
            stream.pending.whole = Some(value);
        }),
        "delta" => Content(Accumulator::take_content),
        "metadata" => In(metadata),
        // Of a response.
        "id" | "interaction_id" => Take(Accumulator::take_id),
        "model" => Take(Accumulator::take_model),
        "status" => Take(|stream, value| {
            if let Scalar::Str(text) = value {
                stream.pending.status = Some(word(clip(text)));
            }
        }),
        "steps" | "outputs" => Again(Some(step_kind), steps),
        "usage" => In(usage),
        "error" => Either(Accumulator::take_error_text, error),
        _ => fault::beside(key),
    }
}

/// The kind of a step, since the status of a stream that was left says nothing of its calls.
fn step_kind(key: &str) -> Want<Accumulator> {
    match key {
        "type" => Take(|stream, value| {
            stream.pending.calls |= matches!(value, Scalar::Str("function_call"));
        }),
        _ => Skip,
    }
}

fn metadata(key: &str) -> Want<Accumulator> {
    match key {
        "total_usage" => In(usage),
        _ => Skip,
    }
}

fn usage(key: &str) -> Want<Accumulator> {
    match key {
        "total_input_tokens" => Take(Accumulator::take_input),
        "total_output_tokens" => Take(|stream, value| {
            stream.usage.reasoning_apart = true;
            stream.take_output_tokens(value);
        }),
        "total_thought_tokens" => Take(|stream, value| {
            stream.usage.reasoning_apart = true;
            stream.take_reasoning(value);
        }),
        "total_cached_tokens" => Take(Accumulator::take_cache_read),
        "total_tool_use_tokens" => {
            Take(|stream, value| latest(&mut stream.usage.tool_use_input, value))
        }
        "total_tokens" => Take(Accumulator::take_total),
        _ => Skip,
    }
}

/// All steps: they take the place of what the events said. What the caller said before is among them.
fn steps(stream: &mut Accumulator, value: Value, lost: usize) {
    whole_answer(stream, value, lost, |fields| match kind_of(&fields) {
        "user_input" | "function_result" => Vec::new(),
        _ => step(fields),
    });
}

/// Ends an event or a response.
pub(super) fn end_chunk(stream: &mut Accumulator) {
    block_events(stream, begin, go_on);
    let status = stream.pending.status.take();
    let reason = match status.as_deref() {
        Some("completed") if stream.pending.calls => "tool_calls",
        Some("completed") => "stop",
        Some("requires_action") => "tool_calls",
        Some("incomplete" | "budget_exceeded") => "length",
        Some("failed" | "cancelled") => "error",
        _ => return,
    };
    stream.finish_word(0, Word::Borrowed(reason));
}

/// A step begins.
fn begin(stream: &mut Accumulator, number: Option<u64>, fields: Map<String, Value>) {
    match kind_of(&fields) {
        "function_call" => {
            let (id, name, arguments) = called(fields);
            stream.begin(0, number, Body::call(id, name, arguments), true);
        }
        "user_input" | "function_result" | "" => {}
        // A search that the provider makes before it answers is no output yet.
        kind if is_step(kind) && !matches!(kind, "model_output" | "thought") => {
            let body = Body::Block {
                fields,
                parts: step,
            };
            stream.begin(0, number, body, false);
        }
        _ => {
            for part in step(fields) {
                put(stream, number, part);
            }
        }
    }
}

/// What a step goes on with.
fn go_on(stream: &mut Accumulator, number: Option<u64>, mut fields: Map<String, Value>) {
    let kind = text(&mut fields, "type").unwrap_or_default();
    match kind.as_str() {
        "text" => {
            let text = text_or_json(&mut fields, "text").unwrap_or_default();
            stream.append(0, number, TextKind::Text, &text);
        }
        "thought_summary" | "thought" => {
            let summary = object(&mut fields, "content").or(Some(fields));
            let text = summary.and_then(|mut summary| text(&mut summary, "text"));
            stream.append(0, number, TextKind::Reasoning, &text.unwrap_or_default());
        }
        "arguments_delta" => {
            let (json, whole) = match take(&mut fields, "arguments") {
                Some(Value::String(json)) => (Some(json), None),
                whole => (None, whole),
            };
            stream.call(0, number, None, None, json.as_deref(), whole);
        }
        // Versions before sent a call whole.
        "function_call" => {
            let (id, name, whole) = called(fields);
            stream.call(0, number, id.as_deref(), name.as_deref(), None, whole);
        }
        "thought_signature" | "text_annotation_delta" | "function_result" => {}
        _ if stream.block(0, number).is_some() => {
            for (field, value) in fields {
                stream.grow(0, number, &field, value);
            }
        }
        _ => {
            if let (Some(modality), Some(data)) = (modality(&kind), text(&mut fields, "data")) {
                stream.data(0, number, modality, text(&mut fields, "mime_type"), &data);
            } else if modality(&kind).is_some() {
                content(&kind, fields)
                    .into_iter()
                    .for_each(|part| stream.part(0, part));
            } else if fields.values().any(is_structured) {
                stream.some_output();
            }
        }
    }
}

/// A part that a step begins with.
fn put(stream: &mut Accumulator, number: Option<u64>, part: Part) {
    match part {
        Part::Text { content } => stream.append(0, number, TextKind::Text, &content),
        Part::Reasoning { content } => stream.append(0, number, TextKind::Reasoning, &content),
        part => stream.part(0, part),
    }
}
