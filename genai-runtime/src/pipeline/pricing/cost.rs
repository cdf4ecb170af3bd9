//! The arithmetic: rates per million tokens and the counts of a call in, US dollars out.

use super::Error;

/// No price of a million tokens is higher; a bigger number is a mistake of unit.
const HIGHEST: f64 = 1e9;

/// The price of one model, in US dollars per million tokens.
///
/// A rate that is not given is that of the tokens it is part of: cache reads and writes are input, reasoning is output.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rates {
    /// Input tokens that are neither read from nor written to a cache.
    pub input: f64,
    /// Output tokens that are not reasoning; `None` for models that have no output tokens, such as embeddings.
    pub output: Option<f64>,
    /// Input tokens read from a cache.
    pub cache_read: Option<f64>,
    /// Input tokens written to a cache.
    pub cache_write: Option<f64>,
    /// Output tokens spent on reasoning.
    pub reasoning: Option<f64>,
    /// The prices above sizes of the context, the smaller size first.
    long: [Option<LongContext>; 2],
}

/// The prices of a model above a size of the context, in US dollars per million tokens; what is not given is as below it. They are
/// those of all tokens of the call, as providers have it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LongContext {
    /// The input tokens of a call, cached ones included, above which these prices are.
    pub above: i64,
    /// Input tokens that are neither read from nor written to a cache.
    pub input: Option<f64>,
    /// Output tokens.
    pub output: Option<f64>,
    /// Input tokens read from a cache.
    pub cache_read: Option<f64>,
    /// Input tokens written to a cache.
    pub cache_write: Option<f64>,
}

impl LongContext {
    /// No price is another above `tokens` input tokens; set the fields that are.
    pub const fn above(tokens: i64) -> Self {
        Self {
            above: tokens,
            input: None,
            output: None,
            cache_read: None,
            cache_write: None,
        }
    }
}

impl Rates {
    /// Prices of input and output, per million tokens.
    pub const fn new(input: f64, output: f64) -> Self {
        Self {
            input,
            output: Some(output),
            cache_read: None,
            cache_write: None,
            reasoning: None,
            long: [None; 2],
        }
    }

    /// The prices above a size of the context; of two sizes the larger one that a call exceeds counts. Of more
    /// than two the smaller ones stay.
    ///
    /// ```
    /// use genai::pricing::{LongContext, Rates, Usage};
    ///
    /// let mut long = LongContext::above(200_000);
    /// long.input = Some(2.5);
    /// let rates = Rates::new(1.25, 10.0).long_context(long);
    /// assert_eq!(rates.cost(&Usage::new().input(400_000)), Some(1.0));
    /// ```
    #[must_use]
    pub fn long_context(mut self, prices: LongContext) -> Self {
        let mut long: Vec<LongContext> = self.long.into_iter().flatten().collect();
        long.retain(|known| known.above != prices.above);
        long.push(prices);
        long.sort_by_key(|prices| prices.above);
        let mut long = long.into_iter();
        self.long = [long.next(), long.next()];
        self
    }

    /// The rates of a call with so many input tokens.
    fn at(&self, input: i64) -> Self {
        let mut rates = *self;
        let exceeded = self.long.iter().flatten().filter(|long| input > long.above);
        for long in exceeded {
            rates.input = long.input.unwrap_or(rates.input);
            rates.output = long.output.or(rates.output);
            rates.cache_read = long.cache_read.or(rates.cache_read);
            rates.cache_write = long.cache_write.or(rates.cache_write);
        }
        rates
    }

    /// The price of input of a model that has no output tokens, per million.
    pub const fn input_only(input: f64) -> Self {
        Self {
            output: None,
            ..Self::new(input, 0.0)
        }
    }

    /// The price of input read from a cache.
    #[must_use]
    pub const fn cache_read(mut self, rate: f64) -> Self {
        self.cache_read = Some(rate);
        self
    }

    /// The price of input written to a cache.
    #[must_use]
    pub const fn cache_write(mut self, rate: f64) -> Self {
        self.cache_write = Some(rate);
        self
    }

    /// The price of output spent on reasoning.
    #[must_use]
    pub const fn reasoning(mut self, rate: f64) -> Self {
        self.reasoning = Some(rate);
        self
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        let rates = [
            ("input", Some(self.input)),
            ("output", self.output),
            ("cache_read", self.cache_read),
            ("cache_write", self.cache_write),
            ("reasoning", self.reasoning),
        ];
        let long = self.long.iter().flatten().flat_map(|long| {
            [
                ("input", long.input),
                ("output", long.output),
                ("cache_read", long.cache_read),
                ("cache_write", long.cache_write),
            ]
        });
        for (field, rate) in rates.into_iter().chain(long) {
            if let Some(reason) = rate.and_then(mistake) {
                return Err(Error::new(field, reason));
            }
        }
        Ok(())
    }

    /// What a call cost in US dollars; `None` if it has no token count, or output tokens and no price of output.
    pub fn cost(&self, usage: &Usage) -> Option<f64> {
        // A negative count is none.
        let known = |n: Option<i64>| n.filter(|n| *n >= 0);
        let (input, output) = (known(usage.input), known(usage.output));
        let read = known(usage.cache_read);
        let write = known(usage.cache_write);
        let reasoning = known(usage.reasoning);
        if [input, output, read, write, reasoning]
            .iter()
            .all(Option::is_none)
        {
            return None;
        }
        // Parts are never more than the whole: where only a part is known, it is the whole.
        let read = read.unwrap_or(0);
        let write = write.unwrap_or(0);
        let reasoning = reasoning.unwrap_or(0);
        let fresh = input
            .unwrap_or(0)
            .saturating_sub(read)
            .saturating_sub(write)
            .max(0);
        let said = output.unwrap_or(0).saturating_sub(reasoning).max(0);
        let all = fresh.saturating_add(read).saturating_add(write);
        let rates = self.at(all);
        let parts = [
            (fresh, Some(rates.input)),
            (read, rates.cache_read.or(Some(rates.input))),
            (write, rates.cache_write.or(Some(rates.input))),
            (said, rates.output),
            (reasoning, rates.reasoning.or(rates.output)),
        ];
        let mut dollars = 0.0;
        for (tokens, rate) in parts {
            if tokens > 0 {
                dollars += millions(tokens) * rate?;
            }
        }
        Some(dollars)
    }
}

/// Why a number is no price.
pub(super) fn mistake(rate: f64) -> Option<String> {
    let is_price = rate.is_finite() && (0.0..=HIGHEST).contains(&rate);
    (!is_price).then(|| {
        format!(
            "a price is a number from 0 to {HIGHEST:?} (US dollars per million tokens), not {rate:?}"
        )
    })
}

#[allow(
    clippy::cast_precision_loss,
    reason = "a relative error of 2^-53 is far below what is promised"
)]
fn millions(tokens: i64) -> f64 {
    tokens as f64 / 1e6
}

/// The token counts of a call, as the conventions have them: input includes what caches were read and written for, output
/// includes reasoning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// `gen_ai.usage.input_tokens`.
    pub input: Option<i64>,
    /// `gen_ai.usage.output_tokens`.
    pub output: Option<i64>,
    /// `gen_ai.usage.cache_read.input_tokens`.
    pub cache_read: Option<i64>,
    /// `gen_ai.usage.cache_creation.input_tokens`.
    pub cache_write: Option<i64>,
    /// `gen_ai.usage.reasoning.output_tokens`.
    pub reasoning: Option<i64>,
}

impl Usage {
    /// No count is known.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            input: None,
            output: None,
            cache_read: None,
            cache_write: None,
            reasoning: None,
        }
    }

    /// With all input tokens; `None` leaves them unknown.
    #[must_use]
    pub fn input(mut self, tokens: impl Into<Option<i64>>) -> Self {
        self.input = tokens.into();
        self
    }

    /// With all output tokens; `None` leaves them unknown.
    #[must_use]
    pub fn output(mut self, tokens: impl Into<Option<i64>>) -> Self {
        self.output = tokens.into();
        self
    }

    /// With the part of the input that was read from a cache.
    #[must_use]
    pub fn cache_read(mut self, tokens: impl Into<Option<i64>>) -> Self {
        self.cache_read = tokens.into();
        self
    }

    /// With the part of the input that was written to a cache.
    #[must_use]
    pub fn cache_write(mut self, tokens: impl Into<Option<i64>>) -> Self {
        self.cache_write = tokens.into();
        self
    }

    /// With the part of the output that was reasoning.
    #[must_use]
    pub fn reasoning(mut self, tokens: impl Into<Option<i64>>) -> Self {
        self.reasoning = tokens.into();
        self
    }

    /// Whether there is any count.
    pub(crate) fn is_known(&self) -> bool {
        let counts = [
            self.input,
            self.output,
            self.cache_read,
            self.cache_write,
            self.reasoning,
        ];
        counts.into_iter().flatten().any(|count| count >= 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn above(tokens: i64, input: f64) -> LongContext {
        LongContext {
            input: Some(input),
            ..LongContext::above(tokens)
        }
    }

    #[test]
    fn of_the_sizes_of_a_context_the_two_smaller_ones_stay_and_the_last_of_one_size_counts() {
        let at = |rates: &Rates, input: i64| rates.at(input).input;
        let rates = Rates::new(1.0, 0.0)
            .long_context(above(300, 4.0))
            .long_context(above(100, 2.0))
            .long_context(above(200, 9.0))
            .long_context(above(200, 3.0));
        for (input, price) in [
            (0, 1.0),
            (100, 1.0),
            (101, 2.0),
            (200, 2.0),
            (201, 3.0),
            (301, 3.0),
        ] {
            assert_eq!(at(&rates, input), price, "{input}");
        }
        let two = Rates::new(1.0, 0.0)
            .long_context(above(200, 9.0))
            .long_context(above(100, 2.0))
            .long_context(above(200, 3.0));
        assert_eq!((at(&two, 150), at(&two, 250)), (2.0, 3.0));
        // What is not given is as below.
        let base = Rates::new(1.0, 2.0).cache_read(3.0).cache_write(4.0);
        let plain = base.long_context(LongContext::above(10)).at(11);
        assert_eq!((plain.input, plain.output), (1.0, Some(2.0)));
        assert_eq!(
            (plain.cache_read, plain.cache_write),
            (Some(3.0), Some(4.0))
        );
        let mut long = LongContext::above(10);
        (long.output, long.cache_read, long.cache_write) = (Some(5.0), Some(6.0), Some(7.0));
        let priced = base.long_context(long).at(11);
        assert_eq!((priced.input, priced.output), (1.0, Some(5.0)));
        assert_eq!(
            (priced.cache_read, priced.cache_write),
            (Some(6.0), Some(7.0))
        );
    }

    #[test]
    fn a_price_is_a_number_from_nothing_to_a_billion() {
        for fine in [0.0, 1e-9, 1e9] {
            assert_eq!(mistake(fine), None, "{fine}");
        }
        for wrong in [-1e-9, 1e9 + 1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let text = format!(
                "a price is a number from 0 to 1000000000.0 (US dollars per million tokens), not {wrong:?}"
            );
            assert_eq!(mistake(wrong), Some(text));
        }
        let rates = Rates::new(1.0, 1.0);
        let mut long = LongContext::above(1);
        long.cache_write = Some(-1.0);
        for (rates, field) in [
            (Rates::new(-1.0, 1.0), "input"),
            (Rates::new(1.0, -1.0), "output"),
            (rates.cache_read(-1.0), "cache_read"),
            (rates.cache_write(-1.0), "cache_write"),
            (rates.reasoning(-1.0), "reasoning"),
            (rates.long_context(above(1, -1.0)), "input"),
            (rates.long_context(long), "cache_write"),
        ] {
            assert_eq!(rates.check().unwrap_err().field(), Some(field));
        }
        assert_eq!(rates.long_context(above(1, 1.0)).check(), Ok(()));
    }

    #[test]
    fn a_usage_is_known_by_any_count_that_is_one() {
        let counts: [fn(i64) -> Usage; 5] = [
            |n| Usage::new().input(n),
            |n| Usage::new().output(n),
            |n| Usage::new().cache_read(n),
            |n| Usage::new().cache_write(n),
            |n| Usage::new().reasoning(n),
        ];
        for count in counts {
            assert!(count(0).is_known() && count(7).is_known() && !count(-1).is_known());
            assert!(Rates::new(1.0, 1.0).cost(&count(0)).is_some());
            assert!(Rates::new(1.0, 1.0).cost(&count(-1)).is_none());
            assert_eq!(Rates::new(1e6, 1e6).cost(&count(3)), Some(3.0));
        }
        assert!(!Usage::new().is_known());
    }
}
