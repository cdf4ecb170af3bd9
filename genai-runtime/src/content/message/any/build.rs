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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(left: usize) -> Builder {
        Builder {
            left,
            cut: 0,
            full: false,
        }
    }

    fn text(text: &str) -> AnyValue {
        AnyValue::from(text.to_owned())
    }

    /// What is left, what was cut, and whether anything was.
    fn state(build: &Builder) -> (usize, usize, bool) {
        (build.left, build.cut, build.full)
    }

    #[test]
    fn a_text_takes_its_bytes_and_those_of_a_value() {
        for (left, given, expected, after) in [
            (100, "hello", "hello", (55, 0, false)),
            (45, "hello", "hello", (0, 0, false)),
            (44, "hello", "hell...[1 bytes cut]", (0, 1, true)),
            (10, "hello", "...[5 bytes cut]", (0, 5, true)),
            (10, "", "", (0, 0, true)),
        ] {
            let mut build = with(left);
            assert_eq!(build.text(given), text(expected), "{given} in {left}");
            assert_eq!(state(&build), after, "{given} in {left}");
        }
    }

    #[test]
    fn elements_and_fields_are_there_as_far_as_they_fit() {
        let ints = |count| AnyValue::ListAny(Box::new(vec![AnyValue::Int(1); count]));
        for (left, count, after) in [
            (120, 3, (0, 0, false)),
            (119, 2, (39, 12, true)),
            (39, 0, (39, 36, true)),
        ] {
            let mut build = with(left);
            let found = build.json(&json!([1, 1, 1]), DEPTH);
            assert_eq!((found, state(&build)), (Some(ints(count)), after), "{left}");
        }
        let fields = json!({"a": 1, "bb": 1, "ccc": 1});
        for (left, names, after) in [
            (81 + 82 + 83, &["a", "bb", "ccc"][..], (0, 0, false)),
            (81 + 82 + 82, &["a", "bb"], (82, 12, true)),
            (80, &[], (80, 36, true)),
        ] {
            let mut build = with(left);
            let found = build.json(&fields, DEPTH);
            let map = names
                .iter()
                .map(|name| (Key::from(*name), AnyValue::Int(1)));
            assert_eq!(found, Some(map_of(map.collect())), "{left}");
            assert_eq!(state(&build), after, "{left}");
        }
        let mut map = HashMap::new();
        let Value::Object(fields) = fields else {
            return;
        };
        with(500).fields(&mut map, &fields, "bb", 1);
        assert!(map.len() == 2 && !map.contains_key("bb"));
    }

    #[test]
    fn what_is_too_deep_is_text() {
        for (value, left, expected, after) in [
            (json!([1, 2]), 100, "[1,2]", (55, 0, false)),
            (
                json!({"a": [true]}),
                500,
                r#"{"a":[true]}"#,
                (448, 0, false),
            ),
            (json!([1, 2]), 50, "[]", (8, 24, true)),
        ] {
            let mut build = with(left);
            assert_eq!(build.json(&value, 0), Some(text(expected)));
            assert_eq!(state(&build), after, "{value}");
        }
        let lists = (0..30).fold(json!(7), |value, _| json!([value]));
        let maps = (0..30).fold(json!(7), |value, _| json!({"k": value}));
        for (value, rest) in [(lists, "[[[[[[7]]]]]]"), (maps, &"{\"k\":".repeat(6))] {
            let mut found = with(10_000).json(&value, DEPTH).expect("a value");
            for level in 0..DEPTH {
                found = match found {
                    AnyValue::ListAny(mut list) => list.pop().expect("an element"),
                    AnyValue::Map(mut map) => map.remove(&Key::from("k")).expect("a field"),
                    other => panic!("{other:?} at {level}"),
                };
            }
            let AnyValue::String(found) = found else {
                panic!("{found:?}");
            };
            assert!(found.as_str().starts_with(rest), "{found}");
        }
    }

    #[test]
    fn numbers_are_what_they_are_as_far_as_a_value_holds_them() {
        for (number, expected) in [
            (json!(i64::MIN), AnyValue::Int(i64::MIN)),
            (json!(i64::MAX), AnyValue::Int(i64::MAX)),
            (json!(u64::MAX), text("18446744073709551615")),
            (json!(1.5), AnyValue::Double(1.5)),
            (json!(-2.5), AnyValue::Double(-2.5)),
            (json!(1e300), AnyValue::Double(1e300)),
        ] {
            assert_eq!(with(500).json(&number, DEPTH), Some(expected), "{number}");
        }
        assert_eq!(with(500).json(&Value::Null, DEPTH), None);
        let found = with(500).json(&json!(true), DEPTH);
        assert_eq!(found, Some(AnyValue::Boolean(true)));
    }

    #[test]
    fn bytes_are_there_as_a_whole_or_not_at_all() {
        let bytes = |bytes: &[u8]| AnyValue::Bytes(Box::new(bytes.to_vec()));
        for (content, size, expected) in [
            (Bytes::Raw(b"abc".to_vec()), 3, bytes(b"abc")),
            (Bytes::Base64("YWJj".into()), 4, bytes(b"abc")),
            (Bytes::Base64("no base64".into()), 9, text("no base64")),
        ] {
            let mut build = with(NODE + size);
            assert_eq!(build.bytes(&content), Some(expected), "{content:?}");
            assert_eq!(state(&build), (0, 0, false));
            let mut build = with(NODE + size - 1);
            assert_eq!(build.bytes(&content), None);
            assert!(build.full);
        }
    }

    #[test]
    fn parts_are_there_as_far_as_they_fit() {
        let parts = [Part::text("ab"), Part::text("cd"), Part::text("ef")];
        let all = 3 * (2 * NODE + 2);
        for (left, count, after) in [
            (all, 3, (0, 0, false)),
            // The text of the last one is cut.
            (all - 1, 3, (0, 1, true)),
            (all - NODE - 3, 2, (NODE - 1, 50, true)),
        ] {
            let mut build = with(left);
            let AnyValue::ListAny(list) = build.parts(&parts, Ended::Well) else {
                panic!("a list");
            };
            assert_eq!((list.len(), state(&build)), (count, after), "{left}");
        }
    }
}
