//! rmcp: its errors, for tools whose functions give them on.

use std::borrow::Cow;

use crate::extract::failure::display;
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

        /// The code of the error that answered; else `timeout`, `cancelled`, `connection_closed`, the status of HTTP that refused the
        /// message, `transport_error`, `unexpected_response`, `subscription_lagged`, `input_required_rounds_exceeded`.
        impl ErrorType for $krate::ServiceError {
            fn error_type(&self) -> Cow<'_, str> {
                Cow::Borrowed(match self {
                    Self::McpError(error) => return error.error_type(),
                    Self::Timeout { .. } => "timeout",
                    Self::Cancelled { .. } => "cancelled",
                    Self::TransportClosed => "connection_closed",
                    Self::TransportSend(error) => return unsent(&*error.error),
                    Self::UnexpectedResponse => "unexpected_response",
                    Self::SubscriptionLagged { .. } => "subscription_lagged",
                    Self::InputRequiredRoundsExceeded { .. } => "input_required_rounds_exceeded",
                    _ => crate::semconv::OTHER,
                })
            }

            fn description(&self) -> Option<Cow<'_, str>> {
                match self {
                    Self::McpError(error) => error.description(),
                    _ => None,
                }
            }
        }

        /// The class of an error with which a transport did not send a message: the status of HTTP, where that refused it.
        pub(crate) fn unsent(error: &(dyn std::error::Error + 'static)) -> Cow<'static, str> {
            use $krate::transport::streamable_http_client::{
                AuthRequiredError, HttpStatusError, InsufficientScopeError,
            };

            let mut source = Some(error);
            // A chain that is endless is not followed to its end.
            for _ in 0..16 {
                let Some(error) = source else {
                    break;
                };
                if error.is::<AuthRequiredError>() {
                    return Cow::Borrowed("401");
                }
                if error.is::<InsufficientScopeError>() {
                    return Cow::Borrowed("403");
                }
                if let Some(error) = error.downcast_ref::<HttpStatusError>() {
                    return Cow::Owned(error.status.to_string());
                }
                source = error.source();
            }
            status(error).map_or(Cow::Borrowed("transport_error"), Cow::Owned)
        }
    };
}

/// What the errors of rmcp's transport begin with whose type has that of the HTTP client in it: `StreamableHttpError<reqwest::Error>`
/// with rmcp's own client, and any other with an application's. It can be named by nobody who does not depend on that client, its
/// variants for these refusals (`UnexpectedServerResponse`, `SessionExpired`) have no source, and `auth_challenge` is for a
/// challenge alone. So the status is in the text, and nowhere else.
const REFUSED: [&str; 3] = [
    "HTTP ",
    "unexpected server response: HTTP ",
    "Session expired (HTTP ",
];

/// The status that such an error has. Nothing else of its text is read: an answer's body may follow.
fn status(error: &dyn std::error::Error) -> Option<String> {
    let text = display(&error, 64)?;
    let after = REFUSED.iter().find_map(|known| text.strip_prefix(known))?;
    let (status, rest) = after.split_at_checked(3)?;
    let is_status = matches!(status.parse(), Ok(400..=599_u16)) && !rest.starts_with(is_digit);
    is_status.then(|| status.to_owned())
}

fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
}

#[cfg(feature = "rmcp-3")]
rmcp!(rmcp_3);

#[cfg(all(test, feature = "rmcp-3"))]
mod tests {
    use std::io::Error;

    use std::time::Duration;

    use rmcp_3::ServiceError;
    use rmcp_3::model::ErrorCode;

    use super::*;

    #[test]
    fn every_error_of_a_service_has_its_class() {
        let code = rmcp_3::ErrorData::new(ErrorCode(-32021), "said", None);
        for (error, class, text) in [
            (ServiceError::McpError(code), "-32021", Some("said")),
            (ServiceError::TransportClosed, "connection_closed", None),
            (
                ServiceError::UnexpectedResponse,
                "unexpected_response",
                None,
            ),
            (
                ServiceError::Timeout {
                    timeout: Duration::from_secs(1),
                },
                "timeout",
                None,
            ),
            (
                ServiceError::Cancelled {
                    reason: Some("a reason".to_owned()),
                },
                "cancelled",
                None,
            ),
            (
                ServiceError::SubscriptionLagged { capacity: 1 },
                "subscription_lagged",
                None,
            ),
            (
                ServiceError::InputRequiredRoundsExceeded { max_rounds: 1 },
                "input_required_rounds_exceeded",
                None,
            ),
        ] {
            assert_eq!(error.error_type(), class);
            assert_eq!(error.description().as_deref(), text, "{class}");
        }
    }

    #[test]
    fn of_a_text_the_status_is_read_and_nothing_else() {
        for (text, class) in [
            ("HTTP 503", "503"),
            ("unexpected server response: HTTP 403 Forbidden: no", "403"),
            ("Session expired (HTTP 404)", "404"),
            ("HTTP 200", "transport_error"),
            ("HTTP 4031", "transport_error"),
            ("HTTP 40", "transport_error"),
            ("HTTP 40\u{e9}", "transport_error"),
            ("HTTP +40", "transport_error"),
            ("HTTP 600", "transport_error"),
            ("it said HTTP 403", "transport_error"),
            ("unexpected server response: HTTP", "transport_error"),
            ("", "transport_error"),
        ] {
            assert_eq!(unsent(&Error::other(text)), class, "{text}");
        }
    }
}
