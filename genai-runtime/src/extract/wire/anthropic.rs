//! Anthropic messages: requests, responses, and the events of a stream.

use serde_json::{Map, Value};

use super::asked::{Asked, latest};
use super::common::{METRICS, block_of, definition, error, metrics, named, output_format};
use super::fault;
use super::json::{id, list, objects, role, take, text, text_or_json, text_part};
use super::visit::Scalar;
use super::walk::Want::{self, Content, Each, Either, In, Listed, Skip, Take};
use crate::content::message::{InputMessage, Part, ToolDefinition};
use crate::extract::accumulator::Accumulator;
use crate::extract::stream::body::{Body, TextKind};

/// What is wanted of a request.
pub(super) fn request<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "model" => text!(GEN_AI_REQUEST_MODEL),
        "max_tokens" => whole!(GEN_AI_REQUEST_MAX_TOKENS),
        "temperature" => real!(GEN_AI_REQUEST_TEMPERATURE),
        "top_p" => real!(GEN_AI_REQUEST_TOP_P),
        "top_k" => real!(GEN_AI_REQUEST_TOP_K),
        "stop_sequences" => Take(Asked::stop),
        "stream" => Take(Asked::stream),
        "output_config" => In(output_config),
        "output_format" => In(output_format),
        "system" => Listed(Asked::system_room, |asked, value| {
            blocks(value, &mut asked.system)
        }),
        "messages" => Listed(Asked::message_room, |asked, value| {
            asked.input.extend(messages(value))
        }),
        "tools" => Listed(Asked::tool_room, |asked, value| {
            asked.tools.extend(tools(value))
        }),
        _ => Skip,
    }
}

fn output_config<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "format" => In(output_format),
        _ => Skip,
    }
}

fn messages(value: Value) -> Vec<InputMessage> {
    objects(value)
        .map(|mut fields| {
            let role = role(&mut fields, "user");
            let mut parts = Vec::new();
            blocks(take(&mut fields, "content").unwrap_or_default(), &mut parts);
            InputMessage {
                role,
                parts,
                name: None,
            }
        })
        .collect()
}

fn blocks(value: Value, parts: &mut Vec<Part>) {
    for item in list(value) {
        match item {
            Value::String(content) => parts.extend(text_part(content)),
            Value::Object(fields) => parts.extend(block(fields)),
            _ => {}
        }
    }
}

fn block(mut fields: Map<String, Value>) -> Option<Part> {
    let kind = text(&mut fields, "type").unwrap_or_default();
    block_of(&kind, fields)
}

fn tools(value: Value) -> Vec<ToolDefinition> {
    objects(value)
        .map(|mut fields| match text(&mut fields, "type") {
            Some(kind) if kind != "custom" && kind != "function" => named(kind, fields),
            _ => definition(fields),
        })
        .collect()
}

/// What is wanted of a response, or of an event of a stream.
pub(super) fn response(key: &str) -> Want<Accumulator> {
    match key {
        "id" => Take(Accumulator::take_id),
        "model" => Take(Accumulator::take_model),
        "stop_reason" => Take(Accumulator::take_finish),
        "usage" => In(usage),
        "content" => Content(whole),
        "error" => Either(Accumulator::take_error_text, error),
        // Of events. `message` is the beginning of a response, `delta` a change of it or of a block.
        "message" => In(response),
        "index" => Take(Accumulator::take_index),
        "delta" => Want::Both(delta_fields, Accumulator::take_content),
        "content_block" => Content(|stream, value| stream.pending.whole = Some(value)),
        METRICS => In(metrics),
        _ => fault::beside(key),
    }
}

fn delta_fields(key: &str) -> Want<Accumulator> {
    match key {
        "stop_reason" => Take(Accumulator::take_finish),
        _ => Skip,
    }
}

fn usage(key: &str) -> Want<Accumulator> {
    match key {
        "input_tokens" => Take(|stream, value| {
            stream.usage.cache_apart = true;
            stream.take_input(value);
        }),
        "output_tokens" => Take(Accumulator::take_output_tokens),
        "cache_read_input_tokens" => Take(Accumulator::take_cache_read),
        "cache_creation_input_tokens" => Take(Accumulator::take_cache_creation),
        "output_tokens_details" => In(output_details),
        // Of servers that speak the format.
        "total_tokens" => Take(Accumulator::take_total),
        "iterations" => Each(iteration, end_iteration),
        _ => Skip,
    }
}

/// A step of an answer. The counts beside the list are the sums of the steps that are messages, and leave compactions out; those of
/// an advisor are another model's.
fn iteration(key: &str) -> Want<Accumulator> {
    match key {
        "type" => Take(|stream, value| {
            stream.pending.is_compaction = matches!(value, Scalar::Str("compaction"));
        }),
        "input_tokens" => Take(|stream, value| latest(&mut stream.pending.step.input, value)),
        "output_tokens" => Take(|stream, value| latest(&mut stream.pending.step.output, value)),
        "cache_read_input_tokens" => {
            Take(|stream, value| latest(&mut stream.pending.step.cache_read, value))
        }
        "cache_creation_input_tokens" => {
            Take(|stream, value| latest(&mut stream.pending.step.cache_creation, value))
        }
        _ => Skip,
    }
}

fn end_iteration(stream: &mut Accumulator) {
    let pending = &mut stream.pending;
    let step = std::mem::take(&mut pending.step);
    if std::mem::take(&mut pending.is_compaction) {
        pending.compaction.get_or_insert_default().add(&step);
    }
}

fn output_details(key: &str) -> Want<Accumulator> {
    match key {
        "thinking_tokens" | "reasoning_tokens" => Take(Accumulator::take_reasoning),
        _ => Skip,
    }
}

/// The content of a whole response.
fn whole(stream: &mut Accumulator, value: Value) {
    let mut parts = Vec::new();
    blocks(value, &mut parts);
    for part in parts {
        stream.part(0, part);
    }
}

/// Ends an event or a response.
pub(super) fn end_chunk(stream: &mut Accumulator) {
    let block = match stream.pending.index.take() {
        None => Some(None),
        Some(n) => u64::try_from(n).ok().map(Some),
    };
    let (begun, delta) = (stream.pending.whole.take(), stream.pending.content.take());
    if let (Some(Value::Object(fields)), Some(number)) = (begun, block) {
        begin(stream, number, fields);
    }
    if let (Some(Value::Object(fields)), Some(number)) = (delta, block) {
        go_on(stream, number, fields);
    }
    if let Some(reason) = stream.pending.finish.take() {
        stream.finish_word(0, reason);
    }
}

/// A block begins.
fn begin(stream: &mut Accumulator, number: Option<u64>, mut fields: Map<String, Value>) {
    let kind = fields.get("type").and_then(Value::as_str);
    let body = match kind.unwrap_or_default() {
        "text" => Body::Text(text_or_json(&mut fields, "text").unwrap_or_default()),
        "thinking" => Body::Reasoning(text(&mut fields, "thinking").unwrap_or_default()),
        "tool_use" => {
            let input = take(&mut fields, "input");
            Body::call(id(&mut fields, "id"), text(&mut fields, "name"), input)
        }
        "" => return,
        _ => Body::Block {
            fields,
            parts: |fields| block(fields).into_iter().collect(),
        },
    };
    let is_output = !matches!(&body, Body::Text(text) | Body::Reasoning(text) if text.is_empty());
    stream.begin(0, number, body, is_output);
}

/// What a block goes on with.
fn go_on(stream: &mut Accumulator, number: Option<u64>, mut fields: Map<String, Value>) {
    let kind = text(&mut fields, "type").unwrap_or_default();
    if stream.block(0, number).is_some() {
        // Of a kind that nobody models: what the delta says is more of the fields of the same names.
        let input = text(&mut fields, "partial_json").map(|json| ("input".to_owned(), json.into()));
        for (field, value) in fields.into_iter().chain(input) {
            stream.grow(0, number, &field, value);
        }
        return;
    }
    match kind.as_str() {
        "text_delta" => {
            let text = text_or_json(&mut fields, "text").unwrap_or_default();
            stream.append(0, number, TextKind::Text, &text);
        }
        "thinking_delta" => {
            let text = text(&mut fields, "thinking").unwrap_or_default();
            stream.append(0, number, TextKind::Reasoning, &text);
        }
        "input_json_delta" => {
            let json = text(&mut fields, "partial_json").unwrap_or_default();
            stream.call(0, number, None, None, Some(&json), None);
        }
        // A delta of a message has no type.
        "" | "signature_delta" | "citations_delta" => {}
        _ => stream.some_output(),
    }
}
