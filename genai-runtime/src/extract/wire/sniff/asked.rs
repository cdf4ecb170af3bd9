//! The format of a request. Its fields decide; who answers is a hint where they leave two formats.

use super::{Rule, Shape, first, shapes};
use crate::extract::format::Format;
use crate::extract::wire::source::Source;
use crate::extract::wire::visit::Scalar;
use crate::extract::wire::walk::Want::{self, Either, In, Note, Skip, Take};

shapes!(fields {
    // A text for completions, an object where a prompt is stored at OpenAI's.
    "prompt" => Either(|shape, _| shape.seen |= PROMPT, stored),
    "response_format" => Note(|shape| shape.seen |= OPENAI_AND_COHERE | RESPONSE_FORMAT),
}
    CONTENTS = 0: "contents" | "generationConfig" | "generation_config" | "systemInstruction" | "system_instruction"
        | "requests" | "content" | "outputDimensionality" | "embedContentConfig" | "instances";
    ANTHROPIC_VERSION = 1: "anthropic_version";
    INVOKE = 2: "inputText" | "textGenerationConfig" | "max_gen_len" | "max_tokens_to_sample" | "embeddingConfig"
        | "singleEmbeddingParams" | "segmentedEmbeddingParams" | "maxTokens" | "topP" | "topK" | "numResults" | "num_generations";
    CONVERSE = 3: "inferenceConfig" | "toolConfig" | "guardrailConfig" | "schemaVersion" | "additionalModelRequestFields"
        | "additionalModelResponseFieldPaths" | "outputConfig" | "performanceConfig" | "promptVariables" | "requestMetadata";
    MODEL_ID = 4: "modelId";
    MODEL = 5: "model" | "model_name";
    MESSAGES = 6: "messages";
    MESSAGE = 7: "message" | "chat_history" | "preamble";
    INPUT = 10: "input";
    OLLAMA = 11: "options" | "keep_alive" | "think" | "template" | "raw" | "format";
    OPENAI = 12: "n" | "stop" | "stream_options" | "max_completion_tokens" | "top_logprobs" | "reasoning_effort"
        | "parallel_tool_calls" | "functions" | "user" | "store" | "modalities" | "logit_bias" | "prediction" | "random_seed" | "safe_prompt";
    OPENAI_AND_COHERE = 13: "frequency_penalty" | "presence_penalty" | "logprobs" | "seed";
    ANTHROPIC = 14: "system" | "mcp_servers" | "output_config" | "output_format" | "container"
        | "context_management";
    EMBEDDINGS = 15: "encoding_format" | "dimensions" | "output_dimension" | "output_dtype";
    COHERE_EMBED = 16: "texts" | "input_type" | "embedding_types";
    COHERE = 17: "p" | "k" | "safety_mode" | "citation_options" | "connectors";
    DOCUMENTS = 23: "documents";
    MAX_TOKENS = 18: "max_tokens";
    RESPONSES = 19: "instructions" | "max_output_tokens" | "previous_response_id" | "conversation";
    TOP_P = 20: "top_p";
    SAMPLING = 21: "temperature" | "top_k";
    STOP_SEQUENCES = 22: "stop_sequences";
    INTERACTIONS = 24: "previous_interaction_id" | "agent" | "agent_config" | "response_modalities" | "webhook_config"
        | "cached_content";
    INPUTS = 25: "inputs";
    CONVERSATION = 26: "completion_args" | "handoff_execution" | "agent_version";
);

/// A prompt that is a text.
const PROMPT: u64 = 1 << 32;
/// A prompt that lies at OpenAI's.
const STORED_PROMPT: u64 = 1 << 33;
/// A block that says what it is, in a `type`.
const TYPED_BLOCK: u64 = 1 << 34;
/// A block of Converse, whose one field says what it is.
const CONVERSE_BLOCK: u64 = 1 << 35;
/// A role, a block, a call or a tool that Anthropic writes otherwise.
const OPENAI_INSIDE: u64 = 1 << 36;

/// An output format beside an `input`, which the Responses API has in its `text`.
const RESPONSE_FORMAT: u64 = 1 << 37;
/// A step or a content of the Interactions API.
const STEP: u64 = 1 << 38;

/// What the operation says of itself.
const AT_ANTHROPIC: u64 = 1 << 40;
const AT_BEDROCK: u64 = 1 << 41;
const AT_COHERE: u64 = 1 << 42;
const AT_OLLAMA: u64 = 1 << 43;
const EMBEDS: u64 = 1 << 44;

/// Fields that OpenAI's chat has and Anthropic's messages have not.
const NOT_ANTHROPIC: u64 = OPENAI | OPENAI_AND_COHERE | OPENAI_INSIDE;

fn stored(_: &str) -> Want<Shape> {
    Note(|shape| shape.seen |= STORED_PROMPT)
}

/// What is looked at where the fields at the top are too few: blocks of messages and instructions, roles, calls, tools.
fn inside(key: &str) -> Want<Shape> {
    match key {
        "messages" => In(message),
        "system" => In(block),
        "tools" => In(tool),
        "input" => In(step),
        _ => Skip,
    }
}

fn step(key: &str) -> Want<Shape> {
    match key {
        "type" => Take(|shape, value| {
            if matches!(
                value,
                Scalar::Str(
                    "user_input"
                        | "model_output"
                        | "thought"
                        | "function_result"
                        | "text"
                        | "image"
                        | "audio"
                        | "video"
                        | "document"
                )
            ) {
                shape.seen |= STEP;
            }
        }),
        _ => Skip,
    }
}

fn message(key: &str) -> Want<Shape> {
    match key {
        "content" => In(block),
        "role" => Take(role),
        "tool_calls" => Note(|shape| shape.seen |= OPENAI_INSIDE),
        _ => Skip,
    }
}

fn role(shape: &mut Shape, value: Scalar<'_>) {
    if matches!(
        value,
        Scalar::Str("system" | "developer" | "tool" | "function")
    ) {
        shape.seen |= OPENAI_INSIDE;
    }
}

fn tool(key: &str) -> Want<Shape> {
    match key {
        "function" | "custom" => Note(|shape| shape.seen |= OPENAI_INSIDE),
        _ => Skip,
    }
}

fn block(key: &str) -> Want<Shape> {
    match key {
        "type" => Note(|shape| shape.seen |= TYPED_BLOCK),
        "text" | "image" | "document" | "video" | "audio" | "toolUse" | "toolResult"
        | "reasoningContent" | "cachePoint" | "guardContent" | "citationsContent" => {
            Note(|shape| shape.seen |= CONVERSE_BLOCK)
        }
        "image_url" | "input_audio" | "file" => Note(|shape| shape.seen |= OPENAI_INSIDE),
        _ => Skip,
    }
}

/// From the top: the first that holds counts.
pub(super) const RULES: &[Rule] = &[
    Rule {
        format: Format::Interactions,
        holds: |shape| {
            let names = CONTENTS | INTERACTIONS | STEP | RESPONSE_FORMAT;
            shape.has(INPUT) && shape.has(names) && !shape.has(EMBEDS | EMBEDDINGS)
        },
        because: "an `input` beside names of Gemini's or its own, or one that is made of its steps; a text and a model alone read the \
            same in the Responses API",
    },
    Rule {
        format: Format::Conversations,
        holds: |shape| {
            let others = EMBEDS | EMBEDDINGS | COHERE_EMBED | INPUT | MESSAGES;
            shape.has(INPUTS | CONVERSATION) && !shape.has(others)
        },
        because: "`inputs`, which Cohere's embeddings have too, or parameters of a conversation; those that follow the first may have \
            no input",
    },
    Rule {
        format: Format::Gemini,
        holds: |shape| shape.has(CONTENTS),
        because: "no other format has these fields",
    },
    Rule {
        format: Format::Anthropic,
        holds: |shape| shape.has(ANTHROPIC_VERSION),
        because: "Bedrock and Vertex want the version in the body; who answers there says nothing of the format",
    },
    Rule {
        format: Format::Converse,
        holds: |shape| shape.has(MODEL_ID) || shape.has(CONVERSE) && !shape.has(MODEL),
        because: "fields of Converse alone, in camel case. Its model is in the URL: gateways take some of them beside a `model`",
    },
    Rule {
        format: Format::Invoke,
        holds: |shape| shape.has(INVOKE),
        because: "fields of single families behind InvokeModel",
    },
    Rule {
        format: Format::Invoke,
        holds: |shape| {
            let is_theirs = !shape.has(MODEL | OPENAI | OPENAI_AND_COHERE) && shape.has(PROMPT);
            is_theirs || shape.has(AT_BEDROCK) && shape.has(PROMPT | MESSAGE) && !shape.has(MODEL)
        },
        because: "a plain prompt whose model is in the URL; with a `model` it is OpenAI's completions, at Bedrock too. Cohere's own \
            messages may leave the model out",
    },
    Rule {
        format: Format::Converse,
        holds: |shape| shape.has(CONVERSE_BLOCK) && !shape.has(TYPED_BLOCK | MODEL),
        because: "blocks without a `type`, and no `model`: Converse with messages and little else",
    },
    Rule {
        format: Format::Converse,
        holds: |shape| {
            let others =
                MODEL | TYPED_BLOCK | MAX_TOKENS | OPENAI | OPENAI_AND_COHERE | TOP_P | SAMPLING;
            shape.has(AT_BEDROCK) && shape.has(MESSAGES) && !shape.has(others)
        },
        because: "messages at Bedrock without a `model` and without a limit, which every other format there needs",
    },
    Rule {
        format: Format::Ollama,
        holds: |shape| {
            let others = OPENAI
                | OPENAI_AND_COHERE
                | COHERE
                | STOP_SEQUENCES
                | MAX_TOKENS
                | TOP_P
                | SAMPLING;
            shape.has(OLLAMA)
                || shape.has(AT_OLLAMA) && shape.has(MESSAGES | PROMPT) && !shape.has(others)
        },
        because: "Ollama keeps its parameters in `options`; one beside the messages is of its endpoint for OpenAI's format",
    },
    Rule {
        format: Format::Cohere,
        holds: |shape| {
            shape.has(COHERE_EMBED | MESSAGE)
                || shape.has(COHERE) && !shape.has(OPENAI)
                || shape.has(DOCUMENTS) && !shape.has(OPENAI | OPENAI_AND_COHERE)
                || shape.has(AT_COHERE)
                    && shape.has(MESSAGES)
                    && !shape.has(OPENAI | TOP_P | ANTHROPIC)
        },
        because: "its own names, or its name and none of the fields of its endpoint for OpenAI's format",
    },
    Rule {
        format: Format::Anthropic,
        holds: |shape| {
            let theirs = shape.has(ANTHROPIC | STOP_SEQUENCES);
            let is_theirs = shape.has(AT_ANTHROPIC);
            shape.has(MESSAGES)
                && (is_theirs && theirs || (is_theirs || theirs) && !shape.has(NOT_ANTHROPIC))
        },
        because: "its own fields or its name; its own API takes OpenAI's format too, so both are needed against a field of OpenAI's",
    },
    Rule {
        format: Format::OpenAi,
        holds: |shape| shape.has(MESSAGES),
        because: "messages and nothing that is another's: the format that all gateways speak",
    },
    Rule {
        format: Format::Responses,
        holds: |shape| {
            shape.has(INPUT | RESPONSES | STORED_PROMPT) && !shape.has(EMBEDS | EMBEDDINGS)
        },
        because: "no messages; an `input`, which embeddings have too, or a prompt that is stored, with neither `input` nor `model`",
    },
    Rule {
        format: Format::OpenAi,
        holds: |shape| shape.has(INPUT | PROMPT | EMBEDDINGS),
        because: "completions and embeddings, in the format that gateways speak",
    },
];

/// The format of a request.
pub(in super::super) fn request<T: Source + ?Sized>(
    value: &T,
    provider: Option<&str>,
    embeddings: bool,
) -> Option<Format> {
    let mut shape = Shape::default();
    value.walk(fields, &mut shape);
    shape.seen |= match provider.unwrap_or_default() {
        "anthropic" => AT_ANTHROPIC,
        "cohere" => AT_COHERE,
        "ollama" => AT_OLLAMA,
        provider if provider.starts_with("aws.") => AT_BEDROCK,
        _ => 0,
    };
    if embeddings {
        shape.seen |= EMBEDS;
    }
    // Whether it is Converse's is open without a model, whether it is Anthropic's where that is who answers.
    let is_open = !shape.has(MODEL) || shape.has(AT_ANTHROPIC);
    let is_clear = shape.has(CONVERSE | ANTHROPIC_VERSION | ANTHROPIC | OPENAI | OPENAI_AND_COHERE);
    let is_open = shape.has(MESSAGES) && is_open && !is_clear;
    if is_open || shape.has(INPUT) && !shape.has(RESPONSES | EMBEDS | EMBEDDINGS) {
        value.walk(inside, &mut shape);
    }
    first(RULES, &shape)
}
