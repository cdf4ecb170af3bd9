//! An agent whose model's answer comes through a channel, from a task that can be cancelled: the task has the call.
//!
//! `cargo run -p genai-examples --bin channel_agent`
//!
//! Offline it calls a provider embedded in the example. `OPENAI_BASE_URL` and `OPENAI_API_KEY` point it at a real one.

use std::error::Error;
use std::sync::Arc;

use futures_util::StreamExt as _;
use genai_examples::http::Client;
use serde_json::json;
use tokio::sync::{mpsc, watch};

type Piece = Result<Vec<u8>, reqwest::Error>;

/// Returns at once; what arrives comes through the channel. The operation ends with the task, not with this function.
#[genai::chat(provider = openai, model = model, server.address = client.base_url, response = none, streaming)]
fn pieces(
    client: Arc<Client>,
    model: &'static str,
    mut cancelled: watch::Receiver<bool>,
) -> mpsc::Receiver<Piece> {
    let (sender, receiver) = mpsc::channel(8);
    let mut call = genai::current().hand_over();
    let body = json!({
        "model": model,
        "stream": true,
        "stream_options": {"include_usage": true},
        "messages": [{"role": "user", "content": "What is the capital of France?"}],
    });
    tokio::spawn(async move {
        let sent = call
            .scope(client.post("/chat/completions").json(&body).send())
            .await;
        let mut stream = match sent.and_then(reqwest::Response::error_for_status) {
            Ok(answer) => answer.bytes_stream(),
            Err(error) => {
                call.fail(&error);
                let _ = sender.send(Err(error)).await;
                return;
            }
        };
        loop {
            let piece = tokio::select! {
                // Whoever waits for it: a change is the only thing that is sent.
                _ = cancelled.changed() => return call.cancel(),
                piece = stream.next() => piece,
            };
            match piece {
                None => return call.finish(),
                Some(Ok(piece)) => {
                    call.bytes(&piece);
                    if sender.send(Ok(piece.to_vec())).await.is_err() {
                        return call.cancel();
                    }
                }
                Some(Err(error)) => {
                    call.fail(&error);
                    let _ = sender.send(Err(error)).await;
                    return;
                }
            }
        }
    });
    receiver
}

#[genai::agent(name = "reader", provider = openai, model = "gpt-4o-mini", response = none)]
async fn read(
    client: Arc<Client>,
    model: &'static str,
    most: usize,
) -> Result<usize, reqwest::Error> {
    let (cancel, cancelled) = watch::channel(false);
    let mut receiver = pieces(client, model, cancelled);
    let mut length = 0;
    while let Some(piece) = receiver.recv().await {
        length += piece?.len();
        if length >= most {
            // Enough: the task gives up, and its call is cancelled, not failed.
            let _ = cancel.send(true);
            receiver.close();
        }
    }
    Ok(length)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _telemetry = genai_examples::telemetry(|telemetry| telemetry)?;
    let client = Arc::new(Client::new()?);
    let length = read(Arc::clone(&client), "gpt-4o-mini", usize::MAX).await?;
    println!("{length} bytes");
    if let Err(error) = read(client, "gpt-unknown", usize::MAX).await {
        println!("as expected: {error}");
    }
    Ok(())
}
