//! The client that is called genai: chat and embeddings, plain and streamed, over its own types for all providers.
//!
//! The model is no part of its requests: `model = ..` names it. Options are a second request: `request = (req, options)`.
//! Streams have token counts only if the options have `capture_usage`. With its feature `otel` the client makes spans of its own
//! below ours; the crate's page says what keeps them out.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::error::{description, of_body, variant};
use crate::content::message::{InputMessage, Part, ToolDefinition, Word};
use crate::diag::warn::{Once, hint};
use crate::extract::accumulator::Accumulator;
use crate::extract::parts::arguments;
use crate::extract::recorder::Recorder;
use crate::extract::stream::usage::count;
use crate::extract::traits::{Chunk, ErrorType, Request, Response};
use crate::extract::wire::json::{blob, modality, other, reasoning_part, text_part, uri};
use crate::semconv::registry::keys;

macro_rules! genai_client {
    ($krate:ident) => {
        const _: () = {
            use $krate::chat::{
                BinarySource, ChatMessage, ChatOptions, ChatRequest, ChatResponse,
                ChatResponseFormat, ChatRole, ChatStreamEvent, ContentPart, MessageContent,
                ServiceTier, StopReason, StreamEnd, Tool, ToolName, Usage,
            };
            use $krate::embed::{EmbedOptions, EmbedRequest, EmbedResponse};
            use $krate::{Error, webc};

            impl Request for ChatRequest {
                fn record_request(&self, recorder: &mut Recorder<'_>) {
                    if !recorder.wants_content() {
                        return;
                    }
                    recorder.input(self.messages.iter().map(message).collect::<Vec<_>>().into());
                    if let Some(part) = self.system.clone().and_then(text_part) {
                        recorder.system(vec![part].into());
                    }
                    if let Some(tools) = self.tools.as_ref().filter(|tools| !tools.is_empty()) {
                        recorder.tools(tools.iter().map(tool).collect::<Vec<_>>().into());
                    }
                }
            }

            impl Request for ChatOptions {
                fn record_request(&self, recorder: &mut Recorder<'_>) {
                    if let Some(n) = self.temperature {
                        recorder.double(keys::GEN_AI_REQUEST_TEMPERATURE, n);
                    }
                    if let Some(n) = self.top_p {
                        recorder.double(keys::GEN_AI_REQUEST_TOP_P, n);
                    }
                    if let Some(n) = self.max_tokens {
                        recorder.int(keys::GEN_AI_REQUEST_MAX_TOKENS, n.into());
                    }
                    if let Some(n) = self.seed.and_then(|seed| i64::try_from(seed).ok()) {
                        recorder.int(keys::GEN_AI_REQUEST_SEED, n);
                    }
                    if !self.stop_sequences.is_empty() {
                        recorder.strs(keys::GEN_AI_REQUEST_STOP_SEQUENCES, &self.stop_sequences);
                    }
                    if let Some(ChatResponseFormat::JsonMode | ChatResponseFormat::JsonSpec(_)) =
                        self.response_format
                    {
                        recorder.static_str(keys::GEN_AI_OUTPUT_TYPE, "json");
                    }
                    if let (Some(tier), true) = (&self.service_tier, recorder.is_openai()) {
                        let tier = match tier {
                            ServiceTier::Flex => "flex",
                            ServiceTier::Auto => "auto",
                            ServiceTier::Default => "default",
                        };
                        recorder.static_str(keys::OPENAI_REQUEST_SERVICE_TIER, tier);
                    }
                }
            }

            impl Response for ChatResponse {
                fn record_response(&self, recorder: &mut Recorder<'_>) {
                    recorder.str(
                        keys::GEN_AI_REQUEST_MODEL,
                        self.model_iden.model_name.as_str(),
                    );
                    // The provider's own document, which is there with the option `capture_raw_body`, says more.
                    if let Some(facts) =
                        self.captured_raw_body.as_ref().and_then(crate::extract::wire::facts)
                    {
                        facts.finish(recorder);
                    }
                    let mut facts = Accumulator::of_response(recorder.wants_content(), recorder.room());
                    facts.model(self.provider_model_iden.model_name.as_str());
                    facts.id(self.response_id.as_deref().unwrap_or_default());
                    counted(&self.usage, &mut facts);
                    if facts.wants_content() {
                        let in_parts = self
                            .content
                            .iter()
                            .any(|part| matches!(part, ContentPart::ReasoningContent(_)));
                        if let (Some(reasoning), false) = (&self.reasoning_content, in_parts) {
                            facts.reasoning(0, reasoning);
                        }
                        for part in parts(&self.content) {
                            facts.part(0, part);
                        }
                    }
                    if let Some(reason) = &self.stop_reason {
                        let calls = |part: &ContentPart| matches!(part, ContentPart::ToolCall(_));
                        facts.finish_reason(0, word(reason, self.content.iter().any(calls)));
                    }
                    facts.finish(recorder);
                }
            }

            impl Chunk for ChatStreamEvent {
                #[inline]
                fn record_chunk(&self, stream: &mut Accumulator) {
                    match self {
                        Self::Chunk(_) | Self::ReasoningChunk(_) if stream.is_settled() => {}
                        Self::ToolCallChunk(_) if stream.is_settled() => {
                            stream.pending.calls = true
                        }
                        Self::Chunk(chunk) => stream.text(0, &chunk.content),
                        Self::ReasoningChunk(chunk) => stream.reasoning(0, &chunk.content),
                        Self::ToolCallChunk(chunk) => {
                            let call = &chunk.tool_call;
                            stream.pending.calls = true;
                            stream.named_call(&call.call_id, &call.fn_name, &call.fn_arguments);
                        }
                        Self::End(end) => ended(end, stream),
                        Self::Start | Self::ThoughtSignatureChunk(_) | Self::Heartbeat => {
                            stream.no_output()
                        }
                    }
                }
            }

            fn ended(end: &StreamEnd, stream: &mut Accumulator) {
                match &end.captured_usage {
                    Some(usage) => counted(usage, stream),
                    None => hint(
                        Once::NoUsage,
                        "A stream of the client genai had no token counts: set `capture_usage` in its options.",
                    ),
                }
                stream.id(end.captured_response_id.as_deref().unwrap_or_default());
                // What the client put together is more than what it sent piece by piece.
                if let (Some(content), true) = (&end.captured_content, stream.wants_content()) {
                    let has_calls = content
                        .iter()
                        .any(|part| matches!(part, ContentPart::ToolCall(_)));
                    let has_text = content
                        .iter()
                        .any(|part| matches!(part, ContentPart::Text(_)));
                    if has_calls && has_text {
                        stream.forget(0);
                        let in_parts = content
                            .iter()
                            .any(|part| matches!(part, ContentPart::ReasoningContent(_)));
                        if let (Some(reasoning), false) =
                            (&end.captured_reasoning_content, in_parts)
                        {
                            stream.reasoning(0, reasoning);
                        }
                        for part in parts(content) {
                            stream.part(0, part);
                        }
                    }
                }
                if let Some(reason) = &end.captured_stop_reason {
                    stream.finish_reason(0, word(reason, stream.pending.calls));
                }
                stream.no_output();
            }

            /// The provider's word. OpenAI's Responses have none, so the client gives their status.
            fn word(reason: &StopReason, has_calls: bool) -> &str {
                match reason.raw() {
                    "completed" if has_calls => "tool_calls",
                    "completed" => "stop",
                    "incomplete" => "length",
                    "failed" | "cancelled" => "error",
                    word => word,
                }
            }

            /// Cached tokens are part of the total.
            fn counted(usage: &Usage, facts: &mut Accumulator) {
                let number = |n: Option<i32>| n.and_then(|n| count(n.into()));
                facts.usage.input = number(usage.prompt_tokens).or(facts.usage.input);
                facts.usage.output = number(usage.completion_tokens).or(facts.usage.output);
                facts.usage.total = number(usage.total_tokens).or(facts.usage.total);
                if let Some(details) = &usage.prompt_tokens_details {
                    facts.usage.cache_read =
                        number(details.cached_tokens).or(facts.usage.cache_read);
                    facts.usage.cache_creation =
                        number(details.cache_creation_tokens).or(facts.usage.cache_creation);
                }
                if let Some(details) = &usage.completion_tokens_details {
                    facts.usage.reasoning =
                        number(details.reasoning_tokens).or(facts.usage.reasoning);
                }
            }

            fn message(message: &ChatMessage) -> InputMessage {
                let role = match message.role {
                    ChatRole::System => "system",
                    ChatRole::User => "user",
                    ChatRole::Assistant => "assistant",
                    ChatRole::Tool => "tool",
                };
                InputMessage {
                    role: Word::Borrowed(role),
                    parts: parts(&message.content),
                    name: None,
                }
            }

            fn parts(content: &MessageContent) -> Vec<Part> {
                content.iter().filter_map(part).collect()
            }

            fn part(part: &ContentPart) -> Option<Part> {
                Some(match part {
                    ContentPart::Text(text) => return text_part(text.clone()),
                    ContentPart::ReasoningContent(text) => return reasoning_part(text.clone()),
                    ContentPart::Binary(data) => {
                        let mime_type = Some(data.content_type.clone());
                        let modality = modality(Some(&data.content_type));
                        match &data.source {
                            BinarySource::Url(url) => uri(modality, mime_type, url.clone()),
                            BinarySource::Base64(text) => {
                                blob(modality, mime_type, text.as_ref().to_owned())
                            }
                        }
                    }
                    ContentPart::ToolCall(call) => Part::ToolCall {
                        id: Some(call.call_id.clone()).filter(|id| !id.is_empty()),
                        name: call.fn_name.clone(),
                        arguments: arguments(call.fn_arguments.clone()),
                    },
                    ContentPart::ToolResponse(answer) => {
                        Part::tool_response(answer.call_id.clone(), answer.content.clone())
                    }
                    // Not to be read by anyone but the model.
                    ContentPart::ThoughtSignature(_) => return None,
                    ContentPart::Custom(custom) => {
                        let fields = custom.data.as_object().cloned().unwrap_or_else(Map::new);
                        let kind = fields
                            .get("type")
                            .and_then(Value::as_str)
                            .unwrap_or("custom")
                            .to_owned();
                        other(&kind, fields)
                    }
                })
            }

            fn tool(tool: &Tool) -> ToolDefinition {
                match &tool.name {
                    ToolName::Custom(name) => ToolDefinition::Function {
                        name: name.clone(),
                        description: tool.description.clone(),
                        parameters: tool.schema.clone(),
                    },
                    builtin => ToolDefinition::other("builtin", builtin.to_string()),
                }
            }

            /// It holds what is embedded, and nothing else.
            impl Request for EmbedRequest {
                fn record_request(&self, _: &mut Recorder<'_>) {}
            }

            impl Request for EmbedOptions {
                fn record_request(&self, recorder: &mut Recorder<'_>) {
                    if let Some(n) = self.dimensions.and_then(|n| i64::try_from(n).ok()) {
                        recorder.int(keys::GEN_AI_EMBEDDINGS_DIMENSION_COUNT, n);
                    }
                    if let Some(format) = &self.encoding_format {
                        recorder.strs(keys::GEN_AI_REQUEST_ENCODING_FORMATS, [format]);
                    }
                }
            }

            impl Response for EmbedResponse {
                fn record_response(&self, recorder: &mut Recorder<'_>) {
                    recorder.str(
                        keys::GEN_AI_REQUEST_MODEL,
                        self.model_iden.model_name.as_str(),
                    );
                    let first = self.embeddings.first();
                    if let Some(n) = first.and_then(|first| i64::try_from(first.dimensions).ok()) {
                        recorder.int(keys::GEN_AI_EMBEDDINGS_DIMENSION_COUNT, n);
                    }
                    let mut facts = Accumulator::of_response(false, crate::extract::budget::Room::default());
                    facts.model(self.provider_model_iden.model_name.as_str());
                    counted(&self.usage, &mut facts);
                    facts.finish(recorder);
                }
            }

            /// The provider's code or type, the status, or the kind of error.
            impl ErrorType for Error {
                fn error_type(&self) -> Cow<'_, str> {
                    let of_call = match self {
                        Self::HttpError { body, .. } => of_body(body),
                        Self::ChatResponse { body, .. } => crate::extract::wire::error::of_body(body),
                        Self::WebModelCall { webc_error, .. }
                        | Self::WebAdapterCall { webc_error, .. } => match webc_error {
                            webc::Error::ResponseFailedStatus { body, .. } => of_body(body),
                            webc::Error::Reqwest(error) => Some(http_class!(error)),
                            other => Some(Cow::Owned(variant(other))),
                        },
                        _ => None,
                    };
                    of_call.unwrap_or_else(|| {
                        Cow::Owned(match self.status() {
                            Some(status) => status.as_str().to_owned(),
                            None => variant(self),
                        })
                    })
                }

                fn description(&self) -> Option<Cow<'_, str>> {
                    description(
                        self.status().map(|status| status.as_u16()),
                        &self.error_type(),
                    )
                }
            }
        };
    };
}

#[cfg(feature = "genai-client-0_7")]
genai_client!(genai_client_0_7);
