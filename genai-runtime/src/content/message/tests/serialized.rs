//! What a `Serialize` of any kind is written as, whole and cut.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::io;

use serde::Serialize;
use serde::ser::{SerializeSeq as _, SerializeStruct as _, Serializer};

use super::super::text::plain;
use super::super::write_json;
use super::*;

#[derive(Serialize)]
struct Nothing;

#[derive(Serialize)]
struct Wrapped(u8);

#[derive(Serialize)]
struct Pair(u8, &'static str);

#[derive(Serialize)]
struct Fields {
    a: Option<u8>,
    b: Nothing,
}

#[derive(Serialize)]
enum Any {
    Unit,
    One(u8),
    Two(u8, bool),
    Named { a: char },
}

/// Bytes, as `serde_bytes` writes them.
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

/// One that fails after its first element.
struct Broken;

impl Serialize for Broken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        list.serialize_element(&1)?;
        Err(serde::ser::Error::custom("broken"))
    }
}

#[test]
fn every_kind_is_written_as_json() {
    let json = |value: &dyn erased::Any| value.json();
    for (text, expected) in [
        (json(&Nothing), "null"),
        (json(&()), "null"),
        (json(&Wrapped(7)), "7"),
        (json(&Pair(7, "a")), r#"[7,"a"]"#),
        (
            json(&Fields {
                a: None,
                b: Nothing,
            }),
            r#"{"a":null,"b":null}"#,
        ),
        (json(&Any::Unit), r#""Unit""#),
        (json(&Any::One(7)), r#"{"One":7}"#),
        (json(&Any::Two(7, true)), r#"{"Two":[7,true]}"#),
        (json(&Any::Named { a: 'ä' }), r#"{"Named":{"a":"ä"}}"#),
        (json(&Bytes(vec![1, 2, 3, 4])), r#""AQIDBA==""#),
        (json(&Bytes(Vec::new())), r#""""#),
        (json(&(1_i8, -2_i64, 3_u64, 1.5_f32)), "[1,-2,3,1.5]"),
        (
            json(&(u128::MAX, i128::MIN)),
            "[340282366920938463463374607431768211455,-170141183460469231731687303715884105728]",
        ),
        (
            json(&BTreeMap::from([(1, true), (2, false)])),
            r#"{"1":true,"2":false}"#,
        ),
        (json(&BTreeMap::from([(true, 'x')])), r#"{"true":"x"}"#),
        (json(&BTreeMap::from([('x', [0_u8; 0])])), r#"{"x":[]}"#),
    ] {
        assert_eq!(text, expected);
    }
}

/// `Serialize` behind a pointer, for a list of rows.
mod erased {
    pub(super) trait Any {
        fn json(&self) -> String;
    }

    impl<T: serde::Serialize> Any for T {
        fn json(&self) -> String {
            super::to_json(self).unwrap()
        }
    }
}

#[test]
fn an_argument_is_its_text_or_its_json() {
    let of = |value: &str| Some(value.to_owned());
    assert_eq!(plain("a \"b\"", 100).unwrap(), of("a \"b\""));
    assert_eq!(plain(&Any::Unit, 200).unwrap(), of("Unit"));
    assert_eq!(plain(&Wrapped(7), 200).unwrap(), of("7"));
    assert_eq!(plain(&Bytes(vec![1, 2, 3]), 200).unwrap(), of("AQID"));
    assert_eq!(plain(&Any::One(7), 200).unwrap(), of(r#"{"One":7}"#));
    assert_eq!(plain(&Some("a"), 200).unwrap(), of("a"));
    assert_eq!(plain("", 200).unwrap(), of(""));
    // What is absent is nothing; inside of data it is `null`.
    assert_eq!(plain(&None::<u8>, 200).unwrap(), None);
    assert_eq!(plain(&Nothing, 200).unwrap(), None);
    assert_eq!(plain(&[None::<u8>], 200).unwrap(), of("[null]"));
}

/// Of what does not fit, the mark says how much was left out: texts with their quotes, bytes as base64, numbers with an allowance.
#[test]
fn a_cut_names_what_it_left_out() {
    for (of, word, count, each) in [
        (plain(&many(true, 600), 1_000), "true", 600, 5),
        (plain(&many(None::<u8>, 600), 1_000), "null", 600, 5),
        (plain(&many(7_u8, 2_000), 1_000), "7", 2_000, 8),
        (plain(&many(Wrapped(7), 2_000), 1_000), "7", 2_000, 8),
        (plain(&many("yyyy", 600), 1_000), "\"yyyy\"", 600, 7),
        (plain(&many(Any::Unit, 600), 1_000), "\"Unit\"", 600, 7),
        (plain(&many(Any::One(7), 600), 1_000), "One", 600, 8),
        (plain(&many(Bytes(vec![7; 3]), 600), 1_000), "BwcH", 600, 4),
    ] {
        let text = of.unwrap().expect("a cut value");
        assert!(text.len() <= 1_000, "{}", text.len());
        let (kept, mark) = text.rsplit_once(",{\"type\":").expect("a mark");
        // The last of the texts may be there in part.
        let part = kept
            .split_once("...[")
            .and_then(|(_, rest)| rest.split(' ').next());
        let whole = kept.matches(word).count() + usize::from(part.is_some());
        let in_part = part.map_or(0, |bytes| bytes.parse().expect("a number"));
        let left_out = (count - whole) * each + in_part;
        assert_eq!(mark, format!("\"truncated\",\"bytes\":{left_out}}}]"));
    }
    let text = plain("y".repeat(3_000).as_str(), 1_000)
        .unwrap()
        .expect("a cut text");
    let kept = text.matches('y').count() - 1;
    assert_eq!(
        text,
        format!("{}...[{} bytes cut]", "y".repeat(kept), 3_000 - kept)
    );
}

/// Inside of data nothing is marked but texts: what is left out is in the mark at the end of the whole.
#[test]
fn a_cut_is_marked_at_the_root_alone() {
    let list = json!({"a": many(json!([1]), 400), "b": "x", "c": [true]});
    let text = plain(&list, 900).unwrap().expect("a cut value");
    let read = parsed(&text);
    let kept = read["a"].as_array().map_or(0, Vec::len);
    assert!(kept > 99 && text.len() <= 900, "{text}");
    // Of the last list the brackets may be all that fits.
    let inner = read["a"][kept - 1].as_array().map_or(0, Vec::len);
    let left_out = (400 - kept + 1 - inner) * 8 + (1 + 3) + 5;
    let mark = json!({"type": "truncated", "bytes": left_out});
    let mut expected = json!({"a": many(json!([1]), kept), "truncated": mark});
    if inner == 0 {
        expected["a"][kept - 1] = json!([]);
    }
    assert_eq!(read, expected);
    // Where not even an element fits.
    for end in [120, 200, 240] {
        let mark = r#"{"type":"truncated","bytes":1600}"#;
        let of = plain(&many(7, 200), end).unwrap();
        assert_eq!(of, Some(format!("[{mark}]")), "{end}");
        let map: BTreeMap<u16, u8> = (0..200).map(|key| (key, 7)).collect();
        let of = plain(&map, end).unwrap();
        assert_eq!(of, Some(format!(r#"{{"truncated":{mark}}}"#)), "{end}");
    }
    assert_eq!(plain(&many(7, 200), 119).unwrap(), None);
}

/// Cut base64 is of no use: the whole of it is left out.
#[test]
fn bytes_are_there_as_a_whole_or_not_at_all() {
    let of = |text: &str| Some(text.to_owned());
    assert_eq!(plain(&Bytes(vec![1, 2, 3]), 4).unwrap(), of("AQID"));
    assert_eq!(plain(&Bytes(vec![1, 2, 3]), 3).unwrap(), None);
    let bytes = Bytes(vec![0; 300]);
    assert_eq!(plain(&bytes, 399).unwrap(), of("...[400 bytes cut]"));
    assert_eq!(plain(&bytes, 400).unwrap(), of(&"A".repeat(400)));
    assert_eq!(
        plain(&[bytes], 400).unwrap(),
        of(r#"["...[400 bytes cut]",{"type":"truncated","bytes":400}]"#)
    );
}

/// With its feature `arbitrary_precision` serde_json gives numbers as structs of one field, which is their text.
#[test]
fn a_number_of_any_length_is_a_number() {
    struct Number(&'static str);

    impl Serialize for Number {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            const NAME: &str = "$serde_json::private::Number";
            let mut fields = serializer.serialize_struct(NAME, 1)?;
            fields.serialize_field(NAME, self.0)?;
            fields.end()
        }
    }

    let long = "123456789012345678901234567890.12345678901234567890";
    assert_eq!(to_json(&[Number(long)]).unwrap(), format!("[{long}]"));
    assert_eq!(plain(&Number(long), 100).unwrap().as_deref(), Some(long));
    let numbers: Vec<Number> = (0..100).map(|_| Number("12")).collect();
    let text = plain(&numbers, 200).unwrap().expect("a mark");
    assert_eq!(text, r#"[{"type":"truncated","bytes":800}]"#);
}

fn many<T: Clone>(one: T, count: usize) -> Vec<T> {
    vec![one; count]
}

impl Clone for Bytes {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl Clone for Any {
    fn clone(&self) -> Self {
        match self {
            Self::One(number) => Self::One(*number),
            _ => Self::Unit,
        }
    }
}

impl Clone for Wrapped {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

#[test]
fn what_fails_says_why_and_shows_no_content() {
    let broken = to_json(&Broken).unwrap_err();
    assert_eq!(broken.to_string(), "broken");
    assert_eq!(format!("{broken:?}"), "Error(Serialize)");
    assert!(broken.source().is_none());
    let key = to_json(&BTreeMap::from([(vec![1], 1)])).unwrap_err();
    assert_eq!(
        key.to_string(),
        "the key of a map is neither text, number nor boolean"
    );
    assert_eq!(format!("{key:?}"), "Error(Key)");
    assert!(key.source().is_none());

    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is full"))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let full = write_json(Full, &1).unwrap_err();
    assert_eq!(full.to_string(), "the disk is full");
    assert_eq!(format!("{full:?}"), "Error(Io)");
    assert_eq!(
        full.source().expect("the cause").to_string(),
        "the disk is full"
    );
}
