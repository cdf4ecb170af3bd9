//! The content of a scenario's operation as the types of `genai::message`.

use base64::Engine as _;
use genai::message::{Bytes, Document, InputMessage, OutputMessage, Part, ToolDefinition};
use serde_json::{Map, Value};

use super::ops::text;

/// A converted list; `None` where the field was not given.
type Converted<T> = Result<Option<Vec<T>>, String>;

fn list<T>(op: &Value, field: &str, convert: impl Fn(&Value) -> Result<T, String>) -> Converted<T> {
    match op[field].as_array() {
        Some(items) => items
            .iter()
            .map(convert)
            .collect::<Result<_, _>>()
            .map(Some),
        None => Ok(None),
    }
}

/// `input_messages`.
pub(super) fn inputs(op: &Value) -> Converted<InputMessage> {
    list(op, "input_messages", |message| {
        let base = InputMessage::new(text(message, "role").to_owned()).parts(parts(message)?);
        Ok(match message["name"].as_str() {
            Some(name) => base.name(name),
            None => base,
        })
    })
}

/// `output_messages`.
pub(super) fn outputs(op: &Value) -> Converted<OutputMessage> {
    list(op, "output_messages", |message| {
        let mut base = OutputMessage::new(text(message, "role").to_owned()).parts(parts(message)?);
        if let Some(reason) = message["finish_reason"].as_str() {
            base = base.finish_reason(reason.to_owned());
        }
        Ok(match message["name"].as_str() {
            Some(name) => base.name(name),
            None => base,
        })
    })
}

/// `system_instruction`.
pub(super) fn system(op: &Value) -> Converted<Part> {
    list(op, "system_instruction", part)
}

/// `tool_definitions`.
pub(super) fn tools(op: &Value) -> Converted<ToolDefinition> {
    list(op, "tool_definitions", |tool| {
        let name = text(tool, "name").to_owned();
        if tool["kind"] != "function" {
            return Ok(ToolDefinition::other(text(tool, "type").to_owned(), name));
        }
        let mut function = ToolDefinition::function(name);
        if let Some(description) = tool["description"].as_str() {
            function = function.description(description);
        }
        Ok(match tool.get("parameters").filter(|p| !p.is_null()) {
            Some(parameters) => function.parameters(data(parameters)),
            None => function,
        })
    })
}

/// `documents`: an id, a score and whatever else.
pub(super) fn documents(op: &Value) -> Converted<Document> {
    list(op, "documents", |document| {
        serde_json::from_value(document.clone()).map_err(|error| format!("{document}: {error}"))
    })
}

fn parts(message: &Value) -> Result<Vec<Part>, String> {
    let parts = message["parts"].as_array().into_iter().flatten();
    parts.map(part).collect()
}

fn part(part: &Value) -> Result<Part, String> {
    let optional = |field: &str| part[field].as_str().map(str::to_owned);
    let required = |field: &str| optional(field).ok_or_else(|| format!("{part}: no {field}"));
    Ok(match part["type"].as_str().unwrap_or_default() {
        "text" => Part::Text {
            content: required("content")?,
        },
        "reasoning" => Part::Reasoning {
            content: required("content")?,
        },
        "tool_call" => Part::ToolCall {
            id: optional("id"),
            name: required("name")?,
            arguments: part.get("arguments").map(data),
        },
        "tool_call_response" => Part::ToolCallResponse {
            id: optional("id"),
            response: data(&part["response"]),
        },
        "server_tool_call" => Part::ServerToolCall {
            id: optional("id"),
            name: required("name")?,
            server_tool_call: data(&part["server_tool_call"]),
        },
        "server_tool_call_response" => Part::ServerToolCallResponse {
            id: optional("id"),
            server_tool_call_response: data(&part["server_tool_call_response"]),
        },
        "blob" => Part::Blob {
            modality: required("modality")?.into(),
            mime_type: optional("mime_type"),
            content: bytes(&part["content"])?,
        },
        "file" => Part::File {
            modality: required("modality")?.into(),
            mime_type: optional("mime_type"),
            file_id: required("file_id")?,
        },
        "uri" => Part::Uri {
            modality: required("modality")?.into(),
            mime_type: optional("mime_type"),
            uri: required("uri")?,
        },
        other => {
            let fields = part.as_object().into_iter().flatten();
            let fields: Map<String, Value> = fields
                .filter(|(key, _)| *key != "type")
                .map(|(key, value)| (key.clone(), data(value)))
                .collect();
            Part::other(other.to_owned(), fields)
        }
    })
}

fn bytes(content: &Value) -> Result<Bytes, String> {
    match (content["$bytes"].as_str(), content.as_str()) {
        (Some(text), _) => base64::engine::general_purpose::STANDARD
            .decode(text)
            .map(Bytes::Raw)
            .map_err(|error| error.to_string()),
        (None, Some(text)) => Ok(Bytes::Base64(text.to_owned())),
        (None, None) => Err(format!("{content} is no blob")),
    }
}

/// JSON data; byte strings inside it are base64.
pub(super) fn data(value: &Value) -> Value {
    match value {
        Value::Object(fields) => match fields.get("$bytes") {
            Some(text) if fields.len() == 1 => text.clone(),
            _ => fields.iter().map(|(k, v)| (k.clone(), data(v))).collect(),
        },
        Value::Array(items) => items.iter().map(data).collect(),
        other => other.clone(),
    }
}
