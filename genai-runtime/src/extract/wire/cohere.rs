//! Cohere chat and embed, versions 1 and 2.

use serde_json::{Map, Value};

use super::asked::Asked;
use super::common::{METRICS, append_to, error, metrics, output_format, prompts};
use super::fault;
use super::json::{id, object, objects, role, text, text_part};
use super::openai_messages::{content, delta, fragment, messages, tool_call, tools};
use super::visit::Scalar;
use super::walk::Want::{self, Content, Either, In, Listed, Marked, Nested, Note, Skip, Take};
use crate::content::message::{InputMessage, Part, Word};
use crate::extract::accumulator::Accumulator;
use crate::extract::stream::body::TextKind;

/// What is wanted of a request.
pub(super) fn request<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "model" => text!(GEN_AI_REQUEST_MODEL),
        "temperature" => real!(GEN_AI_REQUEST_TEMPERATURE),
        "p" => real!(GEN_AI_REQUEST_TOP_P),
        "k" => real!(GEN_AI_REQUEST_TOP_K),
        "max_tokens" => whole!(GEN_AI_REQUEST_MAX_TOKENS),
        "seed" => whole!(GEN_AI_REQUEST_SEED),
        "stop_sequences" => Take(Asked::stop),
        "frequency_penalty" => real!(GEN_AI_REQUEST_FREQUENCY_PENALTY),
        "presence_penalty" => real!(GEN_AI_REQUEST_PRESENCE_PENALTY),
        "stream" => Take(Asked::stream),
        "response_format" => In(output_format),
        "messages" => Listed(Asked::message_room, |asked, value| {
            asked.input.extend(messages(value))
        }),
        "tools" => Listed(Asked::tool_room, |asked, value| {
            asked.tools.extend(tools(value))
        }),
        // Version 1: the history comes before the message, whatever the order of the fields.
        "chat_history" => Marked(Asked::on_messages, |asked, value| {
            let later = std::mem::take(&mut asked.input);
            asked.input = history(value);
            asked.input.extend(later);
        }),
        "message" => Marked(Asked::on_messages, prompts),
        "preamble" => Marked(Asked::on_system, |asked, value| {
            content(value, &mut asked.system)
        }),
        // Embeddings.
        "embedding_types" => Take(Asked::encoding_format),
        "output_dimension" => whole!(GEN_AI_EMBEDDINGS_DIMENSION_COUNT),
        _ => Skip,
    }
}

/// The turns of version 1, with its names of the roles.
fn history(value: Value) -> Vec<InputMessage> {
    objects(value)
        .map(|mut fields| {
            let role = match role(&mut fields, "user") {
                role if role.eq_ignore_ascii_case("user") => Word::Borrowed("user"),
                role if role.eq_ignore_ascii_case("chatbot") => Word::Borrowed("assistant"),
                role => role,
            };
            let parts: Vec<Part> = text(&mut fields, "message")
                .and_then(text_part)
                .into_iter()
                .collect();
            InputMessage {
                role,
                parts,
                name: None,
            }
        })
        .collect()
}

/// What is wanted of a response, or of an event of a stream.
pub(super) fn response(key: &str) -> Want<Accumulator> {
    match key {
        "id" | "response_id" => Take(Accumulator::take_id),
        "generation_id" => Take(Accumulator::take_id_else),
        "finish_reason" => Take(Accumulator::take_finish),
        "usage" | "meta" => In(usage),
        "message" => Content(Accumulator::take_content),
        // Version 1, and the end of its stream.
        "text" => Content(|stream, value| stream.pending.text = Some(value)),
        // Command streams several generations by their number; in the events of version 2 that of a block or call stands there.
        "is_finished" => Note(|stream| stream.pending.is_generation = true),
        "tool_calls" => Content(|stream, value| stream.pending.whole = Some(value)),
        "response" => In(final_response),
        // Behind Bedrock's InvokeModel.
        METRICS => In(metrics),
        // Events of version 2.
        "index" => Take(Accumulator::take_index),
        "delta" => In(event_delta),
        "error" => Either(Accumulator::take_error_text, error),
        _ => fault::beside(key),
    }
}

/// The calls of version 1, which are whole and have no ids.
fn calls(stream: &mut Accumulator, value: Value) {
    for call in objects(value).filter_map(tool_call) {
        stream.part(0, call);
    }
}

/// The response that ends a stream of version 1 repeats the text and the calls, which count where the stream had none.
fn final_response(key: &str) -> Want<Accumulator> {
    match key {
        "text" => Content(|stream, value| {
            if stream.seen() == 0 {
                stream.pending.text = Some(value);
            }
        }),
        "tool_calls" => Content(|stream, value| {
            if stream.seen() == 0 {
                stream.pending.whole = Some(value);
            }
        }),
        _ => response(key),
    }
}

fn event_delta(key: &str) -> Want<Accumulator> {
    match key {
        "finish_reason" => Take(Accumulator::take_finish),
        "usage" => In(usage),
        "message" => Nested(Accumulator::take_content),
        "error" => Take(Accumulator::take_error_text),
        _ => Skip,
    }
}

fn usage(key: &str) -> Want<Accumulator> {
    match key {
        "billed_units" => In(billed),
        "tokens" => In(counted),
        "cached_tokens" => Take(|stream, value| {
            stream.usage.in_other_units = true;
            stream.take_cache_read(value);
        }),
        "reasoning_tokens" => Take(reasoning),
        _ => Skip,
    }
}

/// What is not billed apart counts in the model's tokens, not in those that are billed.
fn reasoning(stream: &mut Accumulator, value: Scalar<'_>) {
    stream.usage.in_other_units = true;
    stream.take_reasoning_else(value);
}

fn billed(key: &str) -> Want<Accumulator> {
    match key {
        "input_tokens" => Take(Accumulator::take_input),
        "output_tokens" => Take(Accumulator::take_output_tokens),
        "reasoning_tokens" => Take(Accumulator::take_reasoning),
        _ => Skip,
    }
}

fn counted(key: &str) -> Want<Accumulator> {
    match key {
        "input_tokens" => Take(Accumulator::take_fallback_input),
        "output_tokens" => Take(Accumulator::take_fallback_output),
        "reasoning_tokens" => Take(reasoning),
        _ => Skip,
    }
}

/// Ends an event or a response.
pub(super) fn end_chunk(stream: &mut Accumulator) {
    let number = stream.pending.index.take();
    let generation = number.filter(|_| std::mem::take(&mut stream.pending.is_generation));
    let Ok(choice) = u64::try_from(generation.unwrap_or(0)) else {
        return;
    };
    if let Some(text) = stream.pending.text.take() {
        append_to(stream, choice, TextKind::Text, text);
    }
    if let Some(whole) = stream.pending.whole.take() {
        calls(stream, whole);
    }
    if let Some(Value::Object(mut fields)) = stream.pending.content.take() {
        // An event has one call, not a list of them, and its number beside it.
        if fields.get("tool_calls").is_some_and(Value::is_object) {
            if let Some(call) = object(&mut fields, "tool_calls") {
                one_call(stream, number, call);
            }
        }
        // A block of a stream, without a type and without a list around it.
        let is_block = |block: &&mut Value| {
            let known =
                ["text", "thinking"].map(|key| block.get(key).is_some_and(Value::is_string));
            block.is_object() && known.contains(&true)
        };
        if let Some(block) = fields.get_mut("content").filter(is_block) {
            *block = Value::Array(vec![block.take()]);
        }
        delta(stream, 0, Value::Object(fields));
    }
    if let Some(reason) = stream.pending.finish.take() {
        stream.finish_word(choice, reason);
    }
}

fn one_call(stream: &mut Accumulator, number: Option<i64>, mut call: Map<String, Value>) {
    let id = id(&mut call, "id");
    let function = object(&mut call, "function").unwrap_or(call);
    let number = number.map(u64::try_from).transpose();
    if let Ok(number) = number {
        fragment(stream, 0, number, id, function);
    }
}
