//! What a table can be applied to.

use serde::Serialize;
use serde_json::Value;

use super::text::walk_text;
use super::walk::{Fields, Receiver, walk_value};

/// What a table can be applied to: a serialisable type, a `Value`, JSON text.
pub(crate) trait Source {
    fn walk<S: Receiver>(&self, fields: Fields<S>, receiver: &mut S);
}

/// Any type that serialises to a provider's JSON.
pub(crate) struct Typed<'a, T: ?Sized>(pub(crate) &'a T);

impl<T: Serialize + ?Sized> Source for Typed<'_, T> {
    fn walk<S: Receiver>(&self, fields: Fields<S>, receiver: &mut S) {
        super::walk::walk(self.0, fields, receiver);
    }
}

impl Source for Value {
    fn walk<S: Receiver>(&self, fields: Fields<S>, receiver: &mut S) {
        walk_value(self, fields, receiver);
    }
}

/// JSON text; what comes before a fault counts.
impl Source for [u8] {
    fn walk<S: Receiver>(&self, fields: Fields<S>, receiver: &mut S) {
        walk_text(self, fields, receiver);
    }
}
