//! A validator of what the JSON schemas of the conventions use: a schema and a value in, whether it fits out.
//!
//! The tests of recorded traffic use it as well, by its path.

use serde_json::Value;

/// Whether `value` is what `schema` describes.
pub(super) fn valid(root: &Value, schema: &Value, value: &Value) -> bool {
    let Some(rules) = schema.as_object() else {
        return schema != &Value::Bool(false);
    };
    rules.iter().all(|(rule, with)| match rule.as_str() {
        "$ref" => match with.as_str().and_then(|path| path.strip_prefix('#')) {
            Some(path) => valid(root, root.pointer(path).expect("a definition"), value),
            // The only other one is JSON schema itself.
            None => value.is_object() || value.is_boolean(),
        },
        "type" => match with.as_str().expect("one type") {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "number" => value.is_number(),
            "null" => value.is_null(),
            other => panic!("type {other}"),
        },
        "const" => value == with,
        "enum" => with.as_array().expect("a list").contains(value),
        "required" => value.as_object().is_none_or(|o| {
            with.as_array()
                .unwrap()
                .iter()
                .all(|k| o.contains_key(k.as_str().unwrap()))
        }),
        "properties" => with
            .as_object()
            .unwrap()
            .iter()
            .all(|(k, s)| value.get(k).is_none_or(|v| valid(root, s, v))),
        "items" => value
            .as_array()
            .is_none_or(|items| items.iter().all(|item| valid(root, with, item))),
        "anyOf" => with
            .as_array()
            .unwrap()
            .iter()
            .any(|s| valid(root, s, value)),
        "oneOf" => {
            with.as_array()
                .unwrap()
                .iter()
                .filter(|s| valid(root, s, value))
                .count()
                == 1
        }
        "description"
        | "title"
        | "default"
        | "$defs"
        | "format"
        | "additionalProperties"
        | "$schema" => true,
        other => panic!("rule {other}"),
    })
}

/// `valid`, and each part is valid as what it says it is, not as the part without rules.
pub(super) fn strictly_valid(schema: &Value, value: &Value) -> bool {
    let names = [
        ("text", "TextPart"),
        ("reasoning", "ReasoningPart"),
        ("tool_call", "ToolCallRequestPart"),
        ("tool_call_response", "ToolCallResponsePart"),
        ("server_tool_call", "ServerToolCallPart"),
        ("server_tool_call_response", "ServerToolCallResponsePart"),
        ("blob", "BlobPart"),
        ("file", "FilePart"),
        ("uri", "UriPart"),
        ("function", "FunctionToolDefinition"),
    ];
    let own = |item: &Value| {
        let rules = names
            .iter()
            .find(|(kind, _)| item["type"] == *kind)
            .and_then(|(_, name)| schema["$defs"].get(name));
        rules.is_none_or(|rules| valid(schema, rules, item))
    };
    let items = value.as_array().unwrap();
    valid(schema, schema, value)
        && items.iter().all(|item| {
            item.get("parts")
                .and_then(Value::as_array)
                .map_or_else(|| own(item), |parts| parts.iter().all(own))
        })
}
