//! Random attributes and items: never a panic, and what comes out is the function or errors beside it.
//!
//! `GENAI_RANDOM_ROUNDS` cases from `GENAI_RANDOM_START` on; the fuzz target looks for them with its eyes open.

use super::generator::{Case, Choices};

/// Bytes from a number, so that a failure can be repeated.
struct Random(u64);

impl Iterator for Random {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Some(self.0.to_be_bytes()[1])
    }
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(otherwise)
}

#[test]
fn random_cases() {
    let start = number("GENAI_RANDOM_START", 1);
    // `.ci/run` sets the variable.
    let is_thorough = std::env::var_os("GENAI_THOROUGH").is_some();
    let rounds = if is_thorough { 60_000 } else { 10_000 };
    for seed in start..start + number("GENAI_RANDOM_ROUNDS", rounds) {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let case = Case::generate(&mut Choices(&mut random));
        let checked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| case.check()));
        assert!(checked.is_ok(), "seed {seed}: {case}");
    }
}
