//! Recognises the format of a request, a response or a chunk by the names of its fields.

use super::source::Source;
use super::visit::Scalar;
use super::walk::Want::{self, Note, Skip, Take};
use super::walk::{Fields, Sink};
use crate::extract::format::Format;

/// Which fields were seen.
#[derive(Default)]
pub(super) struct Shape {
    seen: u64,
    /// `type` or `object`, where it is a word that decides.
    kind: Kind,
}

#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Kind {
    #[default]
    Nothing,
    Response,
    Anthropic,
    CohereEvent,
    Error,
}

impl Sink for Shape {
    fn wants_content(&self) -> bool {
        false
    }
}

impl Shape {
    fn has(&self, bits: u64) -> bool {
        self.seen & bits != 0
    }

    fn has_all(&self, bits: u64) -> bool {
        self.seen & bits == bits
    }
}

/// Names bits for groups of fields, and makes the table that notes them.
macro_rules! shapes {
    ($table:ident: $($bit:ident = $n:literal: $($field:literal)|+;)*) => {
        $(const $bit: u64 = 1 << $n;)*

        fn $table(key: &str) -> Want<Shape> {
            match key {
                "type" | "object" | "event_type" => Take(kind),
                $($($field)|+ => Note(|shape| shape.seen |= $bit),)*
                _ => Skip,
            }
        }
    };
}

shapes!(asked:
    CONTENTS = 0: "contents" | "generationConfig" | "generation_config" | "systemInstruction" | "system_instruction"
        | "requests" | "content" | "outputDimensionality" | "embedContentConfig";
    ANTHROPIC_VERSION = 1: "anthropic_version";
    TITAN = 2: "inputText" | "textGenerationConfig" | "max_gen_len" | "max_tokens_to_sample";
    CONVERSE = 3: "inferenceConfig" | "toolConfig" | "guardrailConfig" | "schemaVersion"
        | "additionalModelRequestFields" | "modelId";
    MESSAGES = 4: "messages";
    MESSAGE = 5: "message" | "chat_history" | "preamble";
    PROMPT = 6: "prompt";
    INPUT = 7: "input";
    OLLAMA = 8: "options" | "keep_alive" | "think" | "model_name";
    OPENAI = 9: "n" | "stop" | "stream_options" | "max_completion_tokens" | "response_format" | "frequency_penalty"
        | "presence_penalty" | "logprobs" | "top_logprobs" | "reasoning_effort" | "parallel_tool_calls" | "functions"
        | "seed" | "user" | "store" | "modalities" | "logit_bias";
    ANTHROPIC = 10: "system" | "stop_sequences" | "mcp_servers" | "output_config" | "container";
    EMBEDDINGS = 11: "encoding_format" | "dimensions" | "output_dimension" | "output_dtype";
    COHERE_EMBED = 12: "texts" | "input_type" | "embedding_types";
    COHERE = 13: "p" | "k" | "safety_mode" | "citation_options" | "documents" | "connectors";
    MAX_TOKENS = 14: "max_tokens";
    RESPONSES = 15: "instructions" | "max_output_tokens" | "previous_response_id" | "conversation";
    SAMPLING = 16: "temperature" | "top_p" | "top_k";
);

mod answered {
    use super::{Note, Shape, Skip, Take, Want, kind};

    shapes!(table:
        CHOICES = 0: "choices";
        CANDIDATES = 1: "candidates" | "usageMetadata" | "promptFeedback" | "modelVersion" | "usage_metadata";
        OUTPUT = 2: "output";
        CONVERSE = 3: "stopReason" | "contentBlockIndex" | "messageStart" | "contentBlockStart" | "contentBlockDelta"
            | "contentBlockStop" | "messageStop" | "metadata" | "metrics";
        STATUS = 4: "status" | "incomplete_details";
        ANTHROPIC = 5: "content_block" | "stop_sequence";
        STOP_REASON = 6: "stop_reason";
        INVOKE = 7: "generation" | "prompt_token_count" | "results" | "inputTextTokenCount" | "outputs" | "completions"
            | "completion" | "generations" | "outputText" | "totalOutputTextTokenCount";
        OLLAMA = 8: "done" | "eval_count" | "prompt_eval_count" | "done_reason" | "total_duration";
        COHERE = 9: "meta" | "response_id" | "generation_id" | "response_type" | "is_finished";
        MESSAGE = 10: "message";
        FINISH = 11: "finish_reason";
        DATA = 12: "data";
        EMBEDDING = 13: "embedding" | "embeddings";
        ERROR = 14: "error";
        ROLE = 15: "role";
        USAGE = 16: "usage";
        CONTENT = 17: "content";
    );

    pub(super) const TABLE: super::Fields<Shape> = table;
    pub(super) const ALL: [u64; 18] = [
        CHOICES,
        CANDIDATES,
        OUTPUT,
        CONVERSE,
        STATUS,
        ANTHROPIC,
        STOP_REASON,
        INVOKE,
        OLLAMA,
        COHERE,
        MESSAGE,
        FINISH,
        DATA,
        EMBEDDING,
        ERROR,
        ROLE,
        USAGE,
        CONTENT,
    ];
}

fn kind(shape: &mut Shape, value: Scalar<'_>) {
    let Scalar::Str(word) = value else { return };
    let kind = match word {
        "response" => Kind::Response,
        "error" => Kind::Error,
        _ if word.starts_with("response.") => Kind::Response,
        "message_start"
        | "content_block_start"
        | "content_block_delta"
        | "content_block_stop"
        | "message_delta"
        | "message_stop"
        | "ping"
        | "message" => Kind::Anthropic,
        "message-start" | "content-start" | "content-delta" | "message-end" | "tool-plan-delta"
        | "tool-call-start" | "stream-start" | "text-generation" | "stream-end" => {
            Kind::CohereEvent
        }
        _ => return,
    };
    shape.kind = kind;
}

/// The format of a request.
pub(super) fn request<T: Source + ?Sized>(
    value: &T,
    provider: Option<&str>,
    embeddings: bool,
) -> Option<Format> {
    let mut shape = Shape::default();
    value.walk(asked, &mut shape);
    let provider = provider.unwrap_or_default();
    let bedrock = provider.starts_with("aws.");
    let format = if shape.has(CONTENTS) {
        Format::Gemini
    } else if shape.has(ANTHROPIC_VERSION) {
        Format::Anthropic
    } else if shape.has(CONVERSE) {
        Format::Converse
    } else if shape.has(TITAN) || (bedrock && shape.has(PROMPT | MESSAGE)) {
        Format::Invoke
    } else if bedrock && shape.has(MESSAGES) {
        if shape.has(MAX_TOKENS | OPENAI | SAMPLING) {
            Format::OpenAi
        } else {
            Format::Converse
        }
    } else if shape.has(OLLAMA)
        || (provider == "ollama" && !shape.has(OPENAI | MAX_TOKENS | SAMPLING))
    {
        Format::Ollama
    } else if provider == "cohere"
        || shape.has(MESSAGE | COHERE_EMBED)
        || (shape.has(COHERE) && !shape.has(OPENAI))
    {
        Format::Cohere
    } else if shape.has(MESSAGES) {
        // Anthropic's own API is compatible with OpenAI's too.
        let is_theirs = provider == "anthropic";
        let (theirs, openai) = (shape.has(ANTHROPIC), shape.has(OPENAI));
        if (is_theirs && theirs) || ((is_theirs || theirs) && !openai) {
            Format::Anthropic
        } else {
            Format::OpenAi
        }
    } else if shape.has(INPUT | RESPONSES) && !embeddings && !shape.has(EMBEDDINGS) {
        Format::Responses
    } else if shape.has(INPUT | PROMPT | EMBEDDINGS) {
        Format::OpenAi
    } else {
        return None;
    };
    Some(format)
}

/// The format of a response or a chunk.
pub(super) fn response<T: Source + ?Sized>(value: &T) -> Option<Format> {
    let mut shape = Shape::default();
    value.walk(answered::TABLE, &mut shape);
    answer(&shape)
}

fn answer(shape: &Shape) -> Option<Format> {
    let [
        choices,
        candidates,
        output,
        converse,
        status,
        anthropic,
        stop_reason,
        invoke,
        ollama,
        cohere,
        message,
        finish,
        data,
        embedding,
        error,
        role,
        usage,
        content,
    ] = answered::ALL;
    let format = match shape.kind {
        Kind::Anthropic => Format::Anthropic,
        Kind::CohereEvent => Format::Cohere,
        _ if shape.has(choices) || (shape.kind == Kind::Error && shape.has(error)) => {
            Format::OpenAi
        }
        _ if shape.has(candidates) => Format::Gemini,
        Kind::Response => Format::Responses,
        Kind::Nothing if shape.has_all(output | status) => Format::Responses,
        Kind::Nothing if shape.has(invoke) => Format::Invoke,
        Kind::Nothing if shape.has(ollama) => Format::Ollama,
        Kind::Nothing if shape.has(cohere) || shape.has_all(message | finish) => Format::Cohere,
        Kind::Nothing if shape.has(anthropic) || shape.has_all(stop_reason | content) => {
            Format::Anthropic
        }
        Kind::Nothing if shape.has(converse | output) => Format::Converse,
        Kind::Nothing if shape.has(stop_reason) => Format::Invoke,
        Kind::Nothing if shape.has(data | error | usage) => Format::OpenAi,
        Kind::Nothing if shape.has(embedding) => Format::Gemini,
        Kind::Nothing if shape.has(role) => Format::Converse,
        // An error event with its code beside its type.
        Kind::Error => Format::Responses,
        Kind::Nothing => return None,
    };
    Some(format)
}
