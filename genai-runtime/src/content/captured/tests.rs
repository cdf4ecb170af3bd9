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
