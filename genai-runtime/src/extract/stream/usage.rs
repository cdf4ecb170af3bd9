//! Token counts of a response: snapshots of single counters go in, the totals of the conventions come out.
//!
//! Providers leave some tokens out of their input or output and name them beside it. The provider's own total, where there is one,
//! settles which; without it the format's custom does.

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
    /// All of both sides, as the provider adds them up.
    pub(crate) total: Option<i64>,
    /// What else may lie beside the input or the output: audio, and the prompts of tools that the provider ran.
    pub(crate) audio_input: Option<i64>,
    pub(crate) audio_output: Option<i64>,
    pub(crate) tool_use_input: Option<i64>,
    /// Counts from a second place, used where the first has none.
    pub(crate) fallback: Counts,
    /// Those of Bedrock, beside any model's, used where the model has none. The input leaves the cache out.
    pub(crate) bedrock: Counts,
    /// Those of compactions, which the others leave out.
    pub(crate) compaction: Counts,
    /// By custom `input` leaves out what came from or went into the cache.
    pub(crate) cache_apart: bool,
    /// By custom `output` leaves out the reasoning.
    pub(crate) reasoning_apart: bool,
    /// The total is in another unit than its parts; a part that is larger than the total is dropped.
    pub(crate) in_other_units: bool,
}

/// Counters of one place.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) input: Option<i64>,
    pub(crate) output: Option<i64>,
    pub(crate) cache_read: Option<i64>,
    pub(crate) cache_creation: Option<i64>,
    pub(crate) reasoning: Option<i64>,
}

impl Counts {
    /// Adds the counters of another object of a list.
    pub(crate) fn add(&mut self, other: &Self) {
        for (sum, n) in [
            (&mut self.input, other.input),
            (&mut self.output, other.output),
            (&mut self.cache_read, other.cache_read),
            (&mut self.cache_creation, other.cache_creation),
            (&mut self.reasoning, other.reasoning),
        ] {
            *sum = plus(*sum, n);
        }
    }
}

/// Tokens that may lie beside the input or the output, or in it.
#[derive(Clone, Copy, Default)]
struct Part {
    tokens: i64,
    is_input: bool,
    /// By custom it lies beside.
    is_beside: bool,
}

/// How many of them there are.
const PARTS: usize = 5;

impl TokenCounts {
    /// What came from the cache and what went into it, and whether Bedrock alone counted it.
    fn cache(&self) -> (Option<i64>, Option<i64>, bool) {
        let own = [
            self.cache_read.or(self.fallback.cache_read),
            self.cache_creation.or(self.fallback.cache_creation),
        ];
        let theirs = [self.bedrock.cache_read, self.bedrock.cache_creation];
        let is_some = |counts: [Option<i64>; 2]| counts.iter().flatten().any(|n| *n > 0);
        let is_theirs = !is_some(own) && is_some(theirs);
        let [read, creation] = match is_theirs {
            true => theirs,
            false => [own[0].or(theirs[0]), own[1].or(theirs[1])],
        };
        (read, creation, is_theirs)
    }

    fn all_reasoning(&self) -> Option<i64> {
        self.reasoning.or(self.fallback.reasoning)
    }

    /// Whether by custom the input leaves the cache out.
    fn is_cache_apart(&self, cache: i64, is_bedrocks: bool) -> bool {
        match (self.input, self.bedrock.input) {
            // A model's input is as its format has it, unless it is as much as Bedrock's and the cache together.
            (Some(input), Some(without)) if is_bedrocks => input < without.saturating_add(cache),
            (Some(_), _) => self.cache_apart,
            // Bedrock's own leaves the cache out, a total from a second place does not.
            (None, _) => self.fallback.input.is_none(),
        }
    }

    /// What may lie beside the input and the output.
    fn parts(&self) -> [Part; PARTS] {
        let (read, creation, is_bedrocks) = self.cache();
        let cache = plus(read, creation).unwrap_or(0);
        let part = |tokens: Option<i64>, is_input, is_beside| Part {
            tokens: tokens.unwrap_or(0),
            is_input,
            is_beside,
        };
        [
            part(Some(cache), true, self.is_cache_apart(cache, is_bedrocks)),
            part(self.audio_input, true, false),
            part(self.tool_use_input, true, true),
            part(self.all_reasoning(), false, self.reasoning_apart),
            part(self.audio_output, false, false),
        ]
    }

    /// All input, cached or not, and all output, reasoning included.
    pub(crate) fn totals(&self) -> (Option<i64>, Option<i64>) {
        let input = self.input.or(self.fallback.input).or(self.bedrock.input);
        let output = self.output.or(self.fallback.output).or(self.bedrock.output);
        let parts = self.parts();
        let way = self.way(&parts, input, output);
        let side = |is_input: bool| {
            let beside = parts.iter().zip(way).filter(|(part, is_beside)| {
                *is_beside && part.is_input == is_input && part.tokens > 0
            });
            beside.fold(None, |sum, (part, _)| plus(sum, Some(part.tokens)))
        };
        (
            // Tokens of a cache are no input of their own.
            plus(
                input.and_then(|input| plus(Some(input), side(true))),
                self.compaction_input(),
            ),
            plus(plus(output, side(false)), self.compaction.output),
        )
    }

    /// The input of compactions, of which the cache is apart.
    fn compaction_input(&self) -> Option<i64> {
        let cache = plus(self.compaction.cache_read, self.compaction.cache_creation);
        plus(self.compaction.input, cache)
    }

    /// Which parts lie beside the counts: by custom, or otherwise if only so the provider's total comes out. Of several ways the one
    /// nearest to the custom.
    fn way(&self, parts: &[Part; PARTS], input: Option<i64>, output: Option<i64>) -> [bool; PARTS] {
        let custom = parts.map(|part| part.is_beside);
        let counted = plus(input, output).unwrap_or(0);
        let adds_up = |total: i64, way: &[bool; PARTS]| {
            let beside = parts.iter().zip(way).filter(|(_, is_beside)| **is_beside);
            let all = beside.fold(counted, |sum, (part, _)| sum.saturating_add(part.tokens));
            all == total
        };
        let Some(total) = self.total.filter(|total| !adds_up(*total, &custom)) else {
            return custom;
        };
        let ways = (1..1_u32 << PARTS).map(|changes| {
            let mut way = custom;
            for (at, is_beside) in way.iter_mut().enumerate() {
                *is_beside ^= changes >> at & 1 == 1;
            }
            (changes.count_ones(), way)
        });
        // What is more than all that was counted cannot lie inside it.
        let is_possible = |way: &[bool; PARTS]| {
            let mut moved = parts.iter().zip(way);
            !moved.any(|(part, is_beside)| part.is_beside && !is_beside && part.tokens > counted)
        };
        ways.filter(|(_, way)| is_possible(way) && adds_up(total, way))
            .min_by_key(|(changes, _)| *changes)
            .map_or(custom, |(_, way)| way)
    }

    /// Records the totals.
    pub(crate) fn record(&self, recorder: &mut Recorder<'_>) {
        let (input, output) = self.totals();
        let (cache_read, cache_creation, _) = self.cache();
        let within = |part: &i64, all: Option<i64>| {
            !self.in_other_units || all.is_some_and(|all| *part <= all)
        };
        for (key, value) in [
            (keys::GEN_AI_USAGE_INPUT_TOKENS, input),
            (keys::GEN_AI_USAGE_OUTPUT_TOKENS, output),
            (
                keys::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS,
                plus(cache_read, self.compaction.cache_read).filter(|n| within(n, input)),
            ),
            (
                keys::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS,
                plus(cache_creation, self.compaction.cache_creation),
            ),
            (
                keys::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS,
                self.all_reasoning().filter(|n| within(n, output)),
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

/// Keeps a snapshot of a counter. The last one counts, but a zero does not take back what was counted: servers repeat the counters
/// that they do not know as zeros.
pub(crate) fn keep(slot: &mut Option<i64>, snapshot: Option<i64>) {
    match (snapshot.and_then(count), &slot) {
        (None, _) | (Some(0), Some(_)) => {}
        (some, _) => *slot = some,
    }
}

/// The sum of what is known.
fn plus(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (one, other) => one.or(other),
    }
}
