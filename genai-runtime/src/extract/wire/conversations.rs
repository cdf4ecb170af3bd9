//! Mistral's conversations: requests, responses, and the events of a stream.
//!
//! What is said is a list of entries: messages of both sides, calls of functions and what they have answered, tools that the provider
//! ran. The wire has neither an id of the response nor a finish reason.

use serde_json::{Map, Value};

use super::asked::{Asked, latest};
use super::common::{is_structured, output_format, user, whole_answer};
use super::fault;
use super::json::{answer, id, list, other, role, take, text};
use super::openai;
use super::openai_messages::{content, tools};
use super::visit::Scalar;
use super::walk::Want::{self, Again, Content, Either, In, Listed, Marked, Skip, Take};
use crate::content::message::{InputMessage, Part, Word};
use crate::extract::accumulator::Accumulator;
use crate::extract::accumulator::blocks::Numbered;
use crate::extract::budget::clip;
use crate::extract::parts::{arguments, call, server_call, server_response};
use crate::extract::pending::EventKind;
use crate::extract::stream::body::{Body, TextKind};

/// What is wanted of a request.
pub(super) fn request<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "model" => text!(GEN_AI_REQUEST_MODEL),
        "stream" => Take(Asked::stream),
        "completion_args" => In(parameters),
        "instructions" => Marked(Asked::on_system, |asked, value| {
            content(value, &mut asked.system)
        }),
        "inputs" => Listed(Asked::message_room, |asked, value| {
            asked.input.extend(input(value))
        }),
        "tools" => Listed(Asked::tool_room, |asked, value| {
            asked.tools.extend(tools(value))
        }),
        _ => Skip,
    }
}

fn parameters<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "temperature" => real!(GEN_AI_REQUEST_TEMPERATURE),
        "top_p" => real!(GEN_AI_REQUEST_TOP_P),
        "max_tokens" => whole!(GEN_AI_REQUEST_MAX_TOKENS),
        "random_seed" => whole!(GEN_AI_REQUEST_SEED),
        "frequency_penalty" => real!(GEN_AI_REQUEST_FREQUENCY_PENALTY),
        "presence_penalty" => real!(GEN_AI_REQUEST_PRESENCE_PENALTY),
        "stop" => Take(Asked::stop),
        "response_format" => In(output_format),
        _ => Skip,
    }
}

/// A text, or entries.
fn input(value: Value) -> Vec<InputMessage> {
    let entries = list(value).into_iter();
    entries
        .filter_map(|entry| match entry {
            Value::String(content) => Some(user(vec![Part::Text { content }])),
            Value::Object(fields) => Some(message(fields)),
            _ => None,
        })
        .collect()
}

fn message(mut fields: Map<String, Value>) -> InputMessage {
    let role = match kind_of(&fields) {
        "" | "message.input" => role(&mut fields, "user"),
        "function.result" => Word::Borrowed("tool"),
        _ => Word::Borrowed("assistant"),
    };
    InputMessage {
        role,
        ..user(entry(fields))
    }
}

fn kind_of(fields: &Map<String, Value>) -> &str {
    fields
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The parts of an entry.
fn entry(mut fields: Map<String, Value>) -> Vec<Part> {
    let kind = text(&mut fields, "type").unwrap_or_default();
    match kind.as_str() {
        "" | "message.input" | "message.output" => {
            let mut parts = Vec::new();
            content(take(&mut fields, "content").unwrap_or_default(), &mut parts);
            parts
        }
        "function.call" => {
            let (id, name) = (id(&mut fields, "tool_call_id"), text(&mut fields, "name"));
            let arguments = fields.remove("arguments").and_then(arguments);
            call(id, name, arguments).into_iter().collect()
        }
        "function.result" => vec![Part::ToolCallResponse {
            id: id(&mut fields, "tool_call_id"),
            response: answer(fields.remove("result").unwrap_or_default()),
        }],
        EXECUTION => execution(fields),
        _ => vec![other(&kind, fields)],
    }
}

/// The entry of a tool that the provider ran.
const EXECUTION: &str = "tool.execution";

/// The entry of another agent that goes on.
const HANDOFF: &str = "agent.handoff";

/// What a tool of the provider's was asked, and has answered.
fn execution(mut fields: Map<String, Value>) -> Vec<Part> {
    let (id, name) = (id(&mut fields, "id"), text(&mut fields, "name"));
    let info = take(&mut fields, "info").filter(is_structured);
    let mut asked = Map::new();
    if let Some(input) = fields.remove("arguments").and_then(arguments) {
        asked.insert("arguments".to_owned(), input);
    }
    let name = name.unwrap_or_else(|| EXECUTION.to_owned());
    let response = info.map(|info| {
        let said = Map::from_iter([("info".to_owned(), info)]);
        server_response(EXECUTION, id.clone(), said)
    });
    let mut parts = vec![server_call(EXECUTION, id, name, asked)];
    parts.extend(response);
    parts
}

/// What is wanted of a response, or of an event of a stream.
pub(super) fn response(key: &str) -> Want<Accumulator> {
    match key {
        "usage" => In(usage),
        "conversation_id" => Take(Accumulator::take_conversation),
        // Of a response.
        "outputs" => Again(Some(output), |stream, value, lost| {
            whole_answer(stream, value, lost, entry);
        }),
        // Of an event.
        "type" => Take(|stream, value| {
            if let Scalar::Str(name) = value {
                stream.pending.event = event(name);
                if stream.pending.event == EventKind::Item && name.starts_with(HANDOFF) {
                    stream.pending.name.push_str(HANDOFF);
                }
            }
        }),
        "model" => Take(Accumulator::take_model),
        "output_index" => Take(Accumulator::take_index),
        "id" => Take(|stream, value| {
            if let (Scalar::Str(id), true) = (value, stream.wants_content()) {
                clip(id).clone_into(&mut stream.pending.item);
            }
        }),
        "content" => Content(Accumulator::take_content),
        "name" => Content(|stream, value| field(stream, "name", value)),
        "arguments" => Content(|stream, value| field(stream, "arguments", value)),
        "tool_call_id" => Content(|stream, value| field(stream, "tool_call_id", value)),
        "info" => Content(|stream, value| field(stream, "info", value)),
        "previous_agent_name" => Content(|stream, value| {
            field(stream, "previous_agent_name", value);
        }),
        "next_agent_name" => Content(|stream, value| field(stream, "next_agent_name", value)),
        "code" => Take(Accumulator::take_error_code),
        "error" => Either(Accumulator::take_error_text, super::common::error),
        _ => fault::beside(key),
    }
}

/// An entry of a whole response.
fn output(key: &str) -> Want<Accumulator> {
    match key {
        "model" => Take(Accumulator::take_model),
        _ => Skip,
    }
}

fn usage(key: &str) -> Want<Accumulator> {
    match key {
        // What the provider's tools have answered is read as input, beside the prompt.
        "connector_tokens" => Take(|stream, value| latest(&mut stream.usage.tool_use_input, value)),
        _ => openai::usage(key),
    }
}

/// The event a chunk is, by the name it gives itself.
fn event(name: &str) -> EventKind {
    match name {
        "message.output.delta" => EventKind::Text,
        "function.call.delta" => EventKind::Arguments,
        "tool.execution.started" | "agent.handoff.started" => EventKind::Item,
        "tool.execution.delta" => EventKind::Delta,
        "tool.execution.done" | "agent.handoff.done" => EventKind::WholeItem,
        "conversation.response.error" => EventKind::Error,
        _ => EventKind::Other,
    }
}

/// Keeps a field of an event until it ends.
fn field(stream: &mut Accumulator, key: &str, value: Value) {
    let fields = stream.pending.whole.get_or_insert_default();
    if fields.is_null() {
        *fields = Value::Object(Map::new());
    }
    if let Value::Object(fields) = fields {
        fields.insert(key.to_owned(), value);
    }
}

/// Ends an event or a response.
pub(super) fn end_chunk(stream: &mut Accumulator) {
    let number = stream.pending.index.take();
    let item = std::mem::take(&mut stream.pending.item);
    let place = Numbered {
        number: number.and_then(|n| u64::try_from(n).ok()),
        item: (!item.is_empty()).then_some(item.as_str()),
    };
    let said = stream.pending.content.take().unwrap_or_default();
    let fields = match stream.pending.whole.take() {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    match stream.pending.event {
        EventKind::Text => go_on(stream, place, said),
        EventKind::Arguments => called(stream, place, fields),
        EventKind::Item => begin(stream, place, fields),
        EventKind::Delta | EventKind::WholeItem => more(stream, place, fields),
        EventKind::Error if stream.pending.error.is_none() => stream.error(""),
        _ => {}
    }
}

/// More of a message: a text, or a chunk of content.
fn go_on(stream: &mut Accumulator, place: Numbered<'_>, said: Value) {
    let mut parts = Vec::new();
    let said = match said {
        Value::Object(_) => Value::Array(vec![said]),
        text => text,
    };
    content(said, &mut parts);
    for part in parts {
        match part {
            Part::Text { content } => stream.append(0, place, TextKind::Text, &content),
            Part::Reasoning { content } => stream.append(0, place, TextKind::Reasoning, &content),
            // At its place: what follows it there is no more of what came before it.
            part => stream.begin(0, place, Body::Whole(part), true),
        }
    }
}

/// A function is called, or more of its arguments come.
fn called(stream: &mut Accumulator, place: Numbered<'_>, mut fields: Map<String, Value>) {
    let (id, name) = (id(&mut fields, "tool_call_id"), text(&mut fields, "name"));
    let (json, whole) = match take(&mut fields, "arguments") {
        Some(Value::String(json)) => (Some(json), None),
        whole => (None, whole),
    };
    let (id, name) = (id.as_deref(), name.as_deref());
    stream.call(0, place, id, name, json.as_deref(), whole);
}

/// The provider begins to run a tool, which is no output yet, or gives the conversation to another agent.
fn begin(stream: &mut Accumulator, place: Numbered<'_>, mut fields: Map<String, Value>) {
    let is_handoff = stream.pending.name == HANDOFF;
    let kind = if is_handoff { HANDOFF } else { EXECUTION };
    fields.insert("type".to_owned(), Value::from(kind));
    if let Some(id) = place.item {
        fields.insert("id".to_owned(), Value::from(clip(id)));
    }
    let body = Body::Block {
        fields,
        parts: entry,
    };
    stream.begin(0, place, body, false);
}

/// What an entry goes on with, or ends with: of its arguments more, of its other fields the last.
fn more(stream: &mut Accumulator, place: Numbered<'_>, fields: Map<String, Value>) {
    let is_delta = stream.pending.event == EventKind::Delta;
    for (key, value) in fields.into_iter().filter(|(_, value)| !value.is_null()) {
        if key == "arguments" && is_delta {
            stream.grow(0, place, &key, value);
            continue;
        }
        stream.spend(crate::extract::parts::weight(&value));
        if let Some(known) = stream.block(0, place) {
            known.insert(key, value);
        }
    }
}
