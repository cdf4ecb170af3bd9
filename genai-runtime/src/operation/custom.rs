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

#[cfg(test)]
mod tests {
    use super::*;

    fn own(op: &Op) -> Vec<String> {
        let list = op.rare.as_deref().map_or(&[][..], |r| &r.own_attributes);
        list.iter()
            .map(|a| format!("{}={}", a.key, a.value))
            .collect()
    }

    #[test]
    fn keys_of_the_conventions_are_for_operations_of_the_users_own() {
        let model = keys::GEN_AI_REQUEST_MODEL.id();
        let seed = keys::GEN_AI_REQUEST_SEED.id();
        for (kind, is_kept) in [(Kind::Custom, true), (Kind::Chat, false)] {
            let mut op = Op::of_kind(kind, |t| t);
            op.attribute("gen_ai.request.model", "m".into());
            op.attribute("gen_ai.request.seed", "no number".into());
            op.attribute("gen_ai.request.stream", true.into());
            op.attribute("error.type", "timeout".into());
            op.attribute("app.own", 7_i64.into());
            assert_eq!(op.get(model), is_kept.then(|| "m".into()));
            assert_eq!(op.get(seed), None);
            let class = op.rare.as_deref().and_then(|r| r.error_type.as_ref());
            assert_eq!(
                class.map(|class| class.as_str()),
                is_kept.then_some("timeout")
            );
            // One that describes the operation itself is as the user gave it.
            let mut expected = vec!["gen_ai.request.stream=true", "app.own=7"];
            expected.retain(|key| is_kept || key.starts_with("app."));
            assert_eq!(own(&op), expected);
        }
    }

    #[test]
    fn what_the_span_had_at_its_start_stays() {
        let mut op = Op::of_kind(Kind::Chat, |t| t);
        op.attribute("app.a", 1_i64.into());
        op.attribute("app.a", 2_i64.into());
        assert_eq!(own(&op), ["app.a=2"]);
        op.start();
        assert!(own(&op).is_empty());
        op.attribute("app.a", 3_i64.into());
        op.attribute("app.b", 4_i64.into());
        op.attribute("app.b", 5_i64.into());
        assert_eq!(own(&op), ["app.b=5"]);
    }
}
