//! The values of an event: text, JSON and bytes go in, structured values come out until the cap is reached.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opentelemetry::Key;
use opentelemetry::logs::AnyValue;
use serde_json::{Map, Value};

use super::{DEPTH, Element, NODE, map_of};
use crate::content::limits::prefix;
use crate::content::message::finish::Ended;
use crate::content::message::out::Out;
use crate::content::message::size::{self, Size};
use crate::content::message::{Bytes, Part};

/// Builds structured values until the cap is reached.
pub(crate) struct Builder {
    pub(super) left: usize,
    /// Bytes that were left out.
    pub(super) cut: usize,
    pub(super) full: bool,
}

impl Builder {
    /// Takes `bytes`, if they are left.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        self.full |= self.left < bytes;
        if !self.full {
            self.left -= bytes;
        }
        !self.full
    }

    /// Text, cut if it does not fit.
    pub(super) fn text(&mut self, text: &str) -> AnyValue {
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

    pub(super) fn optional(
        &mut self,
        map: &mut HashMap<Key, AnyValue>,
        name: &'static str,
        value: Option<&String>,
    ) {
        if let Some(value) = value {
            map.insert(Key::from_static_str(name), self.text(value));
        }
    }

    pub(super) fn data(
        &mut self,
        map: &mut HashMap<Key, AnyValue>,
        name: &'static str,
        value: &Value,
    ) {
        if let Some(value) = self.json(value, DEPTH) {
            map.insert(Key::from_static_str(name), value);
        }
    }

    /// JSON; `None` for null, and for what no longer fits.
    pub(super) fn json(&mut self, value: &Value, depth: usize) -> Option<AnyValue> {
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

    pub(super) fn fields(
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

    pub(super) fn skip<'v>(&mut self, values: impl Iterator<Item = &'v Value>) {
        self.cut += values.map(size::json).sum::<usize>();
    }

    pub(super) fn number(&mut self, number: &serde_json::Number) -> AnyValue {
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
    pub(super) fn bytes(&mut self, bytes: &Bytes) -> Option<AnyValue> {
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

    pub(super) fn parts(&mut self, parts: &[Part], ended: Ended) -> AnyValue {
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

    pub(super) fn message(
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
