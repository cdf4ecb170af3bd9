//! How large content is, without writing it: bytes of text and an allowance for the JSON around them. Linear and bounded in depth.

use serde_json::Value;

use super::{Document, InputMessage, MAX_DEPTH, OutputMessage, Part, ToolDefinition};

/// Allowance for the braces, keys and quotes of a part or tool.
const AROUND: usize = 48;

/// Things that are written as one element of a list.
pub(crate) trait Size {
    /// About how many bytes of JSON it makes, escapes not counted.
    fn size(&self) -> usize;
}

impl Size for Part {
    fn size(&self) -> usize {
        AROUND
            + match self {
                Self::Text { content } | Self::Reasoning { content } => content.len(),
                Self::ToolCall {
                    id,
                    name,
                    arguments,
                } => text(id) + name.len() + arguments.as_ref().map_or(0, json) + 32,
                Self::ToolCallResponse { id, response } => text(id) + json(response) + 32,
                Self::ServerToolCall {
                    id,
                    name,
                    server_tool_call,
                } => text(id) + name.len() + json(server_tool_call) + 48,
                Self::ServerToolCallResponse {
                    id,
                    server_tool_call_response,
                } => text(id) + json(server_tool_call_response) + 64,
                Self::Blob {
                    modality,
                    mime_type,
                    content,
                } => modality.len() + text(mime_type) + content.base64_len() + 32,
                Self::File {
                    modality,
                    mime_type,
                    file_id: data,
                }
                | Self::Uri {
                    modality,
                    mime_type,
                    uri: data,
                } => modality.len() + text(mime_type) + data.len() + 32,
                Self::Other { kind, fields } => {
                    kind.len()
                        + fields
                            .iter()
                            .map(|(k, v)| k.len() + 4 + json(v))
                            .sum::<usize>()
                }
            }
    }
}

impl Size for InputMessage {
    fn size(&self) -> usize {
        AROUND
            + self.role.len()
            + text(&self.name)
            + self.parts.iter().map(Size::size).sum::<usize>()
    }
}

impl Size for OutputMessage {
    fn size(&self) -> usize {
        let reason = self.finish_reason.as_ref().map_or(0, |r| r.len());
        AROUND
            + 40
            + self.role.len()
            + reason
            + text(&self.name)
            + self.parts.iter().map(Size::size).sum::<usize>()
    }
}

impl Size for ToolDefinition {
    fn size(&self) -> usize {
        AROUND
            + match self {
                Self::Function {
                    name,
                    description,
                    parameters,
                } => name.len() + text(description) + parameters.as_ref().map_or(0, json) + 48,
                Self::Other { kind, name } => kind.len() + name.len(),
            }
    }
}

impl Size for Document {
    fn size(&self) -> usize {
        AROUND
            + self.id.len()
            + self
                .fields
                .iter()
                .map(|(k, v)| k.len() + 4 + json(v))
                .sum::<usize>()
    }
}

/// Likewise of several.
pub(crate) fn sizes<T: Size>(items: &[T]) -> usize {
    items.iter().map(Size::size).sum()
}

fn text(value: &Option<String>) -> usize {
    value.as_ref().map_or(0, String::len)
}

/// About how many bytes of JSON a value makes.
pub(crate) fn json(value: &Value) -> usize {
    nested(value, MAX_DEPTH)
}

fn nested(value: &Value, depth: usize) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 6,
        Value::Number(_) => 12,
        Value::String(text) => text.len() + 3,
        _ if depth == 0 => super::TOO_DEEP.len() + 3,
        Value::Array(items) => {
            2 + items
                .iter()
                .map(|v| nested(v, depth - 1) + 1)
                .sum::<usize>()
        }
        Value::Object(fields) => {
            2 + fields
                .iter()
                .map(|(k, v)| k.len() + 4 + nested(v, depth - 1))
                .sum::<usize>()
        }
    }
}
