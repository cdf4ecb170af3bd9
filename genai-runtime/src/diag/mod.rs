//! Calling code that is not ours, and saying something once.
//!
//! In come closures of users and providers, and things to report; out come their results, or nothing where they panicked, and
//! one line per kind in OpenTelemetry's internal log.

#[cfg(test)]
pub(crate) mod alone;
pub(crate) mod call_out;
pub(crate) mod guard;
#[cfg(test)]
pub(crate) mod heard;
pub(crate) mod locks;
pub(crate) mod retired;
pub(crate) mod sync;
pub(crate) mod warn;

/// Whether tests that repeat themselves run all of it: where `GENAI_THOROUGH` is set, as `.ci/run` does.
#[cfg(test)]
pub(crate) fn is_thorough() -> bool {
    std::env::var_os("GENAI_THOROUGH").is_some()
}

/// How many of `all` rounds a test runs: a sixth by default.
#[cfg(test)]
pub(crate) fn rounds(all: usize) -> usize {
    if is_thorough() { all } else { all.div_ceil(6) }
}

/// Whether a test runs its case `n`: one of `of` by default.
#[cfg(test)]
pub(crate) fn takes_turn(n: usize, of: usize) -> bool {
    n % of == 0 || is_thorough()
}
