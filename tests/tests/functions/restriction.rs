//! Lints of clippy's `restriction` group that a crate may switch on for itself: an expansion breaks none of them.

#![deny(clippy::restriction)]
#![allow(
    clippy::blanket_clippy_restriction_lints,
    clippy::missing_docs_in_private_items,
    clippy::single_call_fn,
    clippy::absolute_paths,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::tests_outside_test_module,
    clippy::unused_trait_names,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::needless_return,
    clippy::arbitrary_source_item_ordering,
    clippy::min_ident_chars,
    clippy::str_to_string,
    reason = "about code of one's own, of which there is as little here as there can be"
)]

use core::future::Future;
use core::pin::Pin;
use futures::stream::{self, Stream};

struct Failed;

struct Asker {
    model: String,
}

#[genai::chat(provider = openai, model = model, temperature = 0.5, response(|r| input_tokens = *r))]
async fn chat(model: &str) -> Result<u32, Failed> {
    return Ok(u32::from(model.is_empty()));
}

#[genai::chat(provider = openai, model = model, response(|r| input_tokens = *r), error(|e| type = kind(e)))]
fn chat_sync(model: &str) -> Result<u32, Failed> {
    return Ok(u32::from(model.is_empty()));
}

const fn kind(_: &Failed) -> &'static str {
    return "failed";
}

#[genai::chat(provider = openai, request = openai(model), response = openai)]
async fn in_a_format(model: &str) -> Result<String, Failed> {
    return Ok(model.to_owned());
}

#[genai::chat(provider = openai, response = openai, stream)]
fn items_in_a_format() -> impl Stream<Item = Result<String, Failed>> {
    return stream::empty();
}

#[genai::chat(provider = openai, streaming, response(|r| error = r.then_some("failed")))]
fn streaming() -> bool {
    return false;
}

#[genai::tool(arguments = city)]
fn tool(city: &str) -> bool {
    return city.is_empty();
}

#[genai::tool(name = "now")]
fn tool_of_nothing() {}

#[genai::agent(provider = openai, name = "a", response = none)]
fn later(model: String) -> impl Future<Output = bool> {
    return async move {
        return model.is_empty();
    };
}

#[genai::workflow(name = "w", properties(tenant = tenant))]
async fn workflow(tenant: &str, (first, _): (u8, u8)) -> u8 {
    return if tenant.is_empty() { first } else { 0 };
}

#[genai::context(conversation_id = id)]
#[genai::span(name = "s")]
async fn contextual(id: &str) -> bool {
    return id.is_empty();
}

#[genai::chat(provider = openai, model = "m", stream)]
fn streamed() -> impl Stream<Item = Result<serde_json::Value, Failed>> {
    return stream::empty();
}

#[genai::chat(provider = openai, model = "m", stream)]
async fn streamed_later() -> Result<impl Stream<Item = Result<serde_json::Value, Failed>>, Failed> {
    return Ok(stream::empty());
}

#[genai::retrieval(data_source_id = "d", query = query, response(|r| documents = r))]
async fn retrieve(query: &str) -> Result<Vec<genai::message::Document>, Failed> {
    return Ok(vec![genai::message::Document::new(query, 1.0)]);
}

#[genai::evaluation(name = "brief", of = genai::SpanRef::new(), result(|r| score = *r))]
async fn judge(answer: &str) -> f64 {
    return if answer.is_empty() { 1.0 } else { 0.0 };
}

#[genai::context(conversation_id = id)]
fn contextual_stream(id: &str) -> impl Stream<Item = bool> {
    return stream::iter([id.is_empty()]);
}

#[genai::context(conversation_id = id)]
#[genai::agent(provider = openai, name = "a", response = none)]
fn boxed(id: String) -> Pin<Box<dyn Future<Output = Result<bool, Failed>> + Send>> {
    return Box::pin(async move {
        return Ok(id.is_empty());
    });
}

trait Ask {
    async fn asked(&self, times: u8) -> Result<u8, Failed>;
}

impl Ask for Asker {
    #[genai::agent(provider = openai, name = "a", response = none)]
    async fn asked(&self, mut times: u8) -> Result<u8, Failed> {
        if self.model.is_empty() {
            return Err(Failed);
        }
        times = times.saturating_add(1);
        return Ok(times);
    }
}

impl Asker {
    #[genai::chat(provider = openai, model = self.model, response = none)]
    async fn ask(&self, prompt: &str) -> bool {
        return prompt.is_empty();
    }

    #[genai::embeddings(provider = openai, model = self.model, response = none)]
    fn embed(&mut self, prompt: String) -> usize {
        self.model.push_str(&prompt);
        return self.model.len();
    }
}

#[test]
fn they_run() {
    let mut asker = Asker {
        model: String::new(),
    };
    let all = async {
        let first = chat("m").await.is_ok() && chat_sync("m").is_ok() && tool("p");
        tool_of_nothing();
        let second = later(String::new()).await && contextual("c").await && asker.ask("p").await;
        drop((
            in_a_format("m").await,
            items_in_a_format(),
            streaming(),
            streamed(),
            streamed_later().await,
            workflow("t", (1, 2)).await,
            retrieve("q").await,
            judge("a").await,
            contextual_stream("c"),
            boxed(String::new()).await,
            asker.asked(1).await,
        ));
        return first || second;
    };
    assert!(
        futures::executor::block_on(all) || asker.embed("p".to_owned()) == 1,
        "they ran"
    );
}
