//! An operation inside the same operation: one call seen twice. The inner one's facts fill what the outer one does not know.

use opentelemetry::{Array, StringValue, Value};

use super::inherited::Gaps;
use super::op::{Op, Rare};
use crate::semconv::registry::{self, keys};

impl Op {
    /// What a nested operation leaves to the outer one.
    pub(super) fn as_gaps(&mut self) -> Gaps {
        self.fill_finish_reasons();
        Gaps {
            model: self.model.take(),
            provider: self.provider.take(),
            server_address: self.server_address.take(),
            server_port: self.server_port,
            response_model: self.response_model.take(),
            response_id: self.response_id.take(),
            finish_reasons: self.finish_reasons.take(),
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            attributes: std::mem::take(&mut self.attributes),
            own_attributes: (self.rare.as_deref_mut())
                .map(|r| std::mem::take(&mut r.own_attributes))
                .unwrap_or_default(),
        }
    }

    /// Takes from nested operations what this one does not know.
    pub(super) fn fill_gaps(&mut self, gaps: Gaps) {
        let text = |text: Option<StringValue>| text.map(Value::String);
        let number = |number: Option<i64>| number.map(Value::I64);
        let scalars = [
            (keys::GEN_AI_REQUEST_MODEL.id(), text(gaps.model)),
            (keys::GEN_AI_PROVIDER_NAME.id(), text(gaps.provider)),
            (keys::SERVER_ADDRESS.id(), text(gaps.server_address)),
            (keys::GEN_AI_RESPONSE_MODEL.id(), text(gaps.response_model)),
            (keys::GEN_AI_RESPONSE_ID.id(), text(gaps.response_id)),
            (keys::SERVER_PORT.id(), number(gaps.server_port)),
            (
                keys::GEN_AI_USAGE_INPUT_TOKENS.id(),
                number(gaps.input_tokens),
            ),
            (
                keys::GEN_AI_USAGE_OUTPUT_TOKENS.id(),
                number(gaps.output_tokens),
            ),
        ];
        for (id, value) in scalars {
            if let Some(value) = value {
                self.fill(id, value);
            }
        }
        let knows = |r: &Rare| !r.message_reasons.is_empty();
        let knows = self.rare.as_deref().is_some_and(knows);
        if let Some(reasons) = gaps.finish_reasons.filter(|_| !knows) {
            self.fill(
                keys::GEN_AI_RESPONSE_FINISH_REASONS.id(),
                Value::Array(Array::String(reasons)),
            );
        }
        for attribute in gaps.attributes {
            if let Some(id) = registry::find(attribute.key.as_str()) {
                self.fill(id, attribute.value);
            }
        }
        for attribute in gaps.own_attributes {
            let rare = self.rare_mut();
            let is_known = rare.own_at_start.contains(&attribute.key)
                || rare.own_attributes.iter().any(|a| a.key == attribute.key);
            if !is_known {
                rare.own_attributes.push(attribute);
            }
        }
    }
}
