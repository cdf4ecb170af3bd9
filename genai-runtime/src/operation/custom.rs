//! Operations of the user's own: any attribute goes in, keys of the conventions with the conventions' type.

use opentelemetry::{Key, KeyValue, Value};

use super::op::{Op, add, own_attribute};
use crate::diag::warn::{Once, once};
use crate::semconv::coerce::convention_value;
use crate::semconv::kind::Kind;
use crate::semconv::registry::{self, keys};

impl Op {
    /// An attribute of the user's; on an operation of the user's own it may be one of the conventions'.
    pub(super) fn user_attribute(&mut self, key: Key, value: Value) {
        let Some(id) = registry::find(key.as_str()).filter(|_| self.kind == Kind::Custom) else {
            if let Some(attribute) = own_attribute(key, value, &self.telemetry.config.limits) {
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
    pub(super) fn put_own(&mut self, attribute: KeyValue) {
        let most = self.telemetry.config.limits.attributes;
        let rare = self.rare_mut();
        if !rare.own_at_start.contains(&attribute.key) {
            let most = most.saturating_sub(rare.attributes_at_start);
            add(&mut rare.own_attributes, attribute, most);
        }
    }
}

fn refused(key: &str) {
    once(Once::ConventionValue, || {
        format!(
            "the attribute {key:?} of the conventions has another type or holds content; it is ignored on operations of your own"
        )
    });
}
