//! The paths of deviations: text in, the places in the trees that it names out.
//!
//! Keys are joined by dots, though keys have dots of their own: the longest key that fits is meant. `[2]` is an item, `[*]` and
//! `[..]` all of them, `[chat]` those of that name or operation; a list's items and a map's entries are named alike. A last `.*`
//! is all below: every entry, and every key that starts with what stands before it.

use std::collections::BTreeSet;

use serde_json::Value;

/// A step from a node to one below it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Key(String),
    Item(usize),
}

/// A place in a tree.
pub(super) type Place = Vec<Step>;

/// The node at a place.
pub(super) fn at<'a>(tree: &'a Value, place: &[Step]) -> Option<&'a Value> {
    place.iter().try_fold(tree, |node, step| match step {
        Step::Key(key) => node.get(key),
        Step::Item(index) => node.get(index),
    })
}

/// The places that `path` names in either tree. One that is in neither is named all the same, so that its absence can be checked.
pub(super) fn places(path: &str, theirs: &Value, ours: &Value) -> Vec<Place> {
    let mut out = Vec::new();
    find(path, Some(theirs), Some(ours), &mut Vec::new(), &mut out);
    out.sort();
    out.dedup();
    out
}

fn find(
    path: &str,
    theirs: Option<&Value>,
    ours: Option<&Value>,
    place: &mut Place,
    out: &mut Vec<Place>,
) {
    let path = path
        .strip_prefix('.')
        .filter(|_| !place.is_empty())
        .unwrap_or(path);
    if path.is_empty() {
        out.push(place.clone());
        return;
    }
    let mut go = |step: Step, rest: &str| {
        let (t, o) = (
            theirs.and_then(|n| below(n, &step)),
            ours.and_then(|n| below(n, &step)),
        );
        place.push(step);
        find(rest, t, o, place, out);
        place.pop();
    };
    if let Some((name, rest)) = bracket(path) {
        for step in selected(name, theirs, ours) {
            go(step, rest);
        }
        return;
    }
    let keys = keys(theirs, ours);
    if keys.is_empty() {
        let length = length(theirs, ours);
        if length > 0 {
            // A list: names stand in for indexes.
            let (name, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
            for step in selected(name, theirs, ours) {
                go(step, rest);
            }
        } else {
            go(Step::Key(path.to_owned()), "");
        }
        return;
    }
    if path == "*" || path.starts_with("*.") || path.starts_with("*[") {
        for key in keys {
            go(Step::Key(key), &path[1..]);
        }
        return;
    }
    if let Some(prefix) = path.strip_suffix('*').filter(|p| p.ends_with('.')) {
        let below: Vec<&String> = keys.iter().filter(|key| key.starts_with(prefix)).collect();
        if !below.is_empty() {
            for key in below {
                go(Step::Key(key.clone()), "");
            }
            return;
        }
    }
    let fits = |key: &&String| {
        path.strip_prefix(key.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    if let Some(key) = keys.iter().filter(fits).max_by_key(|key| key.len()) {
        go(Step::Key(key.clone()), &path[key.len()..]);
    } else if !path.ends_with(".*") {
        go(Step::Key(path.to_owned()), "");
    }
}

fn below<'a>(node: &'a Value, step: &Step) -> Option<&'a Value> {
    match step {
        Step::Key(key) => node.get(key),
        Step::Item(index) => node.get(index),
    }
}

/// `[name]` at the start.
fn bracket(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix('[')?.split_once(']')
}

fn keys(theirs: Option<&Value>, ours: Option<&Value>) -> BTreeSet<String> {
    let maps = [theirs, ours]
        .into_iter()
        .flatten()
        .filter_map(Value::as_object);
    maps.flat_map(|map| map.keys().cloned()).collect()
}

fn length(theirs: Option<&Value>, ours: Option<&Value>) -> usize {
    let lists = [theirs, ours]
        .into_iter()
        .flatten()
        .filter_map(Value::as_array);
    lists.map(Vec::len).max().unwrap_or(0)
}

/// The items or entries that stand in brackets.
fn selected(name: &str, theirs: Option<&Value>, ours: Option<&Value>) -> Vec<Step> {
    let is_all = matches!(name, "*" | "..");
    let keys = keys(theirs, ours);
    let number: Option<usize> = name.parse().ok();
    if !keys.is_empty() {
        return match number.filter(|_| !keys.contains(name)) {
            Some(number) => {
                let of_theirs = self::keys(theirs, None);
                of_theirs
                    .into_iter()
                    .nth(number)
                    .map(Step::Key)
                    .into_iter()
                    .collect()
            }
            None => keys
                .into_iter()
                .filter(|key| is_all || key == name)
                .map(Step::Key)
                .collect(),
        };
    }
    if let Some(number) = number {
        return vec![Step::Item(number)];
    }
    let is_meant = |index: usize| {
        is_all
            || [theirs, ours]
                .into_iter()
                .flatten()
                .filter_map(|list| list.get(index))
                .any(|item| is_named(item, name))
    };
    (0..length(theirs, ours))
        .filter(|i| is_meant(*i))
        .map(Step::Item)
        .collect()
}

/// Whether an item of a list goes by a name: its own, its label's, its operation's, or that of its span without the subject.
fn is_named(item: &Value, name: &str) -> bool {
    let attribute = |key: &str| item["attributes"][key]["value"].as_str();
    let own = ["name", "label", "event_name", "path"]
        .into_iter()
        .filter_map(|f| item[f].as_str());
    own.chain(attribute("gen_ai.operation.name"))
        .chain(attribute("gen_ai.token.type"))
        .any(|found| found == name || found.split(' ').next() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn named(path: &str, tree: &Value) -> Vec<String> {
        let show = |place: &Place| {
            let steps: Vec<String> = place
                .iter()
                .map(|step| match step {
                    Step::Key(key) => key.clone(),
                    Step::Item(index) => index.to_string(),
                })
                .collect();
            steps.join("/")
        };
        places(path, tree, &json!({})).iter().map(show).collect()
    }

    #[test]
    fn keys_with_dots_are_distinguished_by_length() {
        let tree =
            json!({"spans": [{"attributes": {"a.b": 1, "a.b.c": 2, "a.b.": 3, "a": {"b": 4}}}]});
        assert_eq!(
            named("spans[0].attributes.a.b", &tree),
            ["spans/0/attributes/a.b"]
        );
        assert_eq!(
            named("spans[0].attributes.a.b.c", &tree),
            ["spans/0/attributes/a.b.c"]
        );
        assert_eq!(
            named("spans[0].attributes.a.b.", &tree),
            ["spans/0/attributes/a.b."]
        );
        assert_eq!(
            named("spans[0].attributes.x.y", &tree),
            ["spans/0/attributes/x.y"]
        );
        let below = ["spans/0/attributes/a.b.", "spans/0/attributes/a.b.c"];
        assert_eq!(named("spans[0].attributes.a.b.*", &tree), below);
    }

    #[test]
    fn stars_and_names_select() {
        let point = |op: &str| json!({"attributes": {"gen_ai.operation.name": {"type": "string", "value": op}}});
        let tree = json!({"metrics": {"m.x": {"points": [point("chat"), point("embeddings")]}, "m.y": {"points": [point("chat")]}}});
        assert_eq!(
            named("metrics.m.x.points[embeddings].count", &tree),
            ["metrics/m.x/points/1/count"]
        );
        assert_eq!(
            named("metrics.*.points[*]", &tree),
            [
                "metrics/m.x/points/0",
                "metrics/m.x/points/1",
                "metrics/m.y/points/0"
            ]
        );
        assert_eq!(
            named("metrics[1].points[0]", &tree),
            ["metrics/m.y/points/0"]
        );
        assert_eq!(
            named("metrics[..].points", &tree),
            ["metrics/m.x/points", "metrics/m.y/points"]
        );
        assert_eq!(named("metrics.*", &tree), ["metrics/m.x", "metrics/m.y"]);
        assert!(named("metrics.m.x.points[rerank]", &tree).is_empty());
    }
}
