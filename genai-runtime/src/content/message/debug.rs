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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kinds_and_lengths_are_shown_and_no_content() {
        let fields = json!({"secret": 1, "b": 2});
        let fields = fields.as_object().expect("an object");
        for (part, expected) in [
            (Part::text("secret"), "Text(6 bytes)"),
            (Part::reasoning("secret"), "Reasoning(6 bytes)"),
            (Part::tool_call("secret", "secret", 1), "ToolCall(..)"),
            (Part::tool_response("secret", 1), "ToolCallResponse(..)"),
            (
                Part::server_tool_call("secret", "secret", 1),
                "ServerToolCall(..)",
            ),
            (
                Part::server_tool_response("secret", 1),
                "ServerToolCallResponse(..)",
            ),
            (Part::blob("image/png", vec![1, 2]), "Blob(2 bytes)"),
            (
                Part::blob("image/png", Bytes::Base64("AAAA".into())),
                "Blob(4 bytes of base64)",
            ),
            (Part::file("image", "secret"), "File(..)"),
            (Part::uri("image", "secret"), "Uri(6 bytes)"),
            (Part::other("secret", fields.clone()), "Other(2 fields)"),
        ] {
            assert_eq!(format!("{part:?}"), expected);
        }
        let parts = "parts: [Text(6 bytes)], .. }";
        let input = InputMessage::new("user")
            .name("secret")
            .part(Part::text("secret"));
        assert_eq!(
            format!("{input:?}"),
            format!("InputMessage {{ role: \"user\", {parts}")
        );
        let output = OutputMessage::text("secret", "secret");
        assert_eq!(
            format!("{output:?}"),
            format!("OutputMessage {{ role: \"assistant\", {parts}")
        );
        for (word, expected) in [
            ("system", "system"),
            ("developer", "developer"),
            ("tool", "tool"),
            ("secret", "(other)"),
        ] {
            assert_eq!(role(word), expected);
        }
        let function = ToolDefinition::Function {
            name: "secret".into(),
            description: Some("secret".into()),
            parameters: None,
        };
        assert_eq!(
            format!("{function:?}"),
            "Function { description: true, parameters: false, .. }"
        );
        let other = ToolDefinition::Other {
            kind: "secret".into(),
            name: "secret".into(),
        };
        assert_eq!(format!("{other:?}"), "Other(..)");
        let document = Document::new("secret", 0.5).field("secret", "secret");
        assert_eq!(format!("{document:?}"), "Document(1 fields)");
    }
}
