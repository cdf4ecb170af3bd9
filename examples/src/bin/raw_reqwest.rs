//! No client at all: reqwest with JSON. `serde_json::Value` is a request and a response, in the format of whichever provider; a
//! stream is observed by its bytes.
//!
//! `cargo run -p genai-examples --bin raw_reqwest`
//!
//! Offline it calls a provider embedded in the example. `OPENAI_BASE_URL` and `OPENAI_API_KEY` point it at a real one.

use std::error::Error;

use futures_util::{Stream, StreamExt};
use genai_examples::http::Client;
use serde_json::{Value, json};

#[genai::chat(provider = openai, request = body, server.address = client.base_url)]
async fn ask(client: &Client, body: &Value) -> Result<Value, reqwest::Error> {
    let answer = client.post("/chat/completions").json(body).send().await?;
    answer.error_for_status()?.json().await
}

/// Whoever reads the bytes gets them unchanged; what they say is recorded when they end.
async fn stream(
    client: &Client,
    body: &Value,
) -> Result<impl Stream<Item = reqwest::Result<impl AsRef<[u8]>>>, reqwest::Error> {
    let mut call = genai::chat("openai")
        .server_address(&client.base_url)
        .request(body)
        .stream()
        .start();
    let sent = call
        .scope(client.post("/chat/completions").json(body).send())
        .await;
    match sent.and_then(reqwest::Response::error_for_status) {
        Ok(answer) => Ok(genai::observe_bytes(call, answer.bytes_stream())),
        Err(error) => {
            call.fail(&error);
            Err(error)
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _telemetry = genai_examples::telemetry(|telemetry| telemetry)?;
    let client = Client::new()?;
    let body = json!({
        "model": "gpt-4o-mini",
        "temperature": 0.2,
        "messages": [{"role": "user", "content": "What is the capital of France?"}],
    });
    let answer = ask(&client, &body).await?;
    println!(
        "{}",
        answer["choices"][0]["message"]["content"]
            .as_str()
            .unwrap_or_default()
    );

    let mut streamed = body.clone();
    streamed["stream"] = json!(true);
    streamed["stream_options"] = json!({"include_usage": true});
    let mut length = 0;
    let mut bytes = std::pin::pin!(stream(&client, &streamed).await?);
    while let Some(piece) = bytes.next().await {
        length += piece?.as_ref().len();
    }
    println!("and {length} bytes of a stream");

    let mut unknown = body;
    unknown["model"] = json!("gpt-unknown");
    if let Err(error) = ask(&client, &unknown).await {
        println!("as expected: {error}");
    }
    Ok(())
}
