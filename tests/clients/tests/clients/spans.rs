//! Clients that make GenAI spans of their own: with the filter their rustdoc names there is one span per call, without it
//! theirs is a child of ours.

use genai::testing::{Harness, Span};
use genai_client::adapter::AdapterKind;
use genai_client::chat::{ChatRequest, ChatResponse};
use genai_client::resolver::{AuthData, Endpoint};
use genai_client::{Client, ModelIden, ServiceTarget};
use genai_tests::server::{Reply, Server};
use opentelemetry::trace::TracerProvider as _;
use rig_core::completion::{CompletionRequest, CompletionResponse};
use rig_core::operation::Completion;
use rig_core::providers::openai::OpenAIConfig;
use rig_core::{DynModel, ProviderError};
use serde_json::json;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::{EnvFilter, Registry};

#[genai::chat(provider = openai, model = "gpt-5", request = request)]
async fn by_genai(
    client: &Client,
    request: ChatRequest,
) -> Result<ChatResponse, genai_client::Error> {
    let model = ModelIden::new(AdapterKind::OpenAI, "gpt-5");
    client.exec_chat(model, request, None).await
}

#[genai::chat(provider = openai, model = "gpt-5", request = request)]
async fn by_rig(
    model: &DynModel<Completion>,
    request: CompletionRequest,
) -> Result<CompletionResponse, ProviderError> {
    model.call(request).await
}

fn server() -> Server {
    let answer = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-5-2025-08-07",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello!"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    });
    Server::start(move |_| Reply::json(200, &answer)).expect("a free port")
}

/// The spans of a call while a subscriber with this filter exports to where ours go.
fn spans(filter: &str, call: impl AsyncFnOnce()) -> Vec<Span> {
    let harness = Harness::install();
    genai_tests::choose_cryptography();
    let tracer = harness.tracer_provider().tracer("app");
    let layer = tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_filter(EnvFilter::new(filter));
    let runtime = genai_tests::runtime();
    tracing::subscriber::with_default(Registry::default().with(layer), || runtime.block_on(call()));
    assert_eq!(harness.points("gen_ai.client.operation.duration").len(), 1);
    harness.spans()
}

async fn call_genai() {
    let server = server();
    let url = format!("{}/v1/", server.url());
    let client = Client::builder().with_service_target_resolver_fn(
        move |target: ServiceTarget| -> Result<ServiceTarget, genai_client::resolver::Error> {
            let (endpoint, auth) = (
                Endpoint::from_owned(url.clone()),
                AuthData::from_single("key"),
            );
            Ok(ServiceTarget {
                endpoint,
                auth,
                model: target.model,
            })
        },
    );
    let client = client.build().expect("a client");
    by_genai(&client, ChatRequest::from_user("Hello?"))
        .await
        .expect("an answer");
}

async fn call_rig() {
    let server = server();
    let client = OpenAIConfig::new("key")
        .with_base_url(format!("{}/v1", server.url()))
        .client();
    by_rig(
        &client.chat("gpt-5").into(),
        CompletionRequest::new("Hello?"),
    )
    .await
    .expect("an answer");
}

/// Without the filter: theirs is the child of ours.
fn assert_nested(spans: &[Span]) {
    assert_eq!(spans.len(), 2, "{spans:?}");
    let ours = spans
        .iter()
        .find(|span| span.name == "chat gpt-5" && span.parent_span_id.is_none());
    let ours = ours.unwrap_or_else(|| panic!("no span of ours: {spans:?}"));
    assert!(
        spans
            .iter()
            .any(|span| span.parent_span_id == Some(ours.span_id)),
        "{spans:?}"
    );
}

#[test]
fn genai() {
    assert_nested(&spans("info", call_genai));
    let alone = spans("info,genai::otel=off", call_genai);
    assert_eq!(alone.len(), 1, "{alone:?}");
    assert_eq!(alone[0].int("gen_ai.usage.input_tokens"), Some(3));
}

#[test]
fn rig() {
    assert_nested(&spans("info", call_rig));
    let alone = spans("info,rig::completions=off,rig::modalities=off", call_rig);
    assert_eq!(alone.len(), 1, "{alone:?}");
    assert_eq!(alone[0].int("gen_ai.usage.input_tokens"), Some(3));
}
