//! A program with annotated functions and without any provider: it prints nothing and allocates what it would without them.
//!
//! The test `operations` runs it. It exits with an error, and says why, where that is not so.

use std::future::ready;
use std::process::ExitCode;

use futures::FutureExt as _;
use genai::GenAiContext;
use genai_tests::support::alloc::{Calls, Counted};

#[global_allocator]
static ALLOCATOR: Counted<Calls> = Counted(Calls);

#[derive(Clone, Copy, Debug, PartialEq)]
struct Reply {
    model: &'static str,
    tokens: u32,
}

#[derive(Debug, PartialEq)]
struct Failed;

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("it failed")
    }
}

fn reply(prompt: &str) -> Result<Reply, Failed> {
    match prompt.len() {
        0 => Err(Failed),
        tokens => Ok(Reply {
            model: "gpt-5-2025-08-07",
            tokens: u32::try_from(tokens).unwrap_or(u32::MAX),
        }),
    }
}

#[genai::chat(
    provider = openai,
    model = model,
    temperature = 0.2,
    stop_sequences = ["end", "stop"],
    server.address = format!("{model}.example.com"),
    input = genai::message::user(prompt),
    response(|r| model = r.model, input_tokens = r.tokens, output_tokens = 7, finish_reasons = "stop"),
    error(|e| type = e.to_string()),
    properties(user.id = prompt.to_owned()),
    attributes(app.feature = "triage"),
    metric_attributes(app.tier = "gold"),
)]
async fn chat(model: &str, prompt: &str) -> Result<Reply, Failed> {
    genai::current().output_tokens(7);
    ready(()).await;
    reply(prompt)
}

#[genai::chat(provider = openai, model = model, response(|r| model = r.model, input_tokens = r.tokens))]
fn chat_sync(model: &str, prompt: &str) -> Result<Reply, Failed> {
    reply(prompt)
}

#[genai::embeddings(provider = openai, model = model, response(|r| model = r.model, input_tokens = r.tokens))]
async fn embed(model: &str, prompt: &str) -> Result<Reply, Failed> {
    ready(()).await;
    reply(prompt)
}

#[genai::workflow(name = model.to_owned(), response = none)]
async fn nested(model: &str, prompt: &str) -> Result<Reply, Failed> {
    chat(model, prompt).await?;
    embed(model, prompt).await
}

#[genai::context(conversation_id = model, properties(user.id = prompt))]
async fn with_context(model: &str, prompt: &str) -> Result<Reply, Failed> {
    chat(model, prompt).await
}

/// What `with_context` is by hand: the context is there for the program's own use, provider or not.
async fn with_context_by_hand(model: &str, prompt: &str) -> Result<Reply, Failed> {
    let context = GenAiContext::current()
        .conversation_id(model)
        .property("user.id", prompt);
    context.scope(async move { reply(prompt) }).await
}

#[genai::context]
async fn inheriting(model: &str, prompt: &str) -> Result<Reply, Failed> {
    chat(model, prompt).await
}

async fn inheriting_by_hand(_: &str, prompt: &str) -> Result<Reply, Failed> {
    GenAiContext::current()
        .scope(async move { reply(prompt) })
        .await
}

/// The call with all that is known of it later.
async fn judged(model: &str, prompt: &str) -> Result<Reply, Failed> {
    let (reply, seen) = genai::observed(chat(model, prompt)).await;
    genai::Evaluation::new("relevance")
        .score(0.93)
        .label("pass")
        .explanation(prompt)
        .llm("judge-v2")
        .emit(&seen);
    genai::feedback(&seen, "thumbs", true)
        .human()
        .comment(prompt)
        .emit();
    reply
}

async fn bare(_: &str, prompt: &str) -> Result<Reply, Failed> {
    ready(()).await;
    reply(prompt)
}

/// The allocations of 1,000 calls: the fewest of some rounds, since a look at OpenTelemetry's globals may fall into one.
fn allocations(call: impl Fn(&str, &str) -> Option<Result<Reply, Failed>>) -> Result<u64, String> {
    let mut fewest = u64::MAX;
    for _ in 0..5 {
        let mut other = None;
        let allocated = Calls::during(|| {
            for _ in 0..500 {
                for prompt in ["hello", ""] {
                    let got = call("gpt-5", prompt);
                    if got != Some(reply(prompt)) {
                        other = Some(got);
                    }
                }
            }
        });
        if let Some(got) = other {
            return Err(format!("the result is another one: {got:?}"));
        }
        fewest = fewest.min(allocated);
    }
    Ok(fewest)
}

fn main() -> ExitCode {
    type Call = fn(&str, &str) -> Option<Result<Reply, Failed>>;
    let cases: [(&str, Call, Call); 7] = [
        (
            "chat",
            |m, p| chat(m, p).now_or_never(),
            |m, p| bare(m, p).now_or_never(),
        ),
        (
            "sync chat",
            |m, p| Some(chat_sync(m, p)),
            |m, p| bare(m, p).now_or_never(),
        ),
        (
            "embeddings",
            |m, p| embed(m, p).now_or_never(),
            |m, p| bare(m, p).now_or_never(),
        ),
        (
            "nested",
            |m, p| nested(m, p).now_or_never(),
            |m, p| bare(m, p).now_or_never(),
        ),
        (
            "evaluation",
            |m, p| judged(m, p).now_or_never(),
            |m, p| bare(m, p).now_or_never(),
        ),
        (
            "context",
            |m, p| with_context(m, p).now_or_never(),
            |m, p| with_context_by_hand(m, p).now_or_never(),
        ),
        (
            "inherited context",
            |m, p| inheriting(m, p).now_or_never(),
            |m, p| inheriting_by_hand(m, p).now_or_never(),
        ),
    ];
    let mut outcome = ExitCode::SUCCESS;
    for (name, annotated, bare) in cases {
        match (allocations(annotated), allocations(bare)) {
            (Ok(with), Ok(without)) if with <= without => {}
            (with, without) => {
                eprintln!("{name}: allocations {with:?}, without the attribute {without:?}");
                outcome = ExitCode::FAILURE;
            }
        }
    }
    // The counter counts: boxes are seen.
    let boxed = allocations(|_, p| Some(*Box::new(std::hint::black_box(reply(p)))));
    if boxed != Ok(1000) {
        eprintln!("1,000 boxes are {boxed:?} allocations");
        outcome = ExitCode::FAILURE;
    }
    outcome
}
