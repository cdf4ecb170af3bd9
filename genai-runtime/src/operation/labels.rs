//! What labels the conventions' metrics: operation, provider, models and server go in, attributes and a hash come out.

use opentelemetry::KeyValue;

use super::name::Name;
use super::quick_hash::quick_hash;
use crate::pipeline::admission::LabelCaps;
use crate::semconv::OTHER;
use crate::semconv::registry::keys;
use crate::semconv::value::push;

/// The attributes that all metrics of an operation have.
#[derive(Clone, Default)]
pub(super) struct Labels {
    pub(super) operation: Name,
    pub(super) provider: Name,
    pub(super) model: Name,
    pub(super) response_model: Name,
    pub(super) server_address: Name,
    pub(super) server_port: Option<i64>,
}

impl Labels {
    /// Adds them to a list. A name that had to be cut is no label, and a model that answers is one of few.
    pub(super) fn push_to(&self, caps: &LabelCaps, attributes: &mut Vec<KeyValue>) {
        self.operation
            .push_to(keys::GEN_AI_OPERATION_NAME.id(), attributes);
        let texts = [
            (keys::GEN_AI_PROVIDER_NAME.id(), &self.provider),
            (keys::GEN_AI_REQUEST_MODEL.id(), &self.model),
            (keys::GEN_AI_RESPONSE_MODEL.id(), &self.response_model),
            (keys::SERVER_ADDRESS.id(), &self.server_address),
        ];
        for (id, text) in texts {
            let Some(label) = text.label() else {
                continue;
            };
            let is_other = id == keys::GEN_AI_RESPONSE_MODEL.id()
                && text.as_str() != self.model.as_str()
                && !caps.admits_model(label);
            if is_other {
                push(attributes, id, OTHER);
            } else {
                text.push_to(id, attributes);
            }
        }
        if let Some(port) = self.server_port {
            push(attributes, keys::SERVER_PORT.id(), port);
        }
    }

    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.operation.clear();
        self.provider.clear();
        self.model.clear();
        self.response_model.clear();
        self.server_address.clear();
        self.server_port = None;
    }

    /// Whether both are the same.
    #[inline(always)]
    pub(super) fn is(&self, other: &Self) -> bool {
        self.model.is(&other.model)
            && self.response_model.is(&other.response_model)
            && self.provider.is(&other.provider)
            && self.server_address.is(&other.server_address)
            && self.server_port == other.server_port
            && self.operation.is(&other.operation)
    }

    /// A hash, never 0. Two labels that share it are rare and do no harm, see [`attribute_sets`](super::attribute_sets).
    pub(super) fn quick_hash(&self, seed: u64) -> u64 {
        let texts = [
            &self.operation,
            &self.model,
            &self.response_model,
            &self.provider,
            &self.server_address,
        ];
        let hash = texts.into_iter().fold(seed, |hash, text| {
            (hash ^ quick_hash(text.as_str().unwrap_or_default()))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .rotate_left(29)
        });
        hash | 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> Labels {
        Labels {
            operation: Name::Static("chat"),
            provider: Name::Static("p"),
            model: Name::Static("m"),
            response_model: Name::Static("m-1"),
            server_address: Name::Static("host"),
            server_port: Some(443),
        }
    }

    /// Each with one label that is another.
    fn others() -> [Labels; 6] {
        let other = || Name::Static("other");
        let mut all = [(); 6].map(|()| whole());
        all[0].operation = other();
        all[1].provider = other();
        all[2].model = other();
        all[3].response_model = other();
        all[4].server_address = other();
        all[5].server_port = None;
        all
    }

    fn pushed(labels: &Labels, caps: &LabelCaps) -> Vec<String> {
        let mut all = Vec::new();
        labels.push_to(caps, &mut all);
        all.iter()
            .map(|a| format!("{}={}", a.key, a.value))
            .collect()
    }

    #[test]
    fn labels_are_the_same_by_each_of_them() {
        assert!(whole().is(&whole()));
        assert_eq!(whole().quick_hash(1), whole().quick_hash(1));
        assert_ne!(whole().quick_hash(1), whole().quick_hash(2));
        for (at, other) in others().iter().enumerate() {
            assert!(!whole().is(other) && !other.is(&whole()), "{at}");
            let is_same_hash = whole().quick_hash(1) == other.quick_hash(1);
            // A port is no part of the hash.
            assert_eq!(is_same_hash, at == 5, "{at}");
        }
        let mut cleared = whole();
        cleared.clear();
        assert!(cleared.is(&Labels::default()) && cleared.quick_hash(0) != 0);
    }

    #[test]
    fn every_label_is_pushed_that_is_known_and_whole() {
        let caps = LabelCaps::new(10);
        let expected = [
            "gen_ai.operation.name=chat",
            "gen_ai.provider.name=p",
            "gen_ai.request.model=m",
            "gen_ai.response.model=m-1",
            "server.address=host",
            "server.port=443",
        ];
        assert_eq!(pushed(&whole(), &caps), expected);
        assert!(pushed(&Labels::default(), &caps).is_empty());
        let mut cut = whole();
        cut.model = Name::Cut("m".into());
        cut.server_address = Name::Cut("host".into());
        let left = [0, 1, 3, 5].map(|at| expected[at]);
        assert_eq!(pushed(&cut, &caps), left);
    }

    /// Of models that answer there are few; the one that was asked for is no further one.
    #[test]
    fn a_model_that_answers_is_one_of_few() {
        let caps = LabelCaps::new(1);
        let answers = |model: &'static str| {
            let mut labels = whole();
            labels.response_model = Name::Static(model);
            let all = pushed(&labels, &caps);
            assert_eq!(all.len(), 6);
            all[3].clone()
        };
        for (model, expected) in [
            ("m", "m"),
            ("first", "first"),
            ("second", OTHER),
            ("m", "m"),
            ("first", "first"),
        ] {
            assert_eq!(answers(model), format!("gen_ai.response.model={expected}"));
        }
    }
}
