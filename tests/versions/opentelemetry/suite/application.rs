//! An application as they are: its own spans around, inside and between, a job on another thread, a failure.

use std::time::Duration;

use genai::GenAiContext;
use genai::message::user;
use opentelemetry::trace::{FutureExt as _, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, global};

use crate::older::Memory;
use crate::version::bridge;

#[derive(Debug)]
pub struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("broken")
    }
}

impl std::error::Error for Broken {}

/// As the application's own instrumentation does it.
pub fn own_span(name: &'static str) {
    global::tracer("app").in_span(name, |_| ());
}

#[genai::chat(provider = openai, model = "gpt-5", input = user(prompt),
    response(|r| input_tokens = 7, output_tokens = 9, finish_reasons = "stop", output = r))]
pub async fn ask(prompt: &str) -> Result<String, Broken> {
    own_span("http");
    tokio::time::sleep(Duration::from_millis(2)).await;
    own_span("http");
    if prompt == "fail" { Err(Broken) } else { Ok(format!("said {prompt}")) }
}

#[genai::agent(provider = openai, name = "planner")]
async fn agent() -> Result<String, Broken> {
    genai::set_context(GenAiContext::current().conversation_id("c-inside"));
    // One of the application's spans between two of ours, across an await.
    let between = Context::current_with_span(global::tracer("app").start("between"));
    ask("nested").with_context(between).await?;
    own_span("after");
    tokio::spawn(ask("spawned").with_current_context()).await.expect("it ends")
}

fn on_another_thread<F: Future<Output: Send> + Send + 'static>(job: F) -> F::Output {
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(job)
    };
    std::thread::spawn(run).join().expect("it ends")
}

pub async fn scenario() {
    let memory = Memory::new();
    memory.set_global();
    genai::Telemetry::builder()
        .logger_provider(bridge::logger_provider(memory.loggers.clone()))
        .capture(genai::ContentCapture::SpanAndEvent)
        .emit_events(true)
        .install();

    let root = Context::current_with_span(global::tracer("app").start("root"));
    let handler = async {
        ask("hello").await.expect("it answers");
        ask("fail").await.expect_err("it fails");
    };
    handler.with_context(root.clone()).await;
    root.span().end();

    // The conversation of a scope, and of one that is set inside, by the application's own context alone.
    let job = {
        let _scope = GenAiContext::new().conversation_id("c-outer").property("user.id", "alice").attach();
        ask("a job").with_current_context()
    };
    on_another_thread(job).expect("it answers");
    agent().await.expect("it answers");
    // Nothing is left behind.
    assert!(!Context::current().has_active_span());
    assert!(genai::context().is_empty());
    ask("alone").await.expect("it answers");

    let got = memory.telemetry();
    assert_eq!(
        got.parents("chat gpt-5"),
        ["root", "root", "-", "between", "invoke_agent planner", "-"]
    );
    assert_eq!(got.parents("http"), ["chat gpt-5"; 12]);
    assert_eq!(got.parents("between"), ["invoke_agent planner"]);
    assert_eq!(got.parents("after"), ["invoke_agent planner"]);
    let conversations = got.named("chat gpt-5").into_iter().map(|s| s.get("gen_ai.conversation.id"));
    let (outer, inside) = (Some("string c-outer"), Some("string c-inside"));
    assert_eq!(conversations.collect::<Vec<_>>(), [None, None, outer, inside, inside, None]);
    let job = got.named("chat gpt-5")[2].clone();
    assert_eq!(job.get("gen_ai.association.properties.user.id"), Some("string alice"));

    let [hello, failed, ..] = got.named("chat gpt-5")[..] else { panic!("{got:?}") };
    assert_eq!((hello.kind.as_str(), hello.status.as_str()), ("Client", "Unset"));
    assert_eq!(hello.get("gen_ai.usage.input_tokens"), Some("int 7"));
    assert!(hello.get("gen_ai.output.messages").unwrap().contains("said hello"));
    assert!(hello.scope.starts_with("genai Some("), "{}", hello.scope);
    assert_eq!(failed.status, "Error { description: \"broken\" }");

    let durations = got.points.iter().filter(|p| p.metric == "gen_ai.client.operation.duration");
    let chats: u64 = durations.clone().filter(|p| p.labels["gen_ai.operation.name"] == "string chat").map(|p| p.count).sum();
    assert_eq!(chats, 6, "{:#?}", got.points);
    for point in durations {
        assert_eq!((point.unit.as_str(), point.bounds.len(), point.bounds[0]), ("s", 14, 0.01));
        assert_eq!(point.description, "Duration of a GenAI operation.");
    }
    let tokens: f64 = got.points.iter().filter(|p| p.metric == "gen_ai.client.token.usage").filter_map(|p| p.sum).sum();
    assert_eq!(tokens, 5.0 * (7.0 + 9.0));

    let event = &got.events[0];
    assert_eq!(event.name, "gen_ai.client.inference.operation.details");
    assert_eq!((event.span.as_deref(), event.severity.as_str()), (Some("chat gpt-5"), "Some(Info)"));
    assert_eq!(
        event.attributes["gen_ai.input.messages"],
        "[{parts: [{content: string hello, type: string text}], role: string user}]"
    );
    assert_eq!(got.events.len(), 6);
}
