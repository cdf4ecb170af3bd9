//! Providers behind a trait, whose answers go to a callback as they arrive: the commonest way applications stream.
//!
//! `cargo run -p genai-examples --bin provider_callbacks`
//!
//! Offline it calls a provider embedded in the example. `OPENAI_BASE_URL` and `OPENAI_API_KEY` point it at a real one. It fails in the
//! end, as programs on a command line do, with what was recorded sent before.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use genai_examples::http::Client;
use serde_json::{Value, json};

type Answer<'a> = Pin<Box<dyn Future<Output = Result<String, Box<dyn Error>>> + Send + 'a>>;

/// What the application knows of a provider.
trait Provider: Send + Sync {
    /// Answers in pieces; gives the whole text.
    fn answer<'a>(
        &'a self,
        model: &'a str,
        question: &'a str,
        on_text: &'a mut (dyn FnMut(&str) + Send),
    ) -> Answer<'a>;
}

struct OpenAi(Client);

impl Provider for OpenAi {
    fn answer<'a>(
        &'a self,
        model: &'a str,
        question: &'a str,
        on_text: &'a mut (dyn FnMut(&str) + Send),
    ) -> Answer<'a> {
        Box::pin(self.stream(model, question, on_text))
    }
}

impl OpenAi {
    /// Request, body and parsing in one function; the attribute stands above it, and the pieces are handed over where they are.
    #[genai::chat(provider = openai, model = model, server.address = self.0.base_url, streaming)]
    async fn stream(
        &self,
        model: &str,
        question: &str,
        on_text: &mut (dyn FnMut(&str) + Send),
    ) -> Result<String, Box<dyn Error>> {
        let body = json!({
            "model": model,
            "stream": true,
            "stream_options": {"include_usage": true},
            "messages": [{"role": "user", "content": question}],
        });
        let answer = self.0.post("/chat/completions").json(&body).send().await?;
        let mut pieces = answer.error_for_status()?.bytes_stream();
        let (mut text, mut line) = (String::new(), Vec::new());
        while let Some(piece) = pieces.next().await {
            let piece = piece?;
            genai::current().bytes(&piece);
            for byte in piece {
                if byte != b'\n' {
                    line.push(byte);
                    continue;
                }
                if let Some(new) = text_of(&line) {
                    on_text(&new);
                    text += &new;
                }
                line.clear();
            }
        }
        Ok(text)
    }
}

/// The text in a line of the stream.
fn text_of(line: &[u8]) -> Option<String> {
    let event: Value = serde_json::from_slice(line.strip_prefix(b"data: ")?).ok()?;
    let text = event["choices"][0]["delta"]["content"].as_str()?;
    Some(text.to_owned())
}

#[genai::context(conversation_id = "conv-7")]
async fn run(provider: Arc<dyn Provider>) -> Result<(), Box<dyn Error>> {
    let question = "What is the capital of France?";
    let mut pieces = 0;
    let mut on_text = |_: &str| pieces += 1;
    let text = provider
        .answer("gpt-4o-mini", question, &mut on_text)
        .await?;
    println!("{text} ({pieces} pieces)");
    provider
        .answer("gpt-unknown", question, &mut |_| ())
        .await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let _telemetry = genai_examples::telemetry(|telemetry| telemetry)?;
    let provider = Arc::new(OpenAi(Client::new()?));
    if let Err(error) = run(provider).await {
        println!("as expected: {error}");
        // Nothing is dropped by `exit`: what is buffered is sent here.
        if let Err(left) = genai::shutdown(Duration::from_secs(5)) {
            eprintln!("telemetry {left}");
        }
        std::process::exit(0);
    }
    Ok(())
}
