//! The keys of maps as text: strings, numbers, booleans and the names of variants.

use std::fmt::Display;

use serde::ser::{Impossible, Serialize, Serializer};

use super::error::{Error, Kind};

/// Gives the text of a key.
pub(super) struct KeyText;

type Never = Impossible<String, Error>;

fn text(value: impl Display) -> Result<String, Error> {
    Ok(value.to_string())
}

fn refused<T>() -> Result<T, Error> {
    Err(Error(Kind::Key))
}

macro_rules! plain {
    ($($method:ident: $ty:ty),*) => {
        $(fn $method(self, value: $ty) -> Result<String, Error> {
            text(value)
        })*
    };
}

impl Serializer for KeyText {
    type Ok = String;
    type Error = Error;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    plain!(serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128);
    plain!(serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128);
    plain!(serialize_bool: bool, serialize_f32: f32, serialize_f64: f64, serialize_char: char, serialize_str: &str);

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<String, Error> {
        text(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<String, Error> {
        value.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<String, Error> {
        value.serialize(self)
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<String, Error> {
        refused()
    }

    fn serialize_none(self) -> Result<String, Error> {
        refused()
    }

    fn serialize_unit(self) -> Result<String, Error> {
        refused()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<String, Error> {
        refused()
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<String, Error> {
        refused()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Never, Error> {
        refused()
    }

    fn serialize_tuple(self, _: usize) -> Result<Never, Error> {
        refused()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Never, Error> {
        refused()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Never, Error> {
        refused()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Never, Error> {
        refused()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Never, Error> {
        refused()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Never, Error> {
        refused()
    }
}
