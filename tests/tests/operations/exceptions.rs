//! The exception event: where it is emitted, and what it holds.

use std::collections::HashMap;

use genai::testing::{Event, Harness};
use genai::{Failure, Telemetry};
use opentelemetry::logs::Severity;

const NAME: &str = "gen_ai.client.operation.exception";

fn fail_everything(telemetry: &Telemetry) {
    let error = || Failure::new("rate_limit_exceeded", "429 Too Many Requests");
    telemetry.chat("openai").model("m").start().fail(error());
    telemetry
        .embeddings("openai")
        .model("m")
        .start()
        .fail(error());
    telemetry
        .retrieval()
        .data_source_id("d")
        .start()
        .fail(error());
    telemetry
        .agent("openai")
        .name("remote")
        .remote()
        .start()
        .fail(error());
    telemetry
        .agent("openai")
        .name("made")
        .create()
        .start()
        .fail(error());
    telemetry
        .agent("openai")
        .name("local")
        .start()
        .fail(error());
    telemetry.tool("t").start().fail(error());
    telemetry.workflow().name("w").start().fail(error());
    telemetry.span("own").start().fail(error());
}

fn exceptions(harness: &Harness) -> Vec<Event> {
    harness
        .events()
        .into_iter()
        .filter(|e| e.name == NAME)
        .collect()
}

#[test]
fn client_operations_that_fail_emit_it() {
    let harness = Harness::with(|t| t.exception_events(true));
    fail_everything(harness.telemetry());
    harness
        .telemetry()
        .chat("openai")
        .model("fine")
        .start()
        .finish();
    let spans: HashMap<_, _> = harness
        .spans()
        .into_iter()
        .map(|s| (s.span_id, s.name))
        .collect();
    let events = exceptions(&harness);
    let inside: Vec<&str> = events
        .iter()
        .map(|e| spans[&e.trace.expect("in a span").1].as_str())
        .collect();
    assert_eq!(
        inside,
        [
            "chat m",
            "embeddings m",
            "retrieval d",
            "invoke_agent remote",
            "create_agent made"
        ]
    );
    for event in events {
        assert_eq!(event.severity, Some(Severity::Warn));
        assert_eq!(event.str("exception.type"), Some("rate_limit_exceeded"));
        assert_eq!(
            event.str("exception.message"),
            Some("429 Too Many Requests")
        );
        assert_eq!(
            event.attributes.len(),
            2,
            "no stack trace: {:?}",
            event.attributes
        );
        assert_eq!(event.body, None);
    }
}

#[test]
fn it_is_off_by_default_even_with_events() {
    let harness = Harness::with(|t| t.emit_events(true));
    fail_everything(harness.telemetry());
    assert!(exceptions(&harness).is_empty());
    assert_eq!(harness.events().len(), 1);
}

#[test]
fn the_text_follows_the_rules_of_error_text() {
    let harness = Harness::with(|t| t.exception_events(true).error_messages(false));
    fail_everything(harness.telemetry());
    for event in exceptions(&harness) {
        assert_eq!(
            event.attributes.keys().collect::<Vec<_>>(),
            ["exception.type"]
        );
    }
    let harness = Harness::with(|t| {
        t.exception_events(true)
            .redactor(|content| content.each_text(|text| *text = "***".to_owned()))
    });
    fail_everything(harness.telemetry());
    for event in exceptions(&harness) {
        assert_eq!(event.str("exception.message"), Some("***"));
    }
}

#[test]
fn a_cancelled_call_has_a_type_and_no_text() {
    let harness = Harness::with(|t| t.exception_events(true));
    drop(harness.telemetry().chat("openai").start());
    let events = exceptions(&harness);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].str("exception.type"), Some("cancelled"));
    assert_eq!(events[0].attributes.len(), 1);
}

/// Pages with a time window show an event only if it says when it was.
#[test]
fn every_event_has_the_time_its_operation_ended() {
    let harness = Harness::with(|t| {
        t.exception_events(true)
            .emit_events(true)
            .capture(genai::ContentCapture::EventOnly)
            .compat(genai::Compat::LEGACY)
    });
    let mut chat = harness.telemetry().chat("openai").model("m").start();
    chat.input("question").output("answer");
    chat.fail(Failure::new("timeout", "late"));
    let span = harness.span("chat m");
    let events = harness.events();
    let names: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
    assert!(names.contains(&NAME) && names.len() >= 4, "{names:?}");
    for event in events {
        assert_eq!(
            event.time,
            Some(span.start + span.duration),
            "{}",
            event.name
        );
    }
}
