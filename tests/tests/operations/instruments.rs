//! Counters and histograms of the user's own, and bad input to them and to operations of the user's own.

use genai::metrics::InstrumentError;
use genai::testing::Harness;
use genai::{ContextInMetrics, GenAiContext, keys};
use opentelemetry::{Array, KeyValue, Value};

#[test]
fn an_instrument_records_what_it_is_given() {
    let harness = Harness::new();
    let counter = harness
        .telemetry()
        .counter("app.hits")
        .unit("{hit}")
        .description("Hits.")
        .build()
        .expect("right");
    counter.add(2, &[KeyValue::new("app.kind", "a")]);
    counter.add(3, &[KeyValue::new("app.kind", "a")]);
    let histogram = harness
        .telemetry()
        .histogram("app.size")
        .unit("By")
        .boundaries([1.0, 10.0, 100.0])
        .build()
        .expect("right");
    histogram.record(5.0, &[]);
    histogram.record(f64::NAN, &[]);
    histogram.record(f64::INFINITY, &[]);
    let metrics = harness.metrics();
    let hits = metrics
        .iter()
        .find(|m| m.name == "app.hits")
        .expect("recorded");
    assert_eq!(
        (
            hits.unit.as_str(),
            hits.description.as_str(),
            hits.scope.as_str()
        ),
        ("{hit}", "Hits.", "genai")
    );
    assert_eq!(harness.point("app.hits", &[("app.kind", "a")]).sum, 5.0);
    let size = harness.point("app.size", &[]);
    assert_eq!(
        (size.count, size.sum, size.bounds.as_slice()),
        (1, 5.0, [1.0, 10.0, 100.0].as_slice())
    );
}

#[test]
fn an_instrument_is_made_once() {
    let harness = Harness::new();
    let make = || harness.telemetry().counter("app.once").unit("1");
    let (a, b) = (
        make().build().expect("first"),
        make().build().expect("again"),
    );
    a.add(1, &[]);
    b.add(1, &[]);
    assert_eq!(harness.point("app.once", &[]).sum, 2.0);
    assert_eq!(
        harness
            .metrics()
            .iter()
            .filter(|m| m.name == "app.once")
            .count(),
        1
    );
    let other = InstrumentError::Different("app.once".to_owned());
    assert_eq!(make().unit("2").build().map(|_| ()), Err(other.clone()));
    assert_eq!(
        harness
            .telemetry()
            .histogram("app.once")
            .build()
            .map(|_| ()),
        Err(other)
    );
    assert!(matches!(
        harness.telemetry().counter("APP.ONCE").build(),
        Err(InstrumentError::Different(_))
    ));
}

#[test]
fn what_opentelemetry_refuses_is_a_typed_error() {
    let harness = Harness::new();
    let long = "a".repeat(256);
    for name in ["", "1a", ".a", "a b", "ä", "a\u{0}", "a{b}", long.as_str()] {
        let made = harness.telemetry().counter(name.to_owned()).build();
        assert!(matches!(made, Err(InstrumentError::Name(_))), "{name:?}");
    }
    let made = harness
        .telemetry()
        .histogram("gen_ai.client.token.usage")
        .build();
    assert!(matches!(made, Err(InstrumentError::Reserved(_))));
    for unit in ["µs".to_owned(), "u".repeat(64)] {
        let made = harness
            .telemetry()
            .counter("app.unit")
            .unit(unit.clone())
            .build();
        assert!(matches!(made, Err(InstrumentError::Unit(_))), "{unit:?}");
    }
    for bounds in [
        vec![1.0, 1.0],
        vec![2.0, 1.0],
        vec![f64::NAN],
        vec![1.0, f64::NAN],
        vec![f64::INFINITY],
    ] {
        let made = harness
            .telemetry()
            .histogram("app.bounds")
            .boundaries(bounds.clone())
            .build();
        assert_eq!(
            made.map(|_| ()),
            Err(InstrumentError::Boundaries),
            "{bounds:?}"
        );
    }
    let made = harness
        .telemetry()
        .counter("app.none")
        .max_series(0)
        .build();
    assert_eq!(made.map(|_| ()), Err(InstrumentError::NoSeries));
    assert!(
        harness
            .telemetry()
            .counter("a/b_c-d.e")
            .unit("u".repeat(63))
            .build()
            .is_ok()
    );
}

#[test]
fn there_are_not_endless_instruments() {
    let harness = Harness::new();
    let errors = (0..2_000)
        .filter(|n| {
            harness
                .telemetry()
                .counter(format!("app.n{n}"))
                .build()
                .is_err()
        })
        .count();
    assert_eq!(errors, 1_000);
}

#[test]
fn ten_thousand_labels_overflow_and_are_counted() {
    let harness = Harness::new();
    let counter = harness
        .telemetry()
        .counter("app.labels")
        .build()
        .expect("right");
    for n in 0..10_000_i64 {
        counter.add(1, &[KeyValue::new("app.n", n), KeyValue::new("app.a", "x")]);
    }
    // The order of labels makes no new set.
    for n in 0..10_i64 {
        counter.add(1, &[KeyValue::new("app.a", "x"), KeyValue::new("app.n", n)]);
    }
    let points = harness.points("app.labels");
    assert_eq!(points.len(), 1_001);
    assert_eq!(
        points.iter().map(|p| p.sum).sum::<f64>(),
        10_010.0,
        "nothing is lost"
    );
    assert_eq!(
        harness
            .point("app.labels", &[("otel.metric.overflow", "true")])
            .sum,
        9_000.0
    );
    assert_eq!(counter.overflowed(), 9_000);
}

#[test]
fn attributes_that_are_none_are_left_out() {
    let harness = Harness::new();
    let counter = harness
        .telemetry()
        .counter("app.attributes")
        .build()
        .expect("right");
    counter.add(
        1,
        &[
            KeyValue::new("", "empty"),
            KeyValue::new("app.list", Value::Array(Array::I64(vec![1]))),
            KeyValue::new("app.long", "x".repeat(600)),
            KeyValue::new(keys::GEN_AI_USAGE_INPUT_TOKENS.name(), "many"),
            KeyValue::new("gen_ai.input.messages", "content"),
            KeyValue::new("gen_ai.retrieval.query.text", "content"),
            KeyValue::new(keys::GEN_AI_RESPONSE_FINISH_REASONS.name(), "stop"),
            KeyValue::new(keys::GEN_AI_REQUEST_TEMPERATURE.name(), 1),
            KeyValue::new(keys::GEN_AI_PROVIDER_NAME.name(), "acme"),
            KeyValue::new("gen_ai.system", "acme"),
            KeyValue::new("app.fine", true),
        ],
    );
    let points = harness.points("app.attributes");
    assert_eq!(points.len(), 1);
    let keys: Vec<&str> = points[0].attributes.0.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "app.fine",
            "gen_ai.provider.name",
            "gen_ai.request.temperature",
            "gen_ai.system"
        ]
    );
    assert_eq!(points[0].double("gen_ai.request.temperature"), Some(1.0));
}

#[test]
fn the_context_goes_on_metrics_where_it_is_asked_for() {
    let harness = Harness::with(|t| t.context_in_metrics(ContextInMetrics::keys(["tenant"])));
    let counter = harness
        .telemetry()
        .counter("app.context")
        .build()
        .expect("right");
    let _context = GenAiContext::new()
        .conversation_id("c")
        .property("tenant", "acme")
        .property("user.id", "u")
        .attach();
    counter.add(1, &[]);
    let point = harness.point(
        "app.context",
        &[("gen_ai.association.properties.tenant", "acme")],
    );
    assert_eq!(point.attributes.0.len(), 1);
}

#[test]
fn operations_of_ones_own_take_conventions_of_the_right_type() {
    let harness = Harness::new();
    let mut span = harness
        .telemetry()
        .span("app.step")
        .key(keys::GEN_AI_REQUEST_MODEL, "m")
        .attribute("gen_ai.usage.input_tokens", 5)
        .attribute("gen_ai.usage.output_tokens", "six")
        .attribute("gen_ai.input.messages", "content")
        .attribute("gen_ai.retrieval.query.text", "content")
        .attribute("gen_ai.operation.name", "rank")
        .attribute("", "empty")
        .attribute("app.list", Value::Array(Array::I64(vec![1, 2])))
        .start();
    span.key(keys::GEN_AI_RESPONSE_MODEL, "m-1")
        .key(keys::GEN_AI_USAGE_INPUT_TOKENS, 7);
    span.attribute("error.type", "only if it fails");
    span.finish();
    let span = harness.span("app.step");
    let keys: Vec<&str> = span.attributes.0.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "app.list",
            "gen_ai.operation.name",
            "gen_ai.request.model",
            "gen_ai.response.model",
            "gen_ai.usage.input_tokens",
        ]
    );
    assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(7));
    assert!(span.duplicates.is_empty(), "{:?}", span.duplicates);
    assert!(harness.metrics().is_empty() && harness.events().is_empty());
    harness.telemetry().span("").start().finish();
    assert!(!harness.span("unnamed").is_error());
}

#[test]
fn a_chat_may_have_any_operation_name() {
    let harness = Harness::new();
    harness
        .telemetry()
        .chat("openai")
        .model("m")
        .operation("image_generation")
        .start()
        .finish();
    assert_eq!(
        harness
            .span("image_generation m")
            .str("gen_ai.operation.name"),
        Some("image_generation")
    );
    harness.point(
        "gen_ai.client.operation.duration",
        &[("gen_ai.operation.name", "image_generation")],
    );
}
