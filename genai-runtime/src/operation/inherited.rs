//! What an operation inherits from the same call seen again inside it: for each attribute the last value, and the sum of tokens.

use opentelemetry::{KeyValue, StringValue};

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
