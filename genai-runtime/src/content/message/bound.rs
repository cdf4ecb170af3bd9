//! Copies of content that are no larger than they need to be: borrowed elements go in, owned ones come out, with what was left
//! out. Also copies JSON that is nested without bound without overflowing the stack.

use serde_json::{Map, Value};

use super::size::Size;
use super::{Document, InputMessage, MAX_DEPTH, OutputMessage, Part, TOO_DEEP, ToolDefinition};
use crate::content::limits::prefix;

/// Content that can be copied in part.
pub(crate) trait Copied: Size + Sized {
    /// A copy, with JSON that is nested too deep replaced by a mark.
    fn copy(&self) -> Self;

    /// The start of it, at most `bytes` large, if a start of it makes sense; and what was left out.
    fn start(&self, bytes: usize) -> (Option<Self>, usize);

    /// Likewise of what nobody else looks at: what stays of a large text is not copied.
    fn into_start(self, bytes: usize) -> (Option<Self>, usize) {
        self.start(bytes)
    }
}

/// What is kept of `items` that nobody else looks at, at most `bytes` of content and `count` elements in all, and how many bytes were
/// left out.
pub(crate) fn shortened<T: Copied>(items: Vec<T>, bytes: usize, count: usize) -> (Vec<T>, usize) {
    bounded(
        items.into_iter(),
        bytes,
        count,
        T::size,
        |item| item,
        T::into_start,
    )
}

/// Copies of `items`, at most `bytes` of content and `count` elements in all, and how many bytes were left out.
pub(crate) fn copies<T: Copied>(items: &[T], bytes: usize, count: usize) -> (Vec<T>, usize) {
    bounded(
        items.iter(),
        bytes,
        count,
        |item| item.size(),
        T::copy,
        T::start,
    )
}

/// What is kept of `items`: `whole` makes an element that fits, `start` the last one, of which a start fits.
fn bounded<I, T>(
    items: impl ExactSizeIterator<Item = I>,
    bytes: usize,
    count: usize,
    size: impl Fn(&I) -> usize,
    whole: impl Fn(I) -> T,
    start: impl Fn(I, usize) -> (Option<T>, usize),
) -> (Vec<T>, usize) {
    let (mut left, mut cut) = (bytes, 0);
    let mut kept = Vec::with_capacity(items.len().min(count).min(64));
    for item in items {
        let size = size(&item);
        if cut == 0 && kept.len() < count {
            if size <= left {
                left -= size;
                kept.push(whole(item));
                continue;
            }
            let (start, rest) = start(item, left);
            kept.extend(start);
            cut = rest.max(1);
        } else {
            cut += size;
        }
    }
    (kept, cut)
}

impl Copied for Part {
    fn copy(&self) -> Self {
        match self {
            Self::ToolCall {
                id,
                name,
                arguments,
            } => Self::ToolCall {
                id: id.clone(),
                name: name.clone(),
                arguments: arguments.as_ref().map(json),
            },
            Self::ToolCallResponse { id, response } => Self::ToolCallResponse {
                id: id.clone(),
                response: json(response),
            },
            Self::ServerToolCall {
                id,
                name,
                server_tool_call,
            } => Self::ServerToolCall {
                id: id.clone(),
                name: name.clone(),
                server_tool_call: json(server_tool_call),
            },
            Self::ServerToolCallResponse {
                id,
                server_tool_call_response,
            } => Self::ServerToolCallResponse {
                id: id.clone(),
                server_tool_call_response: json(server_tool_call_response),
            },
            Self::Other { kind, fields } => Self::Other {
                kind: kind.clone(),
                fields: object(fields, MAX_DEPTH),
            },
            _ => self.clone(),
        }
    }

    fn start(&self, bytes: usize) -> (Option<Self>, usize) {
        let (content, text): (_, fn(String) -> Self) = match self {
            Self::Text { content } => (content, |content| Self::Text { content }),
            Self::Reasoning { content } => (content, |content| Self::Reasoning { content }),
            _ => return (None, self.size()),
        };
        let start = prefix(content, bytes);
        (Some(text(start.to_owned())), content.len() - start.len())
    }

    fn into_start(mut self, bytes: usize) -> (Option<Self>, usize) {
        let (Self::Text { content } | Self::Reasoning { content }) = &mut self else {
            return (None, self.size());
        };
        let (whole, kept) = (content.len(), prefix(content, bytes).len());
        content.truncate(kept);
        (Some(self), whole - kept)
    }
}

impl Copied for InputMessage {
    fn copy(&self) -> Self {
        Self {
            role: self.role.clone(),
            name: self.name.clone(),
            parts: self.parts.iter().map(Copied::copy).collect(),
        }
    }

    fn start(&self, bytes: usize) -> (Option<Self>, usize) {
        let (parts, cut) = copies(&self.parts, bytes, usize::MAX);
        (
            fits(&self.role, &self.name, bytes).then(|| Self {
                role: self.role.clone(),
                name: self.name.clone(),
                parts,
            }),
            cut,
        )
    }

    fn into_start(mut self, bytes: usize) -> (Option<Self>, usize) {
        let cut;
        (self.parts, cut) = shortened(self.parts, bytes, usize::MAX);
        (fits(&self.role, &self.name, bytes).then_some(self), cut)
    }
}

impl Copied for OutputMessage {
    fn copy(&self) -> Self {
        Self {
            role: self.role.clone(),
            name: self.name.clone(),
            finish_reason: self.finish_reason.clone(),
            parts: self.parts.iter().map(Copied::copy).collect(),
        }
    }

    fn start(&self, bytes: usize) -> (Option<Self>, usize) {
        let (parts, cut) = copies(&self.parts, bytes, usize::MAX);
        let start = fits(&self.role, &self.name, bytes).then(|| Self {
            role: self.role.clone(),
            name: self.name.clone(),
            finish_reason: self.finish_reason.clone(),
            parts,
        });
        (start, cut)
    }

    fn into_start(mut self, bytes: usize) -> (Option<Self>, usize) {
        let cut;
        (self.parts, cut) = shortened(self.parts, bytes, usize::MAX);
        (fits(&self.role, &self.name, bytes).then_some(self), cut)
    }
}

impl Copied for ToolDefinition {
    fn copy(&self) -> Self {
        match self {
            Self::Function {
                name,
                description,
                parameters,
            } => Self::Function {
                name: name.clone(),
                description: description.clone(),
                parameters: parameters.as_ref().map(json),
            },
            Self::Other { .. } => self.clone(),
        }
    }

    fn start(&self, _: usize) -> (Option<Self>, usize) {
        (None, self.size())
    }
}

impl Copied for Document {
    fn copy(&self) -> Self {
        Self {
            id: self.id.clone(),
            score: self.score,
            fields: object(&self.fields, MAX_DEPTH),
        }
    }

    fn start(&self, _: usize) -> (Option<Self>, usize) {
        (None, self.size())
    }
}

fn fits(role: &str, name: &Option<String>, bytes: usize) -> bool {
    role.len() + name.as_ref().map_or(0, String::len) <= bytes
}

/// A copy of a JSON value, with what is nested too deep replaced by a mark.
pub(crate) fn json(value: &Value) -> Value {
    nested(value, MAX_DEPTH)
}

fn nested(value: &Value, depth: usize) -> Value {
    match value {
        Value::Array(_) | Value::Object(_) if depth == 0 => Value::String(TOO_DEEP.to_owned()),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| nested(item, depth - 1)).collect())
        }
        Value::Object(fields) => Value::Object(object(fields, depth)),
        leaf => leaf.clone(),
    }
}

fn object(fields: &Map<String, Value>, depth: usize) -> Map<String, Value> {
    fields
        .iter()
        .map(|(key, value)| (key.clone(), nested(value, depth - 1)))
        .collect()
}
