use std::pin::Pin;

use futures_core::Stream;
use genai_ui_tests::{block_on, collect, words};

type Words = Pin<Box<dyn Stream<Item = String> + Send>>;
type Answer = Result<Words, std::fmt::Error>;
type ApiResult<T> = Result<T, std::fmt::Error>;

#[genai::chat(provider = openai, stream, response = none)]
async fn alias(text: &str) -> Answer {
    Ok(Box::pin(words(text)))
}

#[genai::chat(provider = openai, stream, response = none)]
fn generic(text: &str) -> ApiResult<Words> {
    Ok(Box::pin(words(text)))
}

#[genai::chat(provider = openai, stream, response = none)]
fn opaque(text: &str) -> ApiResult<impl Stream<Item = String> + use<>> {
    Ok(words(text))
}

#[test]
fn runs() {
    let both = || Ok(vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!(block_on(alias("a b")).map(collect), both());
    assert_eq!(generic("a b").map(collect), both());
    assert_eq!(opaque("a b").map(collect), both());
}
