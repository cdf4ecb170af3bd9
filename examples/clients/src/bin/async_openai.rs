//! async-openai: a chat, and a streamed one. Everything is read from its types; the attribute names the provider and the request.
//!
//! `cargo run -p genai-client-examples --features async-openai --bin async_openai`
//!
//! Offline it calls a provider embedded in the example. `OPENAI_BASE_URL` and `OPENAI_API_KEY` point it at a real one.

use std::error::Error;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, ChatCompletionResponseStream, ChatCompletionStreamOptions,
    CreateChatCompletionRequest, CreateChatCompletionRequestArgs, CreateChatCompletionResponse,
};
use futures_util::StreamExt;

#[genai::chat(provider = openai, request = request)]
async fn ask(
    client: &Client<OpenAIConfig>,
    request: CreateChatCompletionRequest,
) -> Result<CreateChatCompletionResponse, OpenAIError> {
    client.chat().create(request).await
}

/// The operation lasts as long as the stream.
#[genai::chat(provider = openai, request = request, stream)]
async fn stream(
    client: &Client<OpenAIConfig>,
    request: CreateChatCompletionRequest,
) -> Result<ChatCompletionResponseStream, OpenAIError> {
    client.chat().create_stream(request).await
}

fn request(model: &str, prompt: &str) -> Result<CreateChatCompletionRequest, OpenAIError> {
    CreateChatCompletionRequestArgs::default()
        .model(model)
        .temperature(0.2)
        .messages([ChatCompletionRequestUserMessage::from(prompt).into()])
        // Without it OpenAI counts no tokens of a stream.
        .stream_options(ChatCompletionStreamOptions {
            include_usage: Some(true),
            include_obfuscation: None,
        })
        .build()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _telemetry = genai_examples::telemetry(|telemetry| telemetry)?;
    genai_examples::http::tls();
    let endpoint = genai_examples::provider::endpoint()?;
    let config = OpenAIConfig::new()
        .with_api_base(&endpoint.base_url)
        .with_api_key(&endpoint.api_key);
    let client = Client::with_config(config);

    let mut plain = request("gpt-4o-mini", "What is the capital of France?")?;
    plain.stream_options = None;
    let answer = ask(&client, plain).await?;
    println!(
        "{}",
        answer.choices[0]
            .message
            .content
            .as_deref()
            .unwrap_or_default()
    );

    let mut chunks = stream(&client, request("gpt-4o", "Say hello.")?).await?;
    while let Some(chunk) = chunks.next().await {
        for choice in chunk?.choices {
            print!("{}", choice.delta.content.unwrap_or_default());
        }
    }
    println!();

    // What fails says why: the API's own code is the error's type.
    let mut unknown = request("gpt-unknown", "Hello?")?;
    unknown.stream_options = None;
    if let Err(error) = ask(&client, unknown).await {
        println!("as expected: {error}");
    }
    Ok(())
}
