//! What one part of a message holds while it grows: text, a tool call, data, or a block in the provider's own form goes in, the
//! parts it has become come out.

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::content::message::{Bytes, Part, Word};
use crate::extract::parts::{arguments, part_weight, refusal, weight};

/// What a part holds so far.
pub(crate) enum Body {
    Text(String),
    Reasoning(String),
    Refusal(String),
    Call {
        id: Option<String>,
        name: String,
        arguments: Option<String>,
        value: Option<Value>,
    },
    /// Data that comes in pieces of base64.
    Data {
        modality: &'static str,
        mime_type: Option<String>,
        base64: String,
    },
    /// A block in the provider's own form, and what makes parts of it once it is whole.
    Block {
        fields: Map<String, Value>,
        parts: fn(Map<String, Value>) -> Vec<Part>,
    },
    Whole(Part),
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextKind {
    Text,
    Reasoning,
    Refusal,
}

/// What a fragment of a tool call says of itself, where it says something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fragment<'a> {
    pub(crate) id: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    /// It brings arguments.
    pub(crate) brings: bool,
}

impl Body {
    pub(super) fn new(kind: TextKind) -> Self {
        match kind {
            TextKind::Text => Self::Text(String::new()),
            TextKind::Reasoning => Self::Reasoning(String::new()),
            TextKind::Refusal => Self::Refusal(String::new()),
        }
    }

    /// A tool call with what is known of it.
    pub(crate) fn call(id: Option<String>, name: Option<String>, value: Option<Value>) -> Self {
        Self::Call {
            id,
            name: name.unwrap_or_default(),
            arguments: None,
            value,
        }
    }

    /// About how many bytes it takes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Text(text) | Self::Reasoning(text) | Self::Refusal(text) => text.len(),
            Self::Call {
                arguments, value, ..
            } => arguments.as_ref().map_or(0, String::len) + value.as_ref().map_or(0, weight),
            Self::Data { base64, .. } => base64.len(),
            Self::Block { fields, .. } => fields
                .iter()
                .map(|(key, value)| key.len() + weight(value))
                .sum(),
            Self::Whole(part) => part_weight(part),
        }
    }

    /// Whether `fragment` is of another tool call than this, at the same place.
    pub(super) fn is_other_call(&self, fragment: Fragment<'_>) -> bool {
        let Self::Call { id, name, .. } = self else {
            return true;
        };
        let same_id = match (id.as_deref(), fragment.id) {
            (Some(known), Some(id)) => Some(known == id),
            _ => None,
        };
        match (same_id, fragment.name) {
            (Some(true), _) | (_, None) => false,
            (_, Some(_)) if name.is_empty() => false,
            // Two calls of one tool, unless a server makes up an id for each fragment.
            (Some(false), Some(other)) => other != name || self.is_complete(true),
            // Nothing but the name, which some servers repeat in each fragment.
            (None, Some(other)) => other != name || (fragment.brings && self.is_complete(false)),
        }
    }

    /// Whether nothing is missing of the arguments of a tool call. `or_none`: none at all are enough.
    fn is_complete(&self, or_none: bool) -> bool {
        match self {
            Self::Call { value: Some(_), .. } => true,
            Self::Call {
                arguments: Some(text),
                ..
            } if !text.trim().is_empty() => {
                let text = text.trim_end();
                text.ends_with(['}', ']']) && serde_json::from_str::<IgnoredAny>(text).is_ok()
            }
            _ => or_none,
        }
    }

    pub(super) fn text(&mut self, kind: TextKind) -> Option<&mut String> {
        match (self, kind) {
            (Self::Text(text), TextKind::Text)
            | (Self::Reasoning(text), TextKind::Reasoning)
            | (Self::Refusal(text), TextKind::Refusal) => Some(text),
            _ => None,
        }
    }
}

/// From how much on the room that a text has left is worth giving back.
const LARGE: usize = 16 << 10;

/// A text that does not grow any more, without much more room than it needs.
fn tight(mut text: String) -> String {
    if text.capacity() - text.len() >= LARGE {
        text.shrink_to_fit();
    }
    text
}

/// What the draft of a part has become.
pub(super) fn parts(body: Body) -> Vec<Part> {
    let part = match body {
        Body::Text(content) => (!content.is_empty()).then(|| Part::Text {
            content: tight(content),
        }),
        Body::Reasoning(content) => (!content.is_empty()).then(|| Part::Reasoning {
            content: tight(content),
        }),
        Body::Refusal(content) => (!content.is_empty()).then(|| refusal(content)),
        Body::Call {
            id,
            name,
            arguments: text,
            value,
        } => {
            let text = text.filter(|text| !text.is_empty() || value.is_none());
            let arguments = text.map_or(value, |text| arguments(Value::String(text)));
            (!name.is_empty()).then_some(Part::ToolCall {
                id,
                name,
                arguments,
            })
        }
        Body::Data {
            modality,
            mime_type,
            base64,
        } => Some(Part::Blob {
            modality: Word::Borrowed(modality),
            mime_type,
            content: Bytes::Base64(base64),
        }),
        Body::Block { fields, parts } => return parts(fields),
        Body::Whole(part) => Some(part),
    };
    part.into_iter().collect()
}

/// Adds `more` to `known`.
pub(super) fn merge(known: &mut Value, more: Value) {
    match (known, more) {
        (Value::String(text), Value::String(more)) => text.push_str(&more),
        (Value::Array(list), Value::Array(more)) => list.extend(more),
        (Value::Object(fields), Value::Object(more)) => {
            for (key, value) in more {
                match fields.get_mut(&key) {
                    Some(known) => merge(known, value),
                    None => drop(fields.insert(key, value)),
                }
            }
        }
        (_, Value::Null) => {}
        (known, more) => *known = more,
    }
}
