//! `Serialize` of content types, in the shape of the conventions' schemas. Not what spans are written with (`render` is): this
//! is for users and uploads.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};

use super::finish::{self, Ended};
use super::{Bytes, Document, InputMessage, OutputMessage, Part, ToolDefinition};

impl Serialize for InputMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("role", &self.role)?;
        optional(&mut map, "name", self.name.as_ref())?;
        map.serialize_entry("parts", &self.parts)?;
        map.end()
    }
}

/// A finish reason is always written: in the conventions' word where there is one, else `tool_call` or `stop`.
impl Serialize for OutputMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("role", &self.role)?;
        optional(&mut map, "name", self.name.as_ref())?;
        map.serialize_entry("parts", &self.parts)?;
        map.serialize_entry("finish_reason", finish::of(self, Ended::Well))?;
        map.end()
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", self.kind())?;
        match self {
            Self::Text { content } | Self::Reasoning { content } => {
                map.serialize_entry("content", content)?
            }
            Self::ToolCall {
                id,
                name,
                arguments,
            } => {
                optional(&mut map, "id", id.as_ref())?;
                map.serialize_entry("name", name)?;
                optional(&mut map, "arguments", arguments.as_ref())?;
            }
            Self::ToolCallResponse { id, response } => {
                optional(&mut map, "id", id.as_ref())?;
                map.serialize_entry("response", response)?;
            }
            Self::ServerToolCall {
                id,
                name,
                server_tool_call,
            } => {
                optional(&mut map, "id", id.as_ref())?;
                map.serialize_entry("name", name)?;
                map.serialize_entry("server_tool_call", server_tool_call)?;
            }
            Self::ServerToolCallResponse {
                id,
                server_tool_call_response,
            } => {
                optional(&mut map, "id", id.as_ref())?;
                map.serialize_entry("server_tool_call_response", server_tool_call_response)?;
            }
            Self::Blob {
                modality,
                mime_type,
                content,
            } => {
                map.serialize_entry("modality", modality)?;
                optional(&mut map, "mime_type", mime_type.as_ref())?;
                map.serialize_entry("content", content)?;
            }
            Self::File {
                modality,
                mime_type,
                file_id,
            } => {
                map.serialize_entry("modality", modality)?;
                optional(&mut map, "mime_type", mime_type.as_ref())?;
                map.serialize_entry("file_id", file_id)?;
            }
            Self::Uri {
                modality,
                mime_type,
                uri,
            } => {
                map.serialize_entry("modality", modality)?;
                optional(&mut map, "mime_type", mime_type.as_ref())?;
                map.serialize_entry("uri", uri)?;
            }
            Self::Other { fields, .. } => others(&mut map, fields, &["type"])?,
        }
        map.end()
    }
}

/// Standard padded base64 text, in every format.
impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Raw(bytes) => serializer.serialize_str(&STANDARD.encode(bytes)),
            Self::Base64(text) => serializer.serialize_str(text),
        }
    }
}

impl Serialize for ToolDefinition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Function {
                name,
                description,
                parameters,
            } => {
                map.serialize_entry("type", "function")?;
                map.serialize_entry("name", name)?;
                optional(&mut map, "description", description.as_ref())?;
                optional(&mut map, "parameters", parameters.as_ref())?;
            }
            Self::Other { kind, name } => {
                map.serialize_entry("type", kind)?;
                map.serialize_entry("name", name)?;
            }
        }
        map.end()
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        optional(&mut map, "score", self.score.as_ref())?;
        others(&mut map, &self.fields, &["id", "score"])?;
        map.end()
    }
}

fn optional<M: SerializeMap, T: Serialize>(
    map: &mut M,
    key: &str,
    value: Option<&T>,
) -> Result<(), M::Error> {
    match value {
        Some(value) => map.serialize_entry(key, value),
        None => Ok(()),
    }
}

fn others<M: SerializeMap>(
    map: &mut M,
    fields: &Map<String, Value>,
    taken: &[&str],
) -> Result<(), M::Error> {
    for (key, value) in fields
        .iter()
        .filter(|(key, _)| !taken.contains(&key.as_str()))
    {
        map.serialize_entry(key, value)?;
    }
    Ok(())
}
