//! Ollama's chat, generate and embed.

use serde_json::Value;

use super::asked::Asked;
use super::common::{append, end_single, error, prompts, user};
use super::fault;
use super::json::{blob, list, objects, take};
use super::openai_messages::{content, delta, messages, tool_call, tools};
use super::visit::Scalar;
use super::walk::Want::{self, Content, Each, Either, Listed, Marked, Note, Skip, Take};
use crate::content::message::Part;
use crate::extract::accumulator::Accumulator;
use crate::extract::stream::body::TextKind;

/// What is wanted of a request.
pub(super) fn request<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "model" | "model_name" => text!(GEN_AI_REQUEST_MODEL),
        "options" => Each(options, native),
        "keep_alive" | "think" | "template" | "raw" => Note(native),
        "stream" => Take(Asked::stream),
        // "json", or a schema.
        "format" => Either(
            |asked, value| {
                native(asked);
                asked.output_type(value);
            },
            |_| {
                Note(|asked| {
                    native(asked);
                    asked.json_output();
                })
            },
        ),
        "messages" => Listed(
            |asked| {
                by_default(asked);
                asked.message_room()
            },
            |asked, value| asked.input.extend(messages(value)),
        ),
        "tools" => Listed(Asked::tool_room, |asked, value| {
            asked.tools.extend(tools(value))
        }),
        "prompt" => Marked(
            |asked| {
                by_default(asked);
                asked.on_messages();
            },
            prompt,
        ),
        "images" => Marked(Asked::on_messages, images),
        "system" => Marked(Asked::on_system, |asked, value| {
            content(value, &mut asked.system)
        }),
        "dimensions" => whole!(GEN_AI_EMBEDDINGS_DIMENSION_COUNT),
        _ => Skip,
    }
}

/// Chat and generate stream if `stream` is left out; embed never does.
fn by_default(asked: &mut Asked<'_>) {
    asked.streams_by_default = true;
}

/// A field that the endpoint for OpenAI's format does not have. Without one the first line of the answer says whether it streams.
fn native(asked: &mut Asked<'_>) {
    asked.is_native = true;
}

fn options<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "temperature" => real!(GEN_AI_REQUEST_TEMPERATURE),
        "top_p" => real!(GEN_AI_REQUEST_TOP_P),
        "top_k" => real!(GEN_AI_REQUEST_TOP_K),
        "seed" => whole!(GEN_AI_REQUEST_SEED),
        "num_predict" => whole!(GEN_AI_REQUEST_MAX_TOKENS),
        "stop" => Take(Asked::stop),
        "frequency_penalty" => real!(GEN_AI_REQUEST_FREQUENCY_PENALTY),
        "presence_penalty" => real!(GEN_AI_REQUEST_PRESENCE_PENALTY),
        _ => Skip,
    }
}

/// The parts of the message that a plain prompt and its images are, whichever comes first.
fn parts<'q>(asked: &'q mut Asked<'_>) -> Option<&'q mut Vec<Part>> {
    if asked.input.is_empty() {
        asked.input.push(user(Vec::new()));
    }
    asked.input.first_mut().map(|message| &mut message.parts)
}

fn prompt(asked: &mut Asked<'_>, value: Value) {
    // The endpoint for OpenAI's format takes a list of prompts.
    if value.is_array() {
        return prompts(asked, value);
    }
    if let (Value::String(content), Some(parts)) = (value, parts(asked)) {
        parts.insert(0, Part::Text { content });
    }
}

fn images(asked: &mut Asked<'_>, value: Value) {
    for image in list(value) {
        if let (Value::String(data), Some(parts)) = (image, parts(asked)) {
            parts.push(blob("image", None, data));
        }
    }
}

/// What is wanted of a response or a chunk, which are alike.
pub(super) fn response(key: &str) -> Want<Accumulator> {
    match key {
        "model" => Take(Accumulator::take_model),
        "message" => Content(spoken),
        "response" => Content(Accumulator::take_content),
        "thinking" => Content(|stream, value| stream.pending.whole = Some(value)),
        "done_reason" => Take(Accumulator::take_finish),
        "prompt_eval_count" => Take(Accumulator::take_input),
        "eval_count" => Take(Accumulator::take_output_tokens),
        "error" => Either(Accumulator::take_error_text, error),
        "done" => Take(|stream, value| stream.is_streamed |= matches!(value, Scalar::Bool(false))),
        _ => fault::beside(key),
    }
}

/// What a message says. Calls are whole, several in one chunk or one in each: numbers would make fragments of them.
fn spoken(stream: &mut Accumulator, value: Value) {
    let Value::Object(mut fields) = value else {
        return;
    };
    let calls = take(&mut fields, "tool_calls").unwrap_or_default();
    delta(stream, 0, Value::Object(fields));
    for call in objects(calls).filter_map(tool_call) {
        stream.part(0, call);
    }
}

/// Ends a response or a chunk: the reasoning comes before the answer, whichever field comes first.
pub(super) fn end_chunk(stream: &mut Accumulator) {
    let (answer, thinking) = (stream.pending.content.take(), stream.pending.whole.take());
    append(stream, TextKind::Reasoning, thinking.unwrap_or_default());
    append(stream, TextKind::Text, answer.unwrap_or_default());
    end_single(stream);
}
