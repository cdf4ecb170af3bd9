//! What drafts of messages and wire formats both make of content: arguments out of their JSON text, refusals, and how much
//! memory a value or a part takes.

use serde_json::{Map, Value};

use crate::content::message::{Bytes, Part, Word};

/// The arguments of a tool call: JSON text of an object or a list is that value, null is absent, other text stays text.
pub(crate) fn arguments(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) => match serde_json::from_str(&text) {
            Ok(Value::Null) => None,
            Ok(parsed @ (Value::Object(_) | Value::Array(_))) => Some(parsed),
            _ => Some(Value::String(text)),
        },
        other => Some(other),
    }
}

/// A call of the user's tools; one without a name is none.
pub(crate) fn call(
    id: Option<String>,
    name: Option<String>,
    arguments: Option<Value>,
) -> Option<Part> {
    let name = name.filter(|name| !name.is_empty())?;
    Some(Part::ToolCall {
        id,
        name,
        arguments,
    })
}

/// The call of a tool that the provider runs itself, with what it calls it.
pub(crate) fn server_call(
    kind: &str,
    id: Option<String>,
    name: String,
    fields: Map<String, Value>,
) -> Part {
    Part::ServerToolCall {
        id,
        name,
        server_tool_call: typed(kind, fields),
    }
}

/// What a tool that the provider runs itself has answered.
pub(crate) fn server_response(kind: &str, id: Option<String>, fields: Map<String, Value>) -> Part {
    Part::ServerToolCallResponse {
        id,
        server_tool_call_response: typed(kind, fields),
    }
}

fn typed(kind: &str, mut fields: Map<String, Value>) -> Value {
    fields.retain(|_, value| !value.is_null());
    fields.insert("type".to_owned(), Value::String(kind.to_owned()));
    Value::Object(fields)
}

/// A refusal, for which the conventions have no part of their own.
pub(crate) fn refusal(content: String) -> Part {
    let fields = Map::from_iter([("content".to_owned(), Value::String(content))]);
    Part::Other {
        kind: Word::Borrowed("refusal"),
        fields,
    }
}

/// About how many bytes a value takes.
pub(crate) fn weight(value: &Value) -> usize {
    const NODE: usize = 4;
    let inner: usize = match value {
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(weight).sum(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| key.len() + weight(value))
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    };
    inner + NODE
}

/// About how many bytes a part takes.
pub(crate) fn part_weight(part: &Part) -> usize {
    let of_text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let inner = match part {
        Part::Text { content } | Part::Reasoning { content } => content.len(),
        Part::ToolCall {
            id,
            name,
            arguments,
        } => of_text(id) + name.len() + arguments.as_ref().map_or(0, weight),
        Part::ToolCallResponse { response, .. } => weight(response),
        Part::ServerToolCall {
            server_tool_call, ..
        } => weight(server_tool_call),
        Part::ServerToolCallResponse {
            server_tool_call_response,
            ..
        } => weight(server_tool_call_response),
        Part::Blob {
            content: Bytes::Base64(text),
            ..
        } => text.len(),
        Part::Blob {
            content: Bytes::Raw(bytes),
            ..
        } => bytes.len(),
        Part::File { file_id, .. } => file_id.len(),
        Part::Uri { uri, .. } => uri.len(),
        Part::Other { fields, .. } => fields
            .iter()
            .map(|(key, value)| key.len() + weight(value))
            .sum(),
    };
    inner + 32
}
