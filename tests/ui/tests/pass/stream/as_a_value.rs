use futures_core::Stream;
use genai_ui_tests::{collect, words};

#[genai::chat(provider = openai, returns = value, response = none)]
fn ask(text: &str) -> impl Stream<Item = String> + use<> {
    words(text)
}

#[test]
fn runs() {
    assert_eq!(collect(ask("a b")), ["a", "b"]);
}
