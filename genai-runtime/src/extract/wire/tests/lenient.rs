//! Texts that a strict parser refuses: the value that is no JSON is lost, and nothing else.

use serde_json::{Value, json};

use super::bad_input::{Dice, documents};
use super::every_field::each_place;
use super::rows::recorded;
use crate::diag::takes_turn;
use crate::extract::wire::lexer::{Lexer, Tokens};
use crate::extract::wire::probe::Probe;
use crate::extract::wire::text::walk_text;
use crate::extract::wire::walk::{Receiver, Want};
use crate::extract::wire::{ByteAccumulator, read};

/// The value under the key `v`.
#[derive(Default)]
struct Whole(Option<Value>);

impl Receiver for Whole {
    fn wants_content(&self) -> bool {
        true
    }
}

fn under_v(text: &[u8]) -> Option<Value> {
    let mut whole = Whole::default();
    let fields = |key: &str| match key {
        "v" => Want::Content(|whole: &mut Whole, value| whole.0 = Some(value)),
        _ => Want::Skip,
    };
    walk_text(text, fields, &mut whole);
    whole.0
}

/// A value made up from `dice`.
fn made_up(dice: &mut Dice, depth: usize) -> Value {
    let texts = [
        "",
        "plain",
        "é🦀 \u{7f}",
        "\"\\/\u{8}\u{c}\n\r\t",
        "\u{1}\u{1f}\u{ffff}",
        "0123456789abcdef",
    ];
    match dice.roll(if depth == 0 { 6 } else { 9 }) {
        0 => Value::Null,
        1 => json!(dice.roll(2) == 0),
        2 => json!(i64::MIN + dice.roll(1000) as i64),
        3 => json!(u64::MAX - dice.roll(1000) as u64),
        4 => json!(dice.roll(1_000_000) as f64 / 64.0),
        5 => json!(texts[dice.roll(texts.len())]),
        6 => (0..dice.roll(4))
            .map(|_| made_up(dice, depth - 1))
            .collect(),
        _ => {
            let mut fields = serde_json::Map::new();
            for _ in 0..dice.roll(4) {
                fields.insert(
                    texts[dice.roll(texts.len())].to_owned(),
                    made_up(dice, depth - 1),
                );
            }
            Value::Object(fields)
        }
    }
}

/// All that a lexer says, in one text; nothing is left out.
#[derive(Default)]
struct Said(String);

impl Tokens for Said {
    fn key(&mut self, key: &str) -> bool {
        self.0 += &format!("{key:?}:");
        true
    }
    fn open(&mut self, is_map: bool) -> bool {
        self.0 += if is_map { "{" } else { "[" };
        true
    }
    fn close(&mut self) {
        self.0 += ")";
    }
    fn word(&mut self, word: &str) {
        self.0 += &format!("<{word}>");
    }
    fn text(&mut self, piece: &str, is_last: bool) {
        self.0 += piece;
        self.0 += if is_last { ";" } else { "" };
    }
}

fn said<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> String {
    let (mut lexer, mut said) = (Lexer::default(), Said::default());
    pieces
        .into_iter()
        .for_each(|piece| lexer.feed(piece, &mut said));
    said.0
}

#[test]
fn what_is_json_is_read_as_a_strict_parser_reads_it() {
    let mut dice = Dice(5);
    for round in 0..3000 {
        let value = made_up(&mut dice, 4);
        let wrapped = json!({"a": {"v": 1}, "v": value});
        let text = match round % 3 {
            0 => wrapped.to_string(),
            1 => format!("{wrapped:#}"),
            // Everything beyond ASCII as an escape.
            _ => wrapped
                .to_string()
                .chars()
                .fold(String::new(), |mut text, c| {
                    let escape = |unit: &u16| format!("\\u{unit:04x}");
                    if c.is_ascii() && c != '\u{7f}' {
                        text.push(c);
                    } else {
                        text.extend(c.encode_utf16(&mut [0; 2]).iter().map(escape));
                    }
                    text
                }),
        };
        assert_eq!(under_v(text.as_bytes()), Some(value), "{text}");
    }
}

#[test]
fn cuts_change_nothing() {
    let mut dice = Dice(6);
    let broken: [&[u8]; 8] = [
        br#"{"v":"\ud83d","w":"\ud83d\ude00\ud83d\n\ude00","a\u00e9b":[1,2.5,-3e1,true]}"#,
        b"{\"v\":\"\xff\xf0\x9f\x92\",\"w\":\"\xe2\x28\xf0\x9f\xa6\x80\"}",
        br#"{"v":NaN,"w":[-Infinity,Infinity,undefined,1e999,],"x":'t' "y" 7,}"#,
        br#"{"v":"\x \uzz \u12","w":{"deep":[[[[{}]]]]},"x":"#,
        br#"[{"a":1},{"b":"\\\""}] trailing {"c":2}"#,
        b"{]}{}",
        b"\"root\"",
        b"  -12  ",
    ];
    let texts = broken.iter().map(|text| text.to_vec());
    let documents = documents();
    for text in texts.chain(
        documents
            .iter()
            .map(|document| document.to_string().into_bytes()),
    ) {
        let whole = said([&text[..]]);
        assert_eq!(
            whole,
            said(text.chunks(1)),
            "{}",
            String::from_utf8_lossy(&text)
        );
        for _ in 0..20 {
            let at = dice.roll(text.len() + 1);
            let (a, b) = text.split_at(at);
            let (b, c) = b.split_at(dice.roll(b.len() + 1));
            assert_eq!(whole, said([a, b, c]), "{}", String::from_utf8_lossy(&text));
        }
    }
}

#[test]
fn each_fault_costs_its_value() {
    let lost: [(&[u8], Value); 24] = [
        (br#""\ud83d""#, json!("\u{fffd}")),
        (br#""cut \ud83d""#, json!("cut \u{fffd}")),
        (br#""\ude00x""#, json!("\u{fffd}x")),
        (br#""\ud83d\ud83d\ude00""#, json!("\u{fffd}😀")),
        (br#""\ud83dx\ude00""#, json!("\u{fffd}x\u{fffd}")),
        (br#""\ud83d\n""#, json!("\u{fffd}\n")),
        (br#""\ud83d\u0041""#, json!("\u{fffd}A")),
        (b"\"a\xffb\"", json!("a\u{fffd}b")),
        (b"\"a\xf0\x9f\"", json!("a\u{fffd}")),
        (b"\"a\nb\tc\x00\"", json!("a\nb\tc\0")),
        (br#""it\'s""#, json!("it's")),
        (br#""\u12""#, json!("\u{fffd}")),
        (b"NaN", Value::Null),
        (b"Infinity", Value::Null),
        (b"-Infinity", Value::Null),
        (b"nan", Value::Null),
        (b"undefined", Value::Null),
        (b"1e999", Value::Null),
        (b"0x10", Value::Null),
        (b"[1,NaN,\"a\",-Infinity]", json!([1, null, "a", null])),
        (b"{\"a\":NaN,\"b\":1}", json!({"a": null, "b": 1})),
        (b"{\"a\":1,}", json!({"a": 1})),
        (b"[1,2,]", json!([1, 2])),
        (b"{\"\\ud83d\":1}", json!({"\u{fffd}": 1})),
    ];
    for (text, kept) in lost {
        let whole = [b"{\"a\":1,\"v\":", text, b",\"b\":2}"].concat();
        assert_eq!(
            under_v(&whole),
            Some(kept),
            "{}",
            String::from_utf8_lossy(text)
        );
        let later = [b"{\"a\":", text, b",\"v\":2}"].concat();
        assert_eq!(
            under_v(&later),
            Some(json!(2)),
            "{}",
            String::from_utf8_lossy(text)
        );
    }
    // Too deep for any parser that calls itself.
    let deep = [
        b"{\"a\":".to_vec(),
        b"[".repeat(100_000),
        b"]".repeat(100_000),
        b",\"v\":2}".to_vec(),
    ]
    .concat();
    assert_eq!(under_v(&deep), Some(json!(2)));
    let long = format!("{{\"v\":{}}}", "9".repeat(1000));
    let mut lexer = Lexer::default();
    let mut words = Said::default();
    long.as_bytes()
        .chunks(7)
        .for_each(|piece| lexer.feed(piece, &mut words));
    assert!(
        !words.0.contains("<9"),
        "a number that is cut would be another one: {}",
        words.0
    );
    assert!(lexer.is_done());
}

/// What is recorded of the text as a request, a response and a stream, with content and without.
fn all_of(text: &[u8]) -> Vec<Value> {
    let mut all = Vec::new();
    for content in [true, false] {
        let mut op = Probe::new("", false, content);
        read::request(text, None, &mut op.recorder());
        all.push(recorded(&op));
        let mut op = Probe::new("", false, content);
        read::response(text, None, &mut op.recorder());
        all.push(recorded(&op));
        let mut op = Probe::new("", false, content);
        let mut stream = ByteAccumulator::new(content);
        stream.feed(&[b"data: ", text, b"\n\n"].concat());
        stream.end().finish(&mut op.recorder());
        all.push(recorded(&op));
    }
    all
}

#[test]
fn a_fault_beside_the_fields_changes_nothing_in_any_format() {
    let faults: [&[u8]; 9] = [
        b"NaN",
        b"-Infinity",
        br#""\ud83d""#,
        b"\"\xff\"",
        b"[1,NaN,{\"a\":Infinity,},]",
        b"{\"x\":undefined}",
        b"1e999",
        br#""\x""#,
        b"'a'",
    ];
    for document in documents() {
        let plain = document.to_string();
        let expected = all_of(plain.as_bytes());
        for fault in faults {
            let first = [b"{\"x_unknown\":", fault, b",", &plain.as_bytes()[1..]].concat();
            let last = [
                &plain.as_bytes()[..plain.len() - 1],
                b",\"x_unknown\":",
                fault,
                b"}",
            ]
            .concat();
            for text in [first, last] {
                let text_shown = String::from_utf8_lossy(&text).into_owned();
                assert_eq!(all_of(&text), expected, "{text_shown}");
            }
        }
    }
}

#[test]
fn a_fault_in_any_field_is_that_field_without_its_value() {
    let mut places = 0;
    for document in documents() {
        each_place(&document, &mut |with| {
            places += 1;
            let text = with(json!("MARK")).to_string();
            let pairs: [(&[u8], &str); 6] = [
                (br#""a\ud83d""#, "\"a\u{fffd}\""),
                (br#""\ude00""#, "\"\u{fffd}\""),
                (b"\"\xff\"", "\"\u{fffd}\""),
                (b"NaN", "null"),
                (b"-Infinity", "null"),
                (b"1e999", "null"),
            ];
            for (n, (fault, strict)) in pairs.into_iter().enumerate() {
                if !takes_turn(n + places, 3) {
                    continue;
                }
                let at = text.find("\"MARK\"").expect("the mark");
                let rest = &text[at + "\"MARK\"".len()..];
                let faulty = [&text.as_bytes()[..at], fault, rest.as_bytes()].concat();
                let strict = [&text[..at], strict, rest].concat();
                assert_eq!(all_of(&faulty), all_of(strict.as_bytes()), "{strict}");
            }
        });
    }
}
