//! What a visitor sees of a value: scalars, fields and elements.
//!
//! In comes any `T: Serialize`; a visitor decides per field whether the value is walked at all. A field it does not want is not
//! serialised. Errors of a `Serialize` implementation end that one field.

use serde::Serialize;

/// How deep values are followed; what lies deeper is left out.
pub(crate) const MAX_DEPTH: u8 = 64;

/// A value without structure.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Str(&'a str),
}

impl<'a> Scalar<'a> {
    /// The scalar a `Value` is; `None` for an object or a list.
    pub(crate) fn of(value: &'a serde_json::Value) -> Option<Self> {
        Some(match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(b) => Self::Bool(*b),
            serde_json::Value::Number(n) => n
                .as_i64()
                .map(Self::Int)
                .or_else(|| n.as_u64().map(Self::Uint))
                .or_else(|| n.as_f64().map(Self::Float))?,
            serde_json::Value::String(text) => Self::Str(text),
            serde_json::Value::Array(_) | serde_json::Value::Object(_) => return None,
        })
    }
}

/// What a visitor sees of a value.
pub(crate) trait Visit: Sized {
    /// What remains of the value.
    type Out;
    /// What takes the fields or elements.
    type Compound: Compound<Out = Self::Out>;

    fn scalar(self, value: Scalar<'_>) -> Self::Out;

    /// The value is an object (`map`) or a list.
    fn compound(self, map: bool) -> Self::Compound;

    /// The value is an object with the one field `name`; the visitor of that field.
    fn variant(self, name: &'static str) -> Self;
}

/// What a visitor sees of an object or a list.
pub(crate) trait Compound {
    type Out;

    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T);
    fn element<T: Serialize + ?Sized>(&mut self, value: &T);
    fn end(self) -> Self::Out;
}
