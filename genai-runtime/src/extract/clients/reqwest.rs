//! reqwest: its errors, for calls whose bodies are JSON values.

use std::borrow::Cow;

use super::error::description;
use crate::extract::traits::ErrorType;

macro_rules! reqwest {
    ($krate:ident) => {
        /// The status, such as `404`; else `timeout`, `connection_error`, `decode_error`, `body_error`, `redirect_error`,
        /// `builder_error` or `request_error`. The description never has the URL, which may hold a key.
        impl ErrorType for $krate::Error {
            fn error_type(&self) -> Cow<'_, str> {
                http_class!(self)
            }

            fn description(&self) -> Option<Cow<'_, str>> {
                description(
                    self.status().map(|status| status.as_u16()),
                    &self.error_type(),
                )
            }
        }
    };
}

#[cfg(feature = "reqwest-0_13")]
reqwest!(reqwest_0_13);
