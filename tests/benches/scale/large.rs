//! Requests that are much larger than what is kept of them, content on: what is copied, and whether the time is that of reading them.

use std::time::Instant;

use genai_tests::support::alloc::Held;
use serde_json::{Value, json};

use super::world::{guarded, install, median, row};

const ROUNDS: usize = 9;
/// What of content goes on a span, unless the program says otherwise.
const CAP: i64 = 256 << 10;

/// The bytes that a call holds more at most while it is open, and its milliseconds.
fn measured(request: &Value) -> (i64, f64) {
    let (mut peak, mut times) = (0, Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        peak = Held::peak(|| {
            let call = genai::Telemetry::global().chat("openai").request(request);
            call.start().finish();
        });
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    (peak, median(times))
}

pub(crate) fn image() {
    install(true);
    let url = format!("data:image/png;base64,{}", "iVBORw0K".repeat(5 << 20));
    let parts = json!([{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": url}}]);
    let (peak, time) =
        measured(&json!({"model": "m", "messages": [{"role": "user", "content": parts}]}));
    guarded(
        "a request with an image of 40 MB, content on: held of it at most",
        peak,
        3 * CAP,
        "bytes",
    );
    row("the same: time of the call", format!("{time:.2} ms"));
}

fn messages(count: usize) -> Value {
    let message = |n: usize| {
        let role = if n.is_multiple_of(2) {
            "user"
        } else {
            "assistant"
        };
        json!({"role": role, "content": format!("{n}: {}", "words ".repeat(100))})
    };
    let history: Vec<Value> = (0..count).map(message).collect();
    json!({"model": "m", "messages": history})
}

pub(crate) fn history() {
    install(true);
    let (_, small) = measured(&messages(1_000));
    let (peak, large) = measured(&messages(10_000));
    guarded(
        "a history of 10,000 messages of 600 bytes, content on: held of it at most",
        peak,
        320 << 10,
        "bytes",
    );
    row(
        "the same: time of the call, and with 1,000 messages",
        format!("{large:.2} and {small:.2} ms"),
    );
}
