//! The one serde serializer for every visitor.
//!
//! In come the calls of a `Serialize` implementation; out go those of a visitor.

use serde::Serialize;
use serde::ser::{
    Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use super::visit::{Compound, Scalar, Visit};

/// The name under which `serde_json` hands over numbers as text when it keeps them exactly.
const NUMBER: &str = "$serde_json::private::Number";

/// Lets `visitor` see `value`; `None` if its `Serialize` fails.
pub(crate) fn visit<T: Serialize + ?Sized, V: Visit>(value: &T, visitor: V) -> Option<V::Out> {
    value.serialize(Ser(visitor)).ok()
}

/// The serializer.
struct Ser<V>(V);

/// What an object or a list is serialised into.
pub(crate) enum Open<V: Visit> {
    Compound {
        inner: V::Compound,
        /// A key whose value is still to come.
        key: String,
    },
    /// A number that `serde_json` hands over as text.
    Number {
        visitor: Option<V>,
        out: Option<V::Out>,
    },
}

impl<V: Visit> Open<V> {
    fn new(inner: V::Compound) -> Self {
        Self::Compound {
            inner,
            key: String::new(),
        }
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) {
        if let Self::Compound { inner, .. } = self {
            inner.element(value);
        }
    }

    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) {
        match self {
            Self::Compound { inner, .. } => inner.field(key, value),
            Self::Number { visitor, out } => {
                let mut take = |text: &str| {
                    if let (Some(n), Some(visitor)) = (number(text), visitor.take()) {
                        *out = Some(visitor.scalar(n));
                    }
                };
                visit(value, WithText(&mut take));
            }
        }
    }

    fn end(self) -> Result<V::Out, Failed> {
        match self {
            Self::Compound { inner, .. } => Ok(inner.end()),
            Self::Number { out, .. } => out.ok_or(Failed),
        }
    }
}

fn number(text: &str) -> Option<Scalar<'static>> {
    text.parse()
        .map(Scalar::Int)
        .or_else(|_| text.parse().map(Scalar::Uint))
        .ok()
        .or_else(|| text.parse().map(Scalar::Float).ok())
}

/// Calls a function with the text a value is: the keys of maps. It is not generic, since keys may be of any type, and a key of
/// a key would be of another one still.
struct WithText<'a>(&'a mut dyn FnMut(&str));

impl<'a> Visit for WithText<'a> {
    type Out = ();
    type Compound = NoText;

    fn scalar(self, value: Scalar<'_>) {
        match value {
            Scalar::Str(text) => (self.0)(text),
            Scalar::Int(n) => (self.0)(&n.to_string()),
            Scalar::Uint(n) => (self.0)(&n.to_string()),
            Scalar::Bool(b) => (self.0)(if b { "true" } else { "false" }),
            Scalar::Null | Scalar::Float(_) => {}
        }
    }

    fn compound(self, _: bool) -> NoText {
        NoText
    }

    fn variant(self, _: &'static str) -> Self {
        self
    }
}

/// An object or a list where a text was expected.
struct NoText;

impl Compound for NoText {
    type Out = ();
    fn field<T: Serialize + ?Sized>(&mut self, _: &str, _: &T) {}
    fn element<T: Serialize + ?Sized>(&mut self, _: &T) {}
    fn end(self) {}
}

/// A failed `Serialize`; why does not matter.
#[derive(Debug)]
pub(crate) struct Failed;

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not serialisable")
    }
}

impl std::error::Error for Failed {}

impl Error for Failed {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

type Done<V> = Result<<V as Visit>::Out, Failed>;

impl<V: Visit> Serializer for Ser<V> {
    type Ok = V::Out;
    type Error = Failed;
    type SerializeSeq = Open<V>;
    type SerializeTuple = Open<V>;
    type SerializeTupleStruct = Open<V>;
    type SerializeTupleVariant = Open<V>;
    type SerializeMap = Open<V>;
    type SerializeStruct = Open<V>;
    type SerializeStructVariant = Open<V>;

    fn serialize_bool(self, v: bool) -> Done<V> {
        Ok(self.0.scalar(Scalar::Bool(v)))
    }
    fn serialize_i8(self, v: i8) -> Done<V> {
        self.serialize_i64(v.into())
    }
    fn serialize_i16(self, v: i16) -> Done<V> {
        self.serialize_i64(v.into())
    }
    fn serialize_i32(self, v: i32) -> Done<V> {
        self.serialize_i64(v.into())
    }
    fn serialize_i64(self, v: i64) -> Done<V> {
        Ok(self.0.scalar(Scalar::Int(v)))
    }
    fn serialize_u8(self, v: u8) -> Done<V> {
        self.serialize_i64(v.into())
    }
    fn serialize_u16(self, v: u16) -> Done<V> {
        self.serialize_i64(v.into())
    }
    fn serialize_u32(self, v: u32) -> Done<V> {
        self.serialize_i64(v.into())
    }
    fn serialize_u64(self, v: u64) -> Done<V> {
        Ok(self
            .0
            .scalar(i64::try_from(v).map_or(Scalar::Uint(v), Scalar::Int)))
    }
    fn serialize_i128(self, v: i128) -> Done<V> {
        i64::try_from(v)
            .map_err(|_| Failed)
            .and_then(|v| self.serialize_i64(v))
    }
    fn serialize_u128(self, v: u128) -> Done<V> {
        u64::try_from(v)
            .map_err(|_| Failed)
            .and_then(|v| self.serialize_u64(v))
    }
    fn serialize_f32(self, v: f32) -> Done<V> {
        Ok(self
            .0
            .scalar(Scalar::Float(crate::semconv::value::widen(v))))
    }
    fn serialize_f64(self, v: f64) -> Done<V> {
        Ok(self.0.scalar(Scalar::Float(v)))
    }
    fn serialize_char(self, v: char) -> Done<V> {
        self.serialize_str(v.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, v: &str) -> Done<V> {
        Ok(self.0.scalar(Scalar::Str(v)))
    }
    fn serialize_bytes(self, v: &[u8]) -> Done<V> {
        let mut open = self.0.compound(false);
        v.iter().for_each(|byte| open.element(byte));
        Ok(open.end())
    }
    fn serialize_none(self) -> Done<V> {
        Ok(self.0.scalar(Scalar::Null))
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done<V> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Done<V> {
        Ok(self.0.scalar(Scalar::Null))
    }
    fn serialize_unit_struct(self, _: &'static str) -> Done<V> {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done<V> {
        self.serialize_str(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Done<V> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Done<V> {
        value.serialize(Ser(self.0.variant(variant)))
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Failed> {
        Ok(Open::new(self.0.compound(false)))
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Failed> {
        self.serialize_seq(None)
    }
    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Failed> {
        self.serialize_seq(None)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Failed> {
        Ok(Open::new(self.0.variant(variant).compound(false)))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Failed> {
        Ok(Open::new(self.0.compound(true)))
    }
    fn serialize_struct(
        self,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStruct, Failed> {
        if name == NUMBER {
            return Ok(Open::Number {
                visitor: Some(self.0),
                out: None,
            });
        }
        Ok(Open::new(self.0.compound(true)))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Failed> {
        Ok(Open::new(self.0.variant(variant).compound(true)))
    }
}

impl<V: Visit> SerializeSeq for Open<V> {
    type Ok = V::Out;
    type Error = Failed;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        self.element(value);
        Ok(())
    }
    fn end(self) -> Done<V> {
        Open::end(self)
    }
}

impl<V: Visit> SerializeTuple for Open<V> {
    type Ok = V::Out;
    type Error = Failed;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        self.element(value);
        Ok(())
    }
    fn end(self) -> Done<V> {
        Open::end(self)
    }
}

impl<V: Visit> SerializeTupleStruct for Open<V> {
    type Ok = V::Out;
    type Error = Failed;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        self.element(value);
        Ok(())
    }
    fn end(self) -> Done<V> {
        Open::end(self)
    }
}

impl<V: Visit> SerializeTupleVariant for Open<V> {
    type Ok = V::Out;
    type Error = Failed;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        self.element(value);
        Ok(())
    }
    fn end(self) -> Done<V> {
        Open::end(self)
    }
}

impl<V: Visit> SerializeStruct for Open<V> {
    type Ok = V::Out;
    type Error = Failed;
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Failed> {
        self.field(key, value);
        Ok(())
    }
    fn end(self) -> Done<V> {
        Open::end(self)
    }
}

impl<V: Visit> SerializeStructVariant for Open<V> {
    type Ok = V::Out;
    type Error = Failed;
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Failed> {
        self.field(key, value);
        Ok(())
    }
    fn end(self) -> Done<V> {
        Open::end(self)
    }
}

impl<V: Visit> SerializeMap for Open<V> {
    type Ok = V::Out;
    type Error = Failed;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failed> {
        let mut name = String::new();
        visit(key, WithText(&mut |text: &str| name = text.to_owned()));
        if let Self::Compound { key, .. } = self {
            *key = name;
        }
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        if let Self::Compound { inner, key } = self {
            inner.field(&std::mem::take(key), value);
        }
        Ok(())
    }
    fn serialize_entry<K: Serialize + ?Sized, T: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &T,
    ) -> Result<(), Failed> {
        visit(key, WithText(&mut |key: &str| self.field(key, value)));
        Ok(())
    }
    fn end(self) -> Done<V> {
        Open::end(self)
    }
}
