//! Everything that a provider of the older version takes, directly.

use std::borrow::Cow;
use std::time::{Duration, UNIX_EPOCH};

use newest::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity};
use newest::metrics::MeterProvider as _;
use newest::trace::{Event, Link, Span as _, SpanBuilder, SpanKind, Status, TraceContextExt as _, Tracer as _, TracerProvider as _};
use newest::{Array, Context, InstrumentationScope, KeyValue, StringValue, Value};

use crate::older::Memory;
use crate::version::{self, bridge};

fn values() -> Vec<KeyValue> {
    let strings: Vec<StringValue> = vec!["a".into(), "b".into()];
    vec![
        KeyValue::new("bool", true),
        KeyValue::new("int", i64::MIN),
        KeyValue::new("double", -1.5),
        KeyValue::new("string", "x".repeat(100)),
        KeyValue::new("bools", Value::Array(vec![true, false].into())),
        KeyValue::new("ints", Value::Array(vec![1_i64, 2].into())),
        KeyValue::new("doubles", Value::Array(Array::F64(vec![1.5, 2.5]))),
        KeyValue::new("strings", Value::Array(strings.into())),
    ]
}

pub async fn scenario() {
    let memory = Memory::new();
    spans(&memory);
    metrics(&memory);
    logs(&memory);
}

fn spans(memory: &Memory) {
    let scope = InstrumentationScope::builder("mine").with_version("1").with_schema_url("https://example.com").with_attributes(values());
    let tracer = bridge::tracer_provider(memory.tracers.clone()).tracer_with_scope(scope.build());
    let mut other = tracer.start("other");
    let link = Link::new(other.span_context().clone(), values(), 0);
    let mut span = tracer.build(SpanBuilder {
        span_kind: Some(SpanKind::Producer),
        name: Cow::Borrowed("draft"),
        start_time: Some(UNIX_EPOCH + Duration::from_secs(5)),
        attributes: Some(values()),
        events: Some(vec![Event::new("first", UNIX_EPOCH, values(), 0)]),
        links: Some(vec![link]),
    });
    assert!(span.is_recording());
    span.set_attribute(KeyValue::new("one", 1));
    span.set_attributes([KeyValue::new("two", 2), KeyValue::new("three", 3)]);
    span.add_event("second", values());
    span.record_error(&super::application::Broken);
    span.add_link(other.span_context().clone(), values());
    span.update_name("final");
    span.set_status(Status::error("oh"));
    let own = span.span_context().clone();
    assert!(own.is_valid() && own.is_sampled() && !own.is_remote());
    // A child by this version's context, which another tracer of the same provider makes.
    let cx = Context::new().with_span(span);
    let mut child = tracer.start_with_context("child", &cx);
    assert_eq!(child.span_context().trace_id(), own.trace_id());
    child.set_status(Status::Ok);
    child.end();
    cx.span().end_with_timestamp(UNIX_EPOCH + Duration::from_secs(9));
    assert!(!cx.span().is_recording());
    other.end();
    for kind in [SpanKind::Client, SpanKind::Server, SpanKind::Consumer, SpanKind::Internal] {
        tracer.build(SpanBuilder::from_name("kind").with_kind(kind)).end();
    }

    let got = memory.telemetry();
    let [span] = got.named("final")[..] else { panic!("{got:#?}") };
    assert_eq!((span.kind.as_str(), span.status.as_str()), ("Producer", "Error { description: \"oh\" }"));
    assert_eq!(span.attributes.len(), 8 + 3, "{span:#?}");
    for (key, value) in [
        ("bool", "bool true"),
        ("int", "int -9223372036854775808"),
        ("double", "double -1.5"),
        ("bools", "bools [true, false]"),
        ("ints", "ints [1, 2]"),
        ("doubles", "doubles [1.5, 2.5]"),
        ("strings", "strings [\"a\", \"b\"]"),
        ("three", "int 3"),
    ] {
        assert_eq!(span.get(key), Some(value));
    }
    assert_eq!(span.get("string").map(str::len), Some("string ".len() + 100));
    let events: Vec<_> = span.events.iter().map(|(name, of)| (name.as_str(), of.len())).collect();
    assert_eq!(events, [("first", 8), ("second", 8), ("exception", 1)]);
    assert_eq!(span.links, if version::HAS_LATE_LINKS { 2 } else { 1 });
    assert_eq!(span.scope, "mine Some(\"1\") Some(\"https://example.com\") 8");
    assert_eq!(got.parents("child"), ["final"]);
    assert_eq!(got.named("child")[0].status, "Ok");
    let kinds: Vec<_> = got.named("kind").iter().map(|s| s.kind.clone()).collect();
    assert_eq!(kinds, ["Client", "Server", "Consumer", "Internal"]);
    let timed = memory.spans.get_finished_spans().unwrap().into_iter().find(|s| s.name == "final").unwrap();
    assert_eq!(timed.end_time.duration_since(timed.start_time).unwrap(), Duration::from_secs(4));
}

fn metrics(memory: &Memory) {
    let meter = bridge::meter_provider(memory.meters.clone()).meter("mine");
    let labels = [KeyValue::new("k", "v"), KeyValue::new("n", 1)];
    for _ in 0..2 {
        meter.u64_counter("u64_counter").with_unit("{a}").with_description("counts").build().add(2, &labels);
        meter.f64_counter("f64_counter").build().add(0.5, &labels);
        meter.i64_up_down_counter("i64_up_down_counter").build().add(-3, &labels);
        meter.f64_up_down_counter("f64_up_down_counter").build().add(-0.5, &labels);
        meter.u64_gauge("u64_gauge").build().record(7, &labels);
        meter.i64_gauge("i64_gauge").build().record(-7, &labels);
        meter.f64_gauge("f64_gauge").build().record(7.5, &labels);
        let histogram = meter.u64_histogram("u64_histogram").with_boundaries(vec![1.0, 10.0]).build();
        // More sets of labels than are kept.
        for n in 0..20 {
            histogram.record(5, &[KeyValue::new("n", n)]);
        }
        meter.f64_histogram("f64_histogram").with_unit("m").with_boundaries(vec![0.25]).build().record(0.5, &[]);
    }
    let got = memory.telemetry();
    for (metric, sum) in [
        ("u64_counter", 4.0),
        ("f64_counter", 1.0),
        ("i64_up_down_counter", -6.0),
        ("f64_up_down_counter", -1.0),
        ("u64_gauge", 7.0),
        ("i64_gauge", -7.0),
        ("f64_gauge", 7.5),
        ("f64_histogram", 1.0),
    ] {
        let points: Vec<_> = got.points.iter().filter(|p| p.metric == metric).collect();
        let [point] = points[..] else { panic!("{metric}: {points:?}") };
        assert_eq!(point.sum, Some(sum), "{metric}");
        assert_eq!(point.labels.len(), if metric == "f64_histogram" { 0 } else { 2 });
    }
    let counter = got.points.iter().find(|p| p.metric == "u64_counter").unwrap();
    assert_eq!((counter.unit.as_str(), counter.description.as_str()), ("{a}", "counts"));
    assert_eq!(counter.labels["n"], "int 1");
    let histogram: Vec<_> = got.points.iter().filter(|p| p.metric == "u64_histogram").collect();
    assert_eq!(histogram.len(), 20);
    assert!(histogram.iter().all(|p| (p.count, p.sum, &*p.bounds) == (2, Some(10.0), &[1.0, 10.0][..])));
}

fn logs(memory: &Memory) {
    let logger = bridge::logger_provider(memory.loggers.clone()).logger("mine");
    assert!(logger.event_enabled(Severity::Info, "target", Some("name")));
    let mut record = logger.create_log_record();
    record.set_event_name("happened");
    record.set_target("target");
    record.set_timestamp(UNIX_EPOCH);
    record.set_observed_timestamp(UNIX_EPOCH);
    record.set_severity_text("FATAL4");
    record.set_severity_number(Severity::Fatal4);
    let list: AnyValue = [AnyValue::Int(1), AnyValue::Double(0.5)].into_iter().collect();
    let map: AnyValue = [("list", list), ("bytes", AnyValue::Bytes(Box::new(vec![1, 2])))].into_iter().collect();
    record.set_body(map.clone());
    record.add_attribute("map", map);
    record.add_attributes([("flag", AnyValue::Boolean(true)), ("text", AnyValue::String("t".into()))]);
    logger.emit(record);
    let got = memory.telemetry();
    let [event] = &got.events[..] else { panic!("{got:?}") };
    let map = "{bytes: bytes [1, 2], list: [int 1, double 0.5]}";
    assert_eq!((event.name.as_str(), event.severity.as_str()), ("happened", "Some(Fatal4)"));
    assert_eq!(event.body.as_deref(), Some(map));
    assert_eq!(event.attributes["map"], map);
    assert_eq!((event.attributes["flag"].as_str(), event.attributes["text"].as_str()), ("bool true", "string t"));
    assert_eq!(event.span, None);
}
