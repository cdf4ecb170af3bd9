//! `arguments(a, b = v)` of a tool: one JSON object of what is named, by reference and only where content is wanted.

use std::cell::Cell;

use futures::executor::block_on;
use genai::ContentCapture;
use genai::testing::Harness;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

thread_local! {
    static SERIALISED: Cell<u32> = const { Cell::new(0) };
}

/// Neither `Clone` nor `Copy`, and counts how often it is looked at.
struct City(&'static str);

impl Serialize for City {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        SERIALISED.set(SERIALISED.get() + 1);
        serializer.serialize_str(self.0)
    }
}

#[genai::tool(arguments(city, days, r#type, unit = "C", "x-count" = list.len(), note = note.as_deref()))]
async fn asynchronous(
    city: City,
    days: u8,
    r#type: &str,
    list: Vec<u8>,
    note: Option<String>,
) -> (City, Vec<u8>) {
    std::future::ready(()).await;
    let _ = (days, r#type, note);
    (city, list)
}

#[genai::tool(name = "get_weather", arguments())]
fn synchronous() {}

#[genai::tool(arguments(a, whole = (a, &b)))]
fn of_a_pattern((a, b, _): (u8, String, City)) -> String {
    format!("{a}{b}")
}

fn arguments(harness: &Harness, name: &str) -> Option<Value> {
    harness.span(name).json("gen_ai.tool.call.arguments")
}

#[test]
fn one_object_by_reference() {
    let harness = Harness::install_with(|t| t.capture(ContentCapture::SpanOnly));
    let call = asynchronous(City("Paris"), 3, "rain", vec![1, 2], None);
    let (city, list) = block_on(call);
    assert_eq!((city.0, list), ("Paris", vec![1, 2]));
    synchronous();
    assert_eq!(of_a_pattern((1, "b".to_owned(), City("x"))), "1b");
    assert_eq!(
        arguments(&harness, "execute_tool asynchronous"),
        Some(json!({
            "city": "Paris", "days": 3, "type": "rain", "unit": "C", "x-count": 2, "note": null,
        }))
    );
    assert_eq!(
        arguments(&harness, "execute_tool get_weather"),
        Some(json!({}))
    );
    assert_eq!(
        arguments(&harness, "execute_tool of_a_pattern"),
        Some(json!({"a": 1, "whole": [1, "b"]}))
    );
}

#[test]
fn nothing_is_serialised_where_content_is_off() {
    let harness = Harness::install();
    let before = SERIALISED.get();
    block_on(asynchronous(City("Paris"), 3, "rain", Vec::new(), None));
    assert_eq!(SERIALISED.get(), before);
    assert_eq!(arguments(&harness, "execute_tool asynchronous"), None);
}
