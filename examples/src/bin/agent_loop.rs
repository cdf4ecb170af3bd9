//! An agent by hand: a loop around a model and the tools it asks for.
//!
//! `cargo run -p genai-examples --bin agent_loop`
//!
//! Offline it calls a provider embedded in the example. `OPENAI_BASE_URL` and `OPENAI_API_KEY` point it at a real one.

use std::error::Error;

use genai_examples::http::Client;
use serde_json::{Value, json};

const MODEL: &str = "gpt-4o-mini";

#[genai::chat(provider = openai, request = body, server.address = client.base_url)]
async fn ask(client: &Client, body: &Value) -> Result<Value, reqwest::Error> {
    let answer = client.post("/chat/completions").json(body).send().await?;
    answer.error_for_status()?.json().await
}

/// One tool call of the model's, whichever tool it is for.
#[genai::tool(name = name, call_id = call_id, arguments = arguments, response(|r| result = r))]
async fn call(name: &str, call_id: &str, arguments: &Value) -> Result<String, UnknownTool> {
    match name {
        "get_weather" => Ok(format!(
            "Rainy, 57°F in {}.",
            arguments["city"].as_str().unwrap_or("an unknown city")
        )),
        _ => Err(UnknownTool),
    }
}

#[derive(Debug)]
struct UnknownTool;

impl std::fmt::Display for UnknownTool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("there is no such tool")
    }
}

/// Its span is the parent of every call of the model and of a tool.
#[genai::agent(name = "weather-agent", provider = openai, model = MODEL, response(|r| output = r))]
async fn run(client: &Client, question: &str) -> Result<String, reqwest::Error> {
    let tools = json!([{"type": "function", "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    }}]);
    let mut messages = vec![json!({"role": "user", "content": question})];
    loop {
        let answer = ask(
            client,
            &json!({"model": MODEL, "messages": messages, "tools": tools}),
        )
        .await?;
        let message = &answer["choices"][0]["message"];
        let calls = message["tool_calls"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        // Enough is enough.
        if calls.is_empty() || messages.len() > 20 {
            return Ok(message["content"].as_str().unwrap_or_default().to_owned());
        }
        messages.push(message.clone());
        for asked in calls {
            let (id, function) = (asked["id"].as_str().unwrap_or_default(), &asked["function"]);
            let arguments = function["arguments"]
                .as_str()
                .and_then(|text| serde_json::from_str(text).ok());
            let name = function["name"].as_str().unwrap_or_default();
            // The model gets the failure as the result, and may try something else.
            let result = match call(name, id, &arguments.unwrap_or_default()).await {
                Ok(result) => result,
                Err(error) => error.to_string(),
            };
            messages.push(json!({"role": "tool", "tool_call_id": id, "content": result}));
        }
    }
}

#[genai::context(conversation_id = conversation)]
async fn handle(
    client: &Client,
    conversation: &str,
    question: &str,
) -> Result<String, reqwest::Error> {
    run(client, question).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _telemetry = genai_examples::telemetry(|telemetry| telemetry)?;
    let client = Client::new()?;
    println!(
        "{}",
        handle(&client, "conv-1", "What is the weather in Paris?").await?
    );
    Ok(())
}
