//! Arguments that come in pieces, each with the path of the value it is a piece of: pieces go in, one JSON value comes out.

use serde_json::{Map, Value};

use super::json::{take, text};
use super::visit::MAX_DEPTH;

/// A step of a path.
enum Step {
    Field(String),
    Index(usize),
}

/// Puts a piece into `args`: text goes on with the text that is there, anything else takes its place.
pub(super) fn put(args: &mut Value, mut piece: Map<String, Value>) {
    let path = text(&mut piece, "jsonPath").or_else(|| text(&mut piece, "json_path"));
    let Some(steps) = path.as_deref().and_then(steps) else {
        return;
    };
    let values = ["stringValue", "numberValue", "boolValue"];
    let snake = ["string_value", "number_value", "bool_value"];
    let value = values
        .iter()
        .chain(&snake)
        .find_map(|key| take(&mut piece, key));
    let is_null = ["nullValue", "null_value"]
        .iter()
        .any(|key| piece.contains_key(*key));
    let Some(value) = value.or(is_null.then_some(Value::Null)) else {
        return;
    };
    let mut at = args;
    for step in steps {
        at = match inside(at, step) {
            Some(inner) => inner,
            None => return,
        };
    }
    match (at, value) {
        (Value::String(so_far), Value::String(more)) => so_far.push_str(&more),
        (at, value) => *at = value,
    }
}

/// The value a step leads to, which is made where it is missing.
fn inside(value: &mut Value, step: Step) -> Option<&mut Value> {
    match step {
        Step::Field(name) => {
            if !value.is_object() {
                *value = Value::Object(Map::new());
            }
            Some(value.as_object_mut()?.entry(name).or_insert(Value::Null))
        }
        Step::Index(at) => {
            if !value.is_array() {
                *value = Value::Array(Vec::new());
            }
            let list = value.as_array_mut()?;
            // Lists come in order: one that would have holes is none.
            if list.len() == at {
                list.push(Value::Null);
            }
            list.get_mut(at)
        }
    }
}

/// The steps of a path such as `$.order.items[0]['unit price']`; `None` if it is none, or too deep.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if steps.len() >= usize::from(MAX_DEPTH) {
            return None;
        }
        if let Some(inner) = rest.strip_prefix('[') {
            let quote = inner.chars().next().filter(|c| matches!(c, '\'' | '"'));
            let (step, after) = match quote {
                Some(quote) => {
                    let (name, after) = inner.get(1..)?.split_once(quote)?;
                    (Step::Field(name.to_owned()), after.strip_prefix(']')?)
                }
                None => {
                    let (index, after) = inner.split_once(']')?;
                    let index = index.trim().parse().ok()?;
                    (Step::Index(index), after)
                }
            };
            steps.push(step);
            rest = after;
        } else {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            let end = name.find(['.', '[']).unwrap_or(name.len());
            let (name, after) = name.split_at_checked(end)?;
            if name.is_empty() {
                return None;
            }
            steps.push(Step::Field(name.to_owned()));
            rest = after;
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::put;

    fn of(pieces: Value) -> Value {
        let mut args = json!({});
        for piece in pieces.as_array().unwrap() {
            put(&mut args, piece.as_object().unwrap().clone());
        }
        args
    }

    #[test]
    fn paths_lead_into_objects_and_lists() {
        let pieces = json!([
            {"jsonPath": "$.a.b", "stringValue": "on"},
            {"jsonPath": "$.a.b", "stringValue": "e"},
            {"json_path": "$['a']['un it']", "number_value": 2},
            {"jsonPath": "$.list[0]", "numberValue": 7},
            {"jsonPath": "$.list[1].x", "boolValue": true},
            {"jsonPath": "$.none", "nullValue": "NULL_VALUE"},
            {"jsonPath": "plain", "stringValue": "p"},
        ]);
        let whole = json!({"a": {"b": "one", "un it": 2}, "list": [7, {"x": true}], "none": null, "plain": "p"});
        assert_eq!(of(pieces), whole);
    }

    #[test]
    fn wild_paths_lead_nowhere() {
        let deep = "$".to_owned() + &".x".repeat(100);
        let pieces = json!([
            {"jsonPath": "$[99999999]", "numberValue": 1},
            {"jsonPath": "$..", "numberValue": 1},
            {"jsonPath": "$['open", "numberValue": 1},
            {"jsonPath": "$[x]", "numberValue": 1},
            {"jsonPath": deep, "numberValue": 1},
            {"jsonPath": "$.x"},
            {"stringValue": "x"},
        ]);
        assert_eq!(of(pieces), json!([]));
    }
}
