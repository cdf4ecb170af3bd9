//! Annotated functions of every shape under the strictest lints: nothing of ours is found, by the compiler or by Clippy
//! (`cargo clippy -p genai-tests --test functions`).
#![deny(warnings, clippy::pedantic, clippy::nursery)]
#![deny(
    unused,
    unused_qualifications,
    unused_results,
    unreachable_pub,
    let_underscore_drop,
    single_use_lifetimes
)]
#![deny(
    trivial_casts,
    unused_lifetimes,
    rust_2018_idioms,
    elided_lifetimes_in_paths
)]

use std::future::{Future, ready};
use std::pin::Pin;

use futures::executor::block_on;
use futures::stream::{self, BoxStream, Stream, StreamExt as _};
use genai::testing::Harness;

#[derive(Debug)]
struct Failed;

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("failed")
    }
}

struct Ask {
    model: String,
    count: u32,
}

impl genai::Request for Ask {
    fn record_request(&self, recorder: &mut genai::Recorder<'_>) {
        recorder.str(genai::keys::GEN_AI_REQUEST_MODEL, &self.model);
    }
}

#[genai::chat(provider = openai, request = req)]
async fn by_reference(req: &Ask) -> Result<String, Failed> {
    ready(()).await;
    Ok(req.model.clone())
}

#[genai::tool(name = name)]
async fn said_to_be_unused<T>(_owned: String, name: String, _generic: T) -> usize {
    ready(name.len()).await
}

#[genai::chat(provider = openai, request = req)]
async fn by_value(req: Ask, text: String) -> Result<String, Failed> {
    ready(()).await;
    if text.is_empty() {
        return Err(Failed);
    }
    Ok(req.model + &text)
}

#[genai::chat(provider = openai, model = model, max_tokens = count, input = text,
    properties(a = 1), attributes(b = "x"), response(|text| id = text, model = text), error(|e| type = e.to_string()))]
async fn entries(model: String, count: u32, text: &str) -> Result<String, Failed> {
    ready(()).await;
    Ok(text.repeat(count as usize))
}

#[genai::chat(provider = openai, model = req.model, response = none)]
async fn one_line(req: &Ask) -> u32 {
    ready(req.count).await
}

#[genai::tool]
async fn unit() {
    ready(()).await;
}

#[genai::tool]
fn sync(mut list: Vec<u32>) -> Vec<u32> {
    list.push(1);
    list
}

#[genai::tool]
fn sync_unit(list: &mut Vec<u32>) {
    list.push(1);
}

#[genai::chat(provider = openai, model = model)]
fn future(model: &str) -> impl Future<Output = String> + Send + use<> {
    ready(model.to_owned())
}

#[genai::chat(provider = openai, model = "m", response = none)]
fn boxed<'a>(model: &'a str) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> {
    Box::pin(async move { model.len() })
}

#[genai::chat(provider = openai, model = "m", stream, response = none)]
fn opaque_stream(count: u32) -> impl Stream<Item = u32> {
    stream::iter(0..count)
}

#[genai::chat(provider = openai, model = "m", stream, response = none)]
async fn boxed_stream(count: u32) -> Result<BoxStream<'static, u32>, Failed> {
    ready(()).await;
    Ok(stream::iter(0..count).boxed())
}

#[genai::context(conversation_id = id, properties(a = count))]
async fn context(id: String, count: u32) -> u32 {
    ready(count).await
}

#[genai::context(conversation_id = id)]
fn sync_context(id: &str) -> usize {
    id.len()
}

struct Model;

impl Model {
    #[genai::agent(provider = openai, name = "a", response = none)]
    async fn by_ref(&self, _: String, (a, b): (String, String)) -> usize {
        ready(a.len() + b.len()).await
    }

    #[genai::agent(provider = openai, name = "a", response = none)]
    async fn by_self(self: Box<Self>) -> Box<Self> {
        ready(self).await
    }
}

/// The user's own mistakes are still found, at the user's own tokens.
#[allow(clippy::redundant_pub_crate, reason = "`unreachable_pub` wants it")]
mod mistakes {
    #[expect(unused_variables, reason = "found")]
    #[genai::tool]
    pub(super) async fn unused(owned: String, number: u32, reference: &str) {
        std::future::ready(()).await;
    }

    #[expect(unused_mut, reason = "found")]
    #[genai::tool]
    pub(super) async fn needless_mut(mut owned: String) -> usize {
        std::future::ready(owned.len()).await
    }

    #[expect(unused_mut, reason = "found")]
    #[genai::chat(provider = openai, model = owned, response = none)]
    pub(super) async fn needless_mut_of_read(mut owned: String) -> usize {
        std::future::ready(owned.len()).await
    }

    #[expect(clippy::needless_return, clippy::let_and_return, reason = "found")]
    #[genai::tool]
    pub(super) async fn needless_return(number: u32) -> u32 {
        if number > 3 {
            let number = std::future::ready(number).await;
            number
        } else {
            return 3;
        }
    }

    #[expect(unused_must_use, unreachable_code, reason = "found")]
    #[genai::tool]
    pub(super) fn unreachable(number: u32) -> Result<u32, std::fmt::Error> {
        u8::try_from(number);
        return Ok(1);
        Ok(2)
    }

    #[expect(clippy::needless_pass_by_value, reason = "found")]
    #[genai::context(conversation_id = "c")]
    pub(super) fn by_value(list: Vec<u32>) -> usize {
        list.len()
    }
}

#[test]
#[expect(
    clippy::significant_drop_tightening,
    reason = "the harness lasts as long as the test"
)]
fn strict_lints_find_nothing() {
    let harness = Harness::install();
    let ask = || Ask {
        model: "m".to_owned(),
        count: 2,
    };
    assert!(block_on(by_reference(&ask())).is_ok());
    assert!(block_on(by_value(ask(), "x".to_owned())).is_ok());
    assert_eq!(
        block_on(said_to_be_unused(String::new(), "x".to_owned(), 1)),
        1
    );
    assert!(block_on(entries("m".to_owned(), 2, "x")).is_ok());
    assert_eq!(block_on(one_line(&ask())), 2);
    block_on(unit());
    assert_eq!(sync(vec![]), [1]);
    sync_unit(&mut vec![]);
    assert_eq!(block_on(future("m")), "m");
    assert_eq!(block_on(boxed("m")), 1);
    assert_eq!(block_on(opaque_stream(2).count()), 2);
    assert_eq!(
        block_on(async { boxed_stream(2).await.unwrap().count().await }),
        2
    );
    assert_eq!(block_on(context("c".to_owned(), 3)), 3);
    assert_eq!(sync_context("c"), 1);
    assert_eq!(
        block_on(Model.by_ref(String::new(), (String::new(), String::new()))),
        0
    );
    drop::<Box<Model>>(block_on(Box::new(Model).by_self()));
    assert_eq!(harness.spans().len(), 14);
    block_on(mistakes::unused(String::new(), 1, ""));
    assert_eq!(block_on(mistakes::needless_mut(String::new())), 0);
    assert_eq!(block_on(mistakes::needless_mut_of_read(String::new())), 0);
    assert_eq!(block_on(mistakes::needless_return(3)), 3);
    assert!(mistakes::unreachable(3).is_ok());
    assert_eq!(mistakes::by_value(vec![]), 0);
}
