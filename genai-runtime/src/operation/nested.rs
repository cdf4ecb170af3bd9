//! An operation inside the same operation: one call seen twice. The inner one's facts fill what the outer one does not know.

use opentelemetry::{Array, KeyValue, StringValue, Value};

use super::Op;
use crate::semconv::registry::{self, keys};

/// What nested operations know: for each attribute the last one's value, and the sum of their tokens.
#[derive(Default)]
pub(crate) struct Gaps {
    pub(super) model: Option<StringValue>,
    pub(super) provider: Option<StringValue>,
    pub(super) server_address: Option<StringValue>,
    pub(super) server_port: Option<i64>,
    pub(super) response_model: Option<StringValue>,
    pub(super) response_id: Option<StringValue>,
    pub(super) finish_reasons: Option<Vec<StringValue>>,
    pub(super) input_tokens: Option<i64>,
    pub(super) output_tokens: Option<i64>,
    pub(super) attributes: Vec<KeyValue>,
    pub(super) own_attributes: Vec<KeyValue>,
}

/// Usage counters beside the two that have fields.
const SUMMED: &str = "gen_ai.usage.";

/// Attributes of the user's that are taken from nested operations.
const OWN: usize = 128;

impl Gaps {
    /// Adds what another nested operation knows.
    pub(crate) fn add(&mut self, other: Self) {
        fn last<T>(mine: &mut Option<T>, theirs: Option<T>) {
            if theirs.is_some() {
                *mine = theirs;
            }
        }
        fn sum(mine: &mut Option<i64>, theirs: Option<i64>) {
            *mine = match (*mine, theirs) {
                (Some(a), Some(b)) => Some(a.saturating_add(b)),
                (a, b) => a.or(b),
            };
        }
        last(&mut self.model, other.model);
        last(&mut self.provider, other.provider);
        last(&mut self.server_address, other.server_address);
        last(&mut self.server_port, other.server_port);
        last(&mut self.response_model, other.response_model);
        last(&mut self.response_id, other.response_id);
        last(&mut self.finish_reasons, other.finish_reasons);
        sum(&mut self.input_tokens, other.input_tokens);
        sum(&mut self.output_tokens, other.output_tokens);
        for theirs in other.attributes {
            match self
                .attributes
                .iter_mut()
                .find(|mine| mine.key == theirs.key)
            {
                Some(mine) => merge(mine, theirs),
                None => self.attributes.push(theirs),
            }
        }
        for theirs in other.own_attributes {
            if self.own_attributes.len() >= OWN {
                break;
            }
            self.own_attributes.retain(|mine| mine.key != theirs.key);
            self.own_attributes.push(theirs);
        }
    }
}

fn merge(mine: &mut KeyValue, theirs: KeyValue) {
    use opentelemetry::Value::I64;
    mine.value = match (&mine.value, theirs.value) {
        (I64(a), I64(b)) if mine.key.as_str().starts_with(SUMMED) => I64(a.saturating_add(b)),
        (_, value) => value,
    };
}

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
        let knows = |r: &super::Rare| !r.message_reasons.is_empty();
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
