//! Helpers for content that was captured as JSON: fields are moved out, whatever has the wrong type is left out.

use serde_json::{Map, Value};

use crate::content::message::{Bytes, Part, Word};
use crate::extract::words::word;

/// Moves a field out; null counts as absent.
pub(crate) fn take(object: &mut Map<String, Value>, key: &str) -> Option<Value> {
    object.remove(key).filter(|value| !value.is_null())
}

/// Moves a text out; an empty one counts as absent.
pub(crate) fn text(object: &mut Map<String, Value>, key: &str) -> Option<String> {
    match take(object, key) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// A value as JSON with its keys in order: the same text whether the build's maps keep the order of the provider or not.
pub(crate) fn shown(mut value: Value) -> String {
    value.sort_all_objects();
    value.to_string()
}

/// Moves a text out; where a value stands in its place, such as the object that was asked for as JSON, it is that as JSON.
pub(crate) fn text_or_json(object: &mut Map<String, Value>, key: &str) -> Option<String> {
    match take(object, key)? {
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        value => Some(shown(value)),
    }
}

/// Moves an id out, which some servers write as a number.
pub(crate) fn id(object: &mut Map<String, Value>, key: &str) -> Option<String> {
    match take(object, key) {
        Some(Value::String(id)) if !id.is_empty() => Some(id),
        Some(Value::Number(id)) => Some(id.to_string()),
        _ => None,
    }
}

/// Moves an object out.
pub(crate) fn object(object: &mut Map<String, Value>, key: &str) -> Option<Map<String, Value>> {
    match take(object, key) {
        Some(Value::Object(inner)) => Some(inner),
        _ => None,
    }
}

/// The elements of a list; anything else is a list of one, null is none.
pub(crate) fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list,
        Value::Null => Vec::new(),
        other => vec![other],
    }
}

/// The objects of a list, or the one that is there.
pub(crate) fn objects(value: Value) -> impl Iterator<Item = Map<String, Value>> {
    list(value).into_iter().filter_map(|value| match value {
        Value::Object(object) => Some(object),
        _ => None,
    })
}

/// The objects of the list in a field.
pub(crate) fn objects_of(
    object: &mut Map<String, Value>,
    key: &str,
) -> impl Iterator<Item = Map<String, Value>> + use<> {
    objects(take(object, key).unwrap_or_default())
}

/// The role of a message.
pub(crate) fn role(object: &mut Map<String, Value>, default: &'static str) -> Word {
    text(object, "role").map_or(Word::Borrowed(default), |role| word(&role))
}

/// A part of a kind the conventions do not model, under its name on the wire.
pub(crate) fn other(kind: &str, fields: Map<String, Value>) -> Part {
    Part::Other {
        kind: Word::Owned(kind.to_owned()),
        fields,
    }
}

/// A text part, if there is text.
pub(crate) fn text_part(content: String) -> Option<Part> {
    (!content.is_empty()).then_some(Part::Text { content })
}

/// A reasoning part, if there is text.
pub(crate) fn reasoning_part(content: String) -> Option<Part> {
    (!content.is_empty()).then_some(Part::Reasoning { content })
}

/// Data behind a URL, or in it (`data:`).
pub(crate) fn uri(modality: &'static str, mime_type: Option<String>, uri: String) -> Part {
    let modality = Word::Borrowed(modality);
    if let Some((head, data)) = uri
        .strip_prefix("data:")
        .and_then(|rest| rest.split_once(','))
    {
        if let Some(mime) = head.strip_suffix(";base64") {
            let mime_type = mime_type.or_else(|| (!mime.is_empty()).then(|| mime.to_owned()));
            return Part::Blob {
                modality,
                mime_type,
                content: Bytes::Base64(data.to_owned()),
            };
        }
    }
    Part::Uri {
        modality,
        mime_type,
        uri,
    }
}

/// Data inline as base64.
pub(crate) fn blob(modality: &'static str, mime_type: Option<String>, data: String) -> Part {
    Part::Blob {
        modality: Word::Borrowed(modality),
        mime_type,
        content: Bytes::Base64(data),
    }
}

/// The modality a media type belongs to.
pub(crate) fn modality(mime_type: Option<&str>) -> &'static str {
    match mime_type
        .and_then(|mime| mime.split_once('/'))
        .map(|(major, _)| major)
    {
        Some("image") => "image",
        Some("audio") => "audio",
        Some("video") => "video",
        _ => "document",
    }
}

/// The media type that a format of Bedrock's, which is an ending of file names, stands for.
pub(crate) fn bedrock_mime(modality: &str, format: &str) -> String {
    let known = match (modality, format) {
        ("document", "csv" | "html") => return format!("text/{format}"),
        ("document", "txt") => "text/plain",
        ("document", "md") => "text/markdown",
        ("document", "doc") => "application/msword",
        ("document", "xls") => "application/vnd.ms-excel",
        ("document", "docx") => {
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        }
        ("document", "xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ("document", _) => return format!("application/{format}"),
        ("video", "mkv") => "video/x-matroska",
        ("video", "mov") => "video/quicktime",
        ("video", "flv") => "video/x-flv",
        ("video", "wmv") => "video/x-ms-wmv",
        ("video", "mpg") => "video/mpeg",
        ("video", "three_gp") => "video/3gpp",
        _ => return format!("{modality}/{format}"),
    };
    known.to_owned()
}

/// What a tool answered: the text of a list of texts, the value of a single one, else as it is.
pub(crate) fn answer(value: Value) -> Value {
    let Value::Array(mut blocks) = value else {
        return value;
    };
    let texts: Option<Vec<&str>> = blocks
        .iter()
        .map(|b| b.get("text").and_then(Value::as_str))
        .collect();
    if let Some(texts) = texts.filter(|texts| !texts.is_empty()) {
        return Value::String(texts.concat());
    }
    let single = if blocks.len() == 1 {
        blocks
            .first_mut()
            .and_then(|b| b.get_mut("json"))
            .map(Value::take)
    } else {
        None
    };
    single.unwrap_or(Value::Array(blocks))
}
