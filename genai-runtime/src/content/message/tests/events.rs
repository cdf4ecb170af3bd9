//! Lists of content as events have them: to the byte, and what says what was cut.

use super::any::Element;
use super::caps::plain;
use super::size::sizes;
use super::*;

/// What a list becomes within `end` bytes and `count` elements, and its size.
fn of<T: Element>(items: &[T], before: usize, end: usize, count: usize) -> Option<(Value, usize)> {
    let (value, size) = any::list(items, before, end, count, Ended::Well)?;
    Some((plain(&value), size))
}

fn mark(bytes: usize) -> Value {
    json!({"type": "truncated", "bytes": bytes})
}

#[test]
fn every_value_and_every_byte_of_text_counts() {
    let call = Part::tool_call("c1", "f", json!({"ab": 1, "c": [true, "xy"]}));
    let of_call = 40 + 42 + 41 + (82 + 81 + 40 + 40 + 42);
    assert_eq!(
        of(&[call], 0, usize::MAX, 9),
        Some((
            json!([{"type": "tool_call", "id": "c1", "name": "f", "arguments": {"ab": 1, "c": [true, "xy"]}}]),
            of_call
        ))
    );
    assert_eq!(
        of(&[user("hi").name("al")], 0, usize::MAX, 9),
        Some((
            json!([{"role": "user", "name": "al", "parts": [{"type": "text", "content": "hi"}]}]),
            40 + 44 + 42 + 40 + 42
        ))
    );
    let tool = ToolDefinition::function("f")
        .description("de")
        .parameters(json!({"t": 1}));
    assert_eq!(
        of(&[tool], 0, usize::MAX, 9),
        Some((
            json!([{"type": "function", "name": "f", "description": "de", "parameters": {"t": 1}}]),
            40 + 41 + 42 + 81
        ))
    );
    let other = ToolDefinition::other("web", "search");
    assert_eq!(
        of(&[other], 0, usize::MAX, 9),
        Some((json!([{"type": "web", "name": "search"}]), 40 + 43 + 46))
    );
    let parts = [
        Part::reasoning("so"),
        Part::tool_response("c1", "fine"),
        Part::server_tool_call("s1", "code", json!({"k": 1})),
        Part::server_tool_response("s1", json!({"k": 2})),
        Part::blob("image/png", b"abc"),
        Part::file("image", "f1").mime_type("image/png"),
        Part::uri("video", "gs://b"),
        Part::other("kind", Map::from_iter([("k".to_owned(), json!(3))])),
    ];
    let expected = json!([
        {"type": "reasoning", "content": "so"},
        {"type": "tool_call_response", "id": "c1", "response": "fine"},
        {"type": "server_tool_call", "id": "s1", "name": "code", "server_tool_call": {"k": 1}},
        {"type": "server_tool_call_response", "id": "s1", "server_tool_call_response": {"k": 2}},
        {"type": "blob", "modality": "image", "mime_type": "image/png", "content": {"bytes": b"abc"}},
        {"type": "file", "modality": "image", "mime_type": "image/png", "file_id": "f1"},
        {"type": "uri", "modality": "video", "uri": "gs://b"},
        {"type": "kind", "k": 3},
    ]);
    let size = 8 * 40
        + 42
        + (42 + 44)
        + (42 + 44 + 81)
        + (42 + 81)
        + (45 + 49 + 43)
        + (45 + 49 + 42)
        + (45 + 46)
        + (44 + 81);
    assert_eq!(of(&parts, 0, usize::MAX, 9), Some((expected, size)));
}

#[test]
fn a_list_is_cut_to_the_byte() {
    let parts = [Part::text("x".repeat(1_000))];
    // The room for the marks, and the part.
    let whole = 1_280 + 40 + 1_040;
    let (value, size) = of(&parts, 0, whole, 9).expect("a list");
    assert_eq!(value[0]["content"], "x".repeat(1_000));
    assert_eq!((value.as_array().map(Vec::len), size), (Some(1), 1_080));
    let (value, size) = of(&parts, 0, whole - 1, 9).expect("a list");
    let cut = format!("{}...[1 bytes cut]", "x".repeat(999));
    let text = json!({"type": "text", "content": cut});
    assert_eq!(value, json!([text, mark(1)]));
    assert_eq!(size, whole - 1);
}

#[test]
fn what_is_over_the_count_or_was_cut_before_is_in_the_mark() {
    let messages = [user("a"), user("b"), user("c")];
    let (whole, size) = of(&messages, 0, usize::MAX, 3).expect("a list");
    assert_eq!(whole.as_array().map(Vec::len), Some(3));
    let (cut, with_mark) = of(&messages, 7, usize::MAX, 2).expect("a list");
    let last = json!({"type": "text", "content": "b"});
    let bytes = 7 + sizes(&messages[2..]);
    assert_eq!(
        cut,
        json!([whole[0], {"role": "user", "parts": [last, mark(bytes)]}])
    );
    assert_eq!(with_mark, size / 3 * 2 + 1_280);
    assert_eq!(of::<InputMessage>(&[], 7, usize::MAX, 3), None);
}

#[test]
fn where_nothing_fits_an_element_says_what_was_cut() {
    fn marked<T: Element>(items: &[T], expected: Value) {
        // Less is no room for the mark.
        assert_eq!(of(items, 0, 1_279, 9), None);
        assert_eq!(of(items, 0, 1_280, 9), Some((expected, 1_280)));
    }
    let bytes = sizes(&input());
    marked(&input(), json!([{"role": "user", "parts": [mark(bytes)]}]));
    let bytes = sizes(&output());
    let parts = [mark(bytes)];
    marked(
        &output(),
        json!([{"role": "assistant", "parts": parts, "finish_reason": "stop"}]),
    );
    let parts = every_part();
    marked(&parts, json!([mark(sizes(&parts))]));
    let bytes = sizes(&tools());
    marked(
        &tools(),
        json!([{"type": "truncated", "bytes": bytes, "name": "truncated"}]),
    );
}

/// Data that does not fit is left out with what follows it.
#[test]
fn a_blob_that_does_not_fit_ends_the_list() {
    let parts = [
        Part::text("a"),
        Part::blob("image/png", vec![0; 500]),
        Part::text("b"),
    ];
    let (value, _) = of(&parts, 0, 1_280 + 300, 9).expect("a list");
    let bytes = sizes(&parts[1..]);
    let text = json!({"type": "text", "content": "a"});
    assert_eq!(value, json!([text, mark(bytes)]));
    let message = [InputMessage::new("user").parts(parts)];
    let (value, _) = of(&message, 0, 1_280 + 400, 9).expect("a list");
    assert_eq!(
        value,
        json!([{"role": "user", "parts": [text, mark(bytes)]}])
    );
}
