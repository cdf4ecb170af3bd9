//! The client that is called genai, over its own types for every provider.
//!
//! `cargo run -p genai-client-examples --features genai-client --bin genai_client`
//!
//! Two crates of one name: here theirs is renamed, `genai-client = { package = "genai", .. }`; the README shows the other way.

use std::error::Error as StdError;

use futures_util::{Stream, StreamExt};
use genai_client::adapter::AdapterKind;
use genai_client::chat::{ChatOptions, ChatRequest, ChatResponse, ChatStreamEvent};
use genai_client::resolver::{AuthData, Endpoint};
use genai_client::{Client, Error, ModelIden, ServiceTarget};

/// Messages and options are two requests to this client.
#[genai::chat(provider = openai, model = model, request = (&request, options))]
async fn ask(
    client: &Client,
    model: &str,
    request: ChatRequest,
    options: &ChatOptions,
) -> Result<ChatResponse, Error> {
    client
        .exec_chat(
            ModelIden::new(AdapterKind::OpenAI, model),
            request,
            Some(options),
        )
        .await
}

#[genai::chat(provider = openai, model = model, request = (&request, options), stream)]
async fn stream(
    client: &Client,
    model: &str,
    request: ChatRequest,
    options: &ChatOptions,
) -> Result<impl Stream<Item = Result<ChatStreamEvent, Error>> + use<>, Error> {
    let model = ModelIden::new(AdapterKind::OpenAI, model);
    Ok(client
        .exec_chat_stream(model, request, Some(options))
        .await?
        .stream)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let _telemetry = genai_examples::telemetry(|telemetry| telemetry)?;
    genai_examples::http::tls();
    let endpoint = genai_examples::provider::endpoint()?;
    let (url, key) = (format!("{}/", endpoint.base_url), endpoint.api_key.clone());
    let client = Client::builder().with_service_target_resolver_fn(
        move |target: ServiceTarget| -> Result<ServiceTarget, genai_client::resolver::Error> {
            let (endpoint, auth) = (
                Endpoint::from_owned(url.clone()),
                AuthData::from_single(key.clone()),
            );
            Ok(ServiceTarget {
                endpoint,
                auth,
                ..target
            })
        },
    );
    let client = client.build()?;

    // A stream has token counts only with `capture_usage`.
    let options = ChatOptions::default()
        .with_temperature(0.2)
        .with_capture_usage(true);
    let answer = ask(
        &client,
        "gpt-4o-mini",
        ChatRequest::from_user("What is the capital of France?"),
        &options,
    )
    .await?;
    println!("{}", answer.first_text().unwrap_or_default());

    let events = stream(
        &client,
        "gpt-4o",
        ChatRequest::from_user("Say hello."),
        &options,
    )
    .await?;
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.next().await {
        if let ChatStreamEvent::Chunk(chunk) = event? {
            print!("{}", chunk.content);
        }
    }
    println!();
    Ok(())
}
