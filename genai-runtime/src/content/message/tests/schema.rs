//! Rendered content against the JSON schemas of the conventions.

use super::valid::{strictly_valid, valid};
use super::*;

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
