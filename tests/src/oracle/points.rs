//! Lists without an order of their own: our metric points are put where the most similar expected ones stand, and our spans where
//! no expected one is left out.

use serde_json::{Map, Value};

use super::path::Step;

/// Puts our points in the order of theirs.
pub(super) fn align(theirs: &Value, ours: &mut Value) {
    let Some(metrics) = ours["metrics"].as_object_mut() else {
        return;
    };
    for (name, metric) in metrics {
        let Some(points) = metric["points"].as_array_mut() else {
            continue;
        };
        points.sort_by_cached_key(Value::to_string);
        let theirs = theirs["metrics"][name]["points"].as_array();
        let mut aligned = Vec::with_capacity(points.len());
        let mut unmatched = Vec::new();
        for expected in theirs.into_iter().flatten() {
            let best = (0..points.len()).min_by_key(|i| distance(expected, &points[*i]));
            match best.filter(|i| is_same_operation(expected, &points[*i])) {
                Some(best) => aligned.push(points.remove(best)),
                None => {
                    unmatched.push(aligned.len());
                    aligned.push(Value::Null);
                }
            }
        }
        // What is left stands at the places that nothing fits, then behind.
        for place in unmatched {
            if !points.is_empty() {
                aligned[place] = points.remove(0);
            }
        }
        aligned.append(points);
        *points = aligned;
    }
}

fn is_same_operation(a: &Value, b: &Value) -> bool {
    let of = |point: &Value| point["attributes"]["gen_ai.operation.name"].clone();
    of(a) == of(b)
}

/// How many attributes and fields differ.
fn distance(a: &Value, b: &Value) -> usize {
    let empty = Map::new();
    let map = |point: &Value| point["attributes"].as_object().unwrap_or(&empty).clone();
    let (x, y) = (map(a), map(b));
    let differing = x.keys().filter(|key| x.get(*key) != y.get(*key)).count();
    let more = y.keys().filter(|key| !x.contains_key(*key)).count();
    let operation = if is_same_operation(a, b) { 0 } else { 1000 };
    let values = ["count", "sum", "bucket_counts"];
    let unequal = values
        .iter()
        .filter(|field| a[**field] != b[**field])
        .count();
    (differing + more + operation) * 10 + unequal
}

/// Makes room among our spans for those that only the reference has, and renumbers what refers to spans.
pub(super) fn make_room(absent: &[usize], ours: &mut Value) {
    for &place in absent {
        if let Some(spans) = ours.get_mut("spans").and_then(Value::as_array_mut) {
            spans.insert(place.min(spans.len()), Value::Null);
        }
        renumber(ours, place as u64);
    }
}

fn renumber(value: &mut Value, from: u64) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                match value.as_u64() {
                    Some(index) if matches!(key.as_str(), "parent" | "span" | "current_span") => {
                        if index >= from {
                            *value = Value::from(index + 1);
                        }
                    }
                    // Attributes are the scenario's, whatever their keys.
                    _ if key == "attributes" => {}
                    _ => renumber(value, from),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| renumber(item, from)),
        _ => {}
    }
}

/// The spans that a list of places leaves out as a whole.
pub(super) fn whole_span(place: &[Step]) -> Option<usize> {
    match place {
        [Step::Key(key), Step::Item(index)] if key == "spans" => Some(*index),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn point(operation: &str, model: &str) -> Value {
        let text = |text: &str| json!({"type": "string", "value": text});
        json!({"attributes": {"gen_ai.operation.name": text(operation), "gen_ai.request.model": text(model)}, "count": 1})
    }

    #[test]
    fn points_stand_where_the_most_similar_ones_do() {
        let theirs = json!({"metrics": {"m": {"points": [point("embeddings", "e"), point("execute_tool", "t"), point("chat", "a")]}}});
        let mut ours = json!({"metrics": {"m": {"points": [point("chat", "other"), point("chat", "a"), point("embeddings", "e")]}}});
        align(&theirs, &mut ours);
        assert_eq!(
            ours["metrics"]["m"]["points"],
            json!([
                point("embeddings", "e"),
                point("chat", "other"),
                point("chat", "a")
            ])
        );
    }

    #[test]
    fn an_absent_span_moves_those_behind_it() {
        let mut ours = json!({"spans": [{"parent": null}, {"parent": 0}, {"parent": 1}], "logs": [{"span": 2, "attributes": {"span": 2}}]});
        make_room(&[1], &mut ours);
        let moved = json!({"spans": [{"parent": null}, null, {"parent": 0}, {"parent": 2}], "logs": [{"span": 3, "attributes": {"span": 2}}]});
        assert_eq!(ours, moved);
    }
}
