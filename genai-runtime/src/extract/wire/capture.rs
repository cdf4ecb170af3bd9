//! Builds a `serde_json::Value` of the content that is wanted, bounded in depth and in size.
//!
//! What lies too deep becomes null; text beyond the budget is cut and marked as cut.

use serde::Serialize;
use serde_json::{Map, Number, Value};

use super::ser::visit;
use super::visit::{Compound, MAX_DEPTH, Scalar, Visit};
use crate::extract::budget::{SHORT, cut, says_what};

/// What an object or a list costs beside what lies in it, with the comma after it.
const BRACES: usize = 3;

/// What a key costs beside its name.
const KEY: usize = 3;

/// What of a value is kept, with at most `room` bytes of JSON, and how many bytes were left out. `None` if nothing is, or its
/// `Serialize` fails.
pub(crate) fn capture<T: Serialize + ?Sized>(value: &T, room: usize) -> (Option<Value>, usize) {
    let mut left = Left { room, lost: 0 };
    if room == 0 {
        return (None, visit(value, Count(0)).unwrap_or(0));
    }
    let capture = Capture {
        left: &mut left,
        depth: 0,
        wrap: None,
    };
    let value = visit(value, capture);
    (value, left.lost)
}

/// What there is room for, and what was left out.
struct Left {
    room: usize,
    lost: usize,
}

struct Capture<'a> {
    left: &'a mut Left,
    depth: u8,
    /// The variant the value is the content of.
    wrap: Option<&'static str>,
}

/// About how many bytes of JSON a scalar takes, with what stands around it.
fn size(value: Scalar<'_>) -> usize {
    match value {
        Scalar::Str(text) => text.len() + 3,
        Scalar::Null | Scalar::Bool(_) => 5,
        Scalar::Int(n) => digits(n.unsigned_abs()) + 1,
        Scalar::Uint(n) => digits(n) + 1,
        Scalar::Float(_) => 12,
    }
}

/// How many digits a number has.
fn digits(n: u64) -> usize {
    n.checked_ilog10().map_or(1, |log| log as usize + 1)
}

impl Left {
    /// Takes `bytes`; those there is no room for are lost.
    fn spend(&mut self, bytes: usize) {
        self.lost = self.lost.saturating_add(bytes.saturating_sub(self.room));
        self.room = self.room.saturating_sub(bytes);
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

    fn scalar(self, value: Scalar<'_>) -> Value {
        let built = scalar(value, self.left.room);
        self.left.spend(size(value));
        wrapped(self.wrap, built)
    }

    fn compound(self, map: bool) -> Building<'a> {
        self.left.spend(BRACES);
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

/// A value inside of another.
#[inline]
fn child<T: Serialize + ?Sized>(value: &T, left: &mut Left, depth: u8) -> Option<Value> {
    if left.room == 0 {
        left.lost = left
            .lost
            .saturating_add(visit(value, Count(0)).unwrap_or(0));
        return None;
    }
    if depth >= MAX_DEPTH {
        return Some(Value::Null);
    }
    visit(
        value,
        Capture {
            left,
            depth: depth + 1,
            wrap: None,
        },
    )
}

impl Compound for Building<'_> {
    type Out = Value;

    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) {
        let depth = self.at.depth;
        let left = &mut *self.at.left;
        let child = if left.room == 0 && says_what(key) {
            // A little of it is kept even so.
            let mut short = Left {
                room: SHORT,
                lost: 0,
            };
            short.spend(key.len() + KEY);
            let child = child(value, &mut short, depth);
            left.lost = left.lost.saturating_add(short.lost);
            child
        } else {
            left.spend(key.len() + KEY);
            child(value, left, depth)
        };
        if let (Value::Object(fields), Some(child)) = (&mut self.value, child) {
            fields.insert(key.to_owned(), child);
        }
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) {
        let child = child(value, self.at.left, self.at.depth);
        if let (Value::Array(list), Some(child)) = (&mut self.value, child) {
            list.push(child);
        }
    }

    fn end(self) -> Value {
        wrapped(self.at.wrap, self.value)
    }
}

/// Counts what is left out.
struct Count(u8);

/// A list or an object that is counted.
struct Counting {
    depth: u8,
    bytes: usize,
}

impl Visit for Count {
    type Out = usize;
    type Compound = Counting;

    fn scalar(self, value: Scalar<'_>) -> usize {
        size(value)
    }

    fn compound(self, _: bool) -> Counting {
        Counting {
            depth: self.0,
            bytes: BRACES,
        }
    }

    fn variant(self, _: &'static str) -> Self {
        self
    }
}

impl Compound for Counting {
    type Out = usize;

    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) {
        self.bytes = self.bytes.saturating_add(key.len() + KEY);
        self.element(value);
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) {
        if self.depth < MAX_DEPTH {
            let inner = visit(value, Count(self.depth + 1)).unwrap_or(0);
            self.bytes = self.bytes.saturating_add(inner);
        }
    }

    fn end(self) -> usize {
        self.bytes
    }
}
