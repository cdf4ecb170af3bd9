//! Content as events have it: messages, instructions and tools go in, structured values under a cap come out.
//!
//! Nulls are left out of maps and lists, since such values have none. Integers beyond 64 bits become text, blobs are bytes.
//! Memory is what the cap is about, so every value counts [`NODE`] bytes besides its text.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opentelemetry::Key;
use opentelemetry::logs::AnyValue;
use serde_json::{Map, Value};

use super::finish::{self, Ended};
use super::out::Out;
use super::size::Size;
use super::{Bytes, InputMessage, OutputMessage, Part, ToolDefinition};
use crate::limits::prefix;

/// How deep JSON may nest in structured form; what is deeper becomes JSON text. Protocol buffers take three levels for one of
/// ours, and most readers stop at 100.
const DEPTH: usize = 24;
/// What a value or key takes in memory besides its text.
const NODE: usize = 40;
/// Room for the marks of a cut, and for the fixed part of what is open when it comes.
const MARKS: usize = 16 * NODE;

/// Builds structured values until the cap is reached.
pub(crate) struct Builder {
    left: usize,
    cut: usize,
    full: bool,
}

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

impl Builder {
    /// Takes `bytes`, if they are left.
    fn take(&mut self, bytes: usize) -> bool {
        self.full |= self.left < bytes;
        if !self.full {
            self.left -= bytes;
        }
        !self.full
    }

    /// Text, cut if it does not fit.
    fn text(&mut self, text: &str) -> AnyValue {
        if self.take(NODE.saturating_add(text.len())) {
            return AnyValue::from(text.to_owned());
        }
        let start = prefix(text, self.left.saturating_sub(NODE));
        let rest = text.len() - start.len();
        self.left = 0;
        self.cut += rest;
        AnyValue::from(if rest == 0 {
            text.to_owned()
        } else {
            format!("{start}...[{rest} bytes cut]")
        })
    }

    fn optional(
        &mut self,
        map: &mut HashMap<Key, AnyValue>,
        name: &'static str,
        value: Option<&String>,
    ) {
        if let Some(value) = value {
            map.insert(Key::from_static_str(name), self.text(value));
        }
    }

    fn data(&mut self, map: &mut HashMap<Key, AnyValue>, name: &'static str, value: &Value) {
        if let Some(value) = self.json(value, DEPTH) {
            map.insert(Key::from_static_str(name), value);
        }
    }

    /// JSON; `None` for null, and for what no longer fits.
    fn json(&mut self, value: &Value, depth: usize) -> Option<AnyValue> {
        match value {
            Value::Null => None,
            Value::String(text) => Some(self.text(text)),
            Value::Bool(value) => Some(AnyValue::Boolean(*value)),
            Value::Number(number) => Some(self.number(number)),
            Value::Array(_) | Value::Object(_) if depth == 0 => {
                let mut out = Out::new(64, self.left, true);
                out.value(value);
                self.cut += out.cut;
                self.full |= out.full;
                let text = out.finish()?;
                self.left = self.left.saturating_sub(text.len() + NODE);
                Some(AnyValue::from(text))
            }
            Value::Array(items) => {
                let mut list = Vec::new();
                for (i, item) in items.iter().enumerate() {
                    if !self.take(NODE) {
                        self.skip(items.iter().skip(i));
                        break;
                    }
                    list.extend(self.json(item, depth - 1));
                }
                Some(AnyValue::ListAny(Box::new(list)))
            }
            Value::Object(fields) => {
                let mut map = HashMap::new();
                self.fields(&mut map, fields, "", depth);
                Some(map_of(map))
            }
        }
    }

    fn fields(
        &mut self,
        map: &mut HashMap<Key, AnyValue>,
        fields: &Map<String, Value>,
        taken: &str,
        depth: usize,
    ) {
        for (i, (name, value)) in fields.iter().enumerate() {
            if name == taken {
                continue;
            }
            if !self.take(2 * NODE + name.len()) {
                self.skip(fields.values().skip(i));
                return;
            }
            if let Some(value) = self.json(value, depth - 1) {
                map.insert(Key::from(name.clone()), value);
            }
        }
    }

    fn skip<'v>(&mut self, values: impl Iterator<Item = &'v Value>) {
        self.cut += values.map(super::size::json).sum::<usize>();
    }

    fn number(&mut self, number: &serde_json::Number) -> AnyValue {
        if let Some(value) = number.as_i64() {
            return AnyValue::Int(value);
        }
        let text = number.to_string();
        let whole = text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        match number.as_f64() {
            Some(value) if !whole && value.is_finite() => AnyValue::Double(value),
            _ => self.text(&text),
        }
    }

    /// A blob's data; `None` if it does not fit, since a part of it is of no use.
    fn bytes(&mut self, bytes: &Bytes) -> Option<AnyValue> {
        let size = match bytes {
            Bytes::Raw(bytes) => bytes.len(),
            Bytes::Base64(text) => text.len(),
        };
        if !self.take(NODE.saturating_add(size)) {
            return None;
        }
        Some(match bytes {
            Bytes::Raw(bytes) => AnyValue::Bytes(Box::new(bytes.clone())),
            Bytes::Base64(text) => match STANDARD.decode(text) {
                Ok(bytes) => AnyValue::Bytes(Box::new(bytes)),
                Err(_) => AnyValue::from(text.clone()),
            },
        })
    }

    fn parts(&mut self, parts: &[Part], ended: Ended) -> AnyValue {
        let mut list = Vec::with_capacity(parts.len().min(self.left / NODE));
        for (i, part) in parts.iter().enumerate() {
            let map = if self.take(NODE) {
                part.value(self, ended)
            } else {
                None
            };
            match map {
                Some(map) => list.push(map_of(map)),
                None => {
                    self.full = true;
                    self.cut += parts.iter().skip(i).map(Size::size).sum::<usize>();
                    break;
                }
            }
        }
        AnyValue::ListAny(Box::new(list))
    }

    fn message(
        &mut self,
        role: &str,
        name: Option<&String>,
        parts: &[Part],
        ended: Ended,
    ) -> Option<HashMap<Key, AnyValue>> {
        let mut map = HashMap::with_capacity(4);
        map.insert(Key::from_static_str("role"), self.text(role));
        self.optional(&mut map, "name", name);
        map.insert(Key::from_static_str("parts"), self.parts(parts, ended));
        Some(map)
    }
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
