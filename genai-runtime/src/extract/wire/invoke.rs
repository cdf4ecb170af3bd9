//! The plain-prompt families behind Bedrock's InvokeModel: Titan, Llama, Mistral, Cohere Command, AI21, and Claude's old
//! completions. Their fields do not clash, so one table serves all.

use serde_json::Value;

use super::asked::{Asked, whole};
use super::cohere;
use super::common::{METRICS, append_to, metrics, prompts};
use super::fault;
use super::walk::Want::{self, Content, Each, Either, In, Marked, Skip, Take};
use crate::extract::accumulator::Accumulator;
use crate::extract::stream::body::TextKind;
use crate::extract::stream::usage::{count, keep};

/// What is wanted of a request.
pub(super) fn request<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "prompt" | "inputText" | "message" => Marked(Asked::on_messages, prompts),
        "chat_history" | "preamble" | "tools" => cohere::request(key),
        "max_tokens" | "max_gen_len" | "maxTokens" | "max_tokens_to_sample" => {
            whole!(GEN_AI_REQUEST_MAX_TOKENS)
        }
        "temperature" => real!(GEN_AI_REQUEST_TEMPERATURE),
        "top_p" | "topP" | "p" => real!(GEN_AI_REQUEST_TOP_P),
        "top_k" | "topK" | "k" => real!(GEN_AI_REQUEST_TOP_K),
        "stop" | "stop_sequences" | "stopSequences" => Take(Asked::stop),
        "num_generations" | "numResults" => Take(Asked::choice_count),
        "seed" => whole!(GEN_AI_REQUEST_SEED),
        "textGenerationConfig" => In(titan),
        "dimensions" => whole!(GEN_AI_EMBEDDINGS_DIMENSION_COUNT),
        "singleEmbeddingParams" | "segmentedEmbeddingParams" | "embeddingConfig" => In(embedding),
        _ => Skip,
    }
}

/// Of Nova's and of Titan's embeddings of several media.
fn embedding<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "embeddingDimension" | "outputEmbeddingLength" => {
            whole!(GEN_AI_EMBEDDINGS_DIMENSION_COUNT)
        }
        _ => Skip,
    }
}

fn titan<'a>(key: &str) -> Want<Asked<'a>> {
    match key {
        "maxTokenCount" => whole!(GEN_AI_REQUEST_MAX_TOKENS),
        "temperature" => real!(GEN_AI_REQUEST_TEMPERATURE),
        "topP" => real!(GEN_AI_REQUEST_TOP_P),
        "stopSequences" => Take(Asked::stop),
        _ => Skip,
    }
}

/// What is wanted of a response or a chunk.
pub(super) fn response(key: &str) -> Want<Accumulator> {
    match key {
        // Titan.
        "inputTextTokenCount" => Take(Accumulator::take_input),
        "totalOutputTextTokenCount" => Take(Accumulator::take_output_tokens),
        "results" => Each(result, |stream| stream.end_choice(spoken)),
        // Llama.
        "prompt_token_count" => Take(Accumulator::take_input),
        "generation_token_count" => Take(Accumulator::take_output_tokens),
        // The text and the reason of the one choice, under all their names.
        "outputText" | "generation" | "completion" | "text" => Content(Accumulator::take_content),
        // Of several that are streamed.
        "index" => Take(Accumulator::take_index),
        "completionReason" | "stop_reason" | "finish_reason" => Take(Accumulator::take_finish),
        // Mistral, Cohere Command, AI21.
        "outputs" | "generations" | "completions" => {
            Each(result, |stream| stream.end_choice(spoken))
        }
        "id" | "response_id" => Take(Accumulator::take_id),
        "model" => Take(Accumulator::take_model),
        METRICS => In(metrics),
        _ => fault::beside(key),
    }
}

/// Ends a response or a chunk, which is of one choice where it has its text at the top.
pub(super) fn end_chunk(stream: &mut Accumulator) {
    let generated = stream.pending.step.output.take();
    keep(&mut stream.usage.output, generated);
    let index = stream.pending.index.take().unwrap_or(0);
    let (text, finish) = (stream.pending.content.take(), stream.pending.finish.take());
    let Ok(index) = u64::try_from(index) else {
        return;
    };
    if let Some(text) = text {
        spoken(stream, index, text);
    }
    if let Some(finish) = finish {
        stream.finish_word(index, finish);
    }
}

fn result(key: &str) -> Want<Accumulator> {
    match key {
        "outputText" | "text" => Content(Accumulator::take_content),
        "index" => Take(Accumulator::take_index),
        "data" => In(ai21),
        // Each has its own count.
        "tokenCount" => Take(|stream, value| {
            let tokens = whole(value).and_then(count);
            let sum = &mut stream.pending.step.output;
            *sum = tokens.map(|n| sum.unwrap_or(0).saturating_add(n)).or(*sum);
        }),
        "completionReason" | "stop_reason" | "finish_reason" => Take(Accumulator::take_finish),
        "finishReason" => Either(Accumulator::take_finish, reason),
        _ => Skip,
    }
}

fn ai21(key: &str) -> Want<Accumulator> {
    match key {
        "text" => Content(Accumulator::take_content),
        _ => Skip,
    }
}

fn reason(key: &str) -> Want<Accumulator> {
    match key {
        "reason" => Take(Accumulator::take_finish),
        _ => Skip,
    }
}

fn spoken(stream: &mut Accumulator, choice: u64, value: Value) {
    append_to(stream, choice, TextKind::Text, value);
}
