//! Every field of every format with values of every type, and with what only a text can hold.

use serde_json::{Value, json};

use super::bad_input::{documents, feed};
use crate::Accumulator;
use crate::diag::takes_turn;
use crate::extract::budget::Room;
use crate::extract::wire::ByteAccumulator;
use crate::extract::wire::probe::Probe;

/// Takes what puts another value into one place of a document.
pub(super) type Visit<'a> = dyn FnMut(&dyn Fn(Value) -> Value) + 'a;

/// Calls `visit` with every value in `value` replaced, one after the other, by what `make` gives.
pub(super) fn each_place(value: &Value, visit: &mut Visit<'_>) {
    fn walk(root: &Value, path: &mut Vec<String>, at: &Value, visit: &mut Visit<'_>) {
        let pointer: String = path
            .iter()
            .map(|key| format!("/{}", key.replace('/', "~1")))
            .collect();
        visit(&|new| {
            let mut changed = root.clone();
            if let Some(place) = changed.pointer_mut(&pointer) {
                *place = new;
            }
            changed
        });
        let inner: Vec<(String, &Value)> = match at {
            Value::Object(fields) => fields.iter().map(|(key, v)| (key.clone(), v)).collect(),
            Value::Array(list) => list
                .iter()
                .enumerate()
                .map(|(n, v)| (n.to_string(), v))
                .collect(),
            _ => Vec::new(),
        };
        for (key, value) in inner {
            path.push(key);
            walk(root, path, value, visit);
            path.pop();
        }
    }
    walk(value, &mut Vec::new(), value, visit);
}

#[test]
fn every_type_in_every_field_does_no_harm() {
    let wrong = [
        Value::Null,
        json!(true),
        json!("text"),
        json!(7),
        json!(-1),
        json!(4_294_967_296_u64),
        json!(u64::MAX),
        json!(1.5),
        json!([1, "a"]),
        json!({"a": {"b": 1}}),
    ];
    let mut places = 0;
    for document in documents() {
        let mut stream = Accumulator::new(true, Room::default());
        each_place(&document, &mut |replaced| {
            places += 1;
            // By default each place has some of the types, the next place others.
            for (n, value) in wrong.iter().enumerate() {
                if takes_turn(n + places, 5) {
                    feed(&replaced(value.clone()), &mut stream);
                }
            }
        });
        let mut op = Probe::new("", false, false);
        stream.finish(&mut op.recorder());
        for (key, value) in op.facts() {
            if let (true, opentelemetry::Value::I64(count)) = (key.contains("tokens"), value) {
                assert!(count >= 0, "{key}: {count}");
            }
        }
    }
    assert!(places > 300, "{places}");
}

/// What no `Value` can hold but a text can: indices of 2^64, counts beyond every number, keys that come twice.
#[test]
fn numbers_beyond_numbers_and_keys_that_come_twice_do_no_harm() {
    let numbers = [
        "18446744073709551616",
        "4294967296",
        "-9223372036854775809",
        "1e400",
        "-1e400",
        "1e-400",
        "0.1e99",
        "9007199254740993",
    ];
    for document in documents() {
        each_place(&document, &mut |replaced| {
            let text = replaced(json!("@number@")).to_string();
            for number in numbers {
                let text = text.replace("\"@number@\"", number);
                let mut bytes = ByteAccumulator::new(true);
                bytes.feed(format!("data: {text}\n\n").as_bytes());
                // An index or a count that cannot be leaves the stream as it was.
                bytes.feed(
                    b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"ok\"}}]}\n\n",
                );
                let mut op = Probe::new("", false, true);
                bytes.end().finish(&mut op.recorder());
                for (key, value) in op.facts() {
                    if let (true, opentelemetry::Value::I64(count)) =
                        (key.contains("tokens"), value)
                    {
                        assert!(count >= 0, "{key}: {count} from {text}");
                    }
                }
            }
        });
    }
    let twice = br#"data: {"id":"one","id":"two","choices":[],"choices":[{"index":0,"index":1,"delta":{"content":"a","content":"b"}}],
"#;
    let mut bytes = ByteAccumulator::new(true);
    bytes.feed(&twice.repeat(2));
    bytes.feed(b"data: \"usage\":{\"prompt_tokens\":1,\"prompt_tokens\":2}}\n\n");
    let mut op = Probe::new("", false, true);
    bytes.end().finish(&mut op.recorder());
}

/// The last event of a stream that is dropped may end anywhere: what it had is recorded, but no part of a number.
#[test]
fn a_number_that_was_cut_is_not_recorded() {
    let text = b"data: {\"choices\":[],\"model\":\"m\",\"usage\":{\"prompt_tokens\":1234";
    for (end, tokens) in [("", 0), ("5", 0), ("5.", 0), (",", 1), ("}", 1), ("}}", 1)] {
        let mut bytes = ByteAccumulator::new(false);
        bytes.feed(text);
        bytes.feed(end.as_bytes());
        let mut op = Probe::new("", false, false);
        bytes.end().finish(&mut op.recorder());
        let facts = op.facts();
        let recorded = facts
            .iter()
            .filter(|(key, _)| *key == "gen_ai.usage.input_tokens");
        assert_eq!(recorded.count(), tokens, "{end:?}: {facts:?}");
        assert!(facts.iter().any(|(key, _)| *key == "gen_ai.response.model"));
    }
}
