//! Answers that nobody sends: made-up bodies and streams with the words of every format, damaged, cut anywhere. However the bytes come,
//! and however little of an event may be held, the same is recorded; content off, nothing of it is.

use std::convert::Infallible;

use futures::FutureExt as _;
use futures::stream::StreamExt as _;
use genai::testing::Harness;
use genai::{ContentCapture, Limits};
use serde_json::{Map, Value, json};

use super::{Plan, Report};
use crate::support::dice::Dice;

/// Names of fields inside.
const KEYS: [&str; 36] = [
    "id",
    "model",
    "type",
    "index",
    "delta",
    "message",
    "content",
    "text",
    "role",
    "finish_reason",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "usage",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "prompt_tokens_details",
    "cached_tokens",
    "error",
    "code",
    "status",
    "output",
    "item",
    "input_tokens",
    "output_tokens",
    "parts",
    "inlineData",
    "data",
    "promptTokenCount",
    "functionCall",
    "args",
    "citations",
    "reasoning_content",
    "refusal",
];

/// Names of fields at the top that every format may have.
const SHARED: [&str; 8] = [
    "id",
    "model",
    "error",
    "code",
    "status_code",
    "unknown",
    "index",
    "message_id",
];

/// A format: names of fields at the top, the first of which is there, and what is its `type`.
const FORMATS: [(&[&str], &[&str]); 7] = [
    (
        &["choices", "usage", "system_fingerprint", "service_tier"],
        &[],
    ),
    (
        &["response", "item", "output_index", "delta", "item_id"],
        &[
            "response.completed",
            "response.output_text.delta",
            "response.output_item.done",
            "response.failed",
        ],
    ),
    (
        &[
            "delta",
            "message",
            "content_block",
            "usage",
            "content",
            "stop_reason",
        ],
        &[
            "message_start",
            "message_delta",
            "content_block_start",
            "content_block_delta",
            "content_block_stop",
            "message",
        ],
    ),
    (
        &["candidates", "usageMetadata", "modelVersion", "responseId"],
        &[],
    ),
    (
        &[
            "contentBlockIndex",
            "delta",
            "stopReason",
            "start",
            "metrics",
        ],
        &[],
    ),
    (
        &[
            "done",
            "message",
            "eval_count",
            "prompt_eval_count",
            "done_reason",
        ],
        &[],
    ),
    (
        &["delta", "message", "finish_reason"],
        &[
            "message-start",
            "content-delta",
            "message-end",
            "tool-call-start",
        ],
    ),
];

/// Texts that mean something to a format, and some that do not.
const WORDS: [&str; 20] = [
    "",
    "canary-text",
    "chat.completion.chunk",
    "message",
    "text_delta",
    "input_json_delta",
    "stop",
    "tool_use",
    "end_turn",
    "STOP",
    "error",
    "function_call",
    "assistant",
    "text",
    "{\"a\":1}",
    "🦀 \u{0}\"\\",
    "completed",
    "output_text",
    "reasoning",
    "refusal",
];

fn value(dice: &mut Dice, depth: u32) -> Value {
    match dice.below(if depth > 5 { 6 } else { 12 }) {
        0 => json!(dice.below(1_000)),
        1 => json!(dice.roll()),
        2 => json!(-0.5),
        3 => json!(dice.once_in(2)),
        4 => Value::Null,
        5 | 6 => json!(WORDS[dice.below(WORDS.len() as u64) as usize]),
        7 | 8 => (0..dice.below(4)).map(|_| value(dice, depth + 1)).collect(),
        _ => Value::Object(object(dice, depth + 1)),
    }
}

fn object(dice: &mut Dice, depth: u32) -> Map<String, Value> {
    let field = |dice: &mut Dice| {
        let key = KEYS[dice.below(KEYS.len() as u64) as usize];
        (key.to_owned(), value(dice, depth))
    };
    (0..1 + dice.below(6)).map(|_| field(dice)).collect()
}

/// A chunk of the format with this number.
fn chunk(dice: &mut Dice, format: usize) -> Value {
    let (fields, kinds) = FORMATS[format];
    let mut chunk = Map::new();
    if let Some(kind) = kinds.get(dice.below(kinds.len().max(1) as u64) as usize) {
        chunk.insert("type".to_owned(), json!(kind));
    }
    chunk.insert(fields[0].to_owned(), value(dice, 1));
    for _ in 0..dice.below(5) {
        let keys = if dice.once_in(3) { &SHARED[..] } else { fields };
        let key = keys[dice.below(keys.len() as u64) as usize];
        chunk.insert(key.to_owned(), value(dice, 1));
    }
    Value::Object(chunk)
}

/// The bytes of an answer in some framing, damaged now and then.
fn bytes(dice: &mut Dice) -> Vec<u8> {
    let mut all = Vec::new();
    let framing = dice.below(4);
    let format = dice.below(FORMATS.len() as u64) as usize;
    for _ in 0..1 + dice.below(4) {
        let event = chunk(dice, format).to_string();
        match framing {
            0 => all.extend(format!("data: {event}\n\n").bytes()),
            1 => all.extend(
                format!(
                    "event: {}\r\ndata: {event}\r\n\r\n",
                    WORDS[dice.below(20) as usize]
                )
                .bytes(),
            ),
            2 => all.extend(format!("{event}\n").bytes()),
            _ => all.extend(crate::recordings::replay::frame(
                "contentBlockDelta",
                event.as_bytes(),
            )),
        }
    }
    while dice.once_in(4) {
        let at = dice.below(all.len() as u64) as usize;
        match dice.below(3) {
            0 => all.truncate(at.max(1)),
            1 => all[at] = b"{}[]\":,\\\xff0"[dice.below(10) as usize],
            _ => {
                all.insert(at, b"{}[]\":,\\\xff0"[dice.below(10) as usize]);
            }
        }
    }
    all
}

/// What is recorded of the bytes in pieces of this size.
fn recorded(harness: &Harness, bytes: &[u8], size: usize) -> String {
    harness.clear();
    let pieces: Vec<_> = bytes
        .chunks(size)
        .map(|piece| Ok::<_, Infallible>(piece.to_vec()))
        .collect();
    let chat = harness
        .telemetry()
        .chat("openai")
        .model("m")
        .stream()
        .start();
    let stream = genai::observe_bytes(chat, futures::stream::iter(pieces));
    let _ = stream.count().now_or_never();
    let spans = harness.spans();
    spans
        .iter()
        .map(|span| {
            let mut attributes: Vec<_> = span
                .attributes
                .0
                .iter()
                .map(|(key, value)| format!("{key}={}", value.as_str()))
                .collect();
            attributes.retain(|a| !a.contains("time_to_first"));
            format!("{attributes:?} {:?}", span.status)
        })
        .collect()
}

/// Runs `count` answers.
pub fn run(plan: Plan) -> Report {
    let mut report = Report::default();
    let with = |capture, event| {
        Harness::with(|settings| {
            let limits = Limits::new().event_bytes(event);
            settings.capture(capture).limits(limits)
        })
    };
    let on = [ContentCapture::SpanOnly, ContentCapture::NoContent]
        .map(|capture| [1 << 20, 200].map(|event| with(capture, event)));
    let mut dice = Dice(plan.seed);
    let (mut answers, mut total) = (0, 0);
    while answers < plan.count {
        let one = dice.0;
        let bytes = bytes(&mut dice);
        answers += 1;
        total += bytes.len() as u64;
        for harnesses in &on {
            let whole = recorded(&harnesses[0], &bytes, bytes.len());
            for (what, harness, size) in [
                (
                    "cut into pieces",
                    &harnesses[0],
                    1 + dice.below(40) as usize,
                ),
                ("read as it comes", &harnesses[1], bytes.len()),
                (
                    "read as it comes in pieces",
                    &harnesses[1],
                    1 + dice.below(40) as usize,
                ),
            ] {
                let other = recorded(harness, &bytes, size);
                if other != whole {
                    report.fault(|| {
                        let text = String::from_utf8_lossy(&bytes);
                        format!("dice {one}, {what} of {size}:\n  {text}\n  {whole}\n  {other}")
                    });
                }
            }
        }
        let off = recorded(&on[1][0], &bytes, bytes.len());
        for attribute in ["messages=", "instructions=", "definitions=", "arguments="] {
            if off.contains(attribute) {
                report.fault(|| format!("dice {one}: content with content off: {off}"));
            }
        }
    }
    report.count("answers", answers);
    report.count("bytes", total);
    report.count("readings", answers * 9);
    report
}
