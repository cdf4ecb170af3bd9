//! OpenAI Responses: requests, responses, and the events of a stream.
//!
//! The wire has no finish reason: it is derived from the status, the reason of an incomplete answer, and the kinds of items.

use serde_json::{Map, Value};

use super::asked::Asked;
use super::common::{error, hosted_call, is_structured, joined, output_format, user, whole_answer};
use super::fault;
use super::json::{answer, id, list, other, reasoning_part, role, take, text};
use super::openai_messages::{content, tools};
use super::visit::Scalar;
use super::walk::Want::{self, Again, Both, Content, Either, In, Listed, Marked, Skip, Take};
use crate::content::message::{InputMessage, Part, Word};
use crate::extract::accumulator::Accumulator;
use crate::extract::accumulator::blocks::Numbered;
use crate::extract::budget::clip;
use crate::extract::parts::{arguments, call, server_response};
use crate::extract::pending::EventKind;
use crate::extract::stream::body::{Body, TextKind};
use crate::extract::words::word;

/// The items that are calls of the user's tools.
const CALLS: [&str; 2] = ["function_call", "custom_tool_call"];

/// What is wanted of a request.
pub(super) fn request<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "model" => text!(GEN_AI_REQUEST_MODEL),
        "temperature" => real!(GEN_AI_REQUEST_TEMPERATURE),
        "top_p" => real!(GEN_AI_REQUEST_TOP_P),
        "max_output_tokens" => whole!(GEN_AI_REQUEST_MAX_TOKENS),
        "stream" => Take(Asked::stream),
        "text" => In(text_options),
        "service_tier" => Take(Asked::service_tier),
        "conversation" => Either(
            |asked, value| {
                asked.text(
                    crate::semconv::registry::keys::GEN_AI_CONVERSATION_ID,
                    value,
                )
            },
            conversation,
        ),
        "instructions" => Marked(Asked::on_system, |asked, value| {
            content(value, &mut asked.system)
        }),
        "input" => Listed(Asked::message_room, |asked, value| {
            asked.input.extend(input(value))
        }),
        "tools" => Listed(Asked::tool_room, |asked, value| {
            asked.tools.extend(tools(value))
        }),
        _ => Skip,
    }
}

fn text_options<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "format" => In(output_format),
        _ => Skip,
    }
}

fn conversation<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "id" => text!(GEN_AI_CONVERSATION_ID),
        _ => Skip,
    }
}

fn input(value: Value) -> Vec<InputMessage> {
    list(value)
        .into_iter()
        .filter_map(|item| match item {
            Value::String(content) => Some(user(vec![Part::Text { content }])),
            Value::Object(fields) => Some(item_message(fields)),
            _ => None,
        })
        .collect()
}

/// An item of the input: a message, a call, an answer, or what else the model once put out.
fn item_message(mut fields: Map<String, Value>) -> InputMessage {
    let kind = text(&mut fields, "type").unwrap_or_else(|| "message".to_owned());
    match kind.as_str() {
        _ if kind.ends_with("_call_output") => {
            let id = id(&mut fields, "call_id");
            let response = answer(fields.remove("output").unwrap_or_default());
            InputMessage {
                role: Word::Borrowed("tool"),
                parts: vec![Part::ToolCallResponse { id, response }],
                name: None,
            }
        }
        "message" => {
            let role = role(&mut fields, "user");
            let mut parts = Vec::new();
            content(take(&mut fields, "content").unwrap_or_default(), &mut parts);
            InputMessage {
                role,
                parts,
                name: None,
            }
        }
        _ => InputMessage {
            role: Word::Borrowed("assistant"),
            parts: item(&kind, fields),
            name: None,
        },
    }
}

/// The parts of an item of the output.
fn item(kind: &str, mut fields: Map<String, Value>) -> Vec<Part> {
    match kind {
        "message" => {
            let mut parts = Vec::new();
            content(take(&mut fields, "content").unwrap_or_default(), &mut parts);
            parts
        }
        kind if CALLS.contains(&kind) => {
            let (id, name) = (id(&mut fields, "call_id"), text(&mut fields, "name"));
            let arguments = fields
                .remove("arguments")
                .or_else(|| fields.remove("input"))
                .and_then(arguments);
            call(id, name, arguments).into_iter().collect()
        }
        "reasoning" => {
            let mut texts: Vec<String> = ["summary", "content"]
                .iter()
                .filter_map(|key| take(&mut fields, key))
                .map(|blocks| joined(blocks, "\n"))
                .collect();
            texts.retain(|text| !text.is_empty());
            reasoning_part(texts.join("\n")).into_iter().collect()
        }
        _ if is_hosted(kind, &fields) => hosted(kind, fields),
        _ => vec![other(kind, fields)],
    }
}

/// The parts of an item with its kind in it.
fn typed_item(mut fields: Map<String, Value>) -> Vec<Part> {
    let kind = text(&mut fields, "type").unwrap_or_default();
    item(&kind, fields)
}

/// Whether the provider itself runs the tool that an item is about. What the caller is to run (a shell, a patch, a click) is
/// neither a function of the caller's nor the provider's.
fn is_hosted(kind: &str, fields: &Map<String, Value>) -> bool {
    let is = |key: &str, text: &str| fields.get(key).and_then(Value::as_str) == Some(text);
    match kind {
        "computer_call" | "local_shell_call" | "apply_patch_call" => false,
        "shell_call" => fields
            .get("environment")
            .and_then(|place| place.get("type")?.as_str())
            .is_some_and(|kind| kind.starts_with("container")),
        "shell_call_output" => true,
        // Answers of the caller's own tools, and of all others those of the provider's.
        "function_call_output"
        | "custom_tool_call_output"
        | "computer_call_output"
        | "local_shell_call_output"
        | "apply_patch_call_output" => false,
        _ => {
            let of_a_tool = ["_call", "_call_output"]
                .iter()
                .any(|last| kind.ends_with(last));
            (of_a_tool || kind == "tool_search_output") && !is("execution", "client")
        }
    }
}

/// The call of a tool of the provider's, and its result where the item has one.
fn hosted(kind: &str, mut fields: Map<String, Value>) -> Vec<Part> {
    let own = id(&mut fields, "id");
    let call_id = id(&mut fields, "call_id").or(own);
    if kind.ends_with("_output") {
        return vec![server_response(kind, call_id, fields)];
    }
    let mut result = Map::new();
    for key in ["results", "outputs", "result", "output", "error"] {
        let value = take(&mut fields, key).filter(|value| *value != Value::Array(Vec::new()));
        result.extend(value.map(|value| (key.to_owned(), value)));
    }
    let answer = (!result.is_empty()).then(|| server_response(kind, call_id.clone(), result));
    let mut parts = vec![hosted_call(kind, call_id, fields)];
    parts.extend(answer);
    parts
}

/// What is wanted of a response, or of an event of a stream.
pub(super) fn response(key: &str) -> Want<Accumulator> {
    match key {
        // Of an event.
        "response" => In(response),
        "type" => Take(|stream, value| {
            if let Scalar::Str(name) = value {
                stream.pending.event = event(name);
                if stream.pending.event == EventKind::Delta && stream.wants_content() {
                    clip(name).clone_into(&mut stream.pending.name);
                }
            }
        }),
        "delta" => Content(Accumulator::take_content),
        // Its kind counts, since the last event need not repeat it.
        "item" => Both(event_item, Accumulator::take_content),
        "output_index" => Take(Accumulator::take_index),
        "item_id" => Take(item_id),
        "code" => Take(|stream, value| {
            if let Scalar::Str(code) = value {
                stream.pending.finish = Some(word(clip(code)));
            }
        }),
        // Of a response.
        "id" => Take(Accumulator::take_id),
        "model" => Take(Accumulator::take_model),
        "service_tier" => Take(Accumulator::take_service_tier),
        "status" => Take(|stream, value| state(&mut stream.pending.status, value)),
        "conversation" => Either(Accumulator::take_conversation, conversation_of),
        "incomplete_details" => In(incomplete),
        "output" => Again(Some(output_item), output),
        "usage" => In(usage),
        "error" => Either(Accumulator::take_error_text, error),
        _ => fault::beside(key),
    }
}

/// The conversation that the answer belongs to.
fn conversation_of(key: &str) -> Want<Accumulator> {
    match key {
        "id" => Take(Accumulator::take_conversation),
        _ => Skip,
    }
}

fn state(slot: &mut Option<Word>, value: Scalar<'_>) {
    if let Scalar::Str(text) = value {
        *slot = Some(word(clip(text)));
    }
}

fn incomplete(key: &str) -> Want<Accumulator> {
    match key {
        "reason" => Take(|stream, value| state(&mut stream.pending.incomplete, value)),
        _ => Skip,
    }
}

fn output_item(key: &str) -> Want<Accumulator> {
    match key {
        "type" => Take(|stream, value| {
            stream.pending.calls |= matches!(value, Scalar::Str(kind) if CALLS.contains(&kind));
        }),
        _ => Skip,
    }
}

/// The item of an event.
fn event_item(key: &str) -> Want<Accumulator> {
    match key {
        "id" => Take(item_id),
        _ => output_item(key),
    }
}

fn item_id(stream: &mut Accumulator, value: Scalar<'_>) {
    if let (Scalar::Str(id), true) = (value, stream.wants_content()) {
        clip(id).clone_into(&mut stream.pending.item);
    }
}

fn usage(key: &str) -> Want<Accumulator> {
    match key {
        "input_tokens" => Take(Accumulator::take_input),
        "output_tokens" => Take(Accumulator::take_output_tokens),
        "total_tokens" => Take(Accumulator::take_total),
        "input_tokens_details" => In(input_details),
        "output_tokens_details" => In(output_details),
        _ => Skip,
    }
}

fn input_details(key: &str) -> Want<Accumulator> {
    match key {
        "cached_tokens" => Take(Accumulator::take_cache_read),
        "cache_write_tokens" | "cache_creation_tokens" | "cache_creation_input_tokens" => {
            Take(Accumulator::take_cache_creation)
        }
        "audio_tokens" => Take(Accumulator::take_audio_input),
        _ => Skip,
    }
}

fn output_details(key: &str) -> Want<Accumulator> {
    match key {
        "reasoning_tokens" => Take(Accumulator::take_reasoning),
        "audio_tokens" => Take(Accumulator::take_audio_output),
        _ => Skip,
    }
}

/// The whole output: it takes the place of what the events said of it.
fn output(stream: &mut Accumulator, value: Value, lost: usize) {
    whole_answer(stream, value, lost, typed_item);
}

/// The event a chunk is, by the name it gives itself.
fn event(name: &str) -> EventKind {
    match name {
        "response.output_text.delta" => EventKind::Text,
        "response.refusal.delta" => EventKind::Refusal,
        "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
            EventKind::Reasoning
        }
        "response.reasoning_summary_part.added" => EventKind::Summary,
        "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
            EventKind::Arguments
        }
        "response.audio.delta" | "response.output_audio.delta" => EventKind::Audio,
        "response.audio.transcript.delta" | "response.output_audio_transcript.delta" => {
            EventKind::Text
        }
        "response.image_generation_call.partial_image" => EventKind::Image,
        "response.output_item.added" => EventKind::Item,
        "response.output_item.done" => EventKind::WholeItem,
        "error" => EventKind::Error,
        _ if name.ends_with(".delta") => EventKind::Delta,
        _ => EventKind::Other,
    }
}

/// Ends an event or a response.
pub(super) fn end_chunk(stream: &mut Accumulator) {
    let number = stream
        .pending
        .index
        .take()
        .and_then(|n| u64::try_from(n).ok());
    let name = std::mem::take(&mut stream.pending.item);
    let place = Numbered {
        number,
        item: (!name.is_empty()).then_some(name.as_str()),
    };
    let code = stream.pending.finish.take();
    let content = stream.pending.content.take();
    match (stream.pending.event, content) {
        // The code lies in the event, or in an error object, which counts at the end of the chunk.
        (EventKind::Error, _) => {
            let code = code.filter(|code| super::error::is_type(code));
            if code.is_some() || stream.pending.error.is_none() {
                stream.error(code.as_deref().unwrap_or_default());
            }
        }
        (EventKind::Text, Some(Value::String(text))) => {
            stream.append(0, place, TextKind::Text, &text)
        }
        (EventKind::Refusal, Some(Value::String(text))) => {
            stream.append(0, place, TextKind::Refusal, &text)
        }
        (EventKind::Reasoning, Some(Value::String(text))) => {
            stream.append(0, place, TextKind::Reasoning, &text)
        }
        // Another summary of the reasoning so far: a line of its own.
        (EventKind::Summary, _) if stream.reasons(0, place) => {
            stream.append(0, place, TextKind::Reasoning, "\n");
        }
        (EventKind::Arguments, Some(Value::String(text))) => {
            stream.call(0, place, None, None, Some(&text), None);
        }
        (EventKind::Audio, Some(Value::String(base64))) => {
            stream.data(0, place, "audio", None, &base64);
        }
        (EventKind::Delta, Some(delta)) => delta_of_item(stream, place, delta),
        (EventKind::Image, _) => stream.some_output(),
        (EventKind::Item | EventKind::WholeItem, Some(Value::Object(fields))) => {
            item_event(stream, place, fields)
        }
        _ => {}
    }
    if let Some(reason) = finish(stream) {
        stream.finish_word(0, reason);
    }
}

/// More of a field of an item that nobody models: `response.mcp_call_arguments.delta` is more `arguments` of an `mcp_call`.
fn delta_of_item(stream: &mut Accumulator, place: Numbered<'_>, delta: Value) {
    if is_structured(&delta) || delta.as_str().is_some_and(|text| !text.is_empty()) {
        stream.some_output();
    }
    let event = std::mem::take(&mut stream.pending.name);
    let kind = stream.block(0, place).and_then(|fields| fields.get("type"));
    let field = kind.and_then(Value::as_str).and_then(|kind| {
        let name = event.strip_prefix("response.")?.strip_suffix(".delta")?;
        name.strip_prefix(kind)?
            .strip_prefix('_')
            .map(str::to_owned)
    });
    if let Some(field) = field {
        stream.grow(0, place, &field, delta);
    }
}

/// An item begins, or is whole: what no smaller event says of it.
fn item_event(stream: &mut Accumulator, place: Numbered<'_>, mut fields: Map<String, Value>) {
    let is_whole = stream.pending.event == EventKind::WholeItem;
    let kind = fields.get("type").and_then(Value::as_str);
    match kind.unwrap_or_default() {
        kind if CALLS.contains(&kind) => {
            let (id, name) = (id(&mut fields, "call_id"), text(&mut fields, "name"));
            if !is_whole {
                return stream.begin(0, place, Body::call(id, name, None), true);
            }
            let all = ["arguments", "input"].map(|key| fields.remove(key));
            let whole = all.into_iter().flatten().next().and_then(arguments);
            stream.call(0, place, id.as_deref(), name.as_deref(), None, whole);
        }
        "message" | "reasoning" | "" => {}
        // No output yet: a search that the provider makes before it answers.
        _ => {
            let parts = typed_item;
            let body = Body::Block { fields, parts };
            if is_whole {
                stream.replace(0, place, body);
            } else {
                stream.begin(0, place, body, false);
            }
        }
    }
}

/// The finish reason a final state amounts to.
fn finish(stream: &mut Accumulator) -> Option<Word> {
    let reason = match stream.pending.status.take()?.as_ref() {
        "completed" if stream.pending.calls => "tool_calls",
        "completed" => "stop",
        "incomplete" => match stream.pending.incomplete.take() {
            Some(reason) if reason == "max_output_tokens" => "length",
            Some(reason) => return Some(reason),
            None => "length",
        },
        "failed" | "cancelled" => "error",
        _ => return None,
    };
    Some(Word::Borrowed(reason))
}
