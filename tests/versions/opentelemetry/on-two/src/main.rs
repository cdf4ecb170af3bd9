//! An application with two older versions of OpenTelemetry, as one has them whose libraries are of different age.

use genai::GenAiContext;
use older::trace::{FutureExt as _, TraceContextExt as _, Tracer as _};
use opentelemetry::trace::{TraceContextExt as _, Tracer as _};

#[genai::chat(provider = openai, model = "m", response = none)]
async fn ask() -> Result<String, std::io::Error> {
    opentelemetry::global::tracer("app").in_span("inside", |_| ());
    older::global::tracer("app").in_span("inside the older", |_| ());
    tokio::task::yield_now().await;
    Ok(String::new())
}

#[genai::agent(provider = openai, name = "a")]
async fn agent() -> Result<String, std::io::Error> {
    tokio::spawn(older::trace::FutureExt::with_current_context(ask())).await.expect("it ends")?;
    tokio::spawn(opentelemetry::trace::FutureExt::with_current_context(ask())).await.expect("it ends")
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let newer = opentelemetry_sdk::trace::InMemorySpanExporter::default();
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().with_simple_exporter(newer.clone());
    opentelemetry::global::set_tracer_provider(provider.build());
    let older = older_sdk::trace::InMemorySpanExporter::default();
    let provider = older_sdk::trace::SdkTracerProvider::builder().with_simple_exporter(older.clone());
    older::global::set_tracer_provider(provider.build());

    // The newer of the two gets the telemetry; conversation and parent go by either context.
    GenAiContext::new().conversation_id("c-1").scope(agent()).await.expect("it answers");
    let spans = newer.get_finished_spans().unwrap();
    let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    assert_eq!(names, ["inside", "chat m", "inside", "chat m", "invoke_agent a"]);
    let agent = &spans[4];
    for (inside, chat) in [(&spans[0], &spans[1]), (&spans[2], &spans[3])] {
        assert_eq!(inside.parent_span_id, chat.span_context.span_id());
        assert_eq!(chat.parent_span_id, agent.span_context.span_id());
        let id = chat.attributes.iter().find(|a| a.key.as_str() == "gen_ai.conversation.id");
        assert_eq!(id.map(|a| a.value.as_str().into_owned()), Some("c-1".to_owned()));
    }
    // Spans of the older one are below ours by their ids.
    let below = older.get_finished_spans().unwrap();
    assert_eq!(below.len(), 2);
    for (below, chat) in below.iter().zip([&spans[1], &spans[3]]) {
        assert_eq!(below.parent_span_id.to_bytes(), chat.span_context.span_id().to_bytes());
        assert_eq!(below.span_context.trace_id().to_bytes(), chat.span_context.trace_id().to_bytes());
    }

    // A span of the older one alone is the parent where the newer one has none.
    newer.reset();
    let root = older::Context::current_with_span(older::global::tracer("app").start("root"));
    ask().with_context(root.clone()).await.expect("it answers");
    let spans = newer.get_finished_spans().unwrap();
    assert_eq!(spans[1].parent_span_id.to_bytes(), root.span().span_context().span_id().to_bytes());
    assert!(!opentelemetry::Context::current().has_active_span());
    println!("0.28 and 0.31 ... ok");
}
