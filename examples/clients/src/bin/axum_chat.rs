//! A chat service with axum: the conversation and the user come from headers, the answer goes out as it arrives.
//!
//! `cargo run -p genai-client-examples --features axum --bin axum_chat` starts it, asks it once, and ends;
//! with `serve` as argument it stays:
//! `curl -N localhost:3000/chat -H 'x-conversation: c-1' -H 'x-user: alice' -d 'Say hello.'`

use std::error::Error;
use std::sync::Arc;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, ChatCompletionResponseStream, ChatCompletionStreamOptions,
    CreateChatCompletionRequest, CreateChatCompletionRequestArgs,
};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::StreamExt;
use tokio::net::TcpListener;

type Model = Arc<Client<OpenAIConfig>>;

#[genai::chat(provider = openai, request = request, stream)]
async fn ask(
    model: &Model,
    request: CreateChatCompletionRequest,
) -> Result<ChatCompletionResponseStream, OpenAIError> {
    model.chat().create_stream(request).await
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Everything below carries the conversation and the user: spans, and whatever else reads the context. The stream does too,
/// though it runs after the handler has returned.
#[genai::context(
    conversation_id = header(&headers, "x-conversation"),
    properties(user.id = header(&headers, "x-user")),
)]
async fn chat(State(model): State<Model>, headers: HeaderMap, prompt: String) -> Response {
    match answer(&model, &prompt).await {
        Ok(body) => body.into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

async fn answer(model: &Model, prompt: &str) -> Result<Body, OpenAIError> {
    let request = CreateChatCompletionRequestArgs::default()
        .model("gpt-4o-mini")
        .messages([ChatCompletionRequestUserMessage::from(prompt).into()])
        .stream_options(ChatCompletionStreamOptions {
            include_usage: Some(true),
            include_obfuscation: None,
        })
        .build()?;
    let chunks = ask(model, request).await?;
    let texts = chunks.map(|chunk| {
        let choices = chunk?.choices.into_iter();
        Ok::<_, OpenAIError>(
            choices
                .filter_map(|choice| choice.delta.content)
                .collect::<String>(),
        )
    });
    Ok(Body::from_stream(texts))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _telemetry = genai_examples::telemetry(|telemetry| telemetry)?;
    genai_examples::http::tls();
    let endpoint = genai_examples::provider::endpoint()?;
    let config = OpenAIConfig::new()
        .with_api_base(&endpoint.base_url)
        .with_api_key(&endpoint.api_key);
    let model: Model = Arc::new(Client::with_config(config));
    let app = Router::new().route("/chat", post(chat)).with_state(model);

    let mut arguments = lexopt::Parser::from_env();
    let stays = match arguments.next()? {
        None => false,
        Some(lexopt::Arg::Value(word)) if word == "serve" => true,
        Some(other) => return Err(other.unexpected().into()),
    };
    if stays {
        let listener = TcpListener::bind("127.0.0.1:3000").await?;
        axum::serve(listener, app).await?;
        return Ok(());
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/chat", listener.local_addr()?);
    tokio::spawn(async { axum::serve(listener, app).await });
    let http = reqwest::Client::new();
    let asked = http
        .post(url)
        .header("x-conversation", "c-1")
        .header("x-user", "alice")
        .body("Say hello.")
        .send();
    println!("{}", asked.await?.error_for_status()?.text().await?);
    Ok(())
}
