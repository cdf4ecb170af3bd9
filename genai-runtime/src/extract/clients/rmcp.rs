//! rmcp: its errors, for tools whose functions give them on.

use std::borrow::Cow;

use crate::extract::traits::ErrorType;

macro_rules! rmcp {
    ($krate:ident) => {
        /// The code, such as `-32602`. The description is the error's message; its data are content and are not read.
        impl ErrorType for $krate::ErrorData {
            fn error_type(&self) -> Cow<'_, str> {
                Cow::Owned(self.code.0.to_string())
            }

            fn description(&self) -> Option<Cow<'_, str>> {
                Some(Cow::Borrowed(&self.message))
            }
        }

        /// The code of the error that answered; else `timeout`, `cancelled`, `connection_closed`, `transport_error`, `401` or `403`,
        /// `unexpected_response`, `subscription_lagged`, `input_required_rounds_exceeded`.
        impl ErrorType for $krate::ServiceError {
            fn error_type(&self) -> Cow<'_, str> {
                Cow::Borrowed(match self {
                    Self::McpError(error) => return error.error_type(),
                    Self::Timeout { .. } => "timeout",
                    Self::Cancelled { .. } => "cancelled",
                    Self::TransportClosed => "connection_closed",
                    Self::TransportSend(error) => status(&*error.error),
                    Self::UnexpectedResponse => "unexpected_response",
                    Self::SubscriptionLagged { .. } => "subscription_lagged",
                    Self::InputRequiredRoundsExceeded { .. } => "input_required_rounds_exceeded",
                    _ => "_OTHER",
                })
            }

            fn description(&self) -> Option<Cow<'_, str>> {
                match self {
                    Self::McpError(error) => error.description(),
                    _ => None,
                }
            }
        }

        /// The status of HTTP that refused a message, where the error says it.
        fn status(error: &(dyn std::error::Error + 'static)) -> &'static str {
            use $krate::transport::streamable_http_client::{
                AuthRequiredError, InsufficientScopeError,
            };

            let mut source = Some(error);
            // A chain that is endless is not followed to its end.
            for _ in 0..16 {
                let Some(error) = source else {
                    break;
                };
                if error.is::<AuthRequiredError>() {
                    return "401";
                }
                if error.is::<InsufficientScopeError>() {
                    return "403";
                }
                source = error.source();
            }
            "transport_error"
        }
    };
}

#[cfg(feature = "rmcp-3")]
rmcp!(rmcp_3);
