//! Sends one conversation to wherever the environment says, and prints as JSON what was sent: ids, and what the model's provider said.
//!
//! `backends_agent CONVERSATION [--scrape]`. Two turns: one that succeeds, with an evaluation and a thumbs-up, and a call of a model that
//! does not exist. The endpoints, content and compatibility switches are those of the environment, as the documentation names them. With
//! `--scrape` nothing is exported: the metrics are on a page on loopback, until standard input ends.

use std::error::Error;
use std::time::Duration;

use genai::pricing::{Prices, Rates};
use genai::{ContextInMetrics, SpanRef, Telemetry, TelemetryBuilder};
use genai_backends_tests::{Desk, scraped, tools};
use genai_examples::http::Client;
use serde_json::{Value, json};

const USER: &str = "alice";
const QUESTION: &str = "What is the weather in Paris?";
const LOST: &str = "Is anybody there?";

/// US dollars for a million tokens of input and output; high, so that a few tokens differ visibly.
const PRICES: [f64; 2] = [1000.0, 3000.0];

/// What the page of dashboards says a cost by tenant needs.
fn settings(settings: TelemetryBuilder, prices: Prices) -> TelemetryBuilder {
    let tenant = ContextInMetrics::keys(["tenant.id"]);
    settings.pricing(prices).context_in_metrics(tenant)
}

/// The trace and the span that a handle names.
fn ids(seen: &SpanRef) -> Value {
    match seen.span_context() {
        Some(span) => {
            json!({"trace": span.trace_id().to_string(), "span": span.span_id().to_string(), "handle": seen})
        }
        None => Value::Null,
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let conversation = std::env::args().nth(1).ok_or("a conversation's name")?;
    let [input, output] = PRICES;
    let rates = Rates::new(input, output);
    let prices = Prices::builder()
        .model("openai", "gpt-4o*", rates)
        .build()?;
    let is_scraped = std::env::args().nth(2).as_deref() == Some("--scrape");
    let (telemetry, page) = if is_scraped {
        let (provider, address) = scraped()?;
        settings(Telemetry::builder(), prices)
            .meter_provider(provider)
            .install();
        (None, Some(format!("http://{address}/metrics")))
    } else {
        let otlp = genai::otlp::builder().telemetry(|t| settings(t, prices));
        (Some(otlp.init()?), None)
    };
    let desk = Desk::new(Client::new()?, tools().await?);

    let (turn, whole) = desk.answer(&conversation, USER, QUESTION).await;
    let (answer, written) = turn?;
    genai::Evaluation::new("relevance")
        .score(0.93)
        .label("relevant")
        .explanation("It answers what was asked.")
        .llm("judge-v1")
        .emit(&written);
    genai::feedback(&written, "thumbs", true)
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
            "turn": {"question": QUESTION, "answer": answer, "whole": ids(&whole), "written": ids(&written)},
            "lost": {"question": LOST, "status": status, "whole": ids(&failed)},
            "said": said,
            "page": page,
            "prices": PRICES,
            "tenant": genai_backends_tests::TENANT,
        })
    );
    if is_scraped {
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()))
            .await??;
    }
    Ok(())
}
