//! How large content is said to be, by each of its fields: what is refused for its size, and what a mark names, goes by it.

use super::super::size::{Size, json, sizes};
use super::*;

#[test]
fn every_field_of_a_part_counts() {
    let data = json!({"k": long(300)});
    let of_data = json(&data);
    assert_eq!(of_data, 2 + 1 + 4 + 303);
    let (id, name) = (long(100), long(200));
    for (part, expected) in [
        (Part::text(long(500)), 500),
        (Part::reasoning(long(500)), 500),
        (
            Part::tool_call(&*id, &*name, data.clone()),
            100 + 200 + of_data + 32,
        ),
        (Part::tool_response(&*id, data.clone()), 100 + of_data + 32),
        (
            Part::server_tool_call(&*id, &*name, data.clone()),
            100 + 200 + of_data + 48,
        ),
        (
            Part::server_tool_response(&*id, data.clone()),
            100 + of_data + 64,
        ),
        (Part::blob("image/png", vec![0_u8; 300]), 5 + 9 + 400 + 32),
        (
            Part::file("image", long(500)).mime_type("image/png"),
            5 + 9 + 500 + 32,
        ),
        (
            Part::uri("image", long(500)).mime_type("image/png"),
            5 + 9 + 500 + 32,
        ),
        (
            Part::other("kind", data.as_object().unwrap().clone()),
            4 + 1 + 4 + 303,
        ),
    ] {
        assert_eq!(part.size(), 48 + expected, "{part:?}");
    }
}

#[test]
fn messages_tools_and_documents_are_the_sum_of_what_they_have() {
    let part = Part::text(long(500));
    let input = InputMessage::new("user").name(long(30)).part(part.clone());
    assert_eq!(input.size(), 48 + 4 + 30 + 548);
    let mut output = OutputMessage::text(long(500), "stop");
    output.name = Some(long(30));
    assert_eq!(output.size(), 48 + 40 + 9 + 4 + 30 + 548);
    let tool = ToolDefinition::Function {
        name: long(20),
        description: Some(long(70)),
        parameters: Some(json!({"k": long(300)})),
    };
    assert_eq!(tool.size(), 48 + 20 + 70 + 310 + 48);
    let other = ToolDefinition::Other {
        kind: "kind".into(),
        name: long(20),
    };
    assert_eq!(other.size(), 48 + 4 + 20);
    let document = Document::new(long(60), 0.5).field("title", long(300));
    assert_eq!(document.size(), 48 + 60 + 5 + 4 + 303);
    assert_eq!(sizes(&[tool, other]), 496 + 72);
}

#[test]
fn a_value_is_what_is_in_it() {
    for (value, expected) in [
        (json!(null), 6),
        (json!(true), 6),
        (json!(12), 12),
        (json!("abcd"), 7),
        (json!([1, 2, 3]), 2 + 3 * 13),
        (json!({"ab": 1, "c": "d"}), 2 + (2 + 4 + 12) + (1 + 4 + 4)),
        (json!({}), 2),
    ] {
        assert_eq!(json(&value), expected, "{value}");
    }
    let mut deep = json!(long(5_000));
    for _ in 0..150 {
        deep = json!([deep]);
    }
    // What is too deep is not looked at.
    assert_eq!(json(&deep), 100 * 3 + "...[nested too deep]".len() + 3);
}
