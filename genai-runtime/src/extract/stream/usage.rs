//! Token counts of a response: snapshots of single counters go in, the totals of the conventions come out.

use crate::extract::recorder::Recorder;
use crate::semconv::registry::keys;

/// The counters, the last snapshot of each.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TokenCounts {
    pub(crate) input: Option<i64>,
    pub(crate) output: Option<i64>,
    pub(crate) cache_read: Option<i64>,
    pub(crate) cache_creation: Option<i64>,
    pub(crate) reasoning: Option<i64>,
    /// Counts from a second place, used where the first has none.
    pub(crate) fallback_input: Option<i64>,
    pub(crate) fallback_output: Option<i64>,
    pub(crate) fallback_cache_read: Option<i64>,
    pub(crate) fallback_reasoning: Option<i64>,
    /// `input` leaves out what came from or went into the cache.
    pub(crate) cache_apart: bool,
    /// `output` leaves out the reasoning.
    pub(crate) reasoning_apart: bool,
    /// `cache_read` counts in another unit where it exceeds the input.
    pub(crate) cache_in_input: bool,
}

impl TokenCounts {
    /// All input, cached or not.
    pub(crate) fn total_input(&self) -> Option<i64> {
        let input = self.input.or(self.fallback_input)?;
        if !self.cache_apart || self.input.is_none() {
            return Some(input);
        }
        let cached = self
            .cache_read
            .unwrap_or(0)
            .saturating_add(self.cache_creation.unwrap_or(0));
        Some(input.saturating_add(cached))
    }

    /// All output, reasoning included.
    pub(crate) fn total_output(&self) -> Option<i64> {
        if !self.reasoning_apart {
            return self.output.or(self.fallback_output);
        }
        match (self.output, self.reasoning) {
            (None, None) => self.fallback_output,
            (output, reasoning) => Some(output.unwrap_or(0).saturating_add(reasoning.unwrap_or(0))),
        }
    }

    /// Records the totals.
    pub(crate) fn record(&self, recorder: &mut Recorder<'_>) {
        let input = self.total_input();
        let cache_read = self
            .cache_read
            .or(self.fallback_cache_read)
            .filter(|n| !self.cache_in_input || input.is_some_and(|all| *n <= all));
        for (key, value) in [
            (keys::GEN_AI_USAGE_INPUT_TOKENS, input),
            (keys::GEN_AI_USAGE_OUTPUT_TOKENS, self.total_output()),
            (keys::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS, cache_read),
            (
                keys::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
                self.cache_creation,
            ),
            (
                keys::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
                self.reasoning.or(self.fallback_reasoning),
            ),
        ] {
            if let Some(value) = value {
                recorder.int(key, value);
            }
        }
    }
}

/// A count as a counter can hold it: negative ones are none.
pub(crate) fn count(n: i64) -> Option<i64> {
    (n >= 0).then_some(n)
}
