//! Operations of the user's own: any attribute goes in, keys of the conventions with the conventions' type.

use opentelemetry::{Key, KeyValue, Value};

use super::bits::Bits;
use super::{Kind, Op, own_attribute};
use crate::diag::warn::{Once, once};
use crate::semconv::coerce::convention_value;
use crate::semconv::registry::{self, Id, Type, keys};

/// The attributes that an operation of the user's own keeps as a built-in one would.
///
/// What describes the operation itself is not among them: its name, its error, its stream; nor is content.
#[allow(clippy::indexing_slicing, reason = "the compiler does it, in bounds")]
pub(super) const fn mask() -> Bits {
    let mut mask = Bits::NONE;
    let mut id = 0;
    while id < registry::ATTRIBUTES.len() {
        let attribute = &registry::ATTRIBUTES[id];
        let is_plain = !matches!(attribute.ty, Type::Content) && attribute.deprecated.is_none();
        if is_plain && !is_its_own(id) {
            mask = mask.with(Bits::of(id as Id));
        }
        id += 1;
    }
    mask
}

/// Whether the attribute describes the operation itself.
#[allow(clippy::indexing_slicing, reason = "the compiler does it, in bounds")]
const fn is_its_own(id: usize) -> bool {
    let others = [
        keys::GEN_AI_OPERATION_NAME.id(),
        keys::ERROR_TYPE.id(),
        keys::EXCEPTION_TYPE.id(),
        keys::EXCEPTION_MESSAGE.id(),
        keys::EXCEPTION_STACKTRACE.id(),
        keys::GEN_AI_RETRIEVAL_QUERY_TEXT.id(),
        keys::GEN_AI_REQUEST_STREAM.id(),
        keys::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK.id(),
    ];
    let mut at = 0;
    while at < others.len() {
        if others[at] as usize == id {
            return true;
        }
        at += 1;
    }
    false
}

impl Op {
    /// An attribute of the user's; on an operation of the user's own it may be one of the conventions'.
    pub(super) fn user_attribute(&mut self, key: Key, value: Value) {
        let Some(id) = registry::find(key.as_str()).filter(|_| self.kind == Kind::Custom) else {
            if let Some(attribute) = own_attribute(key, value) {
                self.put_own(attribute);
            }
            return;
        };
        let Some(value) = convention_value(id, value) else {
            refused(key.as_str());
            return;
        };
        if id == keys::ERROR_TYPE.id() {
            self.explicit_error_type(&value.as_str());
        } else if self.has_key(id) {
            self.set(id, value);
        } else {
            self.put_own(KeyValue::new(key, value));
        }
    }

    /// The last value counts, unless the span had one at its start.
    fn put_own(&mut self, attribute: KeyValue) {
        let rare = self.rare_mut();
        if rare.own_at_start.contains(&attribute.key) {
            return;
        }
        rare.own_attributes.retain(|a| a.key != attribute.key);
        rare.own_attributes.push(attribute);
    }
}

fn refused(key: &str) {
    once(Once::ConventionValue, || {
        format!(
            "the attribute {key:?} of the conventions has another type or holds content; it is ignored on operations of your own"
        )
    });
}
