//! rig: completions and embeddings of its core, plain and streamed.
//!
//! A request names its model only where it overrides the handle's: `model = ..` names it. rig makes spans of its own below
//! ours; the module's page says what keeps them out.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use serde_json::{Map, Value};

use super::error::{class, description, of_body};
use crate::content::message::{InputMessage, Part, ToolDefinition, Word};
use crate::extract::accumulator::Accumulator;
use crate::extract::observe::FromStream;
use crate::extract::observe::ObservedStream;
use crate::extract::record;
use crate::extract::recorder::Recorder;
use crate::extract::stream::body::TextKind;
use crate::extract::stream::usage::count;
use crate::extract::traits::{Chunk, ErrorType, Request, Response};
use crate::extract::wire::json::{answer, blob, other, reasoning_part, text_part, uri};
use crate::operation::active;
use crate::semconv::registry::keys;

macro_rules! rig_client {
    ($(#[$doc:meta])* $name:ident, $krate:ident) => {
        $(#[$doc])*
        pub mod $name {
            use super::*;

            use $krate::completion::{
                AssistantContent, CompletionRequest, CompletionResponse, FinishReason, Message, ToolDefinition as Tool, Usage,
            };
            use $krate::embeddings::embedding::EmbeddingResponse;
            use $krate::message::{
                DocumentSourceKind as Source, MimeType, ToolCall, ToolResult, ToolResultContent, UserContent,
            };
            use $krate::streaming::{CompletionStream as Inner, Item, StreamEvent};
            use $krate::ProviderError;

            impl Request for CompletionRequest {
                fn record_request(&self, recorder: &mut Recorder<'_>) {
                    if let Some(model) = &self.model {
                        recorder.str(keys::GEN_AI_REQUEST_MODEL, model);
                    }
                    if let Some(n) = self.temperature {
                        recorder.double(keys::GEN_AI_REQUEST_TEMPERATURE, n);
                    }
                    if let Some(n) = self.options.top_p {
                        recorder.double(keys::GEN_AI_REQUEST_TOP_P, n);
                    }
                    if let Some(n) = self.max_tokens.and_then(|n| i64::try_from(n).ok()) {
                        recorder.int(keys::GEN_AI_REQUEST_MAX_TOKENS, n);
                    }
                    if let Some(n) = self.options.seed.and_then(|n| i64::try_from(n).ok()) {
                        recorder.int(keys::GEN_AI_REQUEST_SEED, n);
                    }
                    if !self.options.stop.is_empty() {
                        recorder.strs(keys::GEN_AI_REQUEST_STOP_SEQUENCES, &self.options.stop);
                    }
                    if self.output_schema.is_some() {
                        recorder.static_str(keys::GEN_AI_OUTPUT_TYPE, "json");
                    }
                    if recorder.wants_content() {
                        let messages = self.messages_for_telemetry();
                        recorder.input(messages.iter().map(message).collect::<Vec<_>>().into());
                        if !self.tools.is_empty() {
                            recorder.tools(self.tools.iter().map(tool).collect::<Vec<_>>().into());
                        }
                    }
                }
            }

            /// What the provider's own document says, then what rig made of it.
            impl Response for CompletionResponse {
                fn record_response(&self, recorder: &mut Recorder<'_>) {
                    facts(self, recorder.wants_content(), recorder);
                }
            }

            fn facts(response: &CompletionResponse, with_content: bool, recorder: &mut Recorder<'_>) {
                if let Some(facts) = crate::extract::wire::facts(&response.raw) {
                    facts.finish(recorder);
                }
                recorder.str(keys::GEN_AI_REQUEST_MODEL, &response.origin.model);
                let mut facts = Accumulator::of_response(with_content, recorder.room());
                facts.id(response.origin.response_id.as_deref().unwrap_or_default());
                facts.model(response.origin.response_model.as_deref().unwrap_or_default());
                counted(&response.usage, &mut facts);
                if with_content {
                    for part in response.choice.iter().filter_map(assistant) {
                        facts.part(0, part);
                    }
                }
                match response.finish_reason() {
                    Some(FinishReason::Stop) => facts.finish_reason(0, "stop"),
                    Some(FinishReason::Length) => facts.finish_reason(0, "length"),
                    Some(FinishReason::ToolCalls) => facts.finish_reason(0, "tool_calls"),
                    Some(FinishReason::ContentFilter) => facts.finish_reason(0, "content_filter"),
                    Some(FinishReason::Other(reason)) => facts.finish_reason(0, &reason),
                    _ => {}
                }
                facts.finish(recorder);
            }

            /// All counts are totals.
            fn counted(usage: &Usage, facts: &mut Accumulator) {
                let number = |n: Option<u64>| n.and_then(|n| i64::try_from(n).ok()).and_then(count);
                facts.usage.input = number(usage.input_tokens);
                facts.usage.output = number(usage.output_tokens);
                facts.usage.cache_read = number(usage.cached_input_tokens);
                facts.usage.cache_creation = number(usage.cache_creation_input_tokens);
                facts.usage.reasoning = number(usage.reasoning_tokens);
            }

            impl Response for EmbeddingResponse {
                fn record_response(&self, recorder: &mut Recorder<'_>) {
                    let first = self.embeddings.first();
                    if let Some(n) = first.and_then(|first| i64::try_from(first.vec.len()).ok()) {
                        recorder.int(keys::GEN_AI_EMBEDDINGS_DIMENSION_COUNT, n);
                    }
                    let mut facts = Accumulator::of_response(false, crate::extract::budget::Room::default());
                    facts.model(self.model.as_deref().unwrap_or_default());
                    counted(&self.usage, &mut facts);
                    facts.finish(recorder);
                }
            }

            impl Chunk for StreamEvent {
                #[inline]
                fn record_chunk(&self, stream: &mut Accumulator) {
                    let block = u64::try_from(self.part().index()).ok();
                    match self {
                        Self::Text { .. } | Self::Reasoning { .. } | Self::Arguments { .. } if stream.is_settled() => {}
                        Self::Text { text, .. } => stream.append(0, block, TextKind::Text, text),
                        Self::Reasoning { text, .. } => stream.append(0, block, TextKind::Reasoning, text),
                        Self::Arguments { json, .. } => {
                            stream.call(0, block.unwrap_or(0), None, None, Some(json), None);
                        }
                        Self::Start { name: Some(name), .. } => {
                            stream.call(0, block.unwrap_or(0), None, Some(name.as_str()), None, None);
                        }
                        // The id of a call comes with its end.
                        Self::End { content: AssistantContent::ToolCall(call), .. } => {
                            let id = call.id.provider().map(|id| id.as_str());
                            stream.call(0, block.unwrap_or(0), id, Some(call.function.name.as_str()), None, None);
                            stream.no_output();
                        }
                        Self::End { content: AssistantContent::Image(_), .. } if stream.wants_content() => {
                            if let Self::End { content, .. } = self {
                                if let Some(part) = assistant(content) {
                                    stream.part(0, part);
                                }
                            }
                        }
                        Self::Start { .. } | Self::End { .. } => stream.no_output(),
                    }
                }
            }

            impl Chunk for Item<StreamEvent> {
                #[inline]
                fn record_chunk(&self, stream: &mut Accumulator) {
                    match self {
                        Self::Event(event) => event.record_chunk(stream),
                        Self::Unknown(_) => stream.no_output(),
                    }
                }
            }

            fn message(message: &Message) -> InputMessage {
                let (role, parts) = match message {
                    Message::System { content } => ("system", text_part(content.clone()).into_iter().collect()),
                    Message::User { content } => {
                        // rig has no role of its own for a tool's answer.
                        let is_answer = |part: &UserContent| matches!(part, UserContent::ToolResult(_));
                        let role = if !content.is_empty() && content.iter().all(is_answer) { "tool" } else { "user" };
                        (role, content.iter().filter_map(user).collect())
                    }
                    Message::Assistant(said) => ("assistant", said.content.iter().filter_map(assistant).collect()),
                };
                InputMessage { role: Word::Borrowed(role), parts, name: None }
            }

            fn user(part: &UserContent) -> Option<Part> {
                match part {
                    UserContent::Text(text) => text_part(text.text.clone()),
                    UserContent::ToolResult(result) => Some(result_part(result)),
                    UserContent::Image(image) => data("image", image.media_type.as_ref().map(MimeType::to_mime_type), &image.data),
                    UserContent::Audio(audio) => data("audio", audio.media_type.as_ref().map(MimeType::to_mime_type), &audio.data),
                    UserContent::Video(video) => data("video", video.media_type.as_ref().map(MimeType::to_mime_type), &video.data),
                    UserContent::Document(document) => {
                        data("document", document.media_type.as_ref().map(MimeType::to_mime_type), &document.data)
                    }
                }
            }

            fn result_part(result: &ToolResult) -> Part {
                let block = |content: &ToolResultContent| match content {
                    ToolResultContent::Text(text) => serde_json::json!({"text": text.text}),
                    ToolResultContent::Json { value } => serde_json::json!({"json": value}),
                    ToolResultContent::Image(_) => serde_json::json!({"image": {}}),
                };
                Part::ToolCallResponse {
                    id: result.call.provider().map(|id| id.as_str().to_owned()),
                    response: answer(result.content.iter().map(block).collect()),
                }
            }

            fn assistant(part: &AssistantContent) -> Option<Part> {
                match part {
                    AssistantContent::Text(text) => text_part(text.text.clone()),
                    AssistantContent::Reasoning(reasoning) => reasoning_part(reasoning.text.clone()),
                    AssistantContent::ToolCall(call) => Some(call_part(call)),
                    AssistantContent::Image(image) => data("image", image.media_type.as_ref().map(MimeType::to_mime_type), &image.data),
                    AssistantContent::Opaque(opaque) => {
                        let fields = opaque.item.as_object().cloned().unwrap_or_else(Map::new);
                        let kind = fields.get("type").and_then(Value::as_str).unwrap_or("opaque").to_owned();
                        Some(other(&kind, fields))
                    }
                    _ => None,
                }
            }

            fn call_part(call: &ToolCall) -> Part {
                let arguments = match &call.function.invalid_arguments {
                    Some(text) => Value::String(text.clone()),
                    None => Value::Object(call.function.arguments.clone()),
                };
                Part::ToolCall {
                    id: call.id.provider().map(|id| id.as_str().to_owned()),
                    name: call.function.name.as_str().to_owned(),
                    arguments: Some(arguments),
                }
            }

            fn data(modality: &'static str, mime_type: Option<&str>, data: &Source) -> Option<Part> {
                let mime_type = mime_type.map(str::to_owned);
                match data {
                    Source::Url(url) => Some(uri(modality, mime_type, url.clone())),
                    Source::Base64(text) => Some(blob(modality, mime_type, text.clone())),
                    Source::FileId(id) => {
                        let part = Part::file(modality, id.clone());
                        Some(mime_type.into_iter().fold(part, Part::mime_type))
                    }
                    Source::Raw(bytes) => Some(Part::Blob {
                        modality: Word::Borrowed(modality),
                        mime_type,
                        content: bytes.clone().into(),
                    }),
                    // A document as text.
                    Source::String(text) => text_part(text.clone()),
                    _ => None,
                }
            }

            fn tool(tool: &Tool) -> ToolDefinition {
                ToolDefinition::Function {
                    name: tool.name.as_str().to_owned(),
                    description: Some(tool.description.clone()),
                    parameters: Some(tool.parameters.clone()),
                }
            }

            /// The provider's code or type, the status, or rig's word for the kind of error.
            impl ErrorType for ProviderError {
                fn error_type(&self) -> Cow<'_, str> {
                    let answer = self.provider_response();
                    let status = self.provider_response_status().map(|status| status.as_u16());
                    let code = answer.and_then(|answer| {
                        let code = answer.code.as_deref().map(|code| class(Some(code), None, None));
                        code.filter(|code| code != crate::semconv::OTHER).or_else(|| of_body(&answer.body))
                    });
                    code.or_else(|| status.map(|status| Cow::Owned(status.to_string())))
                        .unwrap_or(Cow::Borrowed(self.kind().code()))
                }

                fn description(&self) -> Option<Cow<'_, str>> {
                    let status = self.provider_response_status().map(|status| status.as_u16());
                    description(status, &self.error_type())
                }
            }

            /// rig's stream of a completion, with its final response recorded.
            ///
            /// Its items are those of rig's own stream, which has the token counts and why the model stopped only apart
            /// from them. A function that streams returns it:
            ///
            /// ```
            /// use genai::clients::rig::CompletionStream;
            /// use rig_core::{DynModel, ProviderError, completion::CompletionRequest, operation::Completion};
            /// # extern crate rig_0_44 as rig_core;
            ///
            /// #[genai::chat(provider = openai, model = "gpt-5", request = request, stream)]
            /// fn ask(model: &DynModel<Completion>, request: CompletionRequest) -> Result<CompletionStream, ProviderError> {
            ///     Ok(model.stream(request)?.into())
            /// }
            /// ```
            #[must_use = "streams do nothing unless polled"]
            pub struct CompletionStream {
                events: Events,
            }

            enum Events {
                /// And whether its end has been seen.
                Own(Box<Inner>, bool),
                Observed(Pin<Box<ObservedStream<CompletionStream>>>),
            }

            impl fmt::Debug for CompletionStream {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.debug_struct("CompletionStream").finish_non_exhaustive()
                }
            }

            impl From<Inner> for CompletionStream {
                fn from(stream: Inner) -> Self {
                    Self { events: Events::Own(Box::new(stream), false) }
                }
            }

            impl FromStream<ObservedStream<CompletionStream>> for CompletionStream {
                fn from_stream(stream: ObservedStream<CompletionStream>) -> Self {
                    Self { events: Events::Observed(Box::pin(stream)) }
                }
            }

            impl CompletionStream {
                /// What has arrived so far, as rig's own stream gives it: all of it after the end, when it has token counts too.
                pub fn partial(&self) -> CompletionResponse {
                    match &self.events {
                        Events::Own(stream, _) => stream.partial(),
                        Events::Observed(observed) => observed.inner().partial(),
                    }
                }
            }

            impl Stream for CompletionStream {
                type Item = Result<Item<StreamEvent>, ProviderError>;

                fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
                    let (stream, is_over) = match &mut self.events {
                        Events::Observed(observed) => return observed.as_mut().poll_next(cx),
                        Events::Own(stream, is_over) => (stream, is_over),
                    };
                    let polled = Pin::new(&mut **stream).poll_next(cx);
                    let is_whole = matches!(polled, Poll::Ready(None));
                    if (is_whole || matches!(polled, Poll::Ready(Some(Err(_))))) && !std::mem::replace(is_over, true) {
                        let response = stream.partial();
                        // The operation is current while its stream is polled.
                        active::with_current(|op| record::response(op, &Last { response, is_whole }));
                    }
                    polled
                }
            }

            /// The final response of a stream, or what there is of it. Content that was cut off has come event by event.
            struct Last {
                response: CompletionResponse,
                is_whole: bool,
            }

            impl Response for Last {
                fn record_response(&self, recorder: &mut Recorder<'_>) {
                    let with_content = self.is_whole && recorder.wants_content();
                    facts(&self.response, with_content, recorder);
                }
            }
        }
    };
}

rig_client!(
    /// Streams of rig, version 0.44.
    ///
    /// rig makes `tracing` spans of its own for its calls. Where a layer such as tracing-opentelemetry exports those too, a call
    /// is there twice: ours, and theirs below it. A filter on that layer keeps theirs out:
    /// `rig::completions=off,rig::modalities=off`.
    rig,
    rig_0_44
);
