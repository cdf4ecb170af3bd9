//! Content as events have it: messages, instructions and tools go in, structured values under a cap come out.
//!
//! Nulls are left out of maps and lists, since such values have none. Integers beyond 64 bits become text, blobs are bytes.
//! Memory is what the cap is about, so every value counts [`NODE`] bytes besides its text.

use std::collections::HashMap;

use opentelemetry::Key;
use opentelemetry::logs::AnyValue;

use super::finish::{self, Ended};
use super::size::Size;
use super::{InputMessage, OutputMessage, Part, ToolDefinition};
use crate::content::limits::prefix;

mod build;

pub(crate) use build::Builder;

/// How deep JSON may nest in structured form; what is deeper becomes JSON text. Protocol buffers take three levels for one of
/// ours, and most readers stop at 100.
const DEPTH: usize = 24;
/// What a value or key takes in memory besides its text.
const NODE: usize = 40;
/// Room for the marks of a cut, and for the fixed part of what is open when it comes.
const MARKS: usize = 16 * NODE;

/// An element of a list of content.
pub(crate) trait Element: Size {
    /// Its value; `None` if it does not fit and cannot be cut.
    fn value(&self, build: &mut Builder, ended: Ended) -> Option<HashMap<Key, AnyValue>>;

    /// Puts the mark of a cut into the last element, or makes one of it.
    fn mark(
        mark: HashMap<Key, AnyValue>,
        last: Option<&mut HashMap<Key, AnyValue>>,
    ) -> Option<HashMap<Key, AnyValue>> {
        let _ = last;
        Some(mark)
    }
}

/// The structured form of a list, of at most `end` bytes and `count` elements, and its size; `before` bytes were already left out
/// at its end. `None` if there is nothing to give or no room.
pub(crate) fn list<T: Element>(
    items: &[T],
    before: usize,
    end: usize,
    count: usize,
    ended: Ended,
) -> Option<(AnyValue, usize)> {
    if items.is_empty() || end < 2 * MARKS {
        return None;
    }
    let room = end - 2 * MARKS;
    let mut build = Builder {
        left: room,
        cut: before,
        full: false,
    };
    let mut maps: Vec<HashMap<Key, AnyValue>> = Vec::with_capacity(items.len().min(count));
    for (i, item) in items.iter().enumerate() {
        let map = if i < count && build.take(NODE) {
            item.value(&mut build, ended)
        } else {
            None
        };
        match map {
            Some(map) => maps.push(map),
            None => {
                build.full = true;
                build.cut += items.iter().skip(i).map(Size::size).sum::<usize>();
                break;
            }
        }
    }
    if build.cut > 0 {
        let mark = HashMap::from([
            key("type", "truncated".into()),
            key("bytes", integer(build.cut)),
        ]);
        let extra = T::mark(mark, maps.last_mut());
        maps.extend(extra);
    }
    let size = room - build.left + if build.cut > 0 { 2 * MARKS } else { 0 };
    let maps = maps
        .into_iter()
        .map(|map| AnyValue::Map(Box::new(map)))
        .collect();
    Some((AnyValue::ListAny(Box::new(maps)), size))
}

fn key(key: &'static str, value: AnyValue) -> (Key, AnyValue) {
    (Key::from_static_str(key), value)
}

fn integer(value: usize) -> AnyValue {
    AnyValue::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

fn map_of(map: HashMap<Key, AnyValue>) -> AnyValue {
    AnyValue::Map(Box::new(map))
}

/// Puts the mark into the parts of the last message, or makes a message of it.
fn mark_message(
    mark: HashMap<Key, AnyValue>,
    last: Option<&mut HashMap<Key, AnyValue>>,
    role: &'static str,
    finish: Option<&'static str>,
) -> Option<HashMap<Key, AnyValue>> {
    let mark = map_of(mark);
    if let Some(AnyValue::ListAny(parts)) = last.and_then(|map| map.get_mut("parts")) {
        parts.push(mark);
        return None;
    }
    let mut map = HashMap::from([
        key("role", role.into()),
        key("parts", AnyValue::ListAny(Box::new(vec![mark]))),
    ]);
    map.extend(finish.map(|word| key("finish_reason", word.into())));
    Some(map)
}

impl Element for InputMessage {
    fn value(&self, build: &mut Builder, ended: Ended) -> Option<HashMap<Key, AnyValue>> {
        build.message(&self.role, self.name.as_ref(), &self.parts, ended)
    }

    fn mark(
        mark: HashMap<Key, AnyValue>,
        last: Option<&mut HashMap<Key, AnyValue>>,
    ) -> Option<HashMap<Key, AnyValue>> {
        mark_message(mark, last, "user", None)
    }
}

impl Element for OutputMessage {
    fn value(&self, build: &mut Builder, ended: Ended) -> Option<HashMap<Key, AnyValue>> {
        let mut map = build.message(&self.role, self.name.as_ref(), &self.parts, ended)?;
        let reason = finish::of(self, ended);
        map.insert(
            Key::from_static_str("finish_reason"),
            AnyValue::from(prefix(reason, 512).to_owned()),
        );
        Some(map)
    }

    fn mark(
        mark: HashMap<Key, AnyValue>,
        last: Option<&mut HashMap<Key, AnyValue>>,
    ) -> Option<HashMap<Key, AnyValue>> {
        mark_message(mark, last, "assistant", Some("stop"))
    }
}

impl Element for Part {
    fn value(&self, build: &mut Builder, _: Ended) -> Option<HashMap<Key, AnyValue>> {
        let mut map = HashMap::with_capacity(4);
        let kind = match self {
            Self::Other { kind, .. } => build.text(kind),
            Self::Text { .. } => "text".into(),
            Self::Reasoning { .. } => "reasoning".into(),
            other => AnyValue::from(other.kind().to_owned()),
        };
        map.insert(Key::from_static_str("type"), kind);
        match self {
            Self::Text { content } | Self::Reasoning { content } => {
                map.insert(Key::from_static_str("content"), build.text(content));
            }
            Self::ToolCall {
                id,
                name,
                arguments,
            } => {
                build.optional(&mut map, "id", id.as_ref());
                build.optional(&mut map, "name", Some(name));
                if let Some(arguments) = arguments {
                    build.data(&mut map, "arguments", arguments);
                }
            }
            Self::ToolCallResponse { id, response } => {
                build.optional(&mut map, "id", id.as_ref());
                build.data(&mut map, "response", response);
            }
            Self::ServerToolCall {
                id,
                name,
                server_tool_call,
            } => {
                build.optional(&mut map, "id", id.as_ref());
                build.optional(&mut map, "name", Some(name));
                build.data(&mut map, "server_tool_call", server_tool_call);
            }
            Self::ServerToolCallResponse {
                id,
                server_tool_call_response,
            } => {
                build.optional(&mut map, "id", id.as_ref());
                build.data(
                    &mut map,
                    "server_tool_call_response",
                    server_tool_call_response,
                );
            }
            Self::Blob {
                modality,
                mime_type,
                content,
            } => {
                let content = build.bytes(content)?;
                map.insert(Key::from_static_str("content"), content);
                map.insert(Key::from_static_str("modality"), build.text(modality));
                build.optional(&mut map, "mime_type", mime_type.as_ref());
            }
            Self::File {
                modality,
                mime_type,
                file_id,
            } => {
                map.insert(Key::from_static_str("modality"), build.text(modality));
                build.optional(&mut map, "mime_type", mime_type.as_ref());
                build.optional(&mut map, "file_id", Some(file_id));
            }
            Self::Uri {
                modality,
                mime_type,
                uri,
            } => {
                map.insert(Key::from_static_str("modality"), build.text(modality));
                build.optional(&mut map, "mime_type", mime_type.as_ref());
                build.optional(&mut map, "uri", Some(uri));
            }
            Self::Other { fields, .. } => build.fields(&mut map, fields, "type", DEPTH),
        }
        Some(map)
    }
}

impl Element for ToolDefinition {
    fn value(&self, build: &mut Builder, _: Ended) -> Option<HashMap<Key, AnyValue>> {
        let mut map = HashMap::with_capacity(4);
        match self {
            Self::Function {
                name,
                description,
                parameters,
            } => {
                map.insert(Key::from_static_str("type"), "function".into());
                build.optional(&mut map, "name", Some(name));
                build.optional(&mut map, "description", description.as_ref());
                if let Some(parameters) = parameters {
                    build.data(&mut map, "parameters", parameters);
                }
            }
            Self::Other { kind, name } => {
                map.insert(Key::from_static_str("type"), build.text(kind));
                build.optional(&mut map, "name", Some(name));
            }
        }
        Some(map)
    }

    fn mark(
        mut mark: HashMap<Key, AnyValue>,
        _: Option<&mut HashMap<Key, AnyValue>>,
    ) -> Option<HashMap<Key, AnyValue>> {
        mark.extend([key("name", "truncated".into())]);
        Some(mark)
    }
}
