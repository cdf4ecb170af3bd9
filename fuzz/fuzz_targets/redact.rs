//! Any text through the rules of redaction: no panic, a text without a secret stays as it is, and a secret that stands by itself is
//! found whatever is before and after it.
//!
//! `cargo +nightly fuzz run redact`
#![no_main]

use std::borrow::Cow;
use std::sync::LazyLock;

use genai::redact::Rules;
use libfuzzer_sys::fuzz_target;

static RULES: LazyLock<Rules> = LazyLock::new(Rules::standard);

const SECRETS: [&str; 3] = ["alice@example.com", "4111 1111 1111 1111", "DE89370400440532013000"];

fuzz_target!(|text: &str| {
    if let Cow::Borrowed(same) = RULES.text(text) {
        assert_eq!(same, text);
    }
    let half = (0..=text.len() / 2).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let (before, after) = text.split_at(half);
    for secret in SECRETS {
        let around = format!("{before}\n\n{secret}\n\n{after}");
        let found = RULES.text(&around);
        let before = before.matches(secret).count() + after.matches(secret).count();
        assert!(found.matches(secret).count() <= before, "{secret} in {found:?}");
    }
});
