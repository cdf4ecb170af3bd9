//! How much of a test that repeats itself is run: a part by default, all of it where `GENAI_THOROUGH` is set, as `.ci/run` does.

/// Whether everything is run.
#[must_use]
pub fn is_thorough() -> bool {
    std::env::var_os("GENAI_THOROUGH").is_some()
}

/// How many of `all` rounds are run: a sixth by default.
#[must_use]
pub fn rounds(all: usize) -> usize {
    if is_thorough() { all } else { all.div_ceil(6) }
}

/// Whether case `n` is run: one of `of` by default.
#[must_use]
pub fn takes_turn(n: usize, of: usize) -> bool {
    n.is_multiple_of(of) || is_thorough()
}
