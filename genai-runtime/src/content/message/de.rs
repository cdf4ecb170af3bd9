//! `Deserialize` of content types, from the shape of the conventions' schemas.
//!
//! A part that has fields the model has no place for, or lacks one its type requires, becomes [`Part::Other`], so that nothing
//! is lost. `null` in an optional field is absent.

use serde::de::{Deserialize, Deserializer, Error};
use serde_json::{Map, Value};

use super::{Bytes, Document, InputMessage, OutputMessage, Part, ToolDefinition, Word};

type Fields = Map<String, Value>;

impl<'de> Deserialize<'de> for InputMessage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Fields::deserialize(deserializer)?;
        Ok(Self {
            role: required(&mut fields, "role")?,
            parts: parts(&mut fields)?,
            name: string(&mut fields, "name")?,
        })
    }
}

impl<'de> Deserialize<'de> for OutputMessage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Fields::deserialize(deserializer)?;
        Ok(Self {
            role: required(&mut fields, "role")?,
            parts: parts(&mut fields)?,
            finish_reason: string(&mut fields, "finish_reason")?.map(Word::Owned),
            name: string(&mut fields, "name")?,
        })
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        part(Fields::deserialize(deserializer)?)
    }
}

impl<'de> Deserialize<'de> for ToolDefinition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Fields::deserialize(deserializer)?;
        let kind = required(&mut fields, "type")?;
        let name = required(&mut fields, "name")?.into_owned();
        if kind != "function" {
            return Ok(Self::Other { kind, name });
        }
        let description = string(&mut fields, "description")?;
        Ok(Self::Function {
            name,
            description,
            parameters: fields.remove("parameters").filter(|v| !v.is_null()),
        })
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Fields::deserialize(deserializer)?;
        let id = required(&mut fields, "id")?.into_owned();
        let score = match fields.remove("score") {
            None | Some(Value::Null) => None,
            Some(score) => match score.as_f64() {
                Some(score) => Some(score),
                None => return Err(Error::custom("`score` must be a number")),
            },
        };
        Ok(Self { id, score, fields })
    }
}

fn part<E: Error>(mut fields: Fields) -> Result<Part, E> {
    let kind = required(&mut fields, "type")?;
    Ok(match known(&kind, &mut fields) {
        Some(part) => part,
        None => Part::Other { kind, fields },
    })
}

fn parts<E: Error>(fields: &mut Fields) -> Result<Vec<Part>, E> {
    match fields.remove("parts") {
        Some(Value::Array(items)) => items
            .into_iter()
            .map(|item| match item {
                Value::Object(fields) => part(fields),
                _ => Err(E::custom("a part must be an object")),
            })
            .collect(),
        Some(_) => Err(E::custom("`parts` must be a list")),
        None => Err(E::missing_field("parts")),
    }
}

/// The part, if `fields` are exactly those that its type has; else they are left as they were.
fn known(kind: &str, fields: &mut Fields) -> Option<Part> {
    let (need, may): (&[&str], &[&str]) = match kind {
        "text" | "reasoning" => (&["content"], &[]),
        "tool_call" => (&["name"], &["id", "arguments"]),
        "tool_call_response" => (&[], &["id", "response"]),
        "server_tool_call" => (&["name"], &["id", "server_tool_call"]),
        "server_tool_call_response" => (&[], &["id", "server_tool_call_response"]),
        "blob" => (&["modality", "content"], &["mime_type"]),
        "file" => (&["modality", "file_id"], &["mime_type"]),
        "uri" => (&["modality", "uri"], &["mime_type"]),
        _ => return None,
    };
    let strings = need
        .iter()
        .all(|key| matches!(fields.get(*key), Some(Value::String(_))));
    let data = match kind {
        "tool_call_response" => fields.contains_key("response"),
        "server_tool_call" | "server_tool_call_response" => fields.contains_key(kind),
        _ => true,
    };
    let optional = ["id", "mime_type"].iter().all(|key| {
        matches!(
            fields.get(*key),
            None | Some(Value::Null | Value::String(_))
        )
    });
    let complete = fields
        .keys()
        .all(|key| need.contains(&key.as_str()) || may.contains(&key.as_str()));
    if !(strings && data && optional && complete) {
        return None;
    }
    let mut text = |key: &str| match fields.remove(key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let (id, mime_type) = (text("id"), text("mime_type"));
    let mut must = |key: &str| text(key).unwrap_or_default();
    Some(match kind {
        "text" => Part::Text {
            content: must("content"),
        },
        "reasoning" => Part::Reasoning {
            content: must("content"),
        },
        "blob" => Part::Blob {
            modality: must("modality").into(),
            mime_type,
            content: Bytes::Base64(must("content")),
        },
        "file" => Part::File {
            modality: must("modality").into(),
            mime_type,
            file_id: must("file_id"),
        },
        "uri" => Part::Uri {
            modality: must("modality").into(),
            mime_type,
            uri: must("uri"),
        },
        "tool_call" => Part::ToolCall {
            id,
            name: must("name"),
            arguments: fields.remove("arguments").filter(|v| !v.is_null()),
        },
        "tool_call_response" => Part::ToolCallResponse {
            id,
            response: fields.remove("response").unwrap_or_default(),
        },
        "server_tool_call" => Part::ServerToolCall {
            id,
            name: must("name"),
            server_tool_call: fields.remove(kind).unwrap_or_default(),
        },
        _ => Part::ServerToolCallResponse {
            id,
            server_tool_call_response: fields.remove(kind).unwrap_or_default(),
        },
    })
}

fn required<E: Error>(fields: &mut Fields, key: &'static str) -> Result<Word, E> {
    string(fields, key)?
        .map(Word::Owned)
        .ok_or_else(|| E::missing_field(key))
}

fn string<E: Error>(fields: &mut Fields, key: &'static str) -> Result<Option<String>, E> {
    match fields.remove(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(E::custom(format_args!("`{key}` must be a string"))),
    }
}
