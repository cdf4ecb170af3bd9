//! claudius: Anthropic messages, plain and streamed.

use std::borrow::Cow;

use super::error::{class, description};
use crate::extract::traits::ErrorType;

macro_rules! claudius {
    ($krate:ident) => {
        const _: () = {
            use $krate::{Error, Message, MessageCreateParams, MessageStreamEvent as Event};

            wire! {
                Request as anthropic for MessageCreateParams;
            }
            provider!("anthropic": MessageCreateParams);

            wire! {
                Response as anthropic for Message;
            }

            wire! {
                Chunk as anthropic for Event, unless |event, _stream| matches!(event, Event::ContentBlockDelta(_));
            }

            /// The API's type or the status; for other errors what went wrong.
            impl ErrorType for Error {
                fn error_type(&self) -> Cow<'_, str> {
                    Cow::Borrowed(match self {
                        Self::Api { status_code, error_type, .. } => {
                            return class(None, error_type.as_deref(), Some(*status_code));
                        }
                        // The words of Anthropic's API for what the client keeps as a kind of its own.
                        Self::BadRequest { .. } => "invalid_request_error",
                        Self::Authentication { .. } => "authentication_error",
                        Self::Permission { .. } => "permission_error",
                        Self::NotFound { .. } => "not_found_error",
                        Self::RateLimit { .. } => "rate_limit_error",
                        Self::InternalServer { .. } => "api_error",
                        Self::ServiceUnavailable { .. } => "overloaded_error",
                        Self::Timeout { .. } => "timeout",
                        Self::Connection { .. } => "connection_error",
                        Self::Abort { .. } => "Abort",
                        Self::Serialization { .. } => "Serialization",
                        Self::Io { .. } => "Io",
                        Self::HttpClient { .. } => "HttpClient",
                        Self::Validation { .. } => "Validation",
                        Self::Url { .. } => "Url",
                        Self::Streaming { .. } => "Streaming",
                        Self::Encoding { .. } => "Encoding",
                        Self::Unknown { .. } | Self::ToDo { .. } => crate::semconv::OTHER,
                    })
                }

                fn description(&self) -> Option<Cow<'_, str>> {
                    let status = match self {
                        Self::Api { status_code, .. } => Some(*status_code),
                        Self::BadRequest { .. } => Some(400),
                        Self::Authentication { .. } => Some(401),
                        Self::Permission { .. } => Some(403),
                        Self::NotFound { .. } => Some(404),
                        Self::InternalServer { .. } => Some(500),
                        // Of several statuses the client makes one kind: too many requests and an overloaded server are
                        // alike to it.
                        _ => None,
                    };
                    description(status, &self.error_type())
                }
            }
        };
    };
}

#[cfg(feature = "claudius-0_33")]
claudius!(claudius_0_33);
