//! The harness against the SDK.

use opentelemetry::logs::{LogRecord as _, Logger as _, LoggerProvider as _};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::{Status, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};

use super::Harness;

#[test]
fn spans_metrics_and_events_come_back() {
    let harness = Harness::new();
    let tracer = harness.tracer_provider().tracer("test");
    let outer = Context::new().with_span(tracer.start_with_context("outer", &Context::new()));
    let inner = outer.with_span(tracer.start_with_context("inner", &outer));
    {
        let _current = inner.clone().attach();
        let logger = harness.logger_provider().logger("test");
        let mut record = logger.create_log_record();
        record.set_event_name("gen_ai.test");
        record.add_attribute("k", 3);
        logger.emit(record);
    }
    inner.span().set_attribute(KeyValue::new("a", "x"));
    inner.span().set_attribute(KeyValue::new("a", "y"));
    inner.span().set_status(Status::error("broken"));
    inner.span().end();
    assert_eq!(harness.spans().len(), 1, "what has not ended is not there");
    outer.span().end();

    let (outer, inner) = (harness.span("outer"), harness.span("inner"));
    assert_eq!(harness.children(&outer).len(), 1);
    assert_eq!(
        (inner.str("a"), inner.int("a"), inner.duplicates.as_slice()),
        (Some("y"), None, &["a".to_owned()][..])
    );
    assert!(inner.is_error() && !outer.is_error());
    assert_eq!(inner.error_description(), "broken");
    let events = harness.events();
    assert!(events[0].is_in(&inner) && !events[0].is_in(&outer));
    assert_eq!(events[0].json("k"), Some(3.into()));

    let histogram = harness
        .meter_provider()
        .meter("test")
        .f64_histogram("h")
        .with_boundaries(vec![1.0])
        .build();
    histogram.record(0.5, &[KeyValue::new("m", "a")]);
    assert_eq!(harness.point("h", &[("m", "a")]).count, 1);
    histogram.record(2.0, &[KeyValue::new("m", "a")]);
    let point = harness.point("h", &[]);
    assert_eq!(
        (point.count, point.sum, point.max, point.buckets.as_slice()),
        (2, 2.5, Some(2.0), &[1, 1][..])
    );
    assert!(harness.points("nothing").is_empty());
    harness.clear();
    assert!(harness.spans().is_empty() && harness.events().is_empty());
}

#[test]
#[should_panic(expected = "expected one span `a`, found 0; the spans are [\"b\"]")]
fn a_span_that_is_not_there_is_reported_with_those_that_are() {
    let harness = Harness::new();
    drop(harness.tracer_provider().tracer("test").start("b"));
    harness.span("a");
}

#[test]
fn installed_harnesses_take_turns() {
    let threads: Vec<_> = (0..4)
        .map(|n| {
            std::thread::spawn(move || {
                let harness = Harness::install();
                for _ in 0..10 {
                    crate::chat("openai")
                        .model(format!("m{n}"))
                        .start()
                        .finish();
                    drop(opentelemetry::global::tracer("test").start(format!("span {n}")));
                    std::thread::yield_now();
                }
                let spans = harness.spans();
                assert_eq!(spans.len(), 20);
                assert!(spans.iter().all(|span| span.name.ends_with(&n.to_string())));
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
