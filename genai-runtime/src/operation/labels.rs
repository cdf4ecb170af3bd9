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
