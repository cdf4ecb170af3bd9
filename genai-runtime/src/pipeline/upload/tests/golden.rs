//! Names and contents against those of the Python reference.

use super::*;
use crate::pipeline::upload::names;
use serde_json::{Map, Number};

const GOLDEN: &str = include_str!("golden.json");

/// Floats travel as their bits.
fn restored(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(restored).collect(),
        Value::Object(fields) => match fields.get("$float") {
            Some(bits) => Value::Number(Number::from_f64(float(bits)).unwrap()),
            None => fields
                .iter()
                .map(|(k, v)| (k.clone(), restored(v)))
                .collect::<Map<_, _>>()
                .into(),
        },
        other => other.clone(),
    }
}

fn float(bits: &Value) -> f64 {
    f64::from_bits(u64::from_str_radix(bits.as_str().unwrap(), 16).unwrap())
}

#[test]
fn hashes_of_generated_content() {
    let golden: Value = serde_json::from_str(GOLDEN).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    assert!(cases.len() >= 100);
    for case in cases {
        let system: Vec<_> = case["system"]
            .as_array()
            .unwrap()
            .iter()
            .map(|t| text(t.as_str().unwrap()))
            .collect();
        let hash = names::system_hash(&system).unwrap();
        assert_eq!(
            format!("{hash:x}_system_instruction.json"),
            case["system_name"]
        );
        let tools = case["tools"].as_array().unwrap().iter();
        let tools: Vec<_> = tools
            .map(|tool| {
                let word = |key: &str| tool[key].as_str().map(str::to_owned);
                match word("type").unwrap() {
                    kind if kind == "function" => ToolDefinition::Function {
                        name: word("name").unwrap(),
                        description: word("description"),
                        parameters: Some(restored(&tool["parameters"])),
                    },
                    kind => ToolDefinition::Other {
                        kind: kind.into(),
                        name: word("name").unwrap(),
                    },
                }
            })
            .collect();
        let mut canonical = Vec::new();
        names::write_tools(&mut canonical, &tools).unwrap();
        let hash = names::tools_hash(&tools).unwrap();
        let made = format!("{hash:x}_tool.definitions.json");
        assert_eq!(
            made,
            case["tools_name"],
            "{}",
            String::from_utf8_lossy(&canonical)
        );
    }
}

#[test]
fn floats_are_written_as_python_does() {
    let golden: Value = serde_json::from_str(GOLDEN).unwrap();
    for pair in golden["floats"].as_array().unwrap() {
        let parameters = Some(Value::Number(Number::from_f64(float(&pair[0])).unwrap()));
        let tool = ToolDefinition::Function {
            name: "f".into(),
            description: None,
            parameters,
        };
        let mut out = Vec::new();
        names::write_tools(&mut out, &[tool]).unwrap();
        let python = format!(
            r#"[{{"name": "f", "parameters": {}, "type": "function"}}]"#,
            pair[1].as_str().unwrap()
        );
        assert_eq!(String::from_utf8(out).unwrap(), python);
    }
}

#[test]
fn no_hash_where_the_reference_has_none() {
    assert!(
        names::system_hash(&[
            text("a"),
            Part::Reasoning {
                content: "b".into()
            }
        ])
        .is_none()
    );
    let mut deep = json!(1);
    for _ in 0..600 {
        deep = json!([deep]);
    }
    let tool = ToolDefinition::Function {
        name: "deep".into(),
        description: None,
        parameters: Some(deep),
    };
    assert!(names::tools_hash(&[tool]).is_none());
}

#[test]
fn uuids_are_version_4_and_differ() {
    let all: std::collections::HashSet<_> = (0..1000)
        .map(|_| names::random().unwrap().to_string())
        .collect();
    assert_eq!(all.len(), 1000);
    for uuid in all {
        let parts: Vec<_> = uuid.split('-').collect();
        assert_eq!(
            parts.iter().map(|p| p.len()).collect::<Vec<_>>(),
            [8, 4, 4, 4, 12]
        );
        assert!(
            parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']),
            "{uuid}"
        );
    }
}

/// The files a scenario of the oracle expects, as (path with `<uuid>`, parsed lines).
fn expected(scenario: &str) -> Option<Vec<(String, Vec<Value>)>> {
    let file = shared(&format!("oracle/expected/{scenario}.json"))?;
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let files = expected["files"].as_array().unwrap().iter();
    let mut files: Vec<_> = files
        .map(|f| {
            (
                f["path"].as_str().unwrap().to_owned(),
                lines(f["text"].as_str().unwrap()),
            )
        })
        .collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    Some(files)
}

fn lines(text: &str) -> Vec<Value> {
    assert!(text.ends_with('\n'));
    text.lines()
        .map(|line| without_nulls(serde_json::from_str(line).unwrap()))
        .collect()
}

/// The files a hook with a local base wrote for `contents`.
fn written(format: Format, contents: &[Content]) -> Vec<(String, Vec<Value>)> {
    let folder = Folder::new();
    let base = folder.0.to_str().unwrap();
    let hook = UploadHook::builder()
        .base_path(base)
        .format(format)
        .queue_size(20)
        .build()
        .unwrap();
    let mut uuids = Vec::new();
    for content in contents {
        let references = complete(&hook, content);
        for reference in references.values() {
            let file = reference.strip_prefix("file://").unwrap();
            assert!(
                hook.flush(LONG).is_ok() && std::path::Path::new(file).is_file(),
                "{reference}"
            );
            uuids.extend(
                name(reference)
                    .split_once('_')
                    .map(|(id, _)| id.to_owned())
                    .filter(|id| id.contains('-')),
            );
        }
    }
    assert_eq!(hook.stats().dropped.files + hook.stats().failed.files, 0);
    let mut files = Vec::new();
    for mut name in folder.names() {
        let text = std::fs::read_to_string(folder.0.join(&name)).unwrap();
        for uuid in &uuids {
            name = name.replace(uuid, "<uuid>");
        }
        files.push((format!("<base>/{name}"), lines(&text)));
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

#[test]
fn files_of_the_oracle() {
    let all = Content::oracle();
    let image = Part::Uri {
        modality: "image".into(),
        mime_type: None,
        uri: "u".into(),
    };
    let twice = Content {
        inputs: [all.inputs.clone(), all.inputs.clone()].concat(),
        ..all.clone()
    };
    let inputs = Content {
        inputs: all.inputs.clone(),
        ..Content::default()
    };
    let mixed = Content {
        system: vec![text("a"), image],
        ..Content::default()
    };
    let table = [
        ("upload_json_content_off", Format::Json, vec![all.clone()]),
        (
            "upload_bad_format_and_queue",
            Format::Json,
            vec![all.clone()],
        ),
        (
            "upload_dedupe",
            Format::Json,
            vec![all.clone(), all.clone()],
        ),
        ("upload_jsonl", Format::Jsonl, vec![twice]),
        ("upload_nothing", Format::Json, vec![Content::default()]),
        ("upload_only_some", Format::Json, vec![inputs]),
        ("upload_system_not_text", Format::Json, vec![mixed]),
    ];
    for (scenario, format, contents) in table {
        let Some(expected) = expected(scenario) else {
            return;
        };
        assert_eq!(written(format, &contents), expected, "{scenario}");
    }
}

/// The index of a line is its last key, and names of the oracle are the ones known by heart.
#[test]
fn lines_have_an_index() {
    let memory = Arc::new(Memory::default());
    let hook = builder(memory.clone())
        .format(Format::Jsonl)
        .build()
        .unwrap();
    let references = complete(&hook, &Content::oracle());
    assert!(hook.flush(LONG).is_ok());
    let tools = name(&references["gen_ai.tool.definitions_ref"]);
    assert_eq!(
        tools,
        "c1ea3d23a8c0406a5e845016c4e9edc52ca63af61c8971223e2f4acdd4b42bd6_tool.definitions.jsonl"
    );
    let body = String::from_utf8(memory.get(tools).unwrap()).unwrap();
    let ends: Vec<_> = body
        .lines()
        .map(|line| line.rsplit(',').next().unwrap())
        .collect();
    assert_eq!(ends, [r#""index":0}"#, r#""index":1}"#, r#""index":2}"#]);
}

#[test]
fn the_index_of_a_line_wins() {
    let memory = Arc::new(Memory::default());
    let hook = builder(memory.clone())
        .format(Format::Jsonl)
        .build()
        .unwrap();
    let fields = json!({"index": "mine", "value": 1})
        .as_object()
        .unwrap()
        .clone();
    let other = Part::Other {
        kind: "custom".into(),
        fields,
    };
    let references = complete(
        &hook,
        &Content {
            system: vec![text("a"), other],
            ..Content::default()
        },
    );
    assert!(hook.flush(LONG).is_ok());
    let body = memory
        .get(name(&references["gen_ai.system_instructions_ref"]))
        .unwrap();
    let lines = lines(std::str::from_utf8(&body).unwrap());
    assert_eq!(lines[1], json!({"type": "custom", "value": 1, "index": 1}));
    assert_eq!(
        std::str::from_utf8(&body).unwrap().matches("index").count(),
        2
    );
}
