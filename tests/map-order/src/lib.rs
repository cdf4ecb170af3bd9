//! Lines of JSON go in, `{"provider", "request", "response", "chunks"}`; out come, for each, the attributes, the messages with their
//! keys sorted, and the names of the uploads that are hashes. The first line has the keys of a map in the order that maps have.

use std::convert::Infallible;
use std::io::{BufRead, Write};
use std::time::Duration;

use futures::executor::block_on;
use futures::{Stream, StreamExt as _, stream};
use genai::testing::Harness;
use genai::upload::{Memory, UploadHook};
use genai::{ContentCapture, Wire};
use serde_json::{Value, json};

/// The text of `value` with all keys sorted.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| key.as_str());
            let fields: Vec<String> = fields
                .iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), sorted(value)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(list) => format!(
            "[{}]",
            list.iter().map(sorted).collect::<Vec<_>>().join(",")
        ),
        other => other.to_string(),
    }
}

/// A stream that is ready at once.
fn ready<I: Iterator>(items: I) -> impl Stream<Item = Result<I::Item, Infallible>> {
    stream::iter(items.map(Ok))
}

fn drain(stream: impl Stream) {
    block_on(stream.for_each(|_| async {}));
}

/// The spans of a call and of a stream, in bytes and in values, in lines.
fn recorded(line: &Value, is_typed: bool) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let store = Memory::global();
    store.clear();
    let hook = UploadHook::builder()
        .base_path("memory://map-order")
        .build()?;
    let harness = Harness::with(|settings| {
        settings
            .capture(ContentCapture::SpanOnly)
            .completion_hook(hook)
    });
    let provider = line["provider"].as_str().unwrap_or_default();
    let mut chat = harness.telemetry().chat(provider).start();
    if is_typed {
        chat.request(&Wire::detect(&line["request"]))
            .response(&Wire::detect(&line["response"]));
    } else {
        chat.request(&line["request"]).response(&line["response"]);
    }
    chat.finish();
    let chunks = line["chunks"].as_array().into_iter().flatten();
    let events: Vec<_> = chunks.filter_map(Value::as_str).collect();
    let body = events
        .iter()
        .map(|event| format!("data: {event}\n\n").into_bytes());
    drain(genai::observe_bytes(
        harness.telemetry().chat(provider).stream().start(),
        ready(body),
    ));
    let values = events
        .iter()
        .filter_map(|event| serde_json::from_str::<Value>(event).ok());
    drain(genai::observe_stream(
        harness.telemetry().chat(provider).stream().start(),
        ready(values),
    ));
    harness
        .telemetry()
        .flush(Duration::from_secs(10))
        .expect("flushed");
    let mut lines = Vec::new();
    for span in harness.spans() {
        for (key, value) in &span.attributes.0 {
            let text = match span.json(key) {
                Some(value @ (Value::Object(_) | Value::Array(_))) => sorted(&value),
                _ => value.to_string(),
            };
            let changes = key.ends_with("messages_ref") || key.contains("time_to_first_chunk");
            lines.push(format!("{key}={}", if changes { "" } else { &text }));
        }
    }
    let hashed =
        |name: &String| name.contains("system_instruction") || name.contains("tool.definitions");
    let mut names: Vec<String> = store.names().into_iter().filter(hashed).collect();
    names.sort();
    lines.extend(names);
    Ok(lines)
}

/// Writes to `out` what is recorded of the lines of `input`.
///
/// # Errors
/// If a line is no JSON, or something cannot be read or written.
pub fn write(input: impl BufRead, mut out: impl Write) -> Result<(), Box<dyn std::error::Error>> {
    let order: Vec<String> = json!({"b": 1, "a": 2})
        .as_object()
        .map(|fields| fields.keys().cloned().collect())
        .unwrap_or_default();
    writeln!(out, "{}", order.concat())?;
    for line in input.lines() {
        let line: Value = serde_json::from_str(&line?)?;
        for is_typed in [false, true] {
            for line in recorded(&line, is_typed)? {
                writeln!(out, "{line}")?;
            }
        }
    }
    Ok(())
}
