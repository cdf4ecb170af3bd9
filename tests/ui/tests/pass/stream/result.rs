use futures_core::Stream;
use genai_ui_tests::{collect, words};

#[genai::chat(provider = openai, stream, response = none)]
fn ask(text: &str) -> Result<impl Stream<Item = String> + use<>, std::fmt::Error> {
    Ok(words(text))
}

#[test]
fn runs() {
    assert_eq!(
        ask("a b").map(collect),
        Ok(vec!["a".to_owned(), "b".to_owned()])
    );
}
