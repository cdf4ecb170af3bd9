//! The times of a stream's chunks: how long the first one took, and what lies between every two.
//!
//! In comes a chunk; out goes a recording. The labels of a stream's gaps are looked up once, and again only after its body
//! told something: nothing else can change them while it runs.

use std::time::{Duration, Instant};

#[cfg(feature = "bound")]
use opentelemetry::metrics::BoundHistogram;

use super::op::Op;
use crate::semconv::kind::Kind;
use crate::semconv::registry::keys;

/// When the last chunk of a stream came, and where the time to the next one is recorded.
pub(crate) struct ChunkClock {
    last: Instant,
    gaps: Option<Gaps>,
}

#[cfg(feature = "bound")]
type Gaps = BoundHistogram<f64>;
#[cfg(not(feature = "bound"))]
type Gaps = Vec<opentelemetry::KeyValue>;

impl ChunkClock {
    /// A chunk has come: records the time since the one before, with what is known by now.
    #[inline(never)]
    pub(crate) fn tick(&mut self, op: &mut Op) {
        let now = Instant::now();
        let gap = now.saturating_duration_since(std::mem::replace(&mut self.last, now));
        let gaps = match &self.gaps {
            Some(gaps) if !op.flags.is_told => gaps,
            _ => {
                op.flags.is_told = false;
                self.gaps.insert(op.gaps_of_chunks())
            }
        };
        #[cfg(feature = "bound")]
        gaps.record(gap.as_secs_f64());
        #[cfg(not(feature = "bound"))]
        op.telemetry
            .instruments
            .time_per_output_chunk
            .record(gap.as_secs_f64(), gaps);
    }
}

impl Op {
    /// Records the time from the start to the first chunk of a stream, with what is known by then. Gives the clock for those
    /// that follow, if their gaps are wanted.
    #[cold]
    pub(crate) fn first_chunk(&mut self) -> Option<ChunkClock> {
        if self.flags.is_suppressed {
            return None;
        }
        let now = Instant::now();
        let after = now.saturating_duration_since(self.started);
        self.record_first_chunk(after);
        let is_wanted = self.kind == Kind::Chat
            && self.telemetry.config.chunk_timing
            && !self.flags.chunk_timing_off;
        is_wanted.then_some(ChunkClock {
            last: now,
            gaps: None,
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
    #[cfg(feature = "bound")]
    fn gaps_of_chunks(&self) -> Gaps {
        let histogram = &self.telemetry.instruments.time_per_output_chunk;
        self.bound_chunk()
            .unwrap_or_else(|| histogram.bind(&self.shared_attributes()))
    }

    #[cold]
    #[cfg(not(feature = "bound"))]
    fn gaps_of_chunks(&self) -> Gaps {
        self.shared_attributes()
    }
}
