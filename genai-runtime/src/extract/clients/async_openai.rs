//! async-openai: chat completions, completions, embeddings and responses, plain and streamed.
//!
//! Many servers speak OpenAI's format to this client, so its requests know no provider. Answers that its types cannot decode
//! are for its `byot` methods with `serde_json::Value`.

use std::borrow::Cow;

use super::error::{class, description};
use crate::extract::traits::ErrorType;

macro_rules! async_openai {
    ($krate:ident) => {
        const _: () = {
            use $krate::error::OpenAIError;
            use $krate::types::{chat, completions, embeddings, responses};
            use responses::ResponseStreamEvent as Event;

            wire! {
                Request as openai for chat::CreateChatCompletionRequest, completions::CreateCompletionRequest,
                    embeddings::CreateEmbeddingRequest;
                Request as openai_responses for responses::CreateResponse;
            }

            wire! {
                Response as openai for chat::CreateChatCompletionResponse, completions::CreateCompletionResponse,
                    embeddings::CreateEmbeddingResponse, embeddings::CreateBase64EmbeddingResponse;
                Response as openai_responses for responses::Response;
            }

            wire! {
                Chunk as openai for chat::CreateChatCompletionStreamResponse, unless |chunk, stream|
                    stream.is_named()
                        && chunk.usage.is_none()
                        && (stream.has_fingerprint() || {
                            #[allow(deprecated, reason = "it is still sent")]
                            chunk.system_fingerprint.is_none()
                        })
                        && (chunk.service_tier.is_none() || stream.has_some_tier())
                        && chunk.choices.iter().all(|choice| choice.finish_reason.is_none());
                Chunk as openai for completions::CreateCompletionResponse, unless |chunk, stream|
                    stream.is_named()
                        && chunk.usage.is_none()
                        && (chunk.system_fingerprint.is_none() || stream.has_fingerprint())
                        && chunk.choices.iter().all(|choice| choice.finish_reason.is_none());
                Chunk as openai_responses for Event, unless |event, _stream| matches!(
                    event,
                    Event::ResponseOutputTextDelta(_)
                        | Event::ResponseRefusalDelta(_)
                        | Event::ResponseFunctionCallArgumentsDelta(_)
                        | Event::ResponseReasoningSummaryTextDelta(_)
                        | Event::ResponseReasoningTextDelta(_)
                );
            }

            /// The API's code, its type or the status; for other errors what went wrong.
            impl ErrorType for OpenAIError {
                fn error_type(&self) -> Cow<'_, str> {
                    match self {
                        Self::ApiError(answer) => class(
                            answer.api_error.code.as_deref(),
                            answer.api_error.r#type.as_deref(),
                            Some(answer.status_code.as_u16()),
                        ),
                        Self::Reqwest(error) => http_class!(error),
                        Self::JSONDeserialize(..) => Cow::Borrowed("JSONDeserialize"),
                        Self::StreamError(_) => Cow::Borrowed("StreamError"),
                        Self::InvalidArgument(_) => Cow::Borrowed("InvalidArgument"),
                        // Files, and what a middleware returns.
                        _ => Cow::Borrowed(crate::semconv::OTHER),
                    }
                }

                fn description(&self) -> Option<Cow<'_, str>> {
                    let status = match self {
                        Self::ApiError(answer) => Some(answer.status_code),
                        Self::Reqwest(error) => error.status(),
                        _ => None,
                    };
                    description(status.map(|status| status.as_u16()), &self.error_type())
                }
            }
        };
    };
}

#[cfg(feature = "async-openai-0_43")]
async_openai!(async_openai_0_43);
