//! Tests of what is captured, redacted and handed out.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::content::message::{system, user};
use crate::content::shown::Shown;

fn gate<'a>(limits: &'a Limits, redactor: Option<&'a Redactor>) -> Gate<'a> {
    Gate {
        shown: Shown::default(),
        span: true,
        event: false,
        hook: false,
        limits,
        redactor,
        lost: 0,
    }
}

fn text_of(written: &[(Id, String)], id: Id) -> &str {
    &written
        .iter()
        .find(|(written, _)| *written == id)
        .expect("the attribute")
        .1
}

/// Replaces `secret`, and panics at `poison`.
fn redactor() -> Redactor {
    Arc::new(|content: &mut Redact<'_>| {
        content.each_text(|text| {
            assert!(!text.contains("poison"), "poison");
            *text = text.replace("secret", "[gone]");
        });
    })
}

#[test]
fn the_span_alone_is_written_at_once_and_nothing_is_kept() {
    let limits = Limits::default();
    let mut captured = Captured::new(&limits);
    captured.input(Cow::Borrowed(&[user("hi")]), &gate(&limits, None));
    captured.input(Cow::Borrowed(&[user("second")]), &gate(&limits, None));
    captured.system(Cow::Borrowed(&[Part::text("terse")]), &gate(&limits, None));
    captured.output(
        Cow::Owned(vec![OutputMessage::new("assistant")]),
        &gate(&limits, None),
    );
    assert!(captured.input.is_empty() && captured.system.is_empty());
    let span = captured.span(Ended::Early).collect::<Vec<_>>();
    assert_eq!(span.len(), 3);
    assert!(text_of(&span, keys::GEN_AI_INPUT_MESSAGES.id()).contains("hi"));
    assert!(
        text_of(&span, keys::GEN_AI_OUTPUT_MESSAGES.id()).contains(r#""finish_reason":"error""#)
    );
    assert!(
        captured
            .event(&limits, Ended::Early)
            .iter()
            .all(|(id, _)| *id == keys::GEN_AI_OUTPUT_MESSAGES.id())
    );
}

#[test]
fn the_hook_gets_the_whole_and_the_sinks_share_a_cap() {
    let limits = Limits::new().content_bytes(4000);
    let gate = Gate {
        event: true,
        hook: true,
        ..gate(&limits, None)
    };
    let mut captured = Captured::new(&limits);
    let long = "x".repeat(10_000);
    captured.input(Cow::Borrowed(&[user(&*long)]), &gate);
    captured.output(Cow::Borrowed(&[OutputMessage::text(&*long, "stop")]), &gate);
    captured.system(Cow::Borrowed(&[Part::text(&*long)]), &gate);
    assert_eq!(captured.input, [user(&*long)]);
    let span = captured.span(Ended::Well).collect::<Vec<_>>();
    assert_eq!(span.len(), 3);
    assert!(span.iter().map(|(_, text)| text.len()).sum::<usize>() <= 4000);
    assert!(
        span.iter()
            .all(|(_, text)| text.contains("bytes cut]") || text.contains("truncated"))
    );
    assert!(!captured.event(&limits, Ended::Well).is_empty());
}

#[test]
fn redaction_comes_before_the_cut_and_reaches_everything() {
    let limits = Limits::new().content_bytes(100_000);
    let redactor = redactor();
    let gate = Gate {
        event: true,
        ..gate(&limits, Some(&redactor))
    };
    let mut captured = Captured::new(&limits);
    let call = Part::tool_call("1", "f", json!({"secret": ["a secret"]}));
    captured.input(
        Cow::Borrowed(&[
            system("secret").name("secret"),
            user("poison"),
            user("fine").part(call),
        ]),
        &gate,
    );
    captured.tools(
        Cow::Owned(vec![
            ToolDefinition::function("f")
                .description("secret")
                .parameters(json!({"title": "secret"})),
        ]),
        &gate,
    );
    captured.documents(
        Cow::Borrowed(&[
            Document::new("secret", 1.0).field("text", "secret"),
            Document::new("poison", 0.0),
        ]),
        &gate,
    );
    captured.query("my secret", &gate);
    captured.arguments(&json!({"key": "secret", "n": 1}), &gate);
    captured.result("the secret", &gate);
    assert_eq!(captured.input.len(), 2);
    let span = captured.span(Ended::Well).collect::<Vec<_>>();
    let all: String = span.iter().map(|(_, text)| text.as_str()).collect();
    assert!(!all.contains("secret") && !all.contains("poison"), "{all}");
    assert_eq!(
        text_of(&span, keys::GEN_AI_TOOL_CALL_RESULT.id()),
        "the [gone]"
    );
    assert_eq!(
        text_of(&span, keys::GEN_AI_RETRIEVAL_QUERY_TEXT.id()),
        "my [gone]"
    );
    assert_eq!(
        text_of(&span, keys::GEN_AI_TOOL_CALL_ARGUMENTS.id()),
        r#"{"key":"[gone]","n":1}"#
    );
    assert!(!format!("{:?}", captured.event(&limits, Ended::Well)).contains("secret"));

    // A secret across the place of the cut: what is left of it must not show.
    for cap in 600..800 {
        let limits = Limits::new().content_bytes(cap);
        let mut captured = Captured::new(&limits);
        let text = "0123456789 secret ".repeat(100);
        captured.input(
            Cow::Borrowed(&[user(text)]),
            &Gate {
                limits: &limits,
                ..self::gate(&limits, Some(&redactor))
            },
        );
        assert!(
            captured
                .span(Ended::Well)
                .collect::<Vec<_>>()
                .iter()
                .all(|(_, text)| !text.contains("sec"))
        );
    }
}

#[test]
fn a_redactor_that_panics_loses_only_what_it_was_given() {
    let limits = Limits::default();
    let redactor = redactor();
    let mut captured = Captured::new(&limits);
    captured.arguments("poison", &gate(&limits, Some(&redactor)));
    captured.result("fine", &gate(&limits, Some(&redactor)));
    let span = captured.span(Ended::Well).collect::<Vec<_>>();
    assert_eq!(span.len(), 1);
    assert_eq!(
        crate::content::redact::error_text(Some(&redactor), "poison".to_owned(), 100),
        None
    );
    assert_eq!(
        crate::content::redact::error_text(Some(&redactor), "secret".to_owned(), 100).as_deref(),
        Some("[gone]")
    );
}

#[test]
fn a_serialize_that_fails_or_panics_leaves_the_value_out() {
    struct Bad(bool);
    impl Serialize for Bad {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            assert!(self.0, "panics");
            Err(serde::ser::Error::custom("fails"))
        }
    }
    let limits = Limits::default();
    let mut captured = Captured::new(&limits);
    captured.arguments(&Bad(true), &gate(&limits, None));
    captured.result(&Bad(false), &gate(&limits, None));
    assert_eq!(captured.span(Ended::Well).count(), 0);
}

/// What is before the answer may take three quarters of the cap; what nothing comes after may take all of it.
#[test]
fn the_answer_is_left_room() {
    let limits = Limits::new().content_bytes(4_000);
    let long = "x".repeat(10_000);
    let messages = [user(&*long)];
    let answers = [OutputMessage::text(&*long, "stop")];
    let parts = [Part::text(&*long)];
    let tools = [ToolDefinition::function("f").description(&*long)];
    let documents = [Document::new("d", 0.5).field("text", &*long)];
    type Record<'a> = &'a dyn Fn(&mut Captured, &Gate<'_>);
    let ways: [(Record<'_>, usize); 8] = [
        (&|it, gate| it.input(Cow::Borrowed(&messages), gate), 3_000),
        (&|it, gate| it.system(Cow::Borrowed(&parts), gate), 3_000),
        (&|it, gate| it.tools(Cow::Borrowed(&tools), gate), 3_000),
        (&|it, gate| it.arguments(&*long, gate), 3_000),
        (&|it, gate| it.query(&long, gate), 3_000),
        (&|it, gate| it.output(Cow::Borrowed(&answers), gate), 4_000),
        (&|it, gate| it.result(&*long, gate), 4_000),
        (
            &|it, gate| it.documents(Cow::Borrowed(&documents), gate),
            4_000,
        ),
    ];
    for (way, (record, most)) in ways.iter().enumerate() {
        let mut captured = Captured::new(&limits);
        record(&mut captured, &gate(&limits, None));
        let span = captured.span(Ended::Well).collect::<Vec<_>>();
        let lengths: Vec<usize> = span.iter().map(|(_, text)| text.len()).collect();
        let is_right = matches!(*lengths, [length] if length <= *most && length + 900 > *most);
        assert!(is_right, "{way}: {lengths:?}");
        // What has it already takes no other.
        record(&mut captured, &gate(&limits, None));
        record(&mut captured, &gate(&limits, None));
        assert_eq!(captured.span(Ended::Well).count(), 1, "{way}");
    }
}

/// Arguments, results, queries and documents are for spans alone.
#[test]
fn what_only_spans_have_is_not_there_without_one() {
    let limits = Limits::default();
    let gate = Gate {
        span: false,
        event: true,
        ..gate(&limits, None)
    };
    let mut captured = Captured::new(&limits);
    captured.arguments("a", &gate);
    captured.result("b", &gate);
    captured.query("c", &gate);
    captured.documents(Cow::Owned(vec![Document::new("d", 0.5)]), &gate);
    assert_eq!(captured.span(Ended::Well).count(), 0);
    assert!(captured.event(&limits, Ended::Well).is_empty());
}

#[test]
fn a_search_that_found_nothing_has_an_empty_list() {
    let limits = Limits::default();
    let redactor = redactor();
    for redactor in [None, Some(&redactor)] {
        let mut captured = Captured::new(&limits);
        captured.documents(Cow::Borrowed(&[]), &gate(&limits, redactor));
        let span = captured.span(Ended::Well).collect::<Vec<_>>();
        let found = text_of(&span, keys::GEN_AI_RETRIEVAL_DOCUMENTS.id());
        assert_eq!(found, "[]");
    }
}

#[test]
fn what_an_attempt_wrote_is_taken_over_once() {
    let limits = Limits::default();
    let gate = gate(&limits, None);
    let (mut captured, mut other) = (Captured::new(&limits), Captured::new(&limits));
    captured.arguments("own", &gate);
    other.arguments("another", &gate);
    other.query("a query", &gate);
    captured.take_over(&mut other);
    captured.take_over(&mut other);
    assert_eq!(other.span(Ended::Well).count(), 0);
    let span = captured.span(Ended::Well).collect::<Vec<_>>();
    assert_eq!(span.len(), 2);
    assert_eq!(text_of(&span, keys::GEN_AI_TOOL_CALL_ARGUMENTS.id()), "own");
    assert_eq!(
        text_of(&span, keys::GEN_AI_RETRIEVAL_QUERY_TEXT.id()),
        "a query"
    );
}

#[test]
fn nothing_is_left_for_the_next_operation() {
    let limits = Limits::new().content_bytes(2_000);
    let kept = Gate {
        event: true,
        ..gate(&limits, None)
    };
    let mut captured = Captured::new(&limits);
    captured.input(Cow::Owned(vec![user("x".repeat(3_000))]), &kept);
    captured.result("y".repeat(3_000).as_str(), &kept);
    captured.clear(&limits);
    assert!(captured.input.is_empty());
    assert_eq!(captured.span(Ended::Well).count(), 0);
    captured.result("fine", &kept);
    let span = captured.span(Ended::Well).collect::<Vec<_>>();
    assert_eq!(text_of(&span, keys::GEN_AI_TOOL_CALL_RESULT.id()), "fine");
}

#[test]
fn answers_without_a_reason_get_that_of_the_end() {
    let limits = Limits::default();
    let gate = Gate {
        hook: true,
        ..gate(&limits, None)
    };
    let mut empty = OutputMessage::new("assistant");
    empty.finish_reason = Some("".into());
    let call = OutputMessage::new("assistant").part(Part::tool_call("c", "f", 1));
    let answers = vec![
        OutputMessage::new("assistant"),
        empty,
        OutputMessage::text("x", "odd"),
        call,
    ];
    for (ended, expected) in [
        (Ended::Well, ["stop", "stop", "odd", "tool_call"]),
        (Ended::Early, ["error", "error", "odd", "tool_call"]),
    ] {
        let mut captured = Captured::new(&limits);
        captured.output(Cow::Borrowed(&answers), &gate);
        captured.settle(ended);
        let reasons = captured.output.iter().map(|message| {
            let reason = message.finish_reason.as_deref();
            reason.unwrap_or_default()
        });
        assert_eq!(reasons.collect::<Vec<_>>(), expected);
    }
}

/// Lists are kept where an event or a hook gets them, and an answer without a reason where the span alone does.
#[test]
fn a_list_is_kept_for_whom_it_waits() {
    let limits = Limits::default();
    let answer = [OutputMessage::new("assistant").part(Part::text("x"))];
    let done = [OutputMessage::text("x", "stop")];
    for (event, hook, kept, after) in [
        (false, false, 0, 0),
        (true, false, 1, 1),
        (false, true, 1, 1),
    ] {
        let gate = Gate {
            event,
            hook,
            ..gate(&limits, None)
        };
        let mut captured = Captured::new(&limits);
        captured.input(Cow::Borrowed(&[user("x")]), &gate);
        captured.output(Cow::Borrowed(&answer), &gate);
        assert_eq!((captured.input.len(), captured.output.len()), (kept, 1));
        assert_eq!(captured.span(Ended::Well).count(), 2);
        assert_eq!(
            (captured.input.len(), captured.output.len()),
            (after, after)
        );
        let mut captured = Captured::new(&limits);
        captured.output(Cow::Borrowed(&done), &gate);
        assert_eq!(captured.output.len(), kept);
    }
}

/// What was left out before a list came here is in its mark, wherever it goes.
#[test]
fn what_was_lost_before_is_in_the_mark() {
    let limits = Limits::default();
    let redactor = redactor();
    for (redactor, event, hook) in [
        (None, false, false),
        (Some(&redactor), false, false),
        (None, true, false),
        (None, false, true),
    ] {
        let gate = Gate {
            event,
            hook,
            lost: 777,
            ..gate(&limits, redactor)
        };
        let mut captured = Captured::new(&limits);
        captured.input(Cow::Borrowed(&[user("hi")]), &gate);
        let shown = format!("{:?}", captured.event(&limits, Ended::Well));
        let span = captured.span(Ended::Well).collect::<Vec<_>>();
        let text = text_of(&span, keys::GEN_AI_INPUT_MESSAGES.id());
        assert!(
            text.contains(r#"{"type":"truncated","bytes":777}"#),
            "{text}"
        );
        assert_eq!(shown.contains("777"), event || hook, "{shown}");
    }
}

/// What is drawn for a backend is copied, so it is cut to the cap before; anything else is cut where it is written.
#[test]
fn what_is_drawn_is_cut_before() {
    let limits = Limits::new().content_bytes(4_000);
    for (mlflow, whole) in [(false, 10_000), (true, 4_000)] {
        let gate = Gate {
            shown: Shown {
                phoenix: false,
                mlflow,
            },
            ..gate(&limits, None)
        };
        let mut captured = Captured::new(&limits);
        captured.input(Cow::Borrowed(&[user("z".repeat(10_000))]), &gate);
        let span = captured.span(Ended::Well).collect::<Vec<_>>();
        let text = text_of(&span, keys::GEN_AI_INPUT_MESSAGES.id());
        let kept = text.matches('z').count();
        let cut = text
            .split("...[")
            .nth(1)
            .and_then(|rest| rest.split(' ').next());
        let cut: usize = cut.and_then(|cut| cut.parse().ok()).unwrap_or_default();
        assert_eq!(kept + cut, whole, "{text}");
    }
}
