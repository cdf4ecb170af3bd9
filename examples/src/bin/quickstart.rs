//! Annotated calls of a model and of a tool: run it, and read the trees.
//!
//! Nothing is mapped by hand: a `Value` in a provider's format is known, and so are the errors of reqwest (feature `reqwest-0_13`).
//! Offline it calls a provider embedded in the example. `OPENAI_BASE_URL` and `OPENAI_API_KEY` point it at a real one;
//! `OTEL_EXPORTER_OTLP_ENDPOINT` exports what it prints as well.

use std::error::Error;

use genai_examples::http::Client;
use serde_json::{Value, json};

/// A chat: model, settings, tokens, finish reasons and errors are recorded, none of the content unless it is switched on.
#[genai::chat(provider = openai, request = body)]
async fn chat(client: &Client, body: &Value) -> Result<Value, reqwest::Error> {
    let answer = client.post("/chat/completions").json(body).send().await?;
    answer.error_for_status()?.json().await
}

/// An embeddings call.
#[genai::embeddings(provider = openai, request = body)]
async fn embed(client: &Client, body: &Value) -> Result<Value, reqwest::Error> {
    let answer = client.post("/embeddings").json(body).send().await?;
    answer.error_for_status()?.json().await
}

/// A tool of the application's.
#[genai::tool]
fn get_weather(city: &str) -> String {
    format!("Rainy, 57°F in {city}.")
}

/// A question of a user's: what runs below carries the conversation and the user.
#[genai::context(conversation_id = conversation, properties(user.id = user))]
#[genai::workflow(name = "answer", attributes(app.feature = "quickstart"), response = none)]
async fn answer(client: &Client, conversation: &str, user: &str) -> Result<(), reqwest::Error> {
    let mut body = json!({
        "model": "gpt-4o-mini",
        "temperature": 0.2,
        "messages": [{"role": "user", "content": "What is the weather in Paris?"}],
        "tools": [{"type": "function", "function": {
            "name": "get_weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        }}],
    });
    let asked = chat(client, &body).await?;
    let message = &asked["choices"][0]["message"];
    let call = &message["tool_calls"][0];
    let weather = get_weather("Paris");
    if let Some(messages) = body["messages"].as_array_mut() {
        messages.push(message.clone());
        messages.push(json!({"role": "tool", "tool_call_id": call["id"], "content": weather}));
    }
    chat(client, &body).await?;
    embed(
        client,
        &json!({"model": "text-embedding-3-small", "input": weather}),
    )
    .await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _telemetry = genai_examples::telemetry(|telemetry| telemetry.emit_events(true))?;
    let client = Client::new()?;

    // Three users at once; each span carries its own conversation.
    let (a, b, c) = tokio::join!(
        answer(&client, "conv-1", "alice"),
        answer(&client, "conv-2", "bob"),
        answer(&client, "conv-3", "carol"),
    );
    for outcome in [a, b, c] {
        outcome?;
    }
    // A model that does not exist: the call fails, and its span says how.
    let body = json!({"model": "gpt-unknown", "messages": [{"role": "user", "content": "Hello?"}]});
    if let Err(error) = chat(&client, &body).await {
        let status = error.status().map_or(0, |status| status.as_u16());
        println!("as expected: the provider answered {status}");
    }
    Ok(())
}
