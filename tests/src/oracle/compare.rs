//! What a scenario emitted against what the reference did: two trees and the deviations in, the differing fields out.

use std::collections::BTreeSet;

use serde_json::Value;

use super::folder::{Deviation, Folder, Scenario};
use super::path::{Place, Step, at, places};
use super::{points, simplify};

/// Attributes that a span has from its start if it has them at all.
const AT_START: [&str; 2] = ["gen_ai.association.properties.", "gen_ai.request.stream"];

/// The fields of `emitted` that are not as they must be.
pub(super) fn differences(scenario: &Scenario, emitted: &Value, folder: &Folder) -> Vec<String> {
    let keeps_scope = scenario.data["scope"].is_object();
    let mut theirs = simplify::tree(&scenario.expected, keeps_scope);
    // The references leave the time of an event to whoever shows it; ours always sets it.
    for event in theirs["logs"].as_array_mut().into_iter().flatten() {
        event["timestamp_set"] = Value::Bool(true);
    }
    let theirs = theirs;
    let mut ours = simplify::tree(emitted, keeps_scope);
    let mut creations = emitted["creations"].clone();
    let absent: Vec<usize> = scenario
        .deviations
        .iter()
        .filter(|d| d.ours.as_ref().is_some_and(|o| o == "absent"))
        .flat_map(|d| places(&d.field, &theirs, &theirs))
        .filter_map(|place| points::whole_span(&place))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    points::make_room(&absent, &mut ours);
    points::make_room(&absent, &mut creations);
    points::align(&theirs, &mut ours);

    let mut found = Vec::new();
    let mut left_out = BTreeSet::new();
    for deviation in &scenario.deviations {
        if let Some(is_right) = warnings(deviation, emitted) {
            if !is_right {
                found.push(format!("warnings: {:?} expected", deviation.ours));
            }
            left_out.insert(vec![Step::Key("warnings".to_owned())]);
            continue;
        }
        for place in places(&deviation.field, &theirs, &ours) {
            if let Some(problem) = check(deviation, &place, &theirs, &ours, folder, keeps_scope) {
                found.push(format!("{}: {problem}", show(&place)));
            }
            left_out.insert(place);
        }
    }
    let mut place = Vec::new();
    for (field, expected) in theirs.as_object().into_iter().flatten() {
        let is_fork_metrics =
            field == "metrics" && scenario.engine == "splunk" && !asks_for_metrics(scenario);
        if !is_fork_metrics {
            place.push(Step::Key(field.clone()));
            differ(
                Some(expected),
                ours.get(field),
                &mut place,
                &left_out,
                &mut found,
            );
            place.pop();
        }
    }
    starts(&theirs, &ours, &creations, &left_out, &mut found);
    found
}

/// The fork has metrics only where its emitters include them.
fn asks_for_metrics(scenario: &Scenario) -> bool {
    scenario.data["env"]["OTEL_INSTRUMENTATION_GENAI_EMITTERS"]
        .as_str()
        .is_some_and(|emitters| emitters.contains("metric"))
}

/// Whether the warnings are as a deviation of them says; `None` if it is about something else.
fn warnings(deviation: &Deviation, emitted: &Value) -> Option<bool> {
    if deviation.field != "warnings" {
        return None;
    }
    let heard = emitted["warnings"].as_array()?;
    let words = deviation
        .ours
        .as_ref()
        .and_then(Value::as_str)
        .unwrap_or_default();
    let (some, variable) = match words.split_once(':') {
        Some((some, variable)) => (some, Some(variable.trim())),
        None => (words, None),
    };
    Some(match (some, variable) {
        ("some", Some(variable)) => heard.iter().any(|w| {
            w["mentions"]
                .as_array()
                .is_some_and(|m| m.iter().any(|m| m == variable))
        }),
        ("some", None) => !heard.is_empty(),
        ("none", _) => heard.is_empty(),
        _ => true,
    })
}

/// What is wrong with our value of a field that deviates, if its deviation says what it must be.
fn check(
    deviation: &Deviation,
    place: &Place,
    theirs: &Value,
    ours: &Value,
    folder: &Folder,
    keeps_scope: bool,
) -> Option<String> {
    let wanted = deviation.ours.as_ref()?;
    let (expected, found) = (at(theirs, place), at(ours, place));
    let found = found.filter(|value| !value.is_null());
    if wanted == "absent" {
        return found.map(|found| format!("must be absent, is {found}"));
    }
    if let Some(other) = wanted
        .as_str()
        .and_then(|words| words.strip_prefix("as in "))
    {
        let other = match folder.expected_of(other) {
            Ok(other) => simplify::tree(&other, keeps_scope),
            Err(problem) => return Some(problem),
        };
        return (at(&other, place) != found)
            .then(|| format!("must be {wanted}, is {}", shown(found)));
    }
    if let Some(json) = wanted
        .as_str()
        .and_then(|words| words.strip_suffix(" as JSON text"))
    {
        let text = found
            .and_then(|found| found["value"].as_str())
            .unwrap_or_default();
        let parsed: Option<Value> = serde_json::from_str(text).ok();
        let wanted: Option<Value> = serde_json::from_str(json).ok();
        return (parsed != wanted).then(|| format!("must be the text {json}, is {text:?}"));
    }
    // A string is a value where one string is; anywhere else it is words for readers.
    let is_one = !deviation.field.ends_with(".*")
        && ![expected, found].into_iter().flatten().any(is_container);
    if wanted.is_string() && !is_one {
        return None;
    }
    let is_right = found.is_some_and(|found| is_value(found, wanted));
    (!is_right).then(|| format!("must be {wanted}, is {}", shown(found)))
}

fn is_container(value: &Value) -> bool {
    value.is_array() || (value.is_object() && !is_typed(value))
}

/// Whether a value stands with its type. Content has none, though a part of it may have fields of these names.
fn is_typed(value: &Value) -> bool {
    const TYPES: [&str; 8] = [
        "string", "int", "double", "bool", "bytes", "null", "array", "map",
    ];
    let kind = value["type"].as_str().unwrap_or_default();
    let is_type = TYPES.contains(&kind.strip_suffix("[]").unwrap_or(kind));
    is_type && value.get("value").is_some() && value.as_object().is_some_and(|v| v.len() == 2)
}

/// Whether `found` is the value that a deviation gives, with its type or without.
fn is_value(found: &Value, wanted: &Value) -> bool {
    if equal(found, wanted) {
        return true;
    }
    if is_typed(wanted) {
        return equal(found, &simplify::content(wanted));
    }
    if !is_typed(found) {
        return false;
    }
    let value = &found["value"];
    let parsed = value
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok());
    equal(value, wanted)
        || parsed.is_some_and(|parsed: Value| !wanted.is_string() && equal(&parsed, wanted))
}

/// Equality, of numbers by value: integers beyond 64 bits are doubles here.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x == y || x.as_f64() == y.as_f64(),
        (Value::Array(x), Value::Array(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(a, b)| equal(a, b))
        }
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(k, a)| y.get(k).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}

/// Adds the places below `place` that differ and are compared.
fn differ(
    theirs: Option<&Value>,
    ours: Option<&Value>,
    place: &mut Place,
    left_out: &BTreeSet<Place>,
    found: &mut Vec<String>,
) {
    if left_out.contains(place) || is_start(place) {
        return;
    }
    let (theirs, ours) = (
        theirs.filter(|v| !v.is_null()),
        ours.filter(|v| !v.is_null()),
    );
    let reaches_below = left_out
        .iter()
        .any(|out| out.len() > place.len() && out.starts_with(place));
    let mut below = |step: Step, t: Option<&Value>, o: Option<&Value>| {
        place.push(step);
        differ(t, o, place, left_out, found);
        place.pop();
    };
    match (theirs, ours) {
        (Some(Value::Object(t)), Some(Value::Object(o))) if !is_typed_pair(theirs, ours) => {
            let keys: BTreeSet<&String> = t.keys().chain(o.keys()).collect();
            for key in keys {
                below(Step::Key(key.clone()), t.get(key), o.get(key));
            }
        }
        (Some(Value::Array(t)), Some(Value::Array(o))) => {
            for index in 0..t.len().max(o.len()) {
                below(Step::Item(index), t.get(index), o.get(index));
            }
        }
        // Only one side has it: what of it is left out does not count.
        (Some(Value::Object(only)), None) if reaches_below => {
            for (key, value) in only {
                below(Step::Key(key.clone()), Some(value), None);
            }
        }
        (None, Some(Value::Object(only))) if reaches_below => {
            for (key, value) in only {
                below(Step::Key(key.clone()), None, Some(value));
            }
        }
        (Some(t), Some(o)) if equal(t, o) => {}
        (None, None) => {}
        (t, o) => found.push(format!(
            "{}: expected {}, is {}",
            show(place),
            shown(t),
            shown(o)
        )),
    }
}

fn is_typed_pair(a: Option<&Value>, b: Option<&Value>) -> bool {
    a.is_some_and(is_typed) && b.is_some_and(is_typed)
}

/// What a span starts with is compared by rules of its own.
fn is_start(place: &[Step]) -> bool {
    matches!(place, [Step::Key(spans), Step::Item(_), Step::Key(start), ..] if spans == "spans" && start == "start_attributes")
}

/// What samplers see: whatever the reference shows them and the creation fields, all equal to the final values.
fn starts(
    theirs: &Value,
    ours: &Value,
    creations: &Value,
    left_out: &BTreeSet<Place>,
    found: &mut Vec<String>,
) {
    let spans = ours["spans"].as_array().into_iter().flatten();
    for (index, span) in spans.enumerate() {
        let (Some(start), Some(end)) = (
            span["start_attributes"].as_object(),
            span["attributes"].as_object(),
        ) else {
            continue;
        };
        for (key, value) in start {
            if end.get(key) != Some(value) {
                found.push(format!(
                    "spans[{index}].start_attributes.{key}: {value} is not the final value"
                ));
            }
        }
        let of_reference = theirs["spans"][index]["start_attributes"].as_object();
        let of_reference = of_reference.into_iter().flat_map(|a| a.keys());
        let created = creations.as_array().into_iter().flatten();
        let created = created.filter(|c| c["span"] == index);
        let created = created.flat_map(|c| c["keys"].as_array().into_iter().flatten());
        let early = end
            .keys()
            .filter(|key| AT_START.iter().any(|early| key.starts_with(early)));
        let keys: BTreeSet<&str> = of_reference
            .map(String::as_str)
            .chain(created.filter_map(Value::as_str))
            .chain(early.map(String::as_str))
            .collect();
        for key in keys {
            let is_left_out = ["start_attributes", "attributes"].iter().any(|field| {
                left_out.contains(&vec![
                    Step::Key("spans".to_owned()),
                    Step::Item(index),
                    Step::Key((*field).to_owned()),
                    Step::Key(key.to_owned()),
                ])
            });
            let is_wanted = end.contains_key(key) || !is_left_out;
            if is_wanted && !start.contains_key(key) {
                found.push(format!("spans[{index}].start_attributes.{key}: missing"));
            }
        }
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "absent".to_owned(), Value::to_string)
}

fn show(place: &[Step]) -> String {
    let mut out = String::new();
    for step in place {
        match step {
            Step::Key(key) if out.is_empty() => out.push_str(key),
            Step::Key(key) => {
                out.push('.');
                out.push_str(key);
            }
            Step::Item(index) => out.push_str(&format!("[{index}]")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(theirs: &Value, ours: &Value, left_out: &[&str]) -> Vec<String> {
        let left_out = left_out
            .iter()
            .flat_map(|path| places(path, theirs, ours))
            .collect();
        let mut found = Vec::new();
        differ(
            Some(theirs),
            Some(ours),
            &mut Vec::new(),
            &left_out,
            &mut found,
        );
        found
    }

    #[test]
    fn every_difference_is_found_but_those_left_out() {
        let theirs =
            json!({"spans": [{"name": "a", "attributes": {"x.y": {"type": "int", "value": 1}}}]});
        let ours = json!({"spans": [{"name": "b", "attributes": {"x.y": {"type": "double", "value": 1.0}, "z": {"type": "int", "value": 2}}}]});
        assert_eq!(found(&theirs, &ours, &[]).len(), 3);
        assert_eq!(
            found(
                &theirs,
                &ours,
                &["spans[0].name", "spans[0].attributes.x.y"]
            )
            .len(),
            1
        );
        assert_eq!(
            found(&theirs, &ours, &["spans[0].attributes.*", "spans[*].name"]).len(),
            0
        );
        assert_eq!(
            found(&theirs, &json!({"spans": []}), &["spans[0].attributes"]).len(),
            1
        );
        assert_eq!(found(&theirs, &theirs, &[]).len(), 0);
    }

    #[test]
    fn values_are_distinct_from_words() {
        let typed = json!({"type": "string", "value": "gpt"});
        assert!(is_value(&typed, &json!("gpt")));
        assert!(is_value(&typed, &typed));
        assert!(!is_value(&typed, &json!("gpt-4")));
        assert!(is_value(
            &json!({"type": "string", "value": "{\"a\": [2]}"}),
            &json!({"a": [2]})
        ));
        assert!(is_value(
            &json!({"city": "Paris"}),
            &json!({"type": "string", "value": "{\"city\":\"Paris\"}"})
        ));
        assert!(is_container(&json!({"type": "generic", "value": 1})));
        assert!(!is_container(&typed));
    }

    #[test]
    fn what_a_span_starts_with_must_stay() {
        let value = |n: i64| json!({"type": "int", "value": n});
        let tree = |start: Value| json!({"spans": [{"start_attributes": start, "attributes": {"server.port": value(1)}}]});
        let creations = json!([{"span": 0, "keys": ["server.port"]}]);
        let check = |start: Value| {
            let mut found = Vec::new();
            starts(
                &tree(json!({})),
                &tree(start),
                &creations,
                &BTreeSet::new(),
                &mut found,
            );
            found.len()
        };
        assert_eq!(check(json!({"server.port": value(1)})), 0);
        assert_eq!(check(json!({"server.port": value(2)})), 1);
        assert_eq!(check(json!({})), 1);
    }
}
