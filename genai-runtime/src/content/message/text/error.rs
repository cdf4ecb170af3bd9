//! Why a value could not be written.

use std::fmt::{self, Display};
use std::io;

use serde::ser;

/// Why a value could not be written.
///
/// ```
/// use std::collections::HashMap;
///
/// // JSON has no key that is a list.
/// let map = HashMap::from([(vec![1], "one")]);
/// assert!(genai::message::to_json(&map).is_err());
/// ```
pub struct Error(pub(super) Kind);

pub(super) enum Kind {
    Message(String),
    Key,
    Io(io::Error),
}

/// Shows the kind only: the message is the value's own and may hold content.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Message(_) => "Error(Serialize)",
            Kind::Key => "Error(Key)",
            Kind::Io(_) => "Error(Io)",
        })
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Message(text) => f.write_str(text),
            Kind::Key => f.write_str("the key of a map is neither text, number nor boolean"),
            Kind::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl ser::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Self(Kind::Message(message.to_string()))
    }
}
