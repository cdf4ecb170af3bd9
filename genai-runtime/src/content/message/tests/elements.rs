//! Elements of lists one by one: what says what was cut, what is given away, and what is let go of.

use super::render::Element;
use super::size::{Size as _, sizes};
use super::*;

/// A list of which not even the first element fits.
fn marked<T: Element>(items: &[T]) -> String {
    // Less than that is no room for the mark.
    assert_eq!(render_list(items, 160), None);
    let text = render_list(items, 161).expect("a mark");
    assert_eq!(render_list(items, 400), Some(text.clone()));
    text
}

#[test]
fn where_nothing_fits_an_element_says_what_was_cut() {
    let part = Part::text(long(2_000));
    let bytes = 48 + 2_000;
    for (role, expected) in [
        ("system", "system"),
        ("a_role_of_16_let", "a_role_of_16_let"),
        ("a_role_of_17_lett", "user"),
        ("", "user"),
    ] {
        let messages = [InputMessage::new(role).name("alice").part(part.clone())];
        let bytes = bytes + 48 + role.len() + 5;
        assert_eq!(
            marked(&messages),
            format!(
                r#"[{{"role":"{expected}","parts":[{{"type":"truncated","bytes":{bytes}}}]}}]"#
            )
        );
    }
    for (word, role, reason) in [
        ("", "assistant", "stop"),
        ("a_word_of_16_let", "a_word_of_16_let", "a_word_of_16_let"),
        ("a_word_of_17_lett", "assistant", "stop"),
    ] {
        let message = OutputMessage::new(word).part(part.clone());
        let messages = [message.finish_reason(word)];
        let bytes = sizes(&messages);
        let parts = format!(r#"[{{"type":"truncated","bytes":{bytes}}}]"#);
        assert_eq!(
            marked(&messages),
            format!(r#"[{{"role":"{role}","parts":{parts},"finish_reason":"{reason}"}}]"#)
        );
    }
    assert_eq!(
        marked(&[part.clone(), Part::text("x")]),
        format!(r#"[{{"type":"truncated","bytes":{}}}]"#, bytes + 49)
    );
    let tool = ToolDefinition::function("f").description(long(2_000));
    let bytes = tool.size();
    assert_eq!(
        marked(&[tool]),
        format!(r#"[{{"type":"truncated","name":"truncated","bytes":{bytes}}}]"#)
    );
    let document = Document::new("d", 0.5).field("text", long(2_000));
    let bytes = document.size();
    assert_eq!(
        marked(&[document]),
        format!(r#"[{{"id":"truncated","score":0,"type":"truncated","bytes":{bytes}}}]"#)
    );
    let text = list::list(list::Items::Lent(&[part]), 0, 400, 9, Ended::Well, true);
    assert_eq!(
        text.as_deref(),
        Some(r#"[{"type":"text","content":"...[2048 bytes cut]"}]"#)
    );
}

/// The mark follows what is there, after a comma. The caps are those at which the last element that is begun is whole.
#[test]
fn the_mark_of_a_cut_is_the_last_of_its_list() {
    let tool = ToolDefinition::other("web_search", "s");
    let many = vec![tool; 40];
    let text = render_list(&many, 898).expect("a cut list");
    let one = r#"{"type":"web_search","name":"s"}"#;
    let kept = text.matches(one).count();
    let bytes = sizes(&many[kept..]);
    assert!(kept > 0 && text.len() <= 898);
    assert_eq!(
        text,
        format!(
            r#"[{}{{"type":"truncated","name":"truncated","bytes":{bytes}}}]"#,
            format!("{one},").repeat(kept)
        )
    );
    let parts = vec![Part::text("x"); 60];
    let text = list::list(list::Items::Lent(&parts), 0, 1_189, 99, Ended::Well, true);
    let one = r#"{"type":"text","content":"x"}"#;
    let kept = text.as_ref().map_or(0, |text| text.matches(one).count());
    let bytes = sizes(&parts[kept..]);
    assert_eq!(
        text,
        Some(format!(
            r#"[{}{{"type":"text","content":"...[{bytes} bytes cut]"}}]"#,
            format!("{one},").repeat(kept)
        ))
    );
}

#[test]
fn what_begins_a_message_is_cut_like_any_text_but_for_short_words() {
    let text = render_list(&[user(long(2_000))], 482).expect("a cut list");
    assert_eq!(
        text,
        r#"[{"role":"user","parts":[{"type":"truncated","bytes":2048}]}]"#
    );
    let message = InputMessage::new("a_role_of_20_letters").part(Part::text(long(2_000)));
    let text = render_list(&[message], 492).expect("a cut list");
    assert_eq!(
        text,
        r#"[{"role":"a_...[18 bytes cut]","parts":[{"type":"truncated","bytes":2066}]}]"#
    );
    for role in ["user", "assistant", "system", "tool", "developer"] {
        for name in [None, Some("alice")] {
            let mut message = InputMessage::new(role).part(Part::text("x"));
            message.name = name.map(str::to_owned);
            let name = name.map_or("", |_| r#","name":"alice""#);
            let expected =
                format!(r#"[{{"role":"{role}"{name},"parts":[{{"type":"text","content":"x"}}]}}]"#);
            assert_eq!(render_list(&[message], 2_000), Some(expected));
        }
    }
}

/// Only the message in which the end came has its finish reason in a short word.
#[test]
fn a_finish_reason_is_whole_where_its_message_is() {
    let reason = "a_reason_of_20_bytes";
    let messages = [
        OutputMessage::text("a", reason),
        OutputMessage::text(long(3_000), reason),
    ];
    let cut = parsed(&render_list(&messages, 1_500).expect("a cut list"));
    assert_eq!(cut[0]["finish_reason"], reason);
    assert_eq!(cut[1]["finish_reason"], "stop");
    let whole = parsed(&render_list(&messages, 5_000).expect("a list"));
    assert_eq!(whole[1]["finish_reason"], reason);
}

#[test]
fn a_list_that_is_given_away_is_written_like_one_that_is_lent() {
    fn check<T: Element + Clone>(items: &[T]) {
        let whole = render_list(items, usize::MAX).expect("a list");
        let ends = (150..whole.len()).step_by(61);
        for end in ends.chain([whole.len(), usize::MAX]) {
            let given = render_given(items.to_vec(), end);
            assert_eq!(given, render_list(items, end), "{end}");
        }
    }
    check(&every_part());
    check(&input());
    check(&output());
    check(&[tools(), tools(), tools()].concat());
    check(&[
        Document::new("a", 0.5).field("title", long(600)),
        Document::new("b", 0.5).field("title", long(900)),
    ]);
    check(&[
        Part::reasoning(long(700)),
        Part::text(long(400)),
        Part::blob("image/png", long(300).as_bytes()),
    ]);
}

/// A text that is given away is let go of while it is written; what is small of other parts is not.
#[test]
fn a_text_that_is_written_is_let_go_of() {
    for (mut part, left) in [
        (Part::text("so"), Part::text("")),
        (Part::reasoning("so"), Part::reasoning("")),
        (Part::tool_call("c", "f", 1), Part::tool_call("c", "f", 1)),
    ] {
        let (mut out, mut other) = (out::Out::new(0, 99, true), out::Out::new(0, 99, true));
        assert!(part.begin(&mut other) && part.begin_given(&mut out));
        assert_eq!(out.finish(), other.finish());
        assert!(part == left, "{part:?}");
    }
}

#[test]
fn what_is_let_go_of_has_no_content_left() {
    let part = Part::text(long(500));
    let mut input = user(long(500));
    input.empty();
    assert!(input.parts.is_empty() && input.role == "user");
    let mut output = OutputMessage::text(long(500), "stop");
    output.empty();
    assert!(output.parts.is_empty() && output.finish_reason.is_some());
    let mut tool = ToolDefinition::function(long(500)).description(long(500));
    tool.empty();
    assert_eq!(tool.size(), ToolDefinition::other("", "").size());
    let mut document = Document::new("d", 0.5).field("title", long(500));
    document.empty();
    assert!(document.fields.is_empty());
    for mut part in every_part().into_iter().chain([part]) {
        part.empty();
        assert!(part == Part::text(""), "{part:?}");
    }
}

/// Base64 is there as a whole or not at all, as bytes and as text.
#[test]
fn a_blob_fits_to_the_byte() {
    let head = r#"{"type":"blob","modality":"image","mime_type":"image/png","content":"#;
    for content in [Bytes::Raw(vec![0; 30]), Bytes::Base64("A".repeat(40))] {
        let blob = Part::blob("image/png", content);
        let whole = format!("{head}\"{}\"}}", "A".repeat(40));
        for (end, is_there) in [(head.len() + 42, true), (head.len() + 41, false)] {
            let mut out = out::Out::new(0, end, true);
            assert_eq!(blob.begin(&mut out), is_there, "{blob:?} in {end}");
            let mut out = out::Out::new(0, end, false);
            assert_eq!(blob.begin(&mut out), is_there, "{blob:?} in {end}");
        }
        let mut out = out::Out::new(0, 500, false);
        assert!(blob.begin(&mut out));
        assert_eq!(out.finish(), Some(whole));
    }
}

/// Roles and finish reasons are whole whatever the cap is: the mark of a cut is longer than they are.
#[test]
fn no_word_is_cut() {
    let long = long(1_500);
    let call = Part::tool_call(&*long, &*long, json!({"a": long}));
    for parts in [
        every_part(),
        vec![call],
        vec![Part::text("x".repeat(40)); 30],
    ] {
        let message = OutputMessage::new("assistant").parts(parts);
        let messages = vec![message.finish_reason("stop"); 2];
        for end in (161..5_000).step_by(7) {
            let Some(text) = render_list(&messages, end) else {
                continue;
            };
            assert!(text.len() <= end);
            for message in parsed(&text).as_array().expect("a list") {
                let words = (message["role"].as_str(), message["finish_reason"].as_str());
                assert_eq!(words, (Some("assistant"), Some("stop")), "{end}");
            }
        }
    }
}
