//! Attributes as the harness gives them out, read by type.

use std::collections::BTreeMap;

use opentelemetry::{Array, KeyValue, Value};

/// Attributes by key.
///
/// ```
/// let harness = genai::testing::Harness::new();
/// harness.telemetry().chat("openai").model("gpt-5").start().finish();
/// assert_eq!(harness.span("chat gpt-5").attributes.str("gen_ai.request.model"), Some("gpt-5"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes(pub BTreeMap<String, Value>);

impl Attributes {
    pub(super) fn new<'a>(attributes: impl IntoIterator<Item = &'a KeyValue>) -> Self {
        Attributes(
            attributes
                .into_iter()
                .map(|a| (a.key.to_string(), a.value.clone()))
                .collect(),
        )
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// The value of a key, if it is a string.
    pub fn str(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::String(value) => Some(value.as_str()),
            _ => None,
        }
    }

    /// The value of a key, if it is an integer.
    pub fn int(&self, key: &str) -> Option<i64> {
        match self.get(key)? {
            Value::I64(value) => Some(*value),
            _ => None,
        }
    }

    /// The value of a key, if it is a double.
    pub fn double(&self, key: &str) -> Option<f64> {
        match self.get(key)? {
            Value::F64(value) => Some(*value),
            _ => None,
        }
    }

    /// The value of a key, if it is a bool.
    pub fn bool(&self, key: &str) -> Option<bool> {
        match self.get(key)? {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The value of a key, if it is a list of strings.
    pub fn strs(&self, key: &str) -> Option<Vec<&str>> {
        match self.get(key)? {
            Value::Array(Array::String(items)) => {
                Some(items.iter().map(|item| item.as_str()).collect())
            }
            _ => None,
        }
    }

    /// The value of a key, if it is a string that holds JSON, as messages on spans do.
    pub fn json(&self, key: &str) -> Option<serde_json::Value> {
        serde_json::from_str(self.str(key)?).ok()
    }

    /// Whether each of these keys is there with this value, in its text form.
    pub fn has(&self, attributes: &[(&str, &str)]) -> bool {
        attributes
            .iter()
            .all(|(key, value)| self.get(key).is_some_and(|v| v.as_str() == *value))
    }
}

/// What dereferencing gives: the typed getters directly on spans and points.
macro_rules! attributes_of {
    ($type:ty) => {
        impl std::ops::Deref for $type {
            type Target = Attributes;
            fn deref(&self) -> &Attributes {
                &self.attributes
            }
        }
    };
}
pub(super) use attributes_of;
