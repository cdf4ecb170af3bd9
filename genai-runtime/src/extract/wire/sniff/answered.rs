//! The format of a response or a chunk. Who answers does not matter: gateways answer in the formats of others.

use super::{Rule, Shape, first, shapes};
use crate::extract::format::Format;
use crate::extract::wire::source::Source;
use crate::extract::wire::text::Reading;
use crate::extract::wire::visit::Scalar;
use crate::extract::wire::walk::Want::Take;

shapes!(fields {
    "type" | "event_type" => Take(kind),
    "object" => Take(object),
}
    CHOICES = 0: "choices";
    CANDIDATES = 1: "candidates" | "usageMetadata" | "promptFeedback" | "modelVersion" | "usage_metadata" | "predictions";
    OUTPUT = 2: "output";
    CONVERSE = 3: "stopReason" | "contentBlockIndex" | "messageStart" | "contentBlockStart" | "contentBlockDelta"
        | "contentBlockStop" | "messageStop" | "metadata" | "metrics";
    STATUS = 4: "status" | "incomplete_details";
    ANTHROPIC = 5: "content_block" | "stop_sequence";
    STOP_REASON = 6: "stop_reason";
    INVOKE = 7: "generation" | "prompt_token_count" | "results" | "inputTextTokenCount" | "completions"
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
    STEPS = 18: "steps" | "step";
    CONTENT = 17: "content";
    CONVERSATION = 19: "conversation_id";
    OUTPUTS = 20: "outputs";
);

/// `type` or `object` is a word of one format alone.
const RESPONSES_KIND: u64 = 1 << 32;
const ANTHROPIC_KIND: u64 = 1 << 33;
const COHERE_KIND: u64 = 1 << 34;
const ERROR_KIND: u64 = 1 << 35;
const ERROR_OBJECT: u64 = 1 << 36;
const INTERACTIONS_KIND: u64 = 1 << 37;
const CONVERSATIONS_KIND: u64 = 1 << 38;
/// One of them is.
const KIND: u64 = RESPONSES_KIND
    | ANTHROPIC_KIND
    | COHERE_KIND
    | INTERACTIONS_KIND
    | CONVERSATIONS_KIND
    | ERROR_KIND;

fn object(shape: &mut Shape, value: Scalar<'_>) {
    match value {
        Scalar::Str("error") => shape.note(ERROR_OBJECT),
        Scalar::Str("response") => shape.note(RESPONSES_KIND),
        Scalar::Str("interaction") => shape.note(INTERACTIONS_KIND),
        Scalar::Str("conversation.response") => shape.note(CONVERSATIONS_KIND),
        _ => {}
    }
}

fn kind(shape: &mut Shape, value: Scalar<'_>) {
    let Scalar::Str(word) = value else { return };
    shape.note(match word {
        "error" => ERROR_KIND,
        _ if word.starts_with("response.") => RESPONSES_KIND,
        _ if ["interaction.", "step.", "content."]
            .iter()
            .any(|start| word.starts_with(start)) =>
        {
            INTERACTIONS_KIND
        }
        _ if CONVERSATION_EVENTS
            .iter()
            .any(|start| word.starts_with(start)) =>
        {
            CONVERSATIONS_KIND
        }
        "message_start"
        | "content_block_start"
        | "content_block_delta"
        | "content_block_stop"
        | "message_delta"
        | "message_stop"
        | "ping"
        | "message" => ANTHROPIC_KIND,
        "message-start" | "content-start" | "content-delta" | "message-end" | "tool-plan-delta"
        | "tool-call-start" | "stream-start" | "text-generation" | "stream-end" => COHERE_KIND,
        _ => return,
    });
}

/// How the events of a conversation begin.
const CONVERSATION_EVENTS: [&str; 5] = [
    "conversation.response.",
    "message.output.",
    "tool.execution.",
    "function.call.",
    "agent.handoff.",
];

/// From the top: the first that holds counts.
pub(super) const RULES: &[Rule] = &[
    Rule {
        format: Format::Anthropic,
        holds: |shape| shape.has(ANTHROPIC_KIND),
        because: "the `type` is one of its own, of an event or a message",
    },
    Rule {
        format: Format::Cohere,
        holds: |shape| shape.has(COHERE_KIND),
        because: "the `type` or `event_type` is one of its own, of an event",
    },
    Rule {
        format: Format::Interactions,
        holds: |shape| {
            shape.has(INTERACTIONS_KIND) || !shape.has(KIND) && shape.has_all(STEPS | STATUS)
        },
        because: "the object is an `interaction`, the event is one of it or of its steps, or steps lie beside a status",
    },
    Rule {
        format: Format::Conversations,
        holds: |shape| {
            shape.has(CONVERSATIONS_KIND)
                || !shape.has(KIND) && shape.has_all(CONVERSATION | OUTPUTS)
        },
        because: "the object or the event names it, or the outputs are of a conversation",
    },
    Rule {
        format: Format::OpenAi,
        holds: |shape| shape.has(CHOICES | ERROR_OBJECT) || shape.has_all(ERROR_KIND | ERROR),
        because: "nobody else has choices; vLLM's and Mistral's errors are objects of the kind `error`, and an error of any format \
            reads the same",
    },
    Rule {
        format: Format::Gemini,
        holds: |shape| shape.has(CANDIDATES),
        because: "its own names, in camel case and in snake case",
    },
    Rule {
        format: Format::Responses,
        holds: |shape| shape.has(RESPONSES_KIND),
        because: "the object is a `response`, or the event begins with that word",
    },
    Rule {
        format: Format::Responses,
        holds: |shape| !shape.has(KIND) && shape.has_all(OUTPUT | STATUS),
        because: "servers that leave the object's name out; Converse has an output but no status",
    },
    Rule {
        format: Format::Invoke,
        holds: |shape| !shape.has(KIND) && shape.has(INVOKE | OUTPUTS),
        because: "fields of single families behind InvokeModel",
    },
    Rule {
        format: Format::Ollama,
        holds: |shape| !shape.has(KIND) && shape.has(OLLAMA),
        because: "its own counters; every line of a stream has `done`",
    },
    Rule {
        format: Format::Cohere,
        holds: |shape| !shape.has(KIND) && (shape.has(COHERE) || shape.has_all(MESSAGE | FINISH)),
        because: "its own names, or a message with its finish reason beside it; after Ollama, which has a message too",
    },
    Rule {
        format: Format::Anthropic,
        holds: |shape| {
            !shape.has(KIND) && (shape.has(ANTHROPIC) || shape.has_all(STOP_REASON | CONTENT))
        },
        because: "a message whose `type` was left out",
    },
    Rule {
        format: Format::Converse,
        holds: |shape| !shape.has(KIND) && shape.has(CONVERSE | OUTPUT),
        because: "its own names in camel case, and an output without a status",
    },
    Rule {
        format: Format::Invoke,
        holds: |shape| !shape.has(KIND) && shape.has(STOP_REASON),
        because: "a last event of Llama or Claude's completions that has nothing else",
    },
    Rule {
        format: Format::OpenAi,
        holds: |shape| !shape.has(KIND) && shape.has(DATA | ERROR | USAGE),
        because: "embeddings, an error of any format, a last chunk with the usage alone",
    },
    Rule {
        format: Format::Gemini,
        holds: |shape| !shape.has(KIND) && shape.has(EMBEDDING),
        because: "embeddings of Gemini; those of others have something else beside them",
    },
    Rule {
        format: Format::Converse,
        holds: |shape| !shape.has(KIND) && shape.has(ROLE),
        because: "the first event of its streams has nothing but a role",
    },
    Rule {
        format: Format::Responses,
        holds: |shape| shape.has(ERROR_KIND),
        because: "an error event with its code beside its `type`, not in an error object",
    },
];

/// The format of a response or a chunk.
pub(in super::super) fn response<T: Source + ?Sized>(value: &T) -> Option<Format> {
    let mut shape = Shape::default();
    value.walk(fields, &mut shape);
    first(RULES, &shape)
}

/// The format of a response or a chunk whose text comes in pieces.
pub(in super::super) struct Sniffing {
    shape: Shape,
    reading: Reading<Shape>,
}

impl Default for Sniffing {
    fn default() -> Self {
        Self {
            shape: Shape {
                decisive: CHOICES | CANDIDATES | KIND & !ERROR_KIND,
                ..Shape::default()
            },
            reading: Reading::new(fields),
        }
    }
}

impl Sniffing {
    pub(in super::super) fn feed(&mut self, piece: &[u8]) {
        self.reading.feed(piece, &mut self.shape);
    }

    /// The format, once a field has come that names it. Whatever comes after it, and wherever the text is cut, it stays that one.
    pub(in super::super) fn certain(&self) -> Option<Format> {
        let decided = Shape {
            seen: self.shape.decided,
            ..Shape::default()
        };
        first(RULES, &decided)
    }

    /// The format, as far as is known.
    pub(in super::super) fn format(&self) -> Option<Format> {
        self.certain().or_else(|| first(RULES, &self.shape))
    }
}
