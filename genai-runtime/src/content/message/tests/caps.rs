//! The caps: valid JSON of at most the size asked for, marked where it was cut, whatever is put in.

use opentelemetry::logs::AnyValue;

use super::*;
use crate::content::limits::Limits;
use crate::diag::rounds;

/// A generator of content without end, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % sides
    }

    fn text(&mut self) -> String {
        let letters = [
            'a', 'b', ' ', '"', '\\', '\n', '\u{0}', '\u{1f}', '\u{7f}', 'é', '漢', '🦀',
            '\u{2028}',
        ];
        (0..self.roll(60))
            .map(|_| letters[self.roll(letters.len())])
            .collect()
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.roll(if depth == 0 { 5 } else { 8 }) {
            0 => Value::Null,
            1 => json!(self.roll(2) == 0),
            2 => json!(self.roll(1000)),
            3 => json!(self.roll(1000) as f64 / 8.0),
            4 => Value::String(self.text()),
            5 | 6 => (0..self.roll(5)).map(|_| self.value(depth - 1)).collect(),
            _ => Value::Object(
                (0..self.roll(5))
                    .map(|_| (self.text(), self.value(depth - 1)))
                    .collect(),
            ),
        }
    }

    fn part(&mut self) -> Part {
        let mut parts = every_part();
        match self.roll(5) {
            0 => Part::text(self.text()),
            1 => Part::tool_call(self.text(), self.text(), self.value(4)),
            2 => Part::tool_response("", self.value(4)),
            3 => Part::other("x", Map::from_iter([(self.text(), self.value(3))])),
            _ => parts.swap_remove(self.roll(13)),
        }
    }

    fn message(&mut self) -> OutputMessage {
        let message = OutputMessage::new(self.text())
            .parts((0..self.roll(5)).map(|_| self.part()).collect::<Vec<_>>());
        message.finish_reason(self.text())
    }
}

#[test]
fn every_cap_gives_valid_json_of_its_size() {
    let mut dice = Dice(7);
    let mut cuts = 0;
    for _ in 0..rounds(60) {
        let messages: Vec<_> = (0..1 + dice.roll(4)).map(|_| dice.message()).collect();
        let whole = render_list(&messages, usize::MAX).unwrap();
        assert_eq!(parsed(&whole), serde_json::to_value(&messages).unwrap());
        assert_eq!(render_list(&messages, whole.len()).unwrap(), whole);
        for end in (0..whole.len()).step_by(1 + whole.len() / 400) {
            let text = render_list(&messages, end);
            assert_eq!(render_given(messages.clone(), end), text, "{end}");
            let Some(text) = text else {
                assert!(end < 1000, "{end}");
                continue;
            };
            assert!(text.len() <= end);
            let value = parsed(&text);
            let last = value.as_array().unwrap().last().unwrap();
            assert_eq!(
                last["parts"].as_array().unwrap().last().unwrap()["type"],
                "truncated",
                "{text}"
            );
            assert!(last["finish_reason"].is_string());
            cuts += 1;
        }
    }
    assert!(cuts > rounds(3000), "{cuts}");
}

#[test]
fn arguments_are_cut_at_every_cap() {
    let mut dice = Dice(3);
    for _ in 0..rounds(60) {
        let value = Value::Array((0..6).map(|_| dice.value(4)).collect());
        let whole = text::plain(&value, usize::MAX).unwrap().unwrap();
        assert_eq!(parsed(&whole), value);
        for end in 0..whole.len() {
            if let Some(text) = text::plain(&value, end).unwrap() {
                assert!(text.len() <= end, "{end}: {text}");
                assert_eq!(
                    parsed(&text).as_array().unwrap().last().unwrap()["type"],
                    "truncated"
                );
            } else {
                // There is no room for the mark.
                assert!(end < 120, "{end}");
            }
        }
    }
    for end in 40..200 {
        let text = text::plain(&"é".repeat(150), end).unwrap();
        if let Some(text) = text {
            assert!(text.len() <= end && text.ends_with(" bytes cut]"), "{text}");
        }
    }
}

#[test]
fn hundred_megabytes_cost_the_cap() {
    let cap = 256 * 1024;
    let messages = [user("x".repeat(100 << 20)), user("y")];
    let text = render_list(&messages, cap).unwrap();
    assert!(text.len() <= cap && text.len() > cap - 2000 && text.capacity() <= 2 * cap);
    let value = parsed(&text);
    let content = value[0]["parts"][0]["content"].as_str().unwrap();
    let kept = content.find("...[").unwrap();
    assert!(content.ends_with(&format!("...[{} bytes cut]", (100 << 20) - kept)));
    let (copies, cut) = bound::copies(&messages, cap, 1000);
    assert!(size::Size::size(&copies[0]) <= cap + 1000);
    assert!(cut >= (100 << 20) - cap);
    let again = list::list(
        list::Items::Lent(&copies),
        cut,
        cap,
        1000,
        Ended::Well,
        false,
    )
    .unwrap();
    let again = parsed(&again);
    let bytes = again.as_array().unwrap().last().unwrap()["parts"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()["bytes"]
        .as_u64()
        .unwrap();
    assert!(bytes > (99 << 20), "{bytes}");
    // Control characters grow sixfold: the cap is on what is written.
    let text = render_list(&[user("\u{1}".repeat(cap))], cap).unwrap();
    assert!(text.len() <= cap && text.capacity() <= 2 * cap);
}

#[test]
fn blobs_are_left_out_as_a_whole() {
    let messages = [InputMessage::new("user")
        .part(Part::blob("image/png", vec![0; 5000]))
        .part(Part::text("after"))];
    let value = parsed(&render_list(&messages, 3000).unwrap());
    assert_eq!(value[0]["parts"].as_array().unwrap().len(), 1);
    assert!(value[0]["parts"][0]["bytes"].as_u64().unwrap() > 6000);
}

#[test]
fn a_million_messages() {
    let messages = vec![user("0123456789"); 1_000_000];
    let text = render_list(&messages, 256 * 1024).unwrap();
    let value = parsed(&text);
    let list = value.as_array().unwrap();
    assert_eq!(list.len(), 1000);
    assert_eq!(list[999]["parts"][1]["type"], "truncated");
}

#[test]
fn depth_is_bounded() {
    let run = || {
        let mut deep = json!("bottom");
        for i in 0..10_000 {
            deep = if i % 2 == 0 {
                Value::Array(vec![deep])
            } else {
                Value::Object(Map::from_iter([("k".to_owned(), deep)]))
            };
        }
        let messages = [InputMessage::new("user").part(Part::tool_response("", deep))];
        let text = render_list(&messages, 1 << 20).unwrap();
        assert!(text.contains(TOO_DEEP));
        parsed(&text);
        let (copies, _) = bound::copies(&messages, 1 << 20, 10);
        assert!(to_json(&copies).unwrap().contains(TOO_DEEP));
        parsed(&to_json(&messages).unwrap());
        let (event, _) = any::list(&messages, 0, 1 << 20, 10, Ended::Well).unwrap();
        assert!(format!("{event:?}").contains(TOO_DEEP));
        // Its own `drop` would recurse as deep.
        std::mem::forget(messages);
    };
    std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap();
}

/// An event's value as JSON, to compare.
pub(super) fn plain(value: &AnyValue) -> Value {
    match value {
        AnyValue::Int(value) => json!(value),
        AnyValue::Double(value) => json!(value),
        AnyValue::String(value) => json!(value.as_str()),
        AnyValue::Boolean(value) => json!(value),
        AnyValue::Bytes(bytes) => json!({"bytes": bytes}),
        AnyValue::ListAny(list) => list.iter().map(plain).collect(),
        AnyValue::Map(map) => map
            .iter()
            .map(|(k, v)| (k.to_string(), plain(v)))
            .collect::<Map<_, _>>()
            .into(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn events_are_structured_without_nulls() {
    let (value, _) = any::list(&input(), 0, usize::MAX, 1000, Ended::Well).unwrap();
    let value = plain(&value);
    assert_eq!(
        value[1],
        json!({"role": "user", "name": "alice", "parts": [{"type": "text", "content": "hi"}]})
    );
    let parts = value[4]["parts"].as_array().unwrap();
    assert_eq!(
        parts[2]["arguments"],
        json!({"city": "Paris", "deep": [1, [2.5, "x"]]})
    );
    assert_eq!(parts[5]["response"], json!({"a": [true]}));
    assert_eq!(parts[8]["content"], json!({"bytes": b"\x89PNG\x00\xff"}));
    assert_eq!(parts[9]["content"], json!({"bytes": [0, 1, 2]}));
    assert_eq!(
        parts[12],
        json!({"type": "redacted_thinking", "data": "EmwK"})
    );
    let big = [InputMessage::new("tool").part(Part::tool_response(
        "1",
        json!({"n": u64::MAX, "m": -3, "f": 1.5}),
    ))];
    let (value, _) = any::list(&big, 0, usize::MAX, 10, Ended::Well).unwrap();
    assert_eq!(
        plain(&value)[0]["parts"][0]["response"],
        json!({"n": "18446744073709551615", "m": -3, "f": 1.5})
    );
}

#[test]
fn events_are_cut_and_marked() {
    let mut dice = Dice(11);
    for _ in 0..rounds(40) {
        let messages: Vec<_> = (0..1 + dice.roll(4)).map(|_| dice.message()).collect();
        let (_, size) = any::list(&messages, 0, usize::MAX, 1000, Ended::Well).unwrap();
        for end in (0..size).step_by(97) {
            if let Some((value, used)) = any::list(&messages, 0, end, 1000, Ended::Well) {
                assert!(used <= end);
                let value = plain(&value);
                let last = value.as_array().unwrap().last().unwrap();
                assert!(last["finish_reason"].is_string() && last["role"].is_string());
                let mark = last["parts"].as_array().unwrap().last().unwrap();
                assert!(
                    mark["type"] == "truncated" && mark["bytes"].as_u64().unwrap() > 0,
                    "{value}"
                );
            }
        }
    }
    let long = [user("é".repeat(1 << 20))];
    let (value, used) = any::list(&long, 0, Limits::default().content, 1000, Ended::Well).unwrap();
    assert!(used <= Limits::default().content);
    let value = plain(&value);
    assert!(
        value[0]["parts"][0]["content"]
            .as_str()
            .unwrap()
            .ends_with(" bytes cut]")
    );
}

/// What is written of a long list before its end is the same however much of it fits.
#[test]
fn a_long_list_is_cut_at_its_end_alone() {
    let text = "\"words\"\n ".repeat(20);
    let arguments = json!({"a": [1, {"b": {"c": text}}], "d": [[["e"]], null]});
    let mut messages = Vec::new();
    for n in 0..120 {
        messages.push(user(format!("{n}: {text}")));
        messages.push(InputMessage::new("assistant").part(Part::tool_call(
            "c",
            "f",
            arguments.clone(),
        )));
    }
    let whole = render_list(&messages, usize::MAX).unwrap();
    assert!(whole.len() > 64 << 10, "{} bytes", whole.len());
    for end in (whole.len() / 2..whole.len())
        .step_by(1_999)
        .chain((whole.len() - 1_500..whole.len() + 50).step_by(97))
        .chain([whole.len(), whole.len() - 1])
    {
        let cut = render_list(&messages, end).unwrap();
        assert_eq!(render_given(messages.clone(), end).unwrap(), cut, "{end}");
        assert!(
            cut.len() <= end && cut.len() + 2000 > end.min(whole.len()),
            "{end}: {}",
            cut.len()
        );
        let same = cut
            .bytes()
            .zip(whole.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        assert!(
            same + 2000 > end.min(whole.len()),
            "{end}: {same} are the same"
        );
        assert!(parsed(&cut).is_array());
        assert_eq!(cut == whole, end >= whole.len());
    }
}
