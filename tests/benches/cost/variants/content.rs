//! Content: ten messages of 200 characters on the span, beside `serde_json` writing the same; and what a call pays for messages
//! that nobody wants.

use std::hint::black_box;

use genai::message::{InputMessage, Part};
use genai::{ContentCapture, Telemetry};
use serde::Serialize;

use crate::harness::{Batch, Variant, looped};
use crate::world::{Failed, install, now};

/// The messages, with about eight escapes each.
fn messages(count: usize) -> Vec<InputMessage> {
    let line = "The quick brown fox \"jumps\" over the lazy dog\nand runs away into the woods, ";
    let text: String = line.chars().cycle().take(200).collect();
    let role = |at| if at % 2 == 0 { "user" } else { "assistant" };
    (0..count)
        .map(|at| InputMessage::new(role(at)).part(Part::text(text.clone())))
        .collect()
}

#[derive(Serialize)]
struct View<'a> {
    role: &'a str,
    parts: [Text<'a>; 1],
}

#[derive(Serialize)]
struct Text<'a> {
    r#type: &'a str,
    content: &'a str,
}

#[genai::chat(provider = openai, model = "gpt-4o", input = messages, response = none)]
async fn with_content(messages: &[InputMessage]) -> Result<(), Failed> {
    black_box(messages.len());
    Ok(())
}

fn captured(capture: ContentCapture, count: usize) -> Batch {
    let kept = install();
    Telemetry::builder()
        .tracer_provider(kept.tracer_provider.clone())
        .meter_provider(kept.meter_provider.clone())
        .capture(capture)
        .install();
    let messages = messages(count);
    looped(move || {
        black_box(now(with_content(black_box(&messages))).is_ok());
    })
}

pub(super) static VARIANTS: &[Variant] = &[
    Variant::new("content", "content_serde_json", || {
        let messages = messages(10);
        looped(move || {
            let view: Vec<_> = black_box(&messages).iter().map(view).collect();
            black_box(serde_json::to_string(&view).ok());
        })
    }),
    Variant::new("content", "content_off", || {
        captured(ContentCapture::NoContent, 10)
    }),
    Variant::new("content", "content_off_1000_messages", || {
        captured(ContentCapture::NoContent, 1000)
    }),
    Variant::new("content", "content_on_span", || {
        captured(ContentCapture::SpanOnly, 10)
    }),
];

fn view(message: &InputMessage) -> View<'_> {
    let content = match message.parts.first() {
        Some(Part::Text { content }) => content,
        _ => "",
    };
    View {
        role: &message.role,
        parts: [Text {
            r#type: "text",
            content,
        }],
    }
}
