use futures_core::Stream;
use genai_ui_tests::{collect, words};

use std::pin::Pin;

#[genai::chat(provider = openai, stream, chunk_timing = false, response = none)]
fn ask(text: &str) -> Pin<Box<dyn Stream<Item = String> + Send>> {
    Box::pin(words(text))
}

#[test]
fn runs() {
    assert_eq!(collect(ask("a b")), ["a", "b"]);
}
