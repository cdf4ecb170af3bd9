//! Tests of the shape and the caps of content, as spans and events have it.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::finish::Ended;
use super::*;

mod caps;
mod copies;
mod depth;
mod elements;
mod events;
mod lists;
mod reading;
mod schema;
mod serialized;
mod shape;
mod sizes;
mod speed;
mod valid;

/// A file or folder of the facts that lie beside the workspace.
fn shared(path: &str) -> Option<PathBuf> {
    let root = match std::env::var_os("GENAI_SHARED") {
        Some(root) => PathBuf::from(root),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
    };
    let found = root.join(path);
    if found.exists() {
        return Some(found);
    }
    let test = std::thread::current();
    let test = test.name().unwrap_or_default();
    let _ = std::io::Write::write_fmt(
        &mut std::io::stderr(),
        format_args!("NOT RUN: {test} needs shared/{path}, which is not beside the repository\n"),
    );
    None
}

/// A text of so many bytes.
pub(super) fn long(bytes: usize) -> String {
    "x".repeat(bytes)
}

/// A part of every kind.
fn every_part() -> Vec<Part> {
    vec![
        Part::text("plain \"quoted\" \u{1} é 🦀\n"),
        Part::reasoning("because"),
        Part::tool_call(
            "c1",
            "get_weather",
            json!({"city": "Paris", "none": null, "deep": [1, [2.5, "x"]]}),
        ),
        Part::tool_call("", "noargs", "cut off {"),
        Part::tool_response("c1", "rainy, 57°F"),
        Part::tool_response("", json!({"a": [true, null]})),
        Part::server_tool_call(
            "s1",
            "code",
            json!({"type": "code_interpreter", "code": "1+1"}),
        ),
        Part::server_tool_response("s1", json!({"type": "code_interpreter", "out": 2})),
        Part::blob("image/png", b"\x89PNG\x00\xff"),
        Part::Blob {
            modality: "audio".into(),
            mime_type: None,
            content: Bytes::Base64("AAEC".into()),
        },
        Part::file("image", "file-1").mime_type("image/png"),
        Part::uri("video", "gs://bucket/v.mp4"),
        Part::other(
            "redacted_thinking",
            Map::from_iter([
                ("data".to_owned(), json!("EmwK")),
                ("type".to_owned(), json!("no")),
            ]),
        ),
    ]
}

fn tools() -> Vec<ToolDefinition> {
    vec![
        ToolDefinition::function("get_weather")
            .description("weather")
            .parameters(json!({"type": "object", "properties": {}})),
        ToolDefinition::function("bare"),
        ToolDefinition::other("web_search_20250305", "web_search"),
    ]
}

fn input() -> Vec<InputMessage> {
    vec![
        system("Be terse."),
        user("hi").name("alice"),
        assistant("hello"),
        tool_response("c1", json!({"t": 1})),
        InputMessage::new("user").parts(every_part()),
    ]
}

fn output() -> Vec<OutputMessage> {
    vec![
        OutputMessage::text("done", "end_turn"),
        OutputMessage::new("assistant").parts(every_part()),
        OutputMessage::new("assistant").name("bob"),
    ]
}

fn render_list<T: super::render::Element>(items: &[T], end: usize) -> Option<String> {
    list::list(list::Items::Lent(items), 0, end, 1000, Ended::Well, false)
}

/// Likewise of a list that is given away.
fn render_given<T: super::render::Element>(items: Vec<T>, end: usize) -> Option<String> {
    list::list(list::Items::Given(items), 0, end, 1000, Ended::Well, false)
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
