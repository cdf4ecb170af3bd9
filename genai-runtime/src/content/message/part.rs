//! Parts of messages, and the bytes they may hold, with constructors.

use serde_json::{Map, Value};

use super::Word;

/// A part of a message, or a system instruction.
///
/// ```
/// use genai::message::{self, InputMessage, Part};
///
/// let message = InputMessage::new("user")
///     .part(Part::text("What is on it?"))
///     .part(Part::uri("image", "https://example.com/a.png").mime_type("image/png"));
/// assert!(message::to_json(&message)?.contains(r#""type":"uri""#));
/// # Ok::<(), genai::message::Error>(())
/// ```
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
        arguments: Option<Value>,
    },
    /// The answer of a tool.
    ToolCallResponse {
        /// The id of the call it answers.
        id: Option<String>,
        /// The answer.
        response: Value,
    },
    /// A tool call that the provider runs itself.
    ServerToolCall {
        /// The id of the call.
        id: Option<String>,
        /// The tool's name.
        name: String,
        /// The call, with its `type`.
        server_tool_call: Value,
    },
    /// The answer of a tool the provider ran.
    ServerToolCallResponse {
        /// The id of the call it answers.
        id: Option<String>,
        /// The answer, with its `type`.
        server_tool_call_response: Value,
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
        fields: Map<String, Value>,
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

impl Part {
    /// Text.
    ///
    /// ```
    /// use genai::message::Part;
    /// assert_eq!(serde_json::to_string(&Part::text("hi")).unwrap(), r#"{"type":"text","content":"hi"}"#);
    /// ```
    pub fn text(content: impl Into<String>) -> Self {
        Self::Text {
            content: content.into(),
        }
    }

    /// The model's reasoning.
    pub fn reasoning(content: impl Into<String>) -> Self {
        Self::Reasoning {
            content: content.into(),
        }
    }

    /// A tool call; an empty `id` counts as none. `arguments` given as a string stay a string.
    pub fn tool_call(
        id: impl Into<String>,
        name: impl Into<String>,
        arguments: impl Into<Value>,
    ) -> Self {
        Self::ToolCall {
            id: non_empty(id.into()),
            name: name.into(),
            arguments: Some(arguments.into()),
        }
    }

    /// The answer of a tool; an empty `id` counts as none.
    pub fn tool_response(id: impl Into<String>, response: impl Into<Value>) -> Self {
        Self::ToolCallResponse {
            id: non_empty(id.into()),
            response: response.into(),
        }
    }

    /// A call of a tool that the provider runs itself. `call` is an object with a `type`.
    pub fn server_tool_call(
        id: impl Into<String>,
        name: impl Into<String>,
        call: impl Into<Value>,
    ) -> Self {
        Self::ServerToolCall {
            id: non_empty(id.into()),
            name: name.into(),
            server_tool_call: call.into(),
        }
    }

    /// The answer of a tool that the provider ran. `response` is an object with a `type`.
    pub fn server_tool_response(id: impl Into<String>, response: impl Into<Value>) -> Self {
        Self::ServerToolCallResponse {
            id: non_empty(id.into()),
            server_tool_call_response: response.into(),
        }
    }

    /// Data sent inline. The modality follows from the media type: `image`, `video`, `audio`, else the type's first half.
    pub fn blob(mime_type: impl Into<String>, content: impl Into<Bytes>) -> Self {
        let mime_type = mime_type.into();
        Self::Blob {
            modality: modality(&mime_type),
            mime_type: non_empty(mime_type),
            content: content.into(),
        }
    }

    /// Data behind a URI; `modality` is `image`, `video`, `audio` or another word.
    pub fn uri(modality: impl Into<Word>, uri: impl Into<String>) -> Self {
        Self::Uri {
            modality: modality.into(),
            mime_type: None,
            uri: uri.into(),
        }
    }

    /// A file that the provider knows by its id; `modality` is `image`, `video`, `audio` or another word.
    pub fn file(modality: impl Into<Word>, file_id: impl Into<String>) -> Self {
        Self::File {
            modality: modality.into(),
            mime_type: None,
            file_id: file_id.into(),
        }
    }

    /// A part that the conventions do not model: `{"type": kind, ..fields}`. A field named `type` is ignored.
    pub fn other(kind: impl Into<Word>, fields: Map<String, Value>) -> Self {
        Self::Other {
            kind: kind.into(),
            fields,
        }
    }

    /// Sets the media type of a blob, a URI or a file; other parts stay as they are.
    #[must_use]
    pub fn mime_type(mut self, value: impl Into<String>) -> Self {
        if let Self::Blob { mime_type, .. }
        | Self::Uri { mime_type, .. }
        | Self::File { mime_type, .. } = &mut self
        {
            *mime_type = non_empty(value.into());
        }
        self
    }

    /// The `type` of the part in JSON.
    pub fn kind(&self) -> &str {
        match self {
            Self::Text { .. } => "text",
            Self::Reasoning { .. } => "reasoning",
            Self::ToolCall { .. } => "tool_call",
            Self::ToolCallResponse { .. } => "tool_call_response",
            Self::ServerToolCall { .. } => "server_tool_call",
            Self::ServerToolCallResponse { .. } => "server_tool_call_response",
            Self::Blob { .. } => "blob",
            Self::File { .. } => "file",
            Self::Uri { .. } => "uri",
            Self::Other { kind, .. } => kind,
        }
    }
}

impl From<String> for Part {
    fn from(content: String) -> Self {
        Self::text(content)
    }
}

impl From<&str> for Part {
    fn from(content: &str) -> Self {
        Self::text(content)
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Raw(bytes)
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self::Raw(bytes.to_vec())
    }
}

impl<const N: usize> From<&[u8; N]> for Bytes {
    fn from(bytes: &[u8; N]) -> Self {
        Self::Raw(bytes.to_vec())
    }
}

impl Bytes {
    /// The length of the base64 text in bytes.
    pub(crate) fn base64_len(&self) -> usize {
        match self {
            Self::Raw(bytes) => bytes.len().div_ceil(3).saturating_mul(4),
            Self::Base64(text) => text.len(),
        }
    }
}

fn non_empty(text: String) -> Option<String> {
    if text.is_empty() { None } else { Some(text) }
}

fn modality(mime_type: &str) -> Word {
    match mime_type.split('/').next().unwrap_or_default() {
        "image" => Word::Borrowed("image"),
        "video" => Word::Borrowed("video"),
        "audio" => Word::Borrowed("audio"),
        other => Word::Owned(other.to_owned()),
    }
}
