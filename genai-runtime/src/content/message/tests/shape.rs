//! The JSON of content: equal on every way, readable back, strict, and free of content in `Debug`.

use serde::Serialize;

use super::*;

#[test]
fn the_span_has_what_serialize_gives() {
    assert_eq!(
        parsed(&render_list(&input(), usize::MAX).unwrap()),
        serde_json::to_value(input()).unwrap()
    );
    assert_eq!(
        parsed(&render_list(&output(), usize::MAX).unwrap()),
        serde_json::to_value(output()).unwrap()
    );
    assert_eq!(
        parsed(&render_list(&every_part(), usize::MAX).unwrap()),
        serde_json::to_value(every_part()).unwrap()
    );
    assert_eq!(
        parsed(&render_list(&tools(), usize::MAX).unwrap()),
        serde_json::to_value(tools()).unwrap()
    );
    assert_eq!(
        to_json(&input()).unwrap(),
        render_list(&input(), usize::MAX).unwrap()
    );
}

#[test]
fn what_is_written_reads_back() {
    let text = serde_json::to_string(&output()).unwrap();
    let back: Vec<OutputMessage> = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
    assert!(matches!(back[1].parts[2], Part::ToolCall { .. }));
    let text = serde_json::to_string(&input()).unwrap();
    let back: Vec<InputMessage> = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
    assert_eq!(back[..4], input()[..4]);
    let back: Vec<ToolDefinition> =
        serde_json::from_str(&serde_json::to_string(&tools()).unwrap()).unwrap();
    assert_eq!(back, tools());
    let document = Document::new("d", 0.5).field("title", "t");
    let back: Document = serde_json::from_str(&serde_json::to_string(&document).unwrap()).unwrap();
    assert_eq!(back, document);
}

#[test]
fn reading_refuses_what_the_schemas_refuse_and_loses_nothing() {
    assert!(serde_json::from_value::<InputMessage>(json!({"role": "user"})).is_err());
    assert!(serde_json::from_value::<InputMessage>(json!({"parts": []})).is_err());
    assert!(
        serde_json::from_value::<OutputMessage>(
            json!({"role": "a", "parts": [], "finish_reason": 3})
        )
        .is_err()
    );
    assert!(serde_json::from_value::<ToolDefinition>(json!({"type": "function"})).is_err());
    assert!(serde_json::from_value::<Document>(json!({"id": 42, "score": 0.5})).is_err());
    for odd in [
        json!({"type": "tool_call_response", "name": "f", "response": 1}),
        json!({"type": "text", "content": "x", "annotations": []}),
        json!({"type": "blob", "modality": "image"}),
        json!({"type": "text", "content": 3}),
    ] {
        let part: Part = serde_json::from_value(odd.clone()).unwrap();
        assert!(matches!(part, Part::Other { .. }));
        assert_eq!(serde_json::to_value(&part).unwrap(), odd);
    }
}

#[test]
fn finish_reason_is_always_there() {
    let messages = [
        OutputMessage::new("assistant"),
        OutputMessage::text("x", "MAX_TOKENS"),
        OutputMessage::text("x", "odd"),
    ];
    let early = parsed(
        &list::list(
            list::Items::Lent(&messages),
            0,
            usize::MAX,
            10,
            Ended::Early,
            false,
        )
        .unwrap(),
    );
    let words: Vec<_> = early
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["finish_reason"].as_str().unwrap())
        .collect();
    assert_eq!(words, ["error", "length", "odd"]);
}

#[test]
fn numbers_without_json_and_bytes() {
    #[derive(Serialize)]
    struct Odd<'a> {
        nan: f64,
        inf: f32,
        minus: f64,
        small: f32,
        #[serde(serialize_with = "as_bytes")]
        bytes: &'a [u8],
        none: Option<u8>,
        big: u128,
        unit: (),
        variant: Kind,
    }
    #[derive(Serialize)]
    enum Kind {
        Pair(u8, char),
    }
    fn as_bytes<S: serde::Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
        s.serialize_bytes(bytes)
    }
    let odd = Odd {
        nan: f64::NAN,
        inf: f32::INFINITY,
        minus: f64::NEG_INFINITY,
        small: 0.1,
        bytes: b"\xff\xfe",
        none: None,
        big: u128::MAX,
        unit: (),
        variant: Kind::Pair(1, 'é'),
    };
    let expected = r#"{"nan":"NaN","inf":"Infinity","minus":"-Infinity","small":0.1,"bytes":"//4=","none":null,"big":340282366920938463463374607431768211455,"unit":null,"variant":{"Pair":[1,"é"]}}"#;
    assert_eq!(to_json(&odd).unwrap(), expected);
    let mut written = Vec::new();
    write_json(&mut written, &odd).unwrap();
    assert_eq!(written, expected.as_bytes());
    let documents = [
        Document::new("a", f64::NAN),
        Document::new("b", 1.0),
        Document::without_score("c").field("title", "t"),
    ];
    assert_eq!(
        render_list(&documents, 1000).unwrap(),
        r#"[{"id":"a","score":"NaN"},{"id":"b","score":1.0},{"id":"c","title":"t"}]"#
    );
    let without = serde_json::to_value(&documents[2]).unwrap();
    assert_eq!(without, json!({"id": "c", "title": "t"}));
    assert_eq!(
        serde_json::from_value::<Document>(without).unwrap(),
        documents[2]
    );
}

#[test]
fn keys_of_maps() {
    use std::collections::BTreeMap;
    assert_eq!(
        to_json(&BTreeMap::from([(1, 'a'), (2, 'b')])).unwrap(),
        r#"{"1":"a","2":"b"}"#
    );
    assert_eq!(
        to_json(&BTreeMap::from([(true, 1)])).unwrap(),
        r#"{"true":1}"#
    );
    let error = to_json(&BTreeMap::from([(vec![1], 1)])).unwrap_err();
    assert_eq!(format!("{error:?}"), "Error(Key)");
}

#[test]
fn arguments_are_plain_or_json() {
    let plain = |value: &dyn Fn() -> Option<String>| value();
    assert_eq!(
        plain(&|| text::plain("as it is \"\n", 100).unwrap()).unwrap(),
        "as it is \"\n"
    );
    assert_eq!(
        plain(&|| text::plain(&json!({"a": null}), 200).unwrap()).unwrap(),
        r#"{"a":null}"#
    );
    assert_eq!(plain(&|| text::plain(&None::<u8>, 100).unwrap()), None);
    assert_eq!(plain(&|| text::plain("", 100).unwrap()).unwrap(), "");
    assert_eq!(plain(&|| text::plain(&Some(3), 100).unwrap()).unwrap(), "3");
}

#[test]
fn conversions_borrow_what_they_can() {
    use std::borrow::Cow;
    assert!(matches!(input().to_input(), Cow::Borrowed(messages) if messages.len() == 5));
    assert!(matches!(user("x").to_input(), Cow::Borrowed([_])));
    assert_eq!("hi".to_input()[0], user("hi"));
    assert!("".to_input().is_empty());
    assert_eq!(String::from("hi").to_output()[0].role, "assistant");
    assert_eq!(Some("terse").to_system()[0], Part::text("terse"));
    assert!(None::<String>.to_system().is_empty());
    assert_eq!((&&tools()).to_tools().len(), 3);
    assert_eq!([Document::new("a", 1.0)].to_documents().len(), 1);
}

#[test]
fn debug_shows_no_content() {
    let canary = "CaNaRy";
    let value = json!({canary: canary});
    let parts = vec![
        Part::text(canary),
        Part::reasoning(canary),
        Part::tool_call(canary, canary, value.clone()),
        Part::tool_response(canary, value.clone()),
        Part::server_tool_call(canary, canary, value.clone()),
        Part::server_tool_response(canary, value.clone()),
        Part::blob(canary, canary.as_bytes()),
        Part::file(canary, canary),
        Part::uri(canary, canary),
        Part::other(canary, value.as_object().unwrap().clone()),
    ];
    let mut shown = format!(
        "{:?}",
        InputMessage::new(canary).parts(parts.clone()).name(canary)
    );
    shown += &format!(
        "{:?}",
        OutputMessage::text(canary, canary)
            .parts(parts)
            .name(canary)
    );
    shown += &format!(
        "{:?}",
        ToolDefinition::function(canary)
            .description(canary)
            .parameters(value)
    );
    shown += &format!("{:?}", ToolDefinition::other(canary, canary));
    shown += &format!("{:?}", Document::new(canary, 1.0).field(canary, canary));
    assert!(
        shown.contains("Text(6 bytes)") && !shown.contains(canary),
        "{shown}"
    );
}
