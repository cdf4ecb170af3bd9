//! Values of attributes: conversions that cost no more than they must.

use opentelemetry::{Key, KeyValue, StringValue, Value};

use crate::registry::{self, Id};

/// Words that most responses use, so that they need no allocation.
const WORDS: [&str; 8] = [
    "stop",
    "length",
    "tool_calls",
    "content_filter",
    "end_turn",
    "tool_use",
    "max_tokens",
    "STOP",
];

/// A string value; well-known words are not copied.
pub(crate) fn word(text: &str) -> StringValue {
    match WORDS.iter().find(|w| **w == text) {
        Some(w) => StringValue::from(*w),
        None => StringValue::from(text.to_owned()),
    }
}

/// Widens a single-precision number through its decimal text, so that `0.1_f32` becomes `0.1`.
pub(crate) fn widen(value: f32) -> f64 {
    if !value.is_finite() {
        return f64::from(value);
    }
    value
        .to_string()
        .parse()
        .unwrap_or_else(|_| f64::from(value))
}

/// An attribute of the conventions.
pub(crate) fn attribute(id: Id, value: impl Into<Value>) -> KeyValue {
    KeyValue::new(Key::from_static_str(registry::key(id)), value)
}
