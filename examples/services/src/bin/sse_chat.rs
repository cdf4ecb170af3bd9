//! A chat service that answers with server-sent events: the handler returns before the model is asked, and the call is made while
//! the body is written. It is below the request's span and in the handler's conversation all the same.
//!
//! `cargo run -p genai-service-example --bin sse_chat` starts it, asks it once as a page would, and ends; with `serve` as argument it
//! stays: `curl -N localhost:3000/chat -H 'x-conversation: c-1' -H 'x-user: alice' -d 'Say hello.'`
//!
//! Offline it calls a provider embedded in the example. `OPENAI_BASE_URL` and `OPENAI_API_KEY` point it at a real one.

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use axum::routing::post;
use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use genai_examples::http::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The chunks of an answer, as the provider sends them.
#[genai::chat(provider = openai, request = body, server.address = client.base_url, stream)]
async fn ask(
    client: Arc<Client>,
    body: Value,
) -> Result<impl Stream<Item = reqwest::Result<Value>>, reqwest::Error> {
    let sent = client.post("/chat/completions").json(&body).send().await?;
    Ok(chunks(sent.error_for_status()?.bytes_stream()))
}

/// Cuts bytes into the JSON of the lines in them that begin with `data: `.
fn chunks(
    bytes: impl Stream<Item = reqwest::Result<Bytes>>,
) -> impl Stream<Item = reqwest::Result<Value>> {
    let mut rest = Vec::new();
    bytes.flat_map(move |piece| {
        let found = match piece {
            Ok(piece) => {
                rest.extend_from_slice(&piece);
                whole_lines(&mut rest).into_iter().map(Ok).collect()
            }
            Err(error) => vec![Err(error)],
        };
        stream::iter(found)
    })
}

fn whole_lines(rest: &mut Vec<u8>) -> Vec<Value> {
    let end = rest.iter().rposition(|byte| *byte == b'\n');
    let whole: Vec<u8> = rest.drain(..end.map_or(0, |end| end + 1)).collect();
    let lines = whole.split(|byte| *byte == b'\n');
    let json = lines.filter_map(|line| line.strip_prefix(b"data: "));
    json.filter_map(|json| serde_json::from_slice(json).ok())
        .collect()
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// Nothing has been asked when this returns. The layer around the service lets the body run in this context; without that layer it
/// would be `Sse::new(genai::inherited_stream(events))`.
#[genai::context(
    conversation_id = header(&headers, "x-conversation"),
    properties(user.id = header(&headers, "x-user")),
)]
async fn chat(
    State(client): State<Arc<Client>>,
    headers: HeaderMap,
    prompt: String,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let body = json!({
        "model": "gpt-4o-mini",
        "stream": true,
        "stream_options": {"include_usage": true},
        "messages": [{"role": "user", "content": prompt}],
    });
    let events = stream::once(ask(client, body)).try_flatten().map(|chunk| {
        Ok(match chunk {
            Ok(chunk) => {
                let text = chunk["choices"][0]["delta"]["content"].as_str();
                Event::default().data(text.unwrap_or_default())
            }
            Err(_) => Event::default()
                .event("error")
                .data("the model does not answer"),
        })
    });
    Sse::new(events)
}

/// What a page does that shows an answer; its span is the parent of the request's.
#[genai::workflow(name = "page", response = none)]
async fn page(http: &reqwest::Client, url: &str) -> Result<String, reqwest::Error> {
    let asked = http
        .post(url)
        .headers(genai::services::headers())
        .header("x-conversation", "c-1")
        .header("x-user", "alice")
        .body("Say hello.");
    let answer = asked.send().await?.error_for_status()?.text().await?;
    let texts = answer
        .lines()
        .filter_map(|line| line.strip_prefix("data: "));
    Ok(texts.collect())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _telemetry = genai_examples::telemetry(|telemetry| telemetry)?;
    let app = Router::new()
        .route("/chat", post(chat))
        .layer(genai::services::server())
        .with_state(Arc::new(Client::new()?));
    let stays = std::env::args().nth(1).is_some_and(|word| word == "serve");
    if stays {
        let listener = TcpListener::bind("127.0.0.1:3000").await?;
        return Ok(axum::serve(listener, app).await?);
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/chat", listener.local_addr()?);
    tokio::spawn(async { axum::serve(listener, app).await });
    println!("{}", page(&reqwest::Client::new(), &url).await?);
    Ok(())
}
