//! An application whose spans are those of `tracing`, by the tracing-opentelemetry of its version.

use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::older::Memory;

#[tracing::instrument]
async fn http() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[genai::chat(provider = openai, model = model)]
async fn ask(model: &str) -> Result<String, std::io::Error> {
    http().await;
    tokio::time::sleep(Duration::from_millis(1)).await;
    tracing::info_span!("second").in_scope(|| tracing::info_span!("third").in_scope(|| ()));
    Ok("x".into())
}

#[genai::agent(provider = openai, name = "a")]
async fn agent() -> Result<String, std::io::Error> {
    step().await
}

#[tracing::instrument]
async fn step() -> Result<String, std::io::Error> {
    ask("inside").await
}

#[tracing::instrument]
#[genai::context(conversation_id = "c-1")]
async fn handler() -> Result<String, std::io::Error> {
    ask("gpt-5").await?;
    agent().await
}

pub async fn scenario() {
    let memory = Memory::new();
    memory.set_global();
    let tracer = memory.tracers.tracer("tracing");
    let layer = tracing_opentelemetry::layer().with_tracer(tracer.clone());
    let subscriber = tracing_subscriber::registry().with(layer).with(crate::activation::layer(tracer));
    tracing::subscriber::set_global_default(subscriber).expect("the first");

    handler().await.expect("it answers");
    ask("bare").await.expect("it answers");

    let got = memory.telemetry();
    for (name, parents) in [
        ("handler", vec!["-"]),
        ("chat gpt-5", vec!["handler"]),
        ("invoke_agent a", vec!["handler"]),
        ("step", vec!["invoke_agent a"]),
        ("chat inside", vec!["step"]),
        ("chat bare", vec!["-"]),
        ("http", vec!["chat gpt-5", "chat inside", "chat bare"]),
        ("second", vec!["chat gpt-5", "chat inside", "chat bare"]),
        ("third", vec!["second"; 3]),
    ] {
        assert_eq!(got.parents(name), parents, "{name}");
    }
    for (name, id) in [("chat gpt-5", Some("string c-1")), ("chat inside", Some("string c-1")), ("chat bare", None)] {
        assert_eq!(got.named(name)[0].get("gen_ai.conversation.id"), id, "{name}");
    }
}
