//! The metrics of an operation: a duration for every end, tokens where they are known.
//!
//! The attribute sets of a (provider, model, server) are kept ready per thread, in the order the SDK has seen before, so that a
//! recording allocates nothing.

use std::cell::RefCell;
use std::time::Duration;
#[cfg(feature = "bound")]
use std::time::Instant;

use opentelemetry::metrics::Histogram;
use opentelemetry::{KeyValue, StringValue};

use super::name::Name;
use super::op::Op;
use super::quick_hash::quick_hash;
use crate::pipeline::compat::{Compat, keys as derived};
use crate::pipeline::instruments::Instruments;
use crate::semconv::kind::Kind;
use crate::semconv::registry::keys;
use crate::semconv::value::attribute;

/// What is no count of tokens any more.
const MAX_TOKENS: u64 = 1 << 40;

/// Attribute sets per thread.
const SETS: usize = 16;

/// The attributes of one (operation, provider, model, server).
struct Set {
    instruments: u64,
    operation: Name,
    provider: Name,
    model: Name,
    response_model: Name,
    server_address: Name,
    server_port: Option<i64>,
    duration: Ready<f64>,
    input: Ready<u64>,
    output: Ready<u64>,
    #[cfg(feature = "bound")]
    chunk: Ready<f64>,
    #[cfg(feature = "bound")]
    made: Instant,
}

/// Attributes ready to record with. With feature `bound` they are looked up in the SDK once: at the first recording, since a
/// binding alone is a point in the export.
struct Ready<T> {
    attributes: Vec<KeyValue>,
    #[cfg(feature = "bound")]
    bound: std::cell::OnceCell<opentelemetry::metrics::BoundHistogram<T>>,
    #[cfg(not(feature = "bound"))]
    bound: std::marker::PhantomData<T>,
}

impl<T> Ready<T> {
    fn new(attributes: Vec<KeyValue>) -> Self {
        Self {
            attributes,
            bound: Default::default(),
        }
    }

    #[cfg(feature = "bound")]
    #[inline]
    fn bound(&self, histogram: &Histogram<T>) -> &opentelemetry::metrics::BoundHistogram<T> {
        self.bound.get_or_init(|| histogram.bind(&self.attributes))
    }

    #[inline]
    fn record(&self, histogram: &Histogram<T>, value: T) {
        #[cfg(feature = "bound")]
        self.bound(histogram).record(value);
        #[cfg(not(feature = "bound"))]
        histogram.record(value, &self.attributes);
    }
}

/// How long a binding is used. One made while the SDK had too many attribute sets counts to the overflow for as long as it lives.
#[cfg(feature = "bound")]
const BOUND_FOR: Duration = Duration::from_secs(60);

#[derive(Default)]
struct Sets {
    sets: Vec<Set>,
    next: usize,
    /// A set is kept once it was wanted twice: names that never come back push nothing out.
    missed: [u64; 32],
}

thread_local! {
    static CACHE: RefCell<Sets> = RefCell::new(Sets::default());
}

impl Op {
    /// Records the duration and the known token counts.
    pub(super) fn record_metrics(&self, elapsed: Duration, error_type: Option<&StringValue>) {
        if matches!(self.kind, Kind::Workflow | Kind::Custom) {
            return;
        }
        let instruments = &self.telemetry.instruments;
        let seconds = elapsed.as_secs_f64();
        if error_type.is_none()
            && self.metric_attributes().is_empty()
            && self.record_cached(instruments, seconds)
        {
            return;
        }
        let mut attributes = self.shared_attributes();
        if let Some(error_type) = error_type {
            attributes.push(attribute(keys::ERROR_TYPE.id(), error_type.clone()));
        }
        instruments.duration.record(seconds, &attributes);
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

    /// The token counts that are metrics: no count below zero is one, and none that would make sums overflow, at which the
    /// SDK panics.
    fn token_counts(&self) -> (Option<u64>, Option<u64>) {
        let count = |n: Option<i64>| {
            n.and_then(|n| u64::try_from(n).ok())
                .filter(|n| *n < MAX_TOKENS)
        };
        match self.kind {
            Kind::Chat => (count(self.input_tokens), count(self.output_tokens)),
            Kind::Agent if !self.is_creation() => {
                (count(self.input_tokens), count(self.output_tokens))
            }
            Kind::Embeddings => (count(self.input_tokens), None),
            _ => (None, None),
        }
    }

    /// Operation, provider, models and server, for a tool the operation alone; then the user's own.
    pub(super) fn shared_attributes(&self) -> Vec<KeyValue> {
        let mut attributes = Vec::with_capacity(8 + self.metric_attributes().len());
        self.operation
            .push_to(keys::GEN_AI_OPERATION_NAME.id(), &mut attributes);
        let texts = [
            (keys::GEN_AI_PROVIDER_NAME.id(), &self.provider),
            (keys::GEN_AI_REQUEST_MODEL.id(), &self.model),
            (keys::GEN_AI_RESPONSE_MODEL.id(), &self.response_model),
            (keys::SERVER_ADDRESS.id(), &self.server_address),
        ];
        let limit = self.telemetry.config.limits.names;
        for (id, text) in texts {
            // A name that had to be cut is no label.
            if text.as_str().is_some_and(|t| t.len() < limit) {
                text.push_to(id, &mut attributes);
            }
        }
        if let Some(port) = self.server_port {
            attributes.push(attribute(keys::SERVER_PORT.id(), port));
        }
        derived::add_system(self.compat().contains(Compat::LEGACY), &mut attributes);
        attributes.extend(self.metric_attributes().iter().cloned());
        attributes
    }

    fn record_cached(&self, instruments: &Instruments, seconds: f64) -> bool {
        self.with_set(instruments, |set| {
            set.duration.record(&instruments.duration, seconds);
            let (input, output) = self.token_counts();
            if let Some(tokens) = input {
                set.input.record(&instruments.tokens, tokens);
            }
            if let Some(tokens) = output {
                set.output.record(&instruments.tokens, tokens);
            }
        })
    }

    /// Hands the set of what is known now to `f`; whether there is one.
    #[inline]
    fn with_set(&self, instruments: &Instruments, f: impl FnOnce(&Set)) -> bool {
        let found = CACHE.try_with(|cache| {
            let mut cache = cache.try_borrow_mut().ok()?;
            let sets = &mut cache.sets;
            let at = match sets.iter().position(|set| set.is_of(self, instruments.id)) {
                Some(at) => at,
                None => cache.keep(self, instruments.id)?,
            };
            let set = cache.sets.get_mut(at)?;
            #[cfg(feature = "bound")]
            if self.started.saturating_duration_since(set.made) > BOUND_FOR {
                *set = Set::new(self, instruments.id);
            }
            f(set);
            Some(())
        });
        matches!(found, Ok(Some(())))
    }

    /// The histogram of chunk gaps bound to the attributes of this operation, where they are kept ready.
    #[cfg(feature = "bound")]
    pub(super) fn bound_chunk(&self) -> Option<opentelemetry::metrics::BoundHistogram<f64>> {
        if !self.metric_attributes().is_empty() {
            return None;
        }
        let instruments = &self.telemetry.instruments;
        let mut bound = None;
        self.with_set(instruments, |set| {
            bound = Some(set.chunk.bound(&instruments.time_per_output_chunk).clone());
        });
        bound
    }

    /// The operation's response is a stream. To be told before the start.
    pub(crate) fn stream_started(&mut self) {
        self.flags.is_stream = self.kind == Kind::Chat;
        self.open.remove(keys::GEN_AI_REQUEST_STREAM.id());
    }
}

impl Set {
    fn new(op: &Op, instruments: u64) -> Self {
        let shared = op.shared_attributes();
        let with = |token_type: &'static str| {
            let mut attributes = shared.clone();
            attributes.push(attribute(
                keys::GEN_AI_TOKEN_TYPE.id(),
                StringValue::from(token_type),
            ));
            Ready::new(attributes)
        };
        Self {
            instruments,
            operation: op.operation.clone(),
            provider: op.provider.clone(),
            model: op.model.clone(),
            response_model: op.response_model.clone(),
            server_address: op.server_address.clone(),
            server_port: op.server_port,
            input: with("input"),
            output: with("output"),
            #[cfg(feature = "bound")]
            chunk: Ready::new(shared.clone()),
            duration: Ready::new(shared),
            #[cfg(feature = "bound")]
            made: op.started,
        }
    }

    fn is_of(&self, op: &Op, instruments: u64) -> bool {
        self.instruments == instruments
            && self.model.is(&op.model)
            && self.response_model.is(&op.response_model)
            && self.provider.is(&op.provider)
            && self.server_address.is(&op.server_address)
            && self.server_port == op.server_port
            && self.operation.is(&op.operation)
    }
}

impl Sets {
    /// Makes the set of `op` if it was missed before, and says where it is.
    fn keep(&mut self, op: &Op, instruments: u64) -> Option<usize> {
        let fingerprint = fingerprint(op, instruments);
        let seen = self
            .missed
            .get_mut(usize::try_from(fingerprint % 32).unwrap_or(0))?;
        if *seen != fingerprint {
            *seen = fingerprint;
            return None;
        }
        let set = Set::new(op, instruments);
        let at = self.next;
        self.next = (self.next + 1) % SETS;
        match self.sets.get_mut(at) {
            Some(old) => *old = set,
            None => self.sets.push(set),
        }
        Some(at)
    }
}

/// What tells most sets apart: two that are taken for one another are kept a call too early.
fn fingerprint(op: &Op, instruments: u64) -> u64 {
    let texts = [
        &op.operation,
        &op.model,
        &op.response_model,
        &op.provider,
        &op.server_address,
    ];
    let hash = texts.into_iter().fold(instruments, |hash, text| {
        let mark = quick_hash(text.as_str().unwrap_or_default());
        (hash ^ mark)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29)
    });
    hash | 1
}
