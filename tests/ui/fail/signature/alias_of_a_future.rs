use std::future::Future;
use std::pin::Pin;

type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

#[genai::chat(provider = openai)]
fn ask() -> Later<String> {
    Box::pin(async { String::new() })
}

#[genai::tool]
async fn spawned() -> std::future::Ready<u8> {
    std::future::ready(1)
}

#[genai::context(conversation_id = "c")]
fn handler() -> Later<String> {
    ask()
}

fn main() {}
