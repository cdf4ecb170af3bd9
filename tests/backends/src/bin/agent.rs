//! Sends one conversation to wherever the environment says, and prints as JSON what was sent: ids, and what the model's provider said.
//!
//! `backends_agent CONVERSATION [--scrape]`. Two turns: one that succeeds, with an evaluation and a thumbs-up, and a call of a model that does
//! not exist. The endpoints, content and compatibility switches are those of the environment, as the documentation names them.
//! With `--scrape` nothing is exported: the metrics are on a page on loopback, until standard input ends.

use std::error::Error;
use std::time::Duration;

use genai::{SpanRef, Telemetry};
use genai_backends_tests::{Desk, scraped, tools};
use genai_examples::http::Client;
use serde_json::{Value, json};

const USER: &str = "alice";
const QUESTION: &str = "What is the weather in Paris?";
const LOST: &str = "Is anybody there?";

/// The trace and the span that a handle names.
fn ids(seen: &SpanRef) -> Value {
    match seen.span_context() {
        Some(span) => {
            json!({"trace": span.trace_id().to_string(), "span": span.span_id().to_string()})
        }
        None => Value::Null,
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let conversation = std::env::args().nth(1).ok_or("a conversation's name")?;
    let is_scraped = std::env::args().nth(2).as_deref() == Some("--scrape");
    let (telemetry, page) = if is_scraped {
        let (provider, address) = scraped()?;
        Telemetry::builder().meter_provider(provider).install();
        (None, Some(format!("http://{address}/metrics")))
    } else {
        (Some(genai::otlp::init()?), None)
    };
    let desk = Desk::new(Client::new()?, tools().await?);

    let (turn, whole) = desk.answer(&conversation, USER, QUESTION).await;
    let (answer, told) = turn?;
    genai::Evaluation::new("relevance")
        .score(0.93)
        .label("relevant")
        .explanation("It answers what was asked.")
        .llm("judge-v1")
        .emit(&told);
    genai::feedback(&told, "thumbs", true)
        .human()
        .comment("Thanks!")
        .emit();

    let (lost, failed) = desk.fail(&conversation, USER, LOST).await;
    let status = match lost {
        Ok(_) => return Err("a model that does not exist has answered".into()),
        Err(error) => error.status().map(|status| status.as_u16()),
    };

    let said: Vec<Value> = desk
        .said()
        .into_iter()
        .map(|said| {
            json!({
                "model": said.model,
                "streamed": said.streamed,
                "text": said.text,
                "input_tokens": said.input_tokens,
                "output_tokens": said.output_tokens,
            })
        })
        .collect();
    if let Some(telemetry) = telemetry {
        let sent = tokio::task::spawn_blocking(move || telemetry.flush(Duration::from_secs(120)));
        sent.await??;
    }
    println!(
        "{}",
        json!({
            "conversation": conversation,
            "user": USER,
            "turn": {"question": QUESTION, "answer": answer, "whole": ids(&whole), "told": ids(&told)},
            "lost": {"question": LOST, "status": status, "whole": ids(&failed)},
            "said": said,
            "page": page,
        })
    );
    if is_scraped {
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()))
            .await??;
    }
    Ok(())
}
