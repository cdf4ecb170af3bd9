//! The metrics of an operation: a duration for every end, tokens where they are known.

use std::time::Duration;

use opentelemetry::{KeyValue, StringValue};

use super::attribute_sets::Wanted;
use super::finish::Failure;
use super::op::Op;
use crate::pipeline::compat::{Compat, keys as derived};
use crate::semconv::OTHER;
use crate::semconv::kind::Kind;
use crate::semconv::registry::keys;
use crate::semconv::value::attribute;

/// What is no count of tokens any more.
const MAX_TOKENS: u64 = 1 << 40;

impl Op {
    /// Records the duration and the known token counts.
    pub(super) fn record_metrics(&self, elapsed: Duration, error: Option<&Failure>) {
        if matches!(self.kind, Kind::Workflow | Kind::Custom) {
            return;
        }
        if self.kind.is_mcp() {
            self.record_mcp(elapsed, error);
            return;
        }
        let seconds = elapsed.as_secs_f64();
        let is_plain = error.is_none() && self.metric_attributes().is_empty();
        if !is_plain || !self.record_cached(seconds) {
            self.record_with(seconds, error);
        }
    }

    /// Records them with attributes that are made for this operation alone.
    #[inline(never)]
    fn record_with(&self, seconds: f64, error: Option<&Failure>) {
        let instruments = &self.telemetry.instruments;
        let mut attributes = self.shared_attributes();
        self.push_error_label(error, &mut attributes);
        instruments
            .binding
            .record(&instruments.duration, seconds, &attributes);
        let (input, output) = self.token_counts();
        for (kind, tokens) in [("input", input), ("output", output)] {
            if let Some(tokens) = tokens {
                attributes.push(attribute(
                    keys::GEN_AI_TOKEN_TYPE.id(),
                    StringValue::from(kind),
                ));
                instruments.tokens.record(tokens, &attributes);
                attributes.pop();
            }
        }
    }

    /// Adds the class of an error as metrics have it: one of few, and not one that was cut.
    pub(super) fn push_error_label(&self, error: Option<&Failure>, attributes: &mut Vec<KeyValue>) {
        let Some(error) = error else {
            return;
        };
        let error_type = &error.error_type;
        let is_label = !error.is_cut
            && self
                .telemetry
                .instruments
                .caps
                .admits_error(error_type.as_str());
        let label = if is_label {
            error_type.clone()
        } else {
            StringValue::from(OTHER)
        };
        attributes.push(attribute(keys::ERROR_TYPE.id(), label));
    }

    /// The token counts that are metrics: no count below zero is one, and none that would make sums overflow, at which the
    /// SDK panics.
    #[inline(always)]
    fn token_counts(&self) -> (Option<u64>, Option<u64>) {
        let count = |n: Option<i64>| {
            n.and_then(|n| u64::try_from(n).ok())
                .filter(|n| *n < MAX_TOKENS)
        };
        match self.kind {
            Kind::Chat => (
                count(self.first_class.input_tokens),
                count(self.first_class.output_tokens),
            ),
            Kind::Agent if !self.is_creation() => (
                count(self.first_class.input_tokens),
                count(self.first_class.output_tokens),
            ),
            Kind::Embeddings => (count(self.first_class.input_tokens), None),
            _ => (None, None),
        }
    }

    /// The labels, for a tool the operation alone; then the user's own.
    pub(super) fn shared_attributes(&self) -> Vec<KeyValue> {
        let mut attributes = Vec::with_capacity(8 + self.metric_attributes().len());
        self.first_class
            .labels
            .push_to(&self.telemetry.instruments.caps, &mut attributes);
        derived::add_system(self.compat().contains(Compat::LEGACY), &mut attributes);
        attributes.extend(self.metric_attributes().iter().cloned());
        attributes
    }

    /// Records them with attributes that are kept ready; whether there are any.
    fn record_cached(&self, seconds: f64) -> bool {
        let instruments = &self.telemetry.instruments;
        self.attribute_sets().with(|sets| {
            let may_bind = instruments.binding.may_bind();
            sets.duration
                .record(&instruments.duration, seconds, may_bind);
            let (input, output) = self.token_counts();
            if let Some(tokens) = input {
                sets.input.record(&instruments.tokens, tokens, may_bind);
            }
            if let Some(tokens) = output {
                sets.output.record(&instruments.tokens, tokens, may_bind);
            }
        })
    }

    #[inline]
    fn attribute_sets(&self) -> Wanted<'_, impl Fn() -> Vec<KeyValue>> {
        Wanted {
            instruments: self.telemetry.instruments.id,
            labels: &self.first_class.labels,
            attributes: || self.shared_attributes(),
            #[cfg(feature = "bound")]
            now: self.started,
        }
    }

    /// The histogram of inter-chunk latencies bound to the attributes of this operation, where they are kept ready.
    #[cfg(feature = "bound")]
    pub(super) fn bound_chunk(&self) -> Option<opentelemetry::metrics::BoundHistogram<f64>> {
        if !self.metric_attributes().is_empty() {
            return None;
        }
        let histogram = &self.telemetry.instruments.time_per_output_chunk;
        let mut bound = None;
        self.attribute_sets()
            .with(|sets| bound = Some(sets.chunk.bound(histogram).clone()));
        bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    const INPUT: u8 = keys::GEN_AI_USAGE_INPUT_TOKENS.id();
    const OUTPUT: u8 = keys::GEN_AI_USAGE_OUTPUT_TOKENS.id();

    fn counts(op: &mut Op, input: i64, output: i64) -> (Option<u64>, Option<u64>) {
        // Whether or not the span has them.
        op.first_class.put_int(INPUT, input);
        op.first_class.put_int(OUTPUT, output);
        op.token_counts()
    }

    #[test]
    fn tokens_are_counted_of_what_calls_a_model() {
        for kind in (0..9).map(Kind::from_index) {
            let mut op = Op::of_kind(kind, |t| t);
            let expected = match kind {
                Kind::Chat | Kind::Agent => (Some(3), Some(2)),
                Kind::Embeddings => (Some(3), None),
                _ => (None, None),
            };
            assert_eq!(op.token_counts(), (None, None));
            assert_eq!(counts(&mut op, 3, 2), expected, "{kind:?}");
            op.wait_for_start();
        }
        let mut creation = Op::of_kind(Kind::Agent, |t| t);
        creation.set_operation_name("create_agent");
        assert_eq!(counts(&mut creation, 3, 2), (None, None));
    }

    #[test]
    fn what_is_no_count_of_tokens_is_none() {
        let mut op = Op::of_kind(Kind::Chat, |t| t);
        let most = 1 << 40;
        for (tokens, expected) in [
            (-1, None),
            (0, Some(0)),
            (most - 1, Some((1 << 40) - 1)),
            (most, None),
            (i64::MAX, None),
        ] {
            assert_eq!(counts(&mut op, tokens, tokens), (expected, expected));
        }
    }

    #[test]
    fn a_class_of_errors_is_a_label_where_it_is_whole_and_one_of_few() {
        let op = Op::of_kind(Kind::Chat, |t| t.limits(Limits::new().label_values(1)));
        let label = |error: Option<Failure>| {
            let mut all = Vec::new();
            op.push_error_label(error.as_ref(), &mut all);
            format!("{all:?}")
        };
        let of = |error_type: &'static str, is_cut| {
            let mut failure = Failure::plain(error_type.into());
            failure.is_cut = is_cut;
            Some(failure)
        };
        assert_eq!(label(None), "[]");
        assert!(label(of("cut", true)).contains(OTHER));
        assert!(label(of("first", false)).contains("first"));
        assert!(label(of("second", false)).contains(OTHER));
        assert!(label(of("first", false)).contains("first"));
    }

    #[test]
    fn labels_are_shared_and_then_the_users_own() {
        let mut op = Op::of_kind(Kind::Tool, |t| t);
        op.fill_str(keys::GEN_AI_TOOL_NAME.id(), "t");
        op.metric_attribute("app.tier", "gold".into());
        let expected = [
            KeyValue::new("gen_ai.operation.name", "execute_tool"),
            KeyValue::new("app.tier", "gold"),
        ];
        assert_eq!(op.shared_attributes(), expected);
    }

    /// What labels one operation alone is not bound: it would be kept for the next.
    #[cfg(feature = "bound")]
    #[test]
    fn a_histogram_is_bound_to_what_several_operations_share() {
        let op = |own: bool| {
            let provider = opentelemetry_sdk::metrics::SdkMeterProvider::builder().build();
            let mut op = Op::of_kind(Kind::Chat, |t| t.meter_provider(provider));
            if own {
                op.metric_attribute("app.tier", "gold".into());
            }
            op
        };
        let shared = op(false);
        let bound = [(); 3].map(|()| shared.bound_chunk().is_some());
        assert_eq!(bound, [false, true, true]);
        let own = op(true);
        assert!((0..3).all(|_| own.bound_chunk().is_none()));
    }
}
