//! What JSON is read as: parts of each type where their fields are right, else parts that keep every field; and why it is refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;

use super::*;

#[test]
fn every_part_reads_back_as_it_is() {
    for part in every_part() {
        let expected = match part.clone() {
            Part::Blob {
                modality,
                mime_type,
                content: Bytes::Raw(bytes),
            } => Part::Blob {
                modality,
                mime_type,
                content: Bytes::Base64(STANDARD.encode(bytes)),
            },
            Part::Other { kind, mut fields } => {
                fields.remove("type");
                Part::Other { kind, fields }
            }
            part => part,
        };
        let json = serde_json::to_value(&part).unwrap();
        let read: Part = serde_json::from_value(json.clone()).unwrap();
        assert!(read == expected, "{json}");
    }
}

#[test]
fn null_is_absent_where_a_field_is_optional() {
    for (json, expected) in [
        (
            json!({"type": "tool_call", "id": null, "name": "f", "arguments": null}),
            Part::ToolCall {
                id: None,
                name: "f".into(),
                arguments: None,
            },
        ),
        (
            json!({"type": "tool_call_response", "id": null, "response": null}),
            Part::tool_response("", Value::Null),
        ),
        (
            json!({"type": "server_tool_call", "id": null, "name": "f", "server_tool_call": null}),
            Part::server_tool_call("", "f", Value::Null),
        ),
        (
            json!({"type": "file", "modality": "image", "mime_type": null, "file_id": "f1"}),
            Part::file("image", "f1"),
        ),
    ] {
        let read: Part = serde_json::from_value(json.clone()).unwrap();
        assert!(read == expected, "{json}");
    }
    let tool: ToolDefinition = serde_json::from_value(
        json!({"type": "function", "name": "f", "description": null, "parameters": null}),
    )
    .unwrap();
    assert!(tool == ToolDefinition::function("f"));
    let document: Document = serde_json::from_value(json!({"id": "d", "score": null})).unwrap();
    assert!(document == Document::without_score("d"));
}

#[test]
fn a_part_with_other_fields_keeps_them_all() {
    for fields in [
        json!({"type": "text"}),
        json!({"type": "text", "content": "x", "more": 1}),
        json!({"type": "reasoning", "content": null}),
        json!({"type": "tool_call", "id": "c"}),
        json!({"type": "tool_call", "name": 1}),
        json!({"type": "tool_call", "id": 1, "name": "f"}),
        json!({"type": "tool_call_response", "id": "c"}),
        json!({"type": "server_tool_call", "id": "c", "name": "f"}),
        json!({"type": "server_tool_call", "server_tool_call": {}}),
        json!({"type": "server_tool_call_response", "id": "c"}),
        json!({"type": "blob", "modality": "image", "content": "AAEC", "mime_type": 1}),
        json!({"type": "file", "modality": "image"}),
        json!({"type": "uri", "uri": "x"}),
        json!({"type": "new", "id": 1, "a": null}),
    ] {
        let read: Part = serde_json::from_value(fields.clone()).unwrap();
        let Value::Object(mut fields) = fields else {
            continue;
        };
        let kind = fields.remove("type").unwrap_or_default();
        let kind = kind.as_str().unwrap_or_default().to_owned();
        assert!(read == Part::other(kind, fields.clone()), "{fields:?}");
    }
}

#[test]
fn what_is_refused_says_why() {
    fn why<T: DeserializeOwned>(json: Value) -> String {
        let read = serde_json::from_value::<T>(json);
        read.err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    }
    let message = why::<InputMessage>;
    for (json, expected) in [
        (json!({"parts": []}), "missing field `role`"),
        (json!({"role": null, "parts": []}), "missing field `role`"),
        (json!({"role": 1, "parts": []}), "`role` must be a string"),
        (json!({"role": "user"}), "missing field `parts`"),
        (
            json!({"role": "user", "parts": {}}),
            "`parts` must be a list",
        ),
        (
            json!({"role": "user", "parts": [1]}),
            "a part must be an object",
        ),
        (
            json!({"role": "user", "parts": [{}]}),
            "missing field `type`",
        ),
        (
            json!({"role": "user", "parts": [], "name": 1}),
            "`name` must be a string",
        ),
    ] {
        assert_eq!(message(json.clone()), expected, "{json}");
    }
    let reason = json!({"role": "assistant", "parts": [], "finish_reason": 3});
    assert_eq!(
        why::<OutputMessage>(reason),
        "`finish_reason` must be a string"
    );
    assert_eq!(
        why::<ToolDefinition>(json!({"type": "x"})),
        "missing field `name`"
    );
    let score = json!({"id": "d", "score": "high"});
    assert_eq!(why::<Document>(score), "`score` must be a number");
    assert_eq!(why::<Document>(json!({"score": 1})), "missing field `id`");
}
