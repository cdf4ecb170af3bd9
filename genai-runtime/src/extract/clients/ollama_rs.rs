//! ollama-rs: chat, generation and embeddings, plain and streamed.
//!
//! Its types have no finish reason, and the errors of its chat streams are `()`.

use std::borrow::Cow;

use super::error::description;
use crate::extract::traits::ErrorType;

macro_rules! ollama_rs {
    ($krate:ident) => {
        const _: () = {
            use $krate::error::OllamaError;
            use $krate::generation::chat::{ChatMessageResponse, request::ChatMessageRequest};
            use $krate::generation::completion::{GenerationResponse, request::GenerationRequest};
            use $krate::generation::embeddings::{
                GenerateEmbeddingsResponse, request::GenerateEmbeddingsRequest,
            };

            wire! {
                Request as ollama for ChatMessageRequest, GenerationRequest<'_>, GenerateEmbeddingsRequest;
            }
            provider!("ollama": ChatMessageRequest, GenerationRequest<'_>, GenerateEmbeddingsRequest);

            wire! {
                Response as ollama for ChatMessageResponse, GenerationResponse, GenerateEmbeddingsResponse;
            }

            wire! {
                Chunk as ollama for ChatMessageResponse, unless |chunk, _stream| !chunk.done;
                Chunk as ollama for GenerationResponse, unless |chunk, _stream| !chunk.done;
            }

            /// What went wrong; a status only where the HTTP client has one.
            impl ErrorType for OllamaError {
                fn error_type(&self) -> Cow<'_, str> {
                    match self {
                        Self::ReqwestError(error) => http_class!(error),
                        Self::ToolCallError(_) => Cow::Borrowed("ToolCallError"),
                        Self::JsonError(_) => Cow::Borrowed("JsonError"),
                        Self::InternalError(_) => Cow::Borrowed("InternalError"),
                        // The body of a failed answer, without its status.
                        Self::Other(_) => Cow::Borrowed(crate::semconv::OTHER),
                    }
                }

                fn description(&self) -> Option<Cow<'_, str>> {
                    match self {
                        Self::ReqwestError(error) => {
                            let status = error.status().map(|status| status.as_u16());
                            description(status, &self.error_type())
                        }
                        _ => None,
                    }
                }
            }
        };
    };
}

#[cfg(feature = "ollama-rs-0_3")]
ollama_rs!(ollama_rs_0_3);
