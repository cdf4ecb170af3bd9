//! Annotated calls of a model, and what they tell: run it, and read the trees.
//!
//! Offline it calls a provider embedded in the example. `OPENAI_BASE_URL` and `OPENAI_API_KEY` point it at a real one;
//! `OTEL_EXPORTER_OTLP_ENDPOINT` exports what it prints as well.

use std::error::Error;
use std::fmt;

use genai_examples::http::Client;
use serde_json::{Value, json};

/// What can go wrong: the provider's answer says what, so the error's type does too.
#[derive(Debug)]
enum AskError {
    Status(u16),
    Http(reqwest::Error),
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "the provider answered {status}"),
            Self::Http(error) => error.fmt(f),
        }
    }
}

impl Error for AskError {}

impl AskError {
    fn class(&self) -> String {
        match self {
            Self::Status(status) => status.to_string(),
            Self::Http(error) if error.is_timeout() => "timeout".to_owned(),
            Self::Http(_) => "connection_error".to_owned(),
        }
    }
}

/// A chat: everything the conventions know of it is on the span, none of the content unless it is switched on.
#[genai::chat(
    provider = openai,
    model = model,
    temperature = 0.2,
    server.address = client.base_url,
    input = genai::message::user(prompt),
    response(|r| model = r["model"].as_str(),
                 id = r["id"].as_str(),
                 finish_reasons = r["choices"][0]["finish_reason"].as_str(),
                 input_tokens = r["usage"]["prompt_tokens"].as_i64(),
                 output_tokens = r["usage"]["completion_tokens"].as_i64(),
                 output = r["choices"][0]["message"]["content"].as_str()),
    error(|e| type = e.class()),
    attributes(app.feature = "quickstart"),
)]
async fn ask(
    client: &Client,
    model: &str,
    prompt: &str,
    tools: Option<Value>,
) -> Result<Value, AskError> {
    let mut body = json!({
        "model": model,
        "temperature": 0.2,
        "messages": [{"role": "user", "content": prompt}],
    });
    if let Some(tools) = tools {
        body["tools"] = tools;
    }
    post(client, "/chat/completions", &body).await
}

/// An embeddings call.
#[genai::embeddings(
    provider = openai,
    model = "text-embedding-3-small",
    server.address = client.base_url,
    response(|r| model = r["model"].as_str(),
                 input_tokens = r["usage"]["prompt_tokens"].as_i64(),
                 dimension_count = r["data"][0]["embedding"].as_array().map(Vec::len)),
    error(|e| type = e.class()),
)]
async fn embed(client: &Client, text: &str) -> Result<Value, AskError> {
    post(
        client,
        "/embeddings",
        &json!({"model": "text-embedding-3-small", "input": text}),
    )
    .await
}

/// A tool of the application's.
#[genai::tool(name = "get_weather", call_id = call_id, arguments = city, response(|r| result = r))]
fn weather(call_id: Option<&str>, city: &str) -> String {
    format!("Rainy, 57°F in {city}.")
}

/// A request of a user's: what runs below carries the conversation and the user.
#[genai::context(conversation_id = conversation, properties(user.id = user))]
#[genai::workflow(name = "greet", response = none)]
async fn handle(client: &Client, conversation: &str, user: &str) -> Result<(), AskError> {
    ask(client, "gpt-4o", "Say hello.", None).await?;
    let tools = json!([{"type": "function", "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    }}]);
    let answer = ask(
        client,
        "gpt-4o-mini",
        "What is the weather in Paris?",
        Some(tools),
    )
    .await?;
    let call = &answer["choices"][0]["message"]["tool_calls"][0];
    if call.is_object() {
        weather(call["id"].as_str(), "Paris");
    }
    embed(client, "The weather in Paris.").await?;
    Ok(())
}

async fn post(client: &Client, path: &str, body: &Value) -> Result<Value, AskError> {
    let response = client
        .post(path)
        .json(body)
        .send()
        .await
        .map_err(AskError::Http)?;
    let status = response.status();
    if !status.is_success() {
        return Err(AskError::Status(status.as_u16()));
    }
    response.json().await.map_err(AskError::Http)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _telemetry = genai_examples::telemetry(|telemetry| telemetry.emit_events(true))?;
    let client = Client::new()?;

    // Three users at once; each span carries its own conversation.
    let (a, b, c) = tokio::join!(
        handle(&client, "conv-1", "alice"),
        handle(&client, "conv-2", "bob"),
        handle(&client, "conv-3", "carol"),
    );
    for outcome in [a, b, c] {
        outcome?;
    }
    // A model that does not exist: the call fails, and its span says how.
    if let Err(error) = ask(&client, "gpt-unknown", "Hello?", None).await {
        println!("as expected: {error}");
    }
    Ok(())
}
