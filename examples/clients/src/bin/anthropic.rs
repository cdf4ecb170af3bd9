//! Anthropic with claudius: its request knows the provider, so the attribute needs to name nothing else.
//!
//! `cargo run -p genai-client-examples --features anthropic --bin anthropic`
//!
//! Offline it calls a provider embedded in the example. `ANTHROPIC_BASE_URL` and `ANTHROPIC_API_KEY` point it at a real one.

use std::error::Error as StdError;
use std::time::Duration;

use claudius::{
    Anthropic, ContentBlock, ContentBlockDelta, Error, KnownModel, Message, MessageCreateParams,
    MessageParam, MessageStreamEvent, Model,
};
use futures_util::{Stream, StreamExt};
use genai_examples::provider::Server;

#[genai::chat(request = request)]
async fn ask(client: &Anthropic, request: MessageCreateParams) -> Result<Message, Error> {
    client.send(request).await
}

#[genai::chat(request = request, stream)]
async fn stream(
    client: &Anthropic,
    request: MessageCreateParams,
) -> Result<impl Stream<Item = Result<MessageStreamEvent, Error>> + use<>, Error> {
    client.stream(&request).await
}

fn messages(prompt: &str) -> Vec<MessageParam> {
    vec![MessageParam::user(prompt)]
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let _telemetry = genai_examples::telemetry(|telemetry| telemetry)?;
    genai_examples::http::tls();
    // Dropped last: the embedded provider runs as long as it is kept.
    let embedded = match std::env::var("ANTHROPIC_BASE_URL") {
        Ok(_) => None,
        Err(_) => Some(Server::with_latency(Duration::from_millis(40))?),
    };
    let client = match &embedded {
        Some(server) => Anthropic::new(Some("embedded".to_owned()))?.with_base_url(server.url()),
        None => Anthropic::new(None)?,
    };

    let model = Model::Known(KnownModel::ClaudeHaiku45);
    let answer = ask(
        &client,
        MessageCreateParams::new(200, messages("What is the capital of France?"), model),
    )
    .await?;
    for block in &answer.content {
        if let ContentBlock::Text(text) = block {
            println!("{}", text.text);
        }
    }

    let model = Model::Known(KnownModel::ClaudeSonnet45);
    let events = stream(
        &client,
        MessageCreateParams::new_streaming(200, messages("Say hello."), model),
    )
    .await?;
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.next().await {
        let MessageStreamEvent::ContentBlockDelta(event) = event? else {
            continue;
        };
        if let ContentBlockDelta::TextDelta(delta) = event.delta {
            print!("{}", delta.text);
        }
    }
    println!();
    Ok(())
}
