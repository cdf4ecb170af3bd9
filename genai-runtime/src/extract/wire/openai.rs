//! OpenAI chat completions, completions and embeddings, with the dialects of Azure, Groq, DeepSeek, Mistral, OpenRouter,
//! Together, Perplexity, GitHub Copilot, vLLM and llama.cpp.

use serde_json::Value;

use super::asked::Asked;
use super::common::{METRICS, error, metrics, output_format, prompts};
use super::fault;
use super::json::{id, objects_of};
use super::openai_messages::{delta, functions, messages, tool_call, tools, whole_message};
use super::walk::Want::{self, Again, Content, Each, Either, In, Listed, Marked, Skip, Take};
use crate::content::message::Part;
use crate::extract::accumulator::Accumulator;
use crate::extract::parts::{server_call, server_response};

/// What is wanted of a request.
pub(super) fn request<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "model" => text!(GEN_AI_REQUEST_MODEL),
        "messages" => Listed(
            |asked| {
                asked.api_type = Some("chat_completions");
                asked.message_room()
            },
            |asked, value| asked.input.extend(messages(value)),
        ),
        "temperature" => real!(GEN_AI_REQUEST_TEMPERATURE),
        "top_p" => real!(GEN_AI_REQUEST_TOP_P),
        "top_k" => real!(GEN_AI_REQUEST_TOP_K),
        "frequency_penalty" => real!(GEN_AI_REQUEST_FREQUENCY_PENALTY),
        "presence_penalty" => real!(GEN_AI_REQUEST_PRESENCE_PENALTY),
        "max_completion_tokens" => whole!(GEN_AI_REQUEST_MAX_TOKENS),
        "max_tokens" => Take(Asked::max_tokens_else),
        "n" => Take(Asked::choice_count),
        "seed" | "random_seed" => whole!(GEN_AI_REQUEST_SEED),
        "stop" => Take(Asked::stop),
        "stream" => Take(Asked::stream),
        "response_format" => In(output_format),
        "service_tier" => Take(Asked::service_tier),
        "tools" => Listed(Asked::tool_room, |asked, value| {
            asked.tools.extend(tools(value))
        }),
        "functions" => Listed(Asked::tool_room, |asked, value| {
            asked.tools.extend(functions(value))
        }),
        "prompt" => Listed(Asked::message_room, prompts),
        "dimensions" | "output_dimension" => whole!(GEN_AI_EMBEDDINGS_DIMENSION_COUNT),
        "encoding_format" | "output_dtype" => Take(Asked::encoding_format),
        _ => Skip,
    }
}

/// What is wanted of a response or a chunk.
pub(super) fn response(key: &str) -> Want<Accumulator> {
    match key {
        "choices" => Each(choice, |stream| stream.end_choice(spoken)),
        "usage" => In(usage),
        "id" => Take(Accumulator::take_id),
        "model" => Take(Accumulator::take_model),
        "service_tier" => Take(Accumulator::take_service_tier),
        "system_fingerprint" => Take(Accumulator::take_fingerprint),
        "x_groq" => In(groq),
        // Mistral's chat, DeepSeek, AI21 and imported models behind InvokeModel.
        METRICS => In(metrics),
        "error" => Either(Accumulator::take_error_text, error),
        _ => fault::beside(key),
    }
}

fn choice(key: &str) -> Want<Accumulator> {
    match key {
        "index" => Take(Accumulator::take_index),
        "finish_reason" => Take(Accumulator::take_finish),
        // Mistral and DeepSeek behind Bedrock; vLLM has it beside the other, for the stop sequence.
        "stop_reason" => Take(Accumulator::take_finish_else),
        // Moonshot and others.
        "usage" => In(usage),
        // OpenRouter.
        "error" => Either(Accumulator::take_error_text, error),
        "delta" => Marked(
            |stream| stream.pending.is_delta = true,
            Accumulator::take_content,
        ),
        // Completions; Together repeats the text of the delta.
        "text" => Content(|stream, value| stream.pending.text = Some(value)),
        // Mistral, where it ran tools in between: all messages instead of one.
        "message" | "messages" => Again(None, |stream, value, lost| {
            stream.pending.whole = Some(value);
            stream.pending.whole_lost = lost;
        }),
        _ => Skip,
    }
}

/// What a choice says: a delta, or the whole message. Perplexity sends both, the message with all that came before; it counts
/// where the delta says nothing.
fn spoken(stream: &mut Accumulator, choice: u64, value: Value) {
    let whole = stream.pending.whole.take();
    let lost = std::mem::take(&mut stream.pending.whole_lost);
    if stream.pending.is_message {
        stream.lose(lost);
        return said(stream, choice, value);
    }
    let before = stream.seen();
    delta(stream, choice, value);
    if let Some(whole) = whole.filter(|_| stream.seen() == before) {
        stream.forget(choice);
        stream.lose(lost);
        said(stream, choice, whole);
    }
}

/// A whole message, or all messages up to it: between them the provider has run the tools that were called.
fn said(stream: &mut Accumulator, choice: u64, value: Value) {
    let Value::Array(messages) = value else {
        return whole_message(stream, choice, value);
    };
    let is_answer = |message: &Value| message.get("role").is_some_and(|role| role == "tool");
    let called = |message: &Value| message.get("tool_call_id").cloned();
    let ran: Vec<Value> = messages
        .iter()
        .filter(|message| is_answer(message))
        .filter_map(called)
        .collect();
    for mut message in messages {
        let is_answer = is_answer(&message);
        let Some(fields) = message.as_object_mut() else {
            continue;
        };
        if is_answer {
            let id = id(fields, "tool_call_id");
            fields.retain(|key, _| matches!(key.as_str(), "name" | "content"));
            let fields = std::mem::take(fields);
            stream.part(choice, server_response("tool", id, fields));
            continue;
        }
        let calls: Vec<_> = objects_of(fields, "tool_calls").collect();
        delta(stream, choice, message);
        for call in calls {
            let is_ran = call.get("id").is_some_and(|id| ran.contains(id));
            let part = match tool_call(call) {
                Some(Part::ToolCall {
                    id,
                    name,
                    arguments,
                }) if is_ran => {
                    let arguments = arguments.map(|all| ("arguments".to_owned(), all));
                    Some(server_call(
                        "function",
                        id,
                        name,
                        arguments.into_iter().collect(),
                    ))
                }
                part => part,
            };
            if let Some(part) = part {
                stream.part(choice, part);
            }
        }
    }
}

fn groq(key: &str) -> Want<Accumulator> {
    match key {
        "usage" => In(usage),
        "error" => Either(Accumulator::take_error_text, error),
        _ => Skip,
    }
}

/// What is wanted of the counters of this format and of those that took them over.
pub(super) fn usage(key: &str) -> Want<Accumulator> {
    match key {
        "prompt_tokens" => Take(Accumulator::take_input),
        "completion_tokens" => Take(Accumulator::take_output_tokens),
        "total_tokens" => Take(Accumulator::take_total),
        // Images and transcriptions, and servers that took the names of Responses.
        "input_tokens" => Take(Accumulator::take_fallback_input),
        "output_tokens" => Take(Accumulator::take_fallback_output),
        "input_tokens_details" => In(prompt_details),
        "output_tokens_details" => In(completion_details),
        "prompt_tokens_details" | "prompt_token_details" => In(prompt_details),
        "completion_tokens_details" => In(completion_details),
        // Together, GitHub Copilot, DeepSeek and Mistral name some counters beside the details.
        "reasoning_tokens" => Take(Accumulator::take_reasoning_else),
        "cached_tokens" | "prompt_cache_hit_tokens" | "num_cached_tokens" => {
            Take(Accumulator::take_cache_read_else)
        }
        _ => Skip,
    }
}

fn prompt_details(key: &str) -> Want<Accumulator> {
    match key {
        "cached_tokens" => Take(Accumulator::take_cache_read),
        // LiteLLM's and DashScope's names come last.
        "cache_write_tokens" | "cache_creation_tokens" | "cache_creation_input_tokens" => {
            Take(Accumulator::take_cache_creation)
        }
        "audio_tokens" => Take(Accumulator::take_audio_input),
        _ => Skip,
    }
}

fn completion_details(key: &str) -> Want<Accumulator> {
    match key {
        "reasoning_tokens" => Take(Accumulator::take_reasoning),
        "audio_tokens" => Take(Accumulator::take_audio_output),
        _ => Skip,
    }
}
