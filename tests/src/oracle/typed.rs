//! Values of OpenTelemetry in, the typed JSON of the expected files out.

use base64::Engine as _;
use opentelemetry::logs::AnyValue;
use opentelemetry::{Array, InstrumentationScope, KeyValue, Value};
use serde_json::{Map, Value as Json, json};

/// Says that a key came twice: exporters do not merge duplicates.
const DUPLICATE: &str = " (duplicate)";

/// Attributes as a typed map.
pub(super) fn attributes<'a>(attributes: impl IntoIterator<Item = &'a KeyValue>) -> Json {
    map(attributes
        .into_iter()
        .map(|a| (a.key.as_str(), value(&a.value))))
}

/// A typed map; a key that comes again is kept under a name that no expected file has.
pub(super) fn map<'a>(entries: impl IntoIterator<Item = (&'a str, Json)>) -> Json {
    let mut out = Map::new();
    for (key, value) in entries {
        let mut key = key.to_owned();
        while out.contains_key(&key) {
            key.push_str(DUPLICATE);
        }
        out.insert(key, value);
    }
    Json::Object(out)
}

/// A value of an attribute.
pub(super) fn value(value: &Value) -> Json {
    match value {
        Value::Bool(b) => json!({"type": "bool", "value": b}),
        Value::I64(n) => json!({"type": "int", "value": n}),
        Value::F64(n) => json!({"type": "double", "value": double(*n)}),
        Value::String(s) => json!({"type": "string", "value": s.as_str()}),
        Value::Array(Array::Bool(list)) => json!({"type": "bool[]", "value": list}),
        Value::Array(Array::I64(list)) => json!({"type": "int[]", "value": list}),
        Value::Array(Array::F64(list)) => {
            let list: Vec<Json> = list.iter().map(|n| double(*n)).collect();
            json!({"type": "double[]", "value": list})
        }
        Value::Array(Array::String(list)) => {
            let list: Vec<&str> = list.iter().map(|s| s.as_str()).collect();
            json!({"type": "string[]", "value": list})
        }
        other => json!({"type": "unknown", "value": other.to_string()}),
    }
}

fn double(n: f64) -> Json {
    serde_json::Number::from_f64(n).map_or_else(|| Json::String(n.to_string()), Json::Number)
}

/// A value of an event.
pub(super) fn any(value: &AnyValue) -> Json {
    match value {
        AnyValue::Int(n) => json!({"type": "int", "value": n}),
        AnyValue::Double(n) => json!({"type": "double", "value": double(*n)}),
        AnyValue::String(s) => json!({"type": "string", "value": s.as_str()}),
        AnyValue::Boolean(b) => json!({"type": "bool", "value": b}),
        AnyValue::Bytes(bytes) => {
            let text = base64::engine::general_purpose::STANDARD.encode(bytes.as_slice());
            json!({"type": "bytes", "value": text})
        }
        AnyValue::ListAny(list) => {
            json!({"type": "array", "value": list.iter().map(any).collect::<Vec<_>>()})
        }
        AnyValue::Map(entries) => {
            let entries: Map<String, Json> = entries
                .iter()
                .map(|(key, value)| (key.as_str().to_owned(), any(value)))
                .collect();
            json!({"type": "map", "value": entries})
        }
        other => json!({"type": "unknown", "value": format!("{other:?}")}),
    }
}

/// An instrumentation scope.
pub(super) fn scope(scope: &InstrumentationScope) -> Json {
    json!({
        "name": scope.name(),
        "version": scope.version(),
        "schema_url": scope.schema_url(),
    })
}

/// A scalar or list without its type, as observations have it.
pub(super) fn plain(of: &Value) -> Json {
    value(of)["value"].take()
}
