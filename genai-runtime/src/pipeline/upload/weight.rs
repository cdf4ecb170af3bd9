//! How much content there is, without rendering it: the size of what is refused, and the least a rendering will take.
//!
//! In come messages, instructions or tools; out comes the length of their texts and data, which their JSON never falls below.

use serde_json::{Map, Value};

use crate::content::message::{Bytes, InputMessage, OutputMessage, Part, ToolDefinition};

/// Something whose content can be weighed.
pub(super) trait Weigh {
    /// The length of its content in bytes.
    fn weight(&self) -> usize;

    /// Whether its JSON has a field `index` of its own, which that of a line replaces.
    fn has_index(&self) -> bool {
        false
    }
}

/// The length of the content of all items.
pub(super) fn weigh<T: Weigh>(items: &[T]) -> usize {
    items.iter().map(Weigh::weight).sum()
}

impl Weigh for InputMessage {
    fn weight(&self) -> usize {
        self.role.len() + optional(&self.name) + weigh(&self.parts)
    }
}

impl Weigh for OutputMessage {
    fn weight(&self) -> usize {
        self.role.len() + optional(&self.name) + weigh(&self.parts)
    }
}

impl Weigh for Part {
    fn weight(&self) -> usize {
        match self {
            Self::Text { content } | Self::Reasoning { content } => content.len(),
            Self::ToolCall {
                id,
                name,
                arguments,
            } => optional(id) + name.len() + arguments.as_ref().map_or(0, value),
            Self::ToolCallResponse { id, response } => optional(id) + value(response),
            Self::ServerToolCall {
                id,
                name,
                server_tool_call,
            } => optional(id) + name.len() + value(server_tool_call),
            Self::ServerToolCallResponse {
                id,
                server_tool_call_response,
            } => optional(id) + value(server_tool_call_response),
            Self::Blob {
                mime_type, content, ..
            } => optional(mime_type) + bytes(content),
            Self::File {
                mime_type, file_id, ..
            } => optional(mime_type) + file_id.len(),
            Self::Uri { mime_type, uri, .. } => optional(mime_type) + uri.len(),
            Self::Other { kind, fields } => kind.len() + map(fields),
        }
    }

    fn has_index(&self) -> bool {
        matches!(self, Self::Other { fields, .. } if fields.contains_key("index"))
    }
}

impl Weigh for ToolDefinition {
    fn weight(&self) -> usize {
        match self {
            Self::Function {
                name,
                description,
                parameters,
            } => name.len() + optional(description) + parameters.as_ref().map_or(0, value),
            Self::Other { kind, name } => kind.len() + name.len(),
        }
    }
}

fn optional(text: &Option<String>) -> usize {
    text.as_ref().map_or(0, String::len)
}

fn bytes(content: &Bytes) -> usize {
    match content {
        Bytes::Raw(raw) => raw.len().div_ceil(3).saturating_mul(4),
        Bytes::Base64(text) => text.len(),
    }
}

fn map(fields: &Map<String, Value>) -> usize {
    fields
        .iter()
        .map(|(key, item)| key.len() + value(item))
        .sum()
}

/// The texts of a value, and a byte for everything else in it; with a stack of its own, however deep it is.
fn value(root: &Value) -> usize {
    let mut stack = Vec::new();
    let mut next = Some(root);
    let mut sum = 0;
    while let Some(value) = next {
        match value {
            Value::String(text) => sum += text.len(),
            Value::Array(items) => stack.extend(items),
            Value::Object(fields) => {
                sum += fields.keys().map(String::len).sum::<usize>();
                stack.extend(fields.values());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => sum += 1,
        }
        next = stack.pop();
    }
    sum
}
