//! The arguments of a prompt: a JSON object goes in, redacted; names and texts come out, no more of them than the limits let through.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

use super::captured::guarded;
use super::limits::{Budget, Limits};
use super::message::{self, text};
use super::redact::{Redact, Redactor, apply};

/// The arguments as an object; none of what is none.
pub(crate) fn object<T: Serialize + ?Sized>(arguments: &T) -> Option<Map<String, Value>> {
    let json = guarded(|| message::to_json(arguments))?;
    match serde_json::from_str(&json) {
        Ok(Value::Object(fields)) => Some(fields),
        _ => None,
    }
}

/// Each argument, a string as it is and anything else as JSON, after the redactor. Names are no longer than `longest`.
pub(crate) fn of(
    arguments: &Map<String, Value>,
    longest: usize,
    limits: &Limits,
    redactor: Option<&Redactor>,
) -> Vec<(String, String)> {
    let arguments = match redactor {
        None => Cow::Borrowed(arguments),
        Some(redactor) => {
            let piece = Value::Object(arguments.clone());
            match apply(redactor, piece, |piece| Redact::Arguments(piece)) {
                Some(Value::Object(fields)) => Cow::Owned(fields),
                _ => return Vec::new(),
            }
        }
    };
    let mut budget = Budget::new(limits);
    let mut out = Vec::new();
    let named = arguments.iter();
    let named = named.filter(|(name, _)| !name.is_empty() && name.len() <= longest);
    for (name, value) in named.take(limits.attributes) {
        if let Ok(Some(text)) = text::plain(value, budget.rest()) {
            budget.spend(text.len());
            out.push((name.clone(), text));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(fields) => fields,
            _ => Map::new(),
        }
    }

    fn texts(of: &[(String, String)]) -> Vec<(&str, &str)> {
        of.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect()
    }

    #[test]
    fn a_string_is_as_it_is_and_anything_else_is_json() {
        let given = map(json!({"a": "x \"y\"", "b": [1, {"c": null}], "d": true, "": "unnamed"}));
        let found = of(&given, 100, &Limits::default(), None);
        let expected = [("a", "x \"y\""), ("b", r#"[1,{"c":null}]"#), ("d", "true")];
        assert_eq!(texts(&found), expected);
        assert_eq!(object(&json!({"a": 1})), Some(map(json!({"a": 1}))));
        for other in [json!(null), json!([1]), json!("text"), json!(1)] {
            assert_eq!(object(&other), None, "{other}");
        }
    }

    #[test]
    fn what_is_long_or_many_is_bounded() {
        let limits = Limits::default().content_bytes(100).attributes(3);
        let long = "n".repeat(50);
        let given =
            map(json!({&long: "left out", "a": "x".repeat(1 << 20), "b": 2, "c": 3, "d": 4}));
        let found = of(&given, 49, &limits, None);
        assert!(found.len() <= 3 && !found.is_empty(), "{}", found.len());
        let bytes: usize = found.iter().map(|(_, text)| text.len()).sum();
        assert!(bytes <= 100, "{bytes}");
        assert!(found.iter().all(|(name, _)| name.len() <= 49));
        let given = map(json!({"x".repeat(9): 1, "y".repeat(10): 2, "z": 3, "zz": 4}));
        let found = of(&given, 9, &Limits::default().attributes(2), None);
        assert_eq!(texts(&found), [("xxxxxxxxx", "1"), ("z", "3")]);
    }

    #[test]
    fn the_redactor_sees_them_and_may_drop_them() {
        let given = map(json!({"a": "secret", "b": {"c": "secret"}}));
        let masks: Redactor = Arc::new(|content| {
            content.each_text(|text| *text = text.replace("secret", "[x]"));
        });
        let found = of(&given, 9, &Limits::default(), Some(&masks));
        assert_eq!(texts(&found), [("a", "[x]"), ("b", r#"{"c":"[x]"}"#)]);
        let panics: Redactor = Arc::new(|_| panic!("as planned"));
        assert_eq!(of(&given, 9, &Limits::default(), Some(&panics)), []);
        let drops: Redactor = Arc::new(|content| {
            if let Redact::Arguments(value) = content {
                **value = Value::Null;
            }
        });
        assert_eq!(of(&given, 9, &Limits::default(), Some(&drops)), []);
    }
}
