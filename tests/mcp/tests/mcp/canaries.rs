//! Content that is switched off is nowhere: few calls of every kind here (some more in `.ci/run`), many with `cargo run --release -p genai-mcp-tests --bin
//! canaries`.

use std::collections::{BTreeMap, BTreeSet};

use genai::ContentCapture;
use genai_mcp_tests::canaries::run;

#[test]
fn content_that_is_off_is_nowhere() {
    let is_thorough = std::env::var_os("GENAI_THOROUGH").is_some();
    let calls = if is_thorough { 2_000 } else { 500 };
    let found = run(calls, 20_261_130, ContentCapture::NoContent);
    assert_eq!(found.let_out, BTreeMap::new());
    assert_eq!(found.findings, BTreeSet::new());
    assert!(found.spans > 2 * found.calls, "{}", found.spans);
}

#[test]
fn the_search_finds_content_that_is_on() {
    let found = run(200, 1, ContentCapture::SpanOnly);
    for what in ["answers", "fails", "tool"] {
        let is_found = |call: &String| call.rsplit(' ').next() == Some(what);
        assert!(found.let_out.keys().any(is_found), "{:?}", found.let_out);
    }
}
