//! Rendered content against the JSON schemas of the conventions, by a validator of what they use.

use super::*;

/// Whether `value` is what `schema` describes.
fn valid(root: &Value, schema: &Value, value: &Value) -> bool {
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
fn strictly_valid(schema: &Value, value: &Value) -> bool {
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

fn schema(name: &str) -> Option<Value> {
    let path = shared(&format!("semconv/registry-1.41.1/schemas/{name}"))?;
    Some(parsed(&std::fs::read_to_string(path).unwrap()))
}

#[test]
fn rendered_content_is_valid_at_every_cap() {
    let documents = [
        Document::new("a", 0.5).field("title", "x".repeat(300)),
        Document::new("b", 1.0),
    ];
    let check = |name: &str, render: &dyn Fn(usize) -> Option<String>| {
        let Some(schema) = schema(name) else { return };
        let whole = render(usize::MAX).unwrap();
        for end in (0..whole.len() + 10).chain([usize::MAX]) {
            if let Some(text) = render(end) {
                assert!(
                    strictly_valid(&schema, &parsed(&text)),
                    "{name} at {end}: {text}"
                );
            }
        }
    };
    check("gen-ai-input-messages.json", &|end| {
        render_list(&input(), end)
    });
    check("gen-ai-output-messages.json", &|end| {
        render_list(&output(), end)
    });
    check("gen-ai-system-instructions.json", &|end| {
        render_list(&every_part(), end)
    });
    check("gen-ai-tool-definitions.json", &|end| {
        render_list(&tools(), end)
    });
    check("gen-ai-retrieval-documents.json", &|end| {
        render_list(&documents, end)
    });
}

#[test]
fn cases_of_the_conventions() {
    let Some(folder) = shared("semconv/schema-cases") else {
        return;
    };
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let name = text
            .split("\nschema: ")
            .nth(1)
            .unwrap()
            .lines()
            .next()
            .unwrap()
            .to_owned();
        if !shared("semconv/registry-1.41.1/schemas")
            .unwrap()
            .join(&name)
            .exists()
        {
            continue;
        }
        let document = text.split("\ndocument: ").nth(1).unwrap();
        let document = document
            .split("\n# ")
            .next()
            .unwrap()
            .split("\nerrors:")
            .next()
            .unwrap();
        let document = parsed(document);
        let schema = schema(&name).unwrap();
        let round = |items: &Value| match name.as_str() {
            "gen-ai-input-messages.json" => again::<InputMessage>(items),
            "gen-ai-output-messages.json" => again::<OutputMessage>(items),
            "gen-ai-system-instructions.json" => again::<Part>(items),
            "gen-ai-tool-definitions.json" => again::<ToolDefinition>(items),
            _ => again::<Document>(items),
        };
        match round(&document) {
            Some(written) => assert!(valid(&schema, &schema, &written), "{name}: {written}"),
            None => assert!(
                !valid(&schema, &schema, &document),
                "{name} refused: {document}"
            ),
        }
        seen += 1;
    }
    assert!(seen >= 12, "{seen}");
}

fn again<T: serde::de::DeserializeOwned + render::Element>(items: &Value) -> Option<Value> {
    let items: Vec<T> = serde_json::from_value(items.clone()).ok()?;
    Some(parsed(&render_list(&items, usize::MAX).unwrap()))
}
