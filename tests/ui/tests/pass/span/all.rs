//! Operations of the user's own: on every shape, with every entry.
use genai_ui_tests::{Words, block_on, collect, words};

#[genai::span]
fn plain(n: u32) -> u32 {
    n + 1
}

#[genai::span(
    name = format!("step {n}"), span_kind = client, crate = ::genai,
    attributes(app.n = n, "app.text" = text, gen_ai.request.model = "m", gen_ai.request.max_tokens = n),
    properties(user.id = text), error(|e| type = e.kind().to_string()))]
async fn full(text: &str, n: u32) -> Result<String, std::io::Error> {
    Ok(format!("{text}{n}"))
}

#[genai::span(name = "words", stream)]
fn stream(text: &str) -> impl futures_core::Stream<Item = String> + use<> {
    words(text)
}

#[genai::span(name = "words", stream)]
async fn stream_later(text: &str) -> Result<impl futures_core::Stream<Item = String> + use<>, u8> {
    Ok::<Words, u8>(words(text))
}

#[genai::span(returns = future)]
fn future() -> std::pin::Pin<Box<dyn Future<Output = u8>>> {
    Box::pin(async { 1 })
}

#[test]
fn runs() {
    assert_eq!(plain(1), 2);
    assert_eq!(block_on(full("a", 1)).ok().as_deref(), Some("a1"));
    assert_eq!(collect(stream("a b")), ["a", "b"]);
    assert!(block_on(stream_later("a b")).is_ok_and(|s| collect(s).len() == 2));
    assert_eq!(block_on(future()), 1);
}
