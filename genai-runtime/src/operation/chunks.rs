//! The times of a stream's chunks: how long the first one took, and what lies between every two.
//!
//! In comes a chunk; out goes a recording of the inter-chunk latency. Its labels are looked up once per stream, and again only
//! after the body set something: nothing else can change them while it runs.

use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
#[cfg(feature = "bound")]
use opentelemetry::metrics::BoundHistogram;

use super::op::Op;
use crate::diag::call_out::{CallOut, contained};
use crate::semconv::kind::Kind;
use crate::semconv::registry::keys;

/// What of the chunks of one call is timed.
pub(crate) enum ChunkTimer {
    /// The first one, which has not come yet.
    First,
    /// The next one.
    Next(ChunkClock),
    /// No more of them: nobody wants it, or a provider panicked.
    Off,
}

impl ChunkTimer {
    /// Output has come.
    #[inline]
    pub(crate) fn output(&mut self, op: &mut Op) {
        if !matches!(self, Self::Off) {
            self.time(op);
        }
    }

    #[inline(never)]
    fn time(&mut self, op: &mut Op) {
        let timer = &mut *self;
        let timed = contained(CallOut::Metering, || match timer {
            Self::Next(clock) => clock.tick(op),
            first => *first = op.first_chunk().map_or(Self::Off, Self::Next),
        });
        if timed.is_none() {
            *self = Self::Off;
        }
    }
}

/// When the last chunk of a stream came, and where the time to the next one is recorded.
pub(crate) struct ChunkClock {
    last: Instant,
    labels: Option<ChunkLabels>,
}

/// Where a latency goes: a bound histogram, or the attributes to record it with.
enum ChunkLabels {
    #[cfg(feature = "bound")]
    Bound(BoundHistogram<f64>),
    Attributes(Vec<KeyValue>),
}

impl ChunkClock {
    /// A chunk has come: records the time since the one before, with what is known by now.
    #[inline(never)]
    fn tick(&mut self, op: &mut Op) {
        let now = Instant::now();
        let latency = now.saturating_duration_since(std::mem::replace(&mut self.last, now));
        let labels = match &self.labels {
            Some(labels) if !op.labels_dirty => labels,
            _ => {
                op.labels_dirty = false;
                self.labels.insert(op.chunk_labels())
            }
        };
        match labels {
            #[cfg(feature = "bound")]
            ChunkLabels::Bound(histogram) => histogram.record(latency.as_secs_f64()),
            ChunkLabels::Attributes(attributes) => op
                .telemetry
                .instruments
                .time_per_output_chunk
                .record(latency.as_secs_f64(), attributes),
        }
    }
}

impl Op {
    /// Records the time from the start to the first chunk of a stream, with what is known by then. Gives the clock for those
    /// that follow, if their latencies are wanted.
    #[cold]
    fn first_chunk(&mut self) -> Option<ChunkClock> {
        if self.state.is_same_call() {
            return None;
        }
        let now = Instant::now();
        let after = now.saturating_duration_since(self.started);
        self.record_first_chunk(after);
        let is_wanted = self.kind == Kind::Chat
            && self.telemetry.config.chunk_timing
            && !self.options.without_chunk_timing;
        is_wanted.then_some(ChunkClock {
            last: now,
            labels: None,
        })
    }

    fn record_first_chunk(&mut self, after: Duration) {
        let seconds = after.as_secs_f64();
        self.fill_double(keys::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK.id(), seconds);
        if self.kind == Kind::Chat {
            self.telemetry
                .instruments
                .time_to_first_chunk
                .record(seconds, &self.shared_attributes());
        }
    }

    #[cold]
    fn chunk_labels(&self) -> ChunkLabels {
        #[cfg(feature = "bound")]
        if self.telemetry.instruments.binding.may_bind() {
            let histogram = &self.telemetry.instruments.time_per_output_chunk;
            let bound = self.bound_chunk();
            return ChunkLabels::Bound(
                bound.unwrap_or_else(|| histogram.bind(&self.shared_attributes())),
            );
        }
        ChunkLabels::Attributes(self.shared_attributes())
    }

    /// The operation's response is a stream; called before the start.
    pub(crate) fn stream_started(&mut self) {
        self.options.is_stream = self.kind == Kind::Chat;
        self.open.remove(keys::GEN_AI_REQUEST_STREAM.id());
    }
}
