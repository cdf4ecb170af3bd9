//! Telemetry in the schema of the expected files in, trees that can be compared out.
//!
//! JSON text becomes JSON, structured values become JSON, `null` is absent, metrics go by their names, and what is never
//! compared goes away.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::lenient;

/// Attributes whose text is JSON.
const JSON: [&str; 8] = [
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.definitions",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.retrieval.documents",
    "gen_ai.prompt.variables",
];

/// Clock values.
const SECONDS: &str = "gen_ai.response.time_to_first_chunk";

/// The tree of what was emitted; scopes are kept only if they are compared.
pub(super) fn tree(emitted: &Value, keeps_scope: bool) -> Value {
    let mut tree = Map::new();
    let fields = emitted.as_object().into_iter().flatten();
    for (field, value) in fields {
        let items = value.as_array().into_iter().flatten();
        let simple = match field.as_str() {
            "engine" | "library_version" | "creations" => continue,
            "spans" | "logs" => items.map(|item| record(item, keeps_scope)).collect(),
            "metrics" => items
                .map(|metric| {
                    let name = metric["name"].as_str().unwrap_or_default().to_owned();
                    (name, self::metric(metric, keeps_scope))
                })
                .collect::<Map<String, Value>>()
                .into(),
            "hook_calls" => items.map(hook_call).collect(),
            "hook_type" => hook_type(value),
            "observations" => items.map(|o| without_nulls(o.clone())).collect(),
            "warnings" => warnings(value),
            "files" => files(value),
            _ => value.clone(),
        };
        tree.insert(field.clone(), simple);
    }
    Value::Object(tree)
}

/// A span or an event.
fn record(item: &Value, keeps_scope: bool) -> Value {
    let mut out = Map::new();
    for (field, value) in item.as_object().into_iter().flatten() {
        let simple = match field.as_str() {
            "index" | "severity_number" | "severity_text" => continue,
            "scope" if keeps_scope => scope(value),
            "scope" => continue,
            "attributes" | "start_attributes" => attributes(value),
            "body" => leaf(value),
            "status" => {
                // The SDK has no description that is absent from an error.
                let description = value["description"].as_str().unwrap_or_default();
                json!({"code": value["code"], "description": description})
            }
            _ => value.clone(),
        };
        out.insert(field.clone(), simple);
    }
    Value::Object(out)
}

fn metric(metric: &Value, keeps_scope: bool) -> Value {
    let mut out = json!({
        "unit": metric["unit"],
        "type": metric["type"],
        "boundaries": metric["boundaries"],
    });
    let points = metric["points"].as_array().into_iter().flatten();
    out["points"] = points
        .map(|point| {
            let mut point = point.clone();
            point["attributes"] = attributes(&point["attributes"]);
            point
        })
        .collect();
    if keeps_scope {
        out["scope"] = scope(&metric["scope"]);
    }
    out
}

/// Name and version; the schema's URL is ours.
fn scope(scope: &Value) -> Value {
    json!({"name": scope["name"], "version": scope["version"]})
}

/// A typed map; the values of some keys are JSON.
fn attributes(attributes: &Value) -> Value {
    let entries = attributes.as_object().into_iter().flatten();
    let simple = entries.map(|(key, value)| {
        let value = if key == SECONDS {
            json!({"type": value["type"], "value": "<seconds>"})
        } else if JSON.contains(&key.as_str()) {
            content(value)
        } else {
            leaf(value)
        };
        (key.clone(), value)
    });
    Value::Object(simple.collect())
}

/// A value that is content: JSON in text, or structured.
pub(super) fn content(value: &Value) -> Value {
    if value["type"] == "string" {
        let text = value["value"].as_str().unwrap_or_default();
        return lenient::parse(text).map_or_else(|_| value["value"].clone(), without_nulls);
    }
    without_nulls(plain(value))
}

/// A typed value; a list of one type is the same however it was put.
fn leaf(value: &Value) -> Value {
    let (Some("array"), Some(items)) = (value["type"].as_str(), value["value"].as_array()) else {
        return value.clone();
    };
    let kind = match items.first() {
        None => "string",
        Some(first) => first["type"].as_str().unwrap_or_default(),
    };
    if items.iter().any(|item| item["type"] != kind) {
        return value.clone();
    }
    let items: Vec<&Value> = items.iter().map(|item| &item["value"]).collect();
    json!({"type": format!("{kind}[]"), "value": items})
}

/// A typed value without its types; bytes stay distinct from text.
fn plain(value: &Value) -> Value {
    match (value["type"].as_str(), &value["value"]) {
        (Some("bytes"), text) => json!({"$bytes": text}),
        (Some("array"), Value::Array(items)) => items.iter().map(plain).collect(),
        (Some("map"), Value::Object(entries)) => {
            entries.iter().map(|(k, v)| (k.clone(), plain(v))).collect()
        }
        (_, value) => value.clone(),
    }
}

/// JSON in which no map has an entry that is `null`.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(entries) => entries
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// A hook's call; a list that is absent is an empty one, and bytes are base64 as JSON has them.
fn hook_call(call: &Value) -> Value {
    fn without_bytes(value: Value) -> Value {
        match value {
            Value::Object(mut entries) if entries.len() == 1 && entries.contains_key("$bytes") => {
                entries.remove("$bytes").unwrap_or_default()
            }
            Value::Object(entries) => entries
                .into_iter()
                .map(|(key, value)| (key, without_bytes(value)))
                .collect(),
            Value::Array(items) => items.into_iter().map(without_bytes).collect(),
            other => other,
        }
    }
    let mut call = call.clone();
    for list in [
        "inputs",
        "outputs",
        "system_instruction",
        "tool_definitions",
    ] {
        if call[list].is_null() {
            call[list] = json!([]);
        }
    }
    without_nulls(without_bytes(call))
}

/// Which kind of hook: `upload`, `other` or `none`.
fn hook_type(value: &Value) -> Value {
    let name = value.as_str().unwrap_or("none");
    Value::from(
        if name.to_ascii_lowercase().contains("noop") || name == "none" {
            "none"
        } else if name.to_ascii_lowercase().starts_with("upload") {
            "upload"
        } else {
            "other"
        },
    )
}

/// The variables that warnings mention.
fn warnings(warnings: &Value) -> Value {
    let warnings = warnings.as_array().into_iter().flatten();
    let mentions = warnings.flat_map(|w| w["mentions"].as_array().into_iter().flatten());
    mentions
        .filter_map(Value::as_str)
        .map(|name| (name.to_owned(), Value::from("some")))
        .collect::<Map<String, Value>>()
        .into()
}

/// Files with their content as JSON, sorted.
fn files(files: &Value) -> Value {
    let files = files.as_array().into_iter().flatten();
    let mut files: Vec<Value> = files
        .map(|file| {
            let (path, text) = (file["path"].as_str().unwrap_or_default(), &file["text"]);
            let text = text.as_str().unwrap_or_default();
            let is_lines = path.ends_with(".jsonl");
            let chunks: Vec<&str> = if is_lines {
                text.split_inclusive('\n').collect()
            } else {
                vec![text]
            };
            let items: Vec<Value> = chunks
                .into_iter()
                .map(|chunk| lenient::parse(chunk).map_or_else(|_| chunk.into(), without_nulls))
                .collect();
            json!({"path": path, "text": items, "ends_line": text.ends_with('\n')})
        })
        .collect();
    files.sort_by_cached_key(Value::to_string);
    Value::Array(files)
}

/// Replaces the temporary folder and names that change with every run, in every text.
pub(super) fn paths(value: Value, folder: Option<&Path>) -> Value {
    let Some(folder) = folder else {
        return value;
    };
    let base = std::env::var("GENAI_ORACLE_BASE").unwrap_or_default();
    let base = base.trim_start_matches("file://").trim_end_matches('/');
    let folder = folder.display().to_string();
    let base = if base.starts_with(&folder) {
        base
    } else {
        &folder
    };
    replace(value, &format!("file://{base}"))
}

fn replace(value: Value, base: &str) -> Value {
    match value {
        Value::String(text) if text.contains(base) => {
            Value::from(without_uuid(&text.replace(base, "<base>")))
        }
        Value::Array(items) => items.into_iter().map(|item| replace(item, base)).collect(),
        Value::Object(entries) => entries
            .into_iter()
            .map(|(key, value)| (key, replace(value, base)))
            .collect(),
        other => other,
    }
}

/// `<uuid>` for a name that starts with one.
fn without_uuid(path: &str) -> String {
    let Some((folder, name)) = path.rsplit_once('/') else {
        return path.to_owned();
    };
    match name.split_once('_') {
        Some((id, rest)) if is_uuid(id) => format!("{folder}/<uuid>_{rest}"),
        _ => path.to_owned(),
    }
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_uuid_and_hashes_stay() {
        let path = "<base>/0b1e6f5c-6d1b-4a39-8f2d-3c1f9b7a5e21_inputs.json";
        assert_eq!(without_uuid(path), "<base>/<uuid>_inputs.json");
        let hash = "<base>/97dd3b60_system_instruction.json";
        assert_eq!(without_uuid(hash), hash);
    }

    #[test]
    fn content_is_compared_as_json_without_nulls() {
        let text = json!({"type": "string", "value": r#"[{"a":null,"b":[null,NaN]}]"#});
        assert_eq!(content(&text), json!([{"b": [null, "NaN"]}]));
        let structured = json!({"type": "map", "value": {
            "x": {"type": "bytes", "value": "AA=="}, "n": {"type": "null", "value": null},
        }});
        assert_eq!(content(&structured), json!({"x": {"$bytes": "AA=="}}));
    }
}
