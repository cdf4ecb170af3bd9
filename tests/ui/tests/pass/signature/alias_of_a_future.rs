use std::future::{Future, Ready, ready};
use std::pin::Pin;

use genai_ui_tests::block_on;

type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

struct Reply<'a>(&'a str);

trait Makes {
    type Made;

    fn make(&self) -> Self::Made;
}

impl Makes for u8 {
    type Made = Ready<Self>;

    #[genai::tool(returns = value)]
    fn make(&self) -> Self::Made {
        ready(*self)
    }
}

#[genai::chat(provider = openai, returns = future)]
#[genai::context(conversation_id = text)]
fn ask(text: &str) -> Later<'_, String> {
    Box::pin(async move { text.to_owned() })
}

#[genai::context(conversation_id = text, returns = future)]
fn handler(text: &str) -> Later<'_, String> {
    ask(text)
}

#[genai::tool(returns = value)]
async fn spawned() -> Ready<u8> {
    ready(1)
}

#[genai::tool]
fn borrowed(text: &str) -> Reply<'_> {
    Reply(text)
}

#[genai::tool]
async fn generic<T: Clone>(value: &T) -> T {
    value.clone()
}

#[genai::tool]
fn nested(count: u32) -> std::iter::Take<impl Iterator<Item = u32>> {
    std::iter::repeat(1).take(count as usize)
}

#[test]
fn runs() {
    assert_eq!(block_on(handler("a")), "a");
    assert_eq!(block_on(block_on(spawned())), 1);
    assert_eq!(block_on(3.make()), 3);
    assert_eq!(borrowed("a").0, "a");
    assert_eq!(block_on(generic(&4)), 4);
    assert_eq!(nested(5).sum::<u32>(), 5);
}
