//! Any text through the rules of redaction: no panic, a secret that stands by itself is found whatever is before and after it, and
//! what is none stays.
//!
//! `cargo +nightly fuzz run redact`
#![no_main]

use std::sync::LazyLock;

use genai::redact::Rules;
use libfuzzer_sys::fuzz_target;

static RULES: LazyLock<Rules> = LazyLock::new(Rules::standard);

const SECRETS: [&str; 3] = ["alice@example.com", "4111 1111 1111 1111", "DE89370400440532013000"];

/// No rule finds anything in it.
const INNOCENT: &str = "the weather in Paris";

/// How a key begins that may have no end: all that follows is taken for it.
const KEY: &str = "-----BEGIN ";

fuzz_target!(|text: &str| {
    let half = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let (before, after) = text.split_at(half);
    for secret in SECRETS {
        let around = format!("{before}\n\n{secret}\n\n{after}");
        let found = RULES.text(&around);
        let before = before.matches(secret).count() + after.matches(secret).count();
        assert!(found.matches(secret).count() <= before, "{secret} in {found:?}");
    }
    let around = format!("{before}\n\n{INNOCENT}\n\n{after}");
    if !before.contains(KEY) {
        assert!(RULES.text(&around).contains(INNOCENT), "{around:?}");
    }
});
