//! Limits that are set hold, and what has no setting is bounded all the same: by count, by size, and in the time it takes.

use std::time::{Duration, Instant};

use genai::testing::Harness;
use genai::{ContextInMetrics, Failure, GenAiContext, Limits, Telemetry};
use opentelemetry::{StringValue, Value};

fn with(limits: Limits) -> Harness {
    Harness::install_with(|t| t.limits(limits))
}

/// How many attributes of the one span begin so.
fn count(h: &Harness, prefix: &str) -> usize {
    let spans = h.spans();
    assert_eq!(spans.len(), 1);
    spans[0]
        .attributes
        .0
        .keys()
        .filter(|key| key.starts_with(prefix))
        .count()
}

const PROPERTIES: &str = "gen_ai.association.properties.";

#[test]
fn properties() {
    for (limit, expected) in [(3, 3), (64, 64), (100, 100), (5000, 1025)] {
        let h = Harness::install_with(|t| {
            t.limits(Limits::new().properties(limit))
                .context_in_metrics(ContextInMetrics::all())
        });
        let mut context = GenAiContext::new();
        for n in 0..1100 {
            context = context.property(&format!("k{n}"), n);
        }
        let _scope = context.attach();
        let builder = h.telemetry().chat("openai").model("m").property("own", 1);
        let mut chat = builder.start();
        for n in 0..100 {
            chat.property(&format!("late{n}"), n);
        }
        chat.finish();
        // The SDK keeps 128 attributes of a span, three of which are the operation's.
        assert_eq!(count(&h, PROPERTIES), expected.min(125), "{limit}");
        // Its own comes before those of the context.
        let own = format!("{PROPERTIES}own");
        let seen = h.span("chat m").int(&own);
        assert_eq!(seen, Some(1).filter(|_| limit <= 100));
        let point = h.point("gen_ai.client.operation.duration", &[]);
        let labels = point
            .attributes
            .0
            .keys()
            .filter(|key| key.starts_with(PROPERTIES));
        assert_eq!(labels.count(), expected);
    }
}

#[genai::chat(provider = openai, model = "m", response(|_| finish_reasons = ["a", "b", "c", "d"]))]
fn annotated() {}

#[test]
fn choices() {
    let h = with(Limits::new().choices(2));
    let reasons = |h: &Harness| {
        let reasons = h.spans()[0]
            .strs("gen_ai.response.finish_reasons")
            .map(|list| list.len());
        h.clear();
        reasons
    };
    let mut chat = h.telemetry().chat("openai").model("m").start();
    chat.finish_reasons(["a", "b", "c", "d"]);
    chat.finish();
    assert_eq!(reasons(&h), Some(2));
    annotated();
    assert_eq!(reasons(&h), Some(2));
    let mut chat = h.telemetry().chat("openai").model("m").start();
    let message = |reason| genai::message::OutputMessage::new("assistant").finish_reason(reason);
    chat.output(&["a", "b", "c"].map(message));
    chat.finish();
    assert_eq!(reasons(&h), Some(2));
    // Others are lists of the request's.
    let builder = h.telemetry().chat("openai").model("m");
    builder.stop_sequences(["a", "b", "c"]).start().finish();
    let stops = h.spans()[0]
        .strs("gen_ai.request.stop_sequences")
        .map(|list| list.len());
    assert_eq!(stops, Some(3));
}

/// Every setting changes what is recorded: one that is added needs its line here.
#[test]
fn no_limit_is_without_effect() {
    type Change = (&'static str, fn(Limits) -> Limits);
    let changes: [Change; 8] = [
        ("content", |l| l.content_bytes(3)),
        ("messages", |l| l.messages(1)),
        ("names", |l| l.names_bytes(3)),
        ("properties", |l| l.properties(1)),
        ("choices", |l| l.choices(1)),
        ("error_text", |l| l.error_text_bytes(3)),
        ("attributes", |l| l.attributes(1)),
        ("label_values", |l| l.label_values(1)),
    ];
    let run = |limits: Limits| {
        let h =
            Harness::install_with(|t| t.limits(limits).capture(genai::ContentCapture::SpanOnly));
        let context = GenAiContext::new().property("a", 1).property("b", 2);
        let _scope = context.attach();
        for model in ["first", "second"] {
            let mut chat = h.telemetry().chat("openai").model("asked").start();
            chat.input(&[genai::message::user("1"), genai::message::user("2")]);
            chat.attribute("app.a", 1)
                .attribute("app.b", 2)
                .model(model);
            chat.finish_reasons(["stop", "length"]);
            chat.fail(Failure::new("timeout", "too late"));
        }
        let spans = h.spans();
        let seen = spans
            .iter()
            .map(|s| format!("{:?} {:?}", s.attributes, s.status));
        let points = h.points("gen_ai.client.operation.duration");
        let labels = points.iter().map(|p| format!("{:?}", p.attributes));
        (seen.collect::<Vec<_>>(), labels.collect::<Vec<_>>())
    };
    let without = run(Limits::new());
    let fields = format!("{:?}", Limits::new());
    // What of an event is held changes the memory alone: `streams/large.rs`.
    assert!(fields.contains("event: "), "{fields}");
    assert_eq!(fields.matches(": ").count(), changes.len() + 1, "{fields}");
    for (field, change) in changes {
        assert!(
            fields.contains(&format!("{field}: ")),
            "{field} of {fields}"
        );
        assert_ne!(run(change(Limits::new())), without, "{field}");
    }
}

#[test]
fn own_attributes_are_bounded_and_linear() {
    let h = Harness::install();
    let add = |n: usize| {
        let mut chat = h.telemetry().chat("openai").model("m").start();
        let keys: Vec<String> = (0..n).map(|k| format!("app.k{k}")).collect();
        let began = Instant::now();
        for (k, key) in keys.into_iter().enumerate() {
            chat.attribute(key.clone(), k as i64)
                .metric_attribute(key, k as i64);
        }
        (began.elapsed(), chat)
    };
    let (time, mut chat) = add(40_000);
    assert!(time < Duration::from_secs(5), "{time:?}");
    // One that is there already can still be changed.
    chat.attribute("app.k0", 7);
    chat.finish();
    // Three of the SDK's 128 are the operation's.
    assert_eq!(count(&h, "app."), 125);
    assert_eq!(h.span("chat m").int("app.k0"), Some(7));
    let point = h.point("gen_ai.client.operation.duration", &[]);
    assert_eq!(
        point
            .attributes
            .0
            .keys()
            .filter(|key| key.starts_with("app."))
            .count(),
        128
    );
}

/// Those before the start, those after it, and those that nested operations of the same call leave count together.
#[test]
fn own_attributes_count_whenever_they_are_given() {
    let h = with(Limits::new().attributes(5));
    let mut builder = h.telemetry().chat("openai").model("m");
    for n in 0..4 {
        builder = builder.attribute(format!("app.before{n}"), n);
    }
    let mut chat = builder.start();
    for n in 0..4 {
        chat.attribute(format!("app.after{n}"), n);
    }
    {
        let _inside = chat.attach();
        let mut inner = h.telemetry().chat("openai").start();
        inner.attribute("app.inner", 1);
        inner.finish();
    }
    chat.finish();
    assert_eq!(count(&h, "app."), 5);
}

#[test]
fn keys_and_values_of_the_users_are_bounded_in_size() {
    let h = with(Limits::new().content_bytes(1000));
    let mut chat = h.telemetry().chat("openai").model("m").start();
    let long = "x".repeat(1 << 20);
    let texts = vec![StringValue::from("y".repeat(300)); 1000];
    chat.attribute(long.clone(), 1)
        .attribute("app.text", long.clone())
        .attribute("app.texts", Value::Array(texts.into()))
        .attribute("app.numbers", Value::Array(vec![1_i64; 1 << 20].into()))
        .property("long", long.as_str());
    chat.finish();
    let span = h.span("chat m");
    assert_eq!(span.str("app.text").map(str::len), Some(1000));
    assert_eq!(span.strs("app.texts").map(|list| list.len()), Some(3));
    assert!(format!("{:?}", span.attributes).len() < 1 << 19);
    let h = Harness::new();
    let builder = h.telemetry().chat("openai").model("m");
    builder.span_name("n".repeat(1 << 20)).start().finish();
    assert_eq!(h.spans()[0].name.len(), 512);
}

#[genai::chat(provider = openai, model = model, response = none)]
fn of_model(model: &str) {}

#[genai::chat(provider = openai, response = none)]
fn late(model: &str) {
    genai::current().set(genai::keys::GEN_AI_REQUEST_MODEL, model);
}

/// A name that had to be cut is no label, however long what is left of it is; one that fits is.
#[test]
fn names_that_were_cut_are_no_labels() {
    let label = |h: &Harness, key: &str| {
        let points = h.points("gen_ai.client.operation.duration");
        assert_eq!(points.len(), 1);
        points[0].attributes.get(key).is_some()
    };
    for (model, is_label) in [
        ("x".repeat(511), true),
        ("x".repeat(512), true),
        ("x".repeat(513), false),
        // Between characters: 510 bytes are left of 600.
        ("\u{65e5}".repeat(170), true),
        ("\u{65e5}".repeat(200), false),
    ] {
        type Way = (&'static str, fn(&Telemetry, &str));
        let ways: [Way; 4] = [
            ("attribute", |_, m| of_model(m)),
            ("builder", |t, m| t.chat("openai").model(m).start().finish()),
            ("late", |_, m| late(m)),
            ("twice", |t, m| {
                for _ in 0..3 {
                    t.chat("openai").model(m).start().finish();
                }
            }),
        ];
        for (what, way) in ways {
            let h = Harness::install();
            way(h.telemetry(), &model);
            let seen = label(&h, "gen_ai.request.model");
            assert_eq!(seen, is_label, "{what}: {} bytes", model.len());
        }
        let h = Harness::new();
        let mut chat = h.telemetry().chat("openai").model("m").start();
        chat.model(model.clone());
        chat.finish();
        assert_eq!(label(&h, "gen_ai.response.model"), is_label);
        let h = Harness::new();
        let builder = h.telemetry().chat("openai").model("m");
        builder.server_address(model.clone()).start().finish();
        assert_eq!(label(&h, "server.address"), is_label);
    }
    // What is left of a long name is not taken for the short one.
    let h = Harness::new();
    let short = "x".repeat(512);
    for model in [
        format!("{short}y"),
        short.clone(),
        format!("{short}z"),
        short,
    ] {
        h.telemetry().chat("openai").model(model).start().finish();
    }
    let points = h.points("gen_ai.client.operation.duration");
    let mut counts: Vec<_> = points.iter().map(|p| p.count).collect();
    counts.sort_unstable();
    assert_eq!(counts, [2, 2]);
}

#[test]
fn a_class_of_errors_that_is_too_long_is_cut_on_spans_and_no_label() {
    let h = Harness::new();
    let chat = h.telemetry().chat("openai").model("m").start();
    chat.fail(Failure::new("e".repeat(1 << 20), "text"));
    assert_eq!(h.span("chat m").str("error.type").map(str::len), Some(512));
    let point = h.point("gen_ai.client.operation.duration", &[]);
    assert_eq!(point.str("error.type"), Some("_OTHER"));
}

/// The other side answers with a model and a code that were never seen before, again and again.
#[test]
fn labels_that_the_other_side_chooses_are_few() {
    let h = with(Limits::new().label_values(20));
    let call = |n: usize| {
        let mut chat = h.telemetry().chat("openai").model("m").start();
        chat.model(format!("answers-{n}")).input_tokens(1);
        if n.is_multiple_of(2) {
            chat.finish();
        } else {
            chat.fail(Failure::new(format!("code-{n}"), "text"));
        }
    };
    // Some are known before the flood.
    for _ in 0..3 {
        (0..4).for_each(call);
    }
    (4..2000).for_each(call);
    (0..4).for_each(call);
    let points = h.points("gen_ai.client.operation.duration");
    let values = |key: &str| {
        let mut values: Vec<_> = points.iter().filter_map(|p| p.str(key)).collect();
        values.sort_unstable();
        values.dedup();
        values.len()
    };
    assert_eq!(values("gen_ai.response.model"), 21);
    assert_eq!(values("error.type"), 21);
    assert!(points.len() <= 21 * 21, "{}", points.len());
    let known = h.point(
        "gen_ai.client.operation.duration",
        &[
            ("gen_ai.response.model", "answers-1"),
            ("error.type", "code-1"),
        ],
    );
    assert_eq!(known.count, 4, "what was known before the flood is exact");
    assert_eq!(points.iter().map(|p| p.count).sum::<u64>(), 12 + 1996 + 4);
    let tokens = h.points("gen_ai.client.token.usage");
    assert_eq!(tokens.iter().map(|p| p.sum).sum::<f64>(), 2012.0);
    // Spans have the values themselves.
    let last = h.spans().into_iter().nth(12 + 1990).unwrap();
    assert_eq!(last.str("gen_ai.response.model"), Some("answers-1994"));
}
