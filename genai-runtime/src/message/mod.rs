//! The message model: what goes into and comes out of a model, as the GenAI conventions write it.
//!
//! Provider formats and users build these types; the content sinks (span, event, hook, upload) read them. The JSON shape is
//! that of the schemas of the conventions; absent optional fields are left out, required ones are always written.

use std::borrow::Cow;

/// A role, modality or finish reason: one of the conventions' words, or any other string.
pub type Word = Cow<'static, str>;

/// A message sent to the model.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct InputMessage {
    /// `system`, `user`, `assistant`, `tool`, or a word of the provider's.
    pub role: Word,
    /// The parts, in order.
    pub parts: Vec<Part>,
    /// The participant's name.
    pub name: Option<String>,
}

/// A message the model answered with: one per choice.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct OutputMessage {
    /// Usually `assistant`.
    pub role: Word,
    /// The parts, in order.
    pub parts: Vec<Part>,
    /// Why the model stopped, in the provider's words; `None` if it gave no reason.
    pub finish_reason: Option<Word>,
    /// The participant's name.
    pub name: Option<String>,
}

/// A part of a message, or a system instruction.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum Part {
    /// Text.
    Text {
        /// The text.
        content: String,
    },
    /// The model's reasoning.
    Reasoning {
        /// The text.
        content: String,
    },
    /// The model asks for a tool to be called.
    ToolCall {
        /// The id of the call, if the provider gives one.
        id: Option<String>,
        /// The tool's name.
        name: String,
        /// The arguments; text that is no JSON object or array stays a string.
        arguments: Option<serde_json::Value>,
    },
    /// The answer of a tool.
    ToolCallResponse {
        /// The id of the call it answers.
        id: Option<String>,
        /// The answer.
        response: serde_json::Value,
    },
    /// A tool call that the provider runs itself.
    ServerToolCall {
        /// The id of the call.
        id: Option<String>,
        /// The tool's name.
        name: String,
        /// The call, with its `type`.
        server_tool_call: serde_json::Value,
    },
    /// The answer of a tool the provider ran.
    ServerToolCallResponse {
        /// The id of the call it answers.
        id: Option<String>,
        /// The answer, with its `type`.
        server_tool_call_response: serde_json::Value,
    },
    /// Data sent inline.
    Blob {
        /// `image`, `video`, `audio`, or another word.
        modality: Word,
        /// The media type.
        mime_type: Option<String>,
        /// The data.
        content: Bytes,
    },
    /// A file the provider knows by id.
    File {
        /// `image`, `video`, `audio`, or another word.
        modality: Word,
        /// The media type.
        mime_type: Option<String>,
        /// The provider's id.
        file_id: String,
    },
    /// Data behind a URI.
    Uri {
        /// `image`, `video`, `audio`, or another word.
        modality: Word,
        /// The media type.
        mime_type: Option<String>,
        /// Where it is.
        uri: String,
    },
    /// What the conventions do not model: `{"type": kind, ..fields}`.
    Other {
        /// The `type`.
        kind: Word,
        /// The other fields.
        fields: serde_json::Map<String, serde_json::Value>,
    },
}

/// Inline data, as bytes or as the base64 text a wire had.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bytes {
    /// The bytes.
    Raw(Vec<u8>),
    /// Standard padded base64.
    Base64(String),
}

/// A tool the model may call.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum ToolDefinition {
    /// A function of the application's.
    Function {
        /// Its name.
        name: String,
        /// What it does.
        description: Option<String>,
        /// The JSON schema of its parameters.
        parameters: Option<serde_json::Value>,
    },
    /// Another tool, such as one of the provider's own.
    Other {
        /// Its `type`.
        kind: Word,
        /// Its name.
        name: String,
    },
}

/// A document a retrieval found.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Document {
    /// Its id.
    pub id: String,
    /// Its score.
    pub score: f64,
    /// Other fields.
    pub fields: serde_json::Map<String, serde_json::Value>,
}
