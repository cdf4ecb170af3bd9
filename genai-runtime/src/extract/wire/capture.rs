//! Builds a `serde_json::Value` of the content that is wanted, bounded in depth and in size.
//!
//! What lies too deep becomes null; text beyond the budget is cut and says so.

use serde::Serialize;
use serde_json::{Map, Number, Value};

use super::ser::visit;
use super::visit::{Compound, MAX_DEPTH, Scalar, Visit};
use crate::extract::budget::{BUDGET, cut};

/// What an object, a list or a scalar costs of the budget.
const NODE: usize = 32;

/// The value of `value`; `None` if its `Serialize` fails.
pub(crate) fn capture<T: Serialize + ?Sized>(value: &T) -> Option<Value> {
    let mut budget = BUDGET;
    visit(
        value,
        Capture {
            budget: &mut budget,
            depth: 0,
            wrap: None,
        },
    )
}

struct Capture<'a> {
    budget: &'a mut usize,
    depth: u8,
    /// The variant the value is the content of.
    wrap: Option<&'static str>,
}

impl Capture<'_> {
    fn spend(&mut self, bytes: usize) {
        *self.budget = self.budget.saturating_sub(bytes);
    }
}

/// A scalar as a value.
fn scalar(value: Scalar<'_>, room: usize) -> Value {
    match value {
        Scalar::Null => Value::Null,
        Scalar::Bool(b) => Value::Bool(b),
        Scalar::Int(n) => Value::from(n),
        Scalar::Uint(n) => Value::from(n),
        Scalar::Float(n) => {
            Number::from_f64(n).map_or_else(|| Value::String(n.to_string()), Value::Number)
        }
        Scalar::Str(text) => Value::String(cut(text, room)),
    }
}

fn wrapped(wrap: Option<&'static str>, value: Value) -> Value {
    match wrap {
        Some(name) => Value::Object(Map::from_iter([(name.to_owned(), value)])),
        None => value,
    }
}

impl<'a> Visit for Capture<'a> {
    type Out = Value;
    type Compound = Building<'a>;

    fn scalar(mut self, value: Scalar<'_>) -> Value {
        let built = scalar(value, *self.budget);
        self.spend(
            NODE + if let Scalar::Str(text) = value {
                text.len()
            } else {
                0
            },
        );
        wrapped(self.wrap, built)
    }

    fn compound(mut self, map: bool) -> Building<'a> {
        self.spend(NODE);
        Building {
            value: if map {
                Value::Object(Map::new())
            } else {
                Value::Array(Vec::new())
            },
            at: self,
        }
    }

    fn variant(self, name: &'static str) -> Self {
        Self {
            wrap: Some(name),
            ..self
        }
    }
}

/// An object or a list that is being built.
struct Building<'a> {
    value: Value,
    at: Capture<'a>,
}

impl Building<'_> {
    fn child<T: Serialize + ?Sized>(&mut self, value: &T) -> Option<Value> {
        if *self.at.budget == 0 {
            return None;
        }
        if self.at.depth >= MAX_DEPTH {
            return Some(Value::Null);
        }
        visit(
            value,
            Capture {
                budget: &mut *self.at.budget,
                depth: self.at.depth + 1,
                wrap: None,
            },
        )
    }
}

impl Compound for Building<'_> {
    type Out = Value;

    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) {
        self.at.spend(key.len());
        let child = self.child(value);
        if let (Value::Object(fields), Some(child)) = (&mut self.value, child) {
            fields.insert(key.to_owned(), child);
        }
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) {
        let child = self.child(value);
        if let (Value::Array(list), Some(child)) = (&mut self.value, child) {
            list.push(child);
        }
    }

    fn end(self) -> Value {
        wrapped(self.at.wrap, self.value)
    }
}
