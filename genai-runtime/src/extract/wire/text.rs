//! The walk over JSON text: what `walk` does for a `Serialize` type, without building anything that is not wanted.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::visit::Scalar;
use super::walk::{Fields, Sink, Want, of_field, walk};

/// Hands `sink` what `fields` wants of the JSON text; `false` if it is malformed. What came before the fault was handed over.
pub(crate) fn walk_text<S: Sink>(text: &[u8], fields: Fields<S>, sink: &mut S) -> bool {
    let mut json = serde_json::Deserializer::from_slice(without_cut_number(text));
    Seed {
        want: Want::In(fields),
        sink,
    }
    .deserialize(&mut json)
    .is_ok()
}

/// The text without a number at its very end: a whole object or list ends in a bracket, so the number may have been cut.
fn without_cut_number(text: &[u8]) -> &[u8] {
    let mut text = text;
    while let Some((b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E', rest)) = text.split_last() {
        text = rest;
    }
    text
}

fn level_by_level<S>(key: &str) -> Want<S> {
    match key {
        "parts" | "content" => Want::In(|_| Want::Skip),
        _ => Want::Skip,
    }
}

struct Seed<'a, S> {
    want: Want<S>,
    sink: &'a mut S,
}

impl<'de, S: Sink> DeserializeSeed<'de> for Seed<'_, S> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<(), D::Error> {
        match self.want {
            Want::Skip => input.deserialize_ignored_any(IgnoredAny).map(|_| ()),
            Want::Note(note) => {
                note(self.sink);
                input.deserialize_ignored_any(IgnoredAny).map(|_| ())
            }
            Want::Marked(mark, take) => {
                mark(self.sink);
                Seed {
                    want: Want::Content(take),
                    sink: self.sink,
                }
                .deserialize(input)
            }
            Want::Content(take) | Want::Nested(take) if self.sink.wants_content() => {
                let value = <Value as serde::Deserialize>::deserialize(input)?;
                take(self.sink, value);
                Ok(())
            }
            // A parser that passes nested lists by in one go has to remember how deep it is, and allocates for it.
            Want::Nested(_) => Seed {
                want: Want::In(level_by_level),
                sink: self.sink,
            }
            .deserialize(input),
            Want::Content(_) => input.deserialize_ignored_any(IgnoredAny).map(|_| ()),
            Want::Both(fields, take) if self.sink.wants_content() => {
                let value = <Value as serde::Deserialize>::deserialize(input)?;
                walk(&value, fields, self.sink);
                take(self.sink, value);
                Ok(())
            }
            _ => input.deserialize_any(self),
        }
    }
}

impl<S: Sink> Seed<'_, S> {
    fn scalar(self, value: Scalar<'_>) {
        if let Want::Take(take) | Want::Either(take, _) = self.want {
            take(self.sink, value);
        }
    }
}

impl<'de, S: Sink> Visitor<'de> for Seed<'_, S> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.scalar(Scalar::Null);
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.scalar(Scalar::Bool(value));
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.scalar(Scalar::Int(value));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.scalar(i64::try_from(value).map_or(Scalar::Uint(value), Scalar::Int));
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.scalar(Scalar::Float(value));
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.scalar(Scalar::Str(value));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list
            .next_element_seed(Seed {
                want: self.want,
                sink: &mut *self.sink,
            })?
            .is_some()
        {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(want) = fields.next_key_seed(KeyOf(self.want))? {
            fields.next_value_seed(Seed {
                want,
                sink: &mut *self.sink,
            })?;
        }
        if let Want::Each(_, end) = self.want {
            end(self.sink);
        }
        Ok(())
    }
}

/// Looks a key up in the table, without copying it.
struct KeyOf<S>(Want<S>);

impl<'de, S> DeserializeSeed<'de> for KeyOf<S> {
    type Value = Want<S>;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Want<S>, D::Error> {
        input.deserialize_str(self)
    }
}

impl<S> Visitor<'_> for KeyOf<S> {
    type Value = Want<S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Want<S>, E> {
        Ok(of_field(self.0, key))
    }
}
