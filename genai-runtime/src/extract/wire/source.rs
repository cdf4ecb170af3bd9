//! What a table can be applied to.

use serde::Serialize;
use serde_json::Value;

use super::text::walk_text;
use super::walk::{Fields, Sink, walk_value};

/// What a table can be applied to: a serialisable type, a `Value`, JSON text.
pub(crate) trait Source {
    fn walk<S: Sink>(&self, fields: Fields<S>, sink: &mut S);
}

/// Any type that serialises to a provider's JSON.
pub(crate) struct Typed<'a, T: ?Sized>(pub(crate) &'a T);

impl<T: Serialize + ?Sized> Source for Typed<'_, T> {
    fn walk<S: Sink>(&self, fields: Fields<S>, sink: &mut S) {
        super::walk::walk(self.0, fields, sink);
    }
}

impl Source for Value {
    fn walk<S: Sink>(&self, fields: Fields<S>, sink: &mut S) {
        walk_value(self, fields, sink);
    }
}

/// JSON text; what comes before a fault counts.
impl Source for [u8] {
    fn walk<S: Sink>(&self, fields: Fields<S>, sink: &mut S) {
        walk_text(self, fields, sink);
    }
}
