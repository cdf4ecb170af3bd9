//! `Debug` of content types: kinds, lengths and counts, never content.

use std::fmt::{self, Debug, Formatter};

use super::{Bytes, Document, InputMessage, OutputMessage, Part, ToolDefinition};

/// A role as it may be shown: the conventions' words, and nothing of anyone else's.
fn role(word: &str) -> &str {
    match word {
        "system" | "developer" | "user" | "assistant" | "tool" => word,
        _ => "(other)",
    }
}

impl Debug for InputMessage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("InputMessage")
            .field("role", &role(&self.role))
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}

impl Debug for OutputMessage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputMessage")
            .field("role", &role(&self.role))
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}

impl Debug for Part {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { content } => write!(f, "Text({} bytes)", content.len()),
            Self::Reasoning { content } => write!(f, "Reasoning({} bytes)", content.len()),
            Self::ToolCall { .. } => f.write_str("ToolCall(..)"),
            Self::ToolCallResponse { .. } => f.write_str("ToolCallResponse(..)"),
            Self::ServerToolCall { .. } => f.write_str("ServerToolCall(..)"),
            Self::ServerToolCallResponse { .. } => f.write_str("ServerToolCallResponse(..)"),
            Self::Blob { content, .. } => write!(f, "Blob({content:?})"),
            Self::File { .. } => f.write_str("File(..)"),
            Self::Uri { uri, .. } => write!(f, "Uri({} bytes)", uri.len()),
            Self::Other { fields, .. } => write!(f, "Other({} fields)", fields.len()),
        }
    }
}

impl Debug for Bytes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raw(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Base64(text) => write!(f, "{} bytes of base64", text.len()),
        }
    }
}

impl Debug for ToolDefinition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Function {
                description,
                parameters,
                ..
            } => f
                .debug_struct("Function")
                .field("description", &description.is_some())
                .field("parameters", &parameters.is_some())
                .finish_non_exhaustive(),
            Self::Other { .. } => f.write_str("Other(..)"),
        }
    }
}

impl Debug for Document {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "Document({} fields)", self.fields.len())
    }
}
