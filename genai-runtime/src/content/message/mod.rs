//! The message model: what goes into and comes out of a model, as the GenAI conventions write it.
//!
//! Provider formats and users build these types; span, event, hook and upload read them. The JSON shape is
//! that of the schemas of the conventions; absent optional fields are left out, required ones are always written. The types
//! serialise to that shape and deserialise from it, and their `Debug` shows kinds and lengths only, never content.
//!
//! ```
//! use genai::message::{self, OutputMessage};
//!
//! let question = message::user("hi");
//! let answer = OutputMessage::text("hello", "stop");
//! assert_eq!(message::to_json(&question).unwrap(), r#"{"role":"user","parts":[{"type":"text","content":"hi"}]}"#);
//! assert!(!format!("{answer:?}").contains("hello"));
//! ```

use std::borrow::Cow;

use serde_json::Value;

pub(crate) mod any;
pub(crate) mod bound;
mod chat;
mod convert;
mod de;
mod debug;
mod escape;
pub(crate) mod finish;
pub(crate) mod list;
pub(crate) mod out;
mod part;
pub(crate) mod render;
mod ser;
pub(crate) mod size;
#[cfg(test)]
mod tests;
pub(crate) mod text;
mod tool;

pub use chat::{InputMessage, OutputMessage};
pub use convert::{ToDocuments, ToInput, ToOutput, ToSystem, ToTools};
pub use part::{Bytes, Part};
pub use text::{Error, to_json, write_json};
pub use tool::{Document, ToolDefinition};

/// A role, modality or finish reason: one of the conventions' words, or any other string.
///
/// ```
/// let reason: genai::message::Word = "stop".into();
/// assert_eq!(reason, "stop");
/// ```
pub type Word = Cow<'static, str>;

/// How deep JSON inside content may nest: deeper values are replaced by a marker, so that no stack overflows and every
/// reader, whose parsers have limits of their own, can read what was written.
pub(crate) const MAX_DEPTH: usize = 100;

/// What stands for a value that nests deeper than [`MAX_DEPTH`].
pub(crate) const TOO_DEEP: &str = "...[nested too deep]";

/// A user's message of one text.
///
/// ```
/// let message = genai::message::user("hi");
/// assert_eq!(message.role, "user");
/// ```
pub fn user(text: impl Into<String>) -> InputMessage {
    InputMessage::new("user").part(Part::text(text))
}

/// A system message of one text, as part of the messages. Instructions given apart from them are [`ToSystem`]'s.
///
/// ```
/// let message = genai::message::system("Be short.");
/// assert_eq!(message.role, "system");
/// ```
pub fn system(text: impl Into<String>) -> InputMessage {
    InputMessage::new("system").part(Part::text(text))
}

/// An earlier answer of the assistant's, as part of the messages sent.
///
/// ```
/// let message = genai::message::assistant("hello");
/// assert_eq!(message.role, "assistant");
/// ```
pub fn assistant(text: impl Into<String>) -> InputMessage {
    InputMessage::new("assistant").part(Part::text(text))
}

/// A tool's answer to the call `id`; an empty id counts as none.
///
/// ```
/// let message = genai::message::tool_response("call_1", "57°F, rainy");
/// assert_eq!(message.role, "tool");
/// ```
pub fn tool_response(id: impl Into<String>, response: impl Into<Value>) -> InputMessage {
    InputMessage::new("tool").part(Part::tool_response(id, response))
}
