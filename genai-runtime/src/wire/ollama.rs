//! Ollama's chat, generate and embed.

use serde_json::Value;

use super::asked::Asked;
use super::json::{blob, list, objects, take};
use super::openai::{append, prompts, user};
use super::openai_messages::{content, delta, messages, tool_call, tools};
use super::walk::Want::{self, Content, Either, In, Skip, Take};
use crate::accumulator::Accumulator;
use crate::stream::draft::TextKind;

/// What is wanted of a request.
pub(super) fn request<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "model" | "model_name" => text!(GEN_AI_REQUEST_MODEL),
        "options" => In(options),
        "stream" => Take(Asked::stream),
        // "json", or a schema.
        "format" => Either(Asked::output_type, |_| Take(|asked, _| asked.json_output())),
        "messages" => Content(|asked, value| asked.input = messages(value)),
        "tools" => Content(|asked, value| asked.tools = tools(value)),
        "prompt" => Content(|asked, value| prompts(asked, value)),
        "images" => Content(|asked, value| images(asked, value)),
        "system" => Content(|asked, value| content(value, &mut asked.system)),
        "dimensions" => whole!(GEN_AI_EMBEDDINGS_DIMENSION_COUNT),
        _ => Skip,
    }
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

/// The images of a plain prompt.
fn images(asked: &mut Asked<'_>, value: Value) {
    let images = list(value).into_iter().filter_map(|image| match image {
        Value::String(data) => Some(blob("image", None, data)),
        _ => None,
    });
    let parts: Vec<_> = images.collect();
    if !parts.is_empty() {
        asked.input.push(user(parts));
    }
}

/// What is wanted of a response or a chunk, which are alike.
pub(super) fn response(key: &str) -> Want<Accumulator> {
    match key {
        "model" => Take(Accumulator::take_model),
        "message" => Content(spoken),
        "response" => Content(|stream, value| append(stream, TextKind::Text, value)),
        "thinking" => Content(|stream, value| append(stream, TextKind::Reasoning, value)),
        "done_reason" => Take(Accumulator::take_finish),
        "prompt_eval_count" => Take(Accumulator::take_input),
        "eval_count" => Take(Accumulator::take_output_tokens),
        "error" => Take(Accumulator::take_error_text),
        _ => Skip,
    }
}

/// What a message says. Calls are whole, several in one chunk or one in each: numbers would make fragments of them.
fn spoken(stream: &mut Accumulator, value: Value) {
    let Value::Object(mut fields) = value else {
        return;
    };
    let calls = take(&mut fields, "tool_calls").unwrap_or_default();
    delta(stream, 0, Value::Object(fields));
    for call in objects(calls) {
        stream.part(0, tool_call(call));
    }
}
