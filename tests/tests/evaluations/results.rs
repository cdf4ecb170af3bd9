//! The event of an evaluation: on the span that was judged, wherever it is emitted; with what was said, and refused where that is
//! nothing.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::executor::block_on;
use genai::testing::{Event, Harness, Span};
use genai::{
    Compat, ContentCapture, Evaluation, GenAiContext, Redact, SpanRef, Telemetry, feedback,
    observed,
};
use genai_tests::isolated;
use genai_tests::support::log::Log;
use opentelemetry::Context;
use opentelemetry::logs::Severity;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};

#[genai::chat(provider = openai, model = "m", response(|id| id = id))]
async fn ask(id: &'static str) -> &'static str {
    id
}

/// A call that has ended, and the handle on it.
fn asked(harness: &Harness) -> (Span, SpanRef) {
    let (_, seen) = block_on(observed(ask("r-1")));
    (harness.span("chat m"), seen)
}

/// The one event.
fn only(harness: &Harness) -> Event {
    let mut events = harness.events();
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}

fn keys(event: &Event) -> Vec<&str> {
    event.attributes.keys().map(String::as_str).collect()
}

#[test]
fn the_event_is_on_the_span_that_was_judged() {
    let harness = Harness::install();
    let (span, seen) = asked(&harness);
    let emit = |name: &str| {
        Evaluation::new(name.to_owned())
            .score(0.93)
            .label("pass")
            .emit(&seen)
    };
    emit("after");
    std::thread::scope(|threads| threads.spawn(|| emit("thread")).join().unwrap());
    {
        let _other = genai::agent("openai").name("judge").start().attach();
        let tracer = harness.tracer_provider().tracer("app");
        let cx = Context::current_with_span(tracer.start("elsewhere"));
        let _attached = cx.attach();
        emit("elsewhere");
    }
    let events = harness.events();
    assert_eq!(events.len(), 3);
    for event in events {
        assert_eq!(event.name, "gen_ai.evaluation.result");
        assert!(event.is_in(&span), "{event:?}");
        assert_eq!(event.severity, Some(Severity::Info));
        assert_eq!(event.body, None);
        assert_eq!(event.scope.name(), "genai");
        assert_eq!(
            event.json("gen_ai.evaluation.score.value"),
            Some(0.93.into())
        );
        assert_eq!(event.str("gen_ai.evaluation.score.label"), Some("pass"));
        assert_eq!(event.str("gen_ai.response.id"), Some("r-1"));
        assert_eq!(event.attributes.len(), 4);
    }
}

#[genai::chat(provider = openai, model = "inside", response = none)]
fn judged_inside() {
    Evaluation::new("inside")
        .score(1)
        .emit(&genai::current().span_ref());
}

#[test]
fn a_call_can_be_judged_while_it_runs() {
    let harness = Harness::install();
    judged_inside();
    assert!(only(&harness).is_in(&harness.span("chat inside")));
}

/// The variable by which one process hands the handle to another.
const HANDLE: &str = "APP_HANDLE";

#[test]
fn another_process_judges_by_the_text_of_the_handle() {
    let handle = std::env::var(HANDLE).unwrap_or_else(|_| {
        let harness = Harness::install();
        let (span, seen) = asked(&harness);
        let text = seen.to_string();
        assert!(text.contains(&span.trace_id.to_string()));
        text
    });
    let test = || {
        let harness = Harness::install();
        let seen: SpanRef = std::env::var(HANDLE).unwrap().parse().unwrap();
        feedback(&seen, "thumbs", true).human().emit();
        let event = only(&harness);
        let (trace, span) = event.trace.unwrap();
        println!(
            "judged {trace} {span} {}",
            event.str("gen_ai.response.id").unwrap()
        );
    };
    let name = "another_process_judges_by_the_text_of_the_handle";
    let Some(output) = isolated(name, &[(HANDLE, &handle)], test) else {
        return;
    };
    let seen: SpanRef = handle.parse().unwrap();
    let span = seen.span_context().unwrap();
    let expected = format!("judged {} {} r-1\n", span.trace_id(), span.span_id());
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.contains(&expected), "{printed}");
}

#[test]
fn a_score_a_label_and_an_error_say_what_they_are() {
    let harness = Harness::install();
    let (_, seen) = asked(&harness);
    let of = |evaluation: Evaluation<'_>| {
        harness.clear();
        evaluation.emit(&seen);
        let event = only(&harness);
        let part = |key: &str| event.json(&format!("gen_ai.evaluation.score.{key}"));
        (
            part("value"),
            part("label"),
            event.str("error.type").map(str::to_owned),
        )
    };
    let new = || Evaluation::new("e");
    assert_eq!(of(new().score(2)), (Some(2.0.into()), None, None));
    assert_eq!(of(new().score(0.1_f32)), (Some(0.1.into()), None, None));
    assert_eq!(of(new().score(-1e300)), (Some((-1e300).into()), None, None));
    assert_eq!(of(new().score(true)), (None, Some("true".into()), None));
    assert_eq!(of(new().score(false)), (None, Some("false".into()), None));
    assert_eq!(
        of(new().score(false).label("down")),
        (None, Some("down".into()), None)
    );
    assert_eq!(of(new().score("good")), (None, Some("good".into()), None));
    assert_eq!(of(new().label("good")), (None, Some("good".into()), None));
    let timeout = std::io::Error::from(std::io::ErrorKind::TimedOut);
    let of_type = Some("std::io::error::Error".to_owned());
    assert_eq!(of(new().error(&timeout)), (None, None, of_type));
    let failure = genai::Failure::new("timeout", "after 30 s: canary");
    assert_eq!(
        of(new().error(failure)),
        (None, None, Some("timeout".to_owned()))
    );
}

#[test]
fn what_says_nothing_or_names_nothing_is_refused_with_one_line() {
    isolated(
        "what_says_nothing_or_names_nothing_is_refused_with_one_line",
        &[],
        || {
            let log = Log::warnings().of_process();
            let harness = Harness::install();
            let (_, seen) = asked(&harness);
            let nothing = SpanRef::new().with_conversation_id("c");
            for _ in 0..3 {
                Evaluation::new("").score(1).emit(&seen);
                Evaluation::new("e").emit(&seen);
                Evaluation::new("e")
                    .label("")
                    .explanation("canary")
                    .emit(&seen);
                Evaluation::new("e")
                    .score(f64::NAN)
                    .label("pass")
                    .emit(&seen);
                Evaluation::new("e").score(f64::INFINITY).emit(&seen);
                Evaluation::new("e").score(1).emit(&nothing);
            }
            assert_eq!(harness.events().len(), 0);
            let said = log.texts();
            assert_eq!(said.len(), 4, "{said:?}");
            for why in [
                "no name",
                "neither a score",
                "no finite number",
                "handle is empty",
            ] {
                assert_eq!(
                    said.iter().filter(|line| line.contains(why)).count(),
                    1,
                    "{said:?}"
                );
            }
            assert!(!said.concat().contains("canary"));
        },
    );
}

#[test]
fn a_response_alone_is_judged_without_the_span_that_is_current() {
    let harness = Harness::install();
    let _other = genai::agent("openai").name("judge").start().attach();
    Evaluation::new("e")
        .score(1)
        .emit(&SpanRef::of_response("r-9"));
    let event = only(&harness);
    assert_eq!(event.trace, None);
    assert_eq!(event.str("gen_ai.response.id"), Some("r-9"));
}

#[test]
fn a_span_that_was_not_sampled_is_judged_all_the_same() {
    let harness = Harness::install();
    let text = "g1.00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00..";
    let seen: SpanRef = text.parse().unwrap();
    Evaluation::new("e").score(1).emit(&seen);
    let (trace, span) = only(&harness).trace.unwrap();
    assert_eq!(trace.to_string(), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(span.to_string(), "b7ad6b7169203331");
}

const CANARY: &str = "canary-7f3a";

fn explained(seen: &SpanRef) {
    let why = format!("It quotes {CANARY} and sk-1.");
    Evaluation::new("e")
        .score(1)
        .explanation(why.clone())
        .emit(seen);
    feedback(seen, "f", false).comment(why).emit();
}

#[test]
fn the_explanation_is_content() {
    use ContentCapture::{EventOnly, NoContent, SpanAndEvent, SpanOnly};
    for (capture, is_there) in [
        (NoContent, false),
        (SpanOnly, false),
        (EventOnly, true),
        (SpanAndEvent, true),
    ] {
        // What is no explanation. A panic in a redactor is contained, so that it is looked at afterwards.
        let others = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&others);
        let harness = Harness::install_with(|settings| {
            settings
                .capture(capture)
                .emit_events(false)
                .redactor(move |content| {
                    if !matches!(content, Redact::Explanation(_)) {
                        kept.lock().unwrap().push(format!("{content:?}"));
                    }
                    content.each_text(|text| *text = text.replace("sk-1", "[key]"));
                })
        });
        let (_, seen) = asked(&harness);
        // The answer of the call is content too.
        others.lock().unwrap().clear();
        explained(&seen);
        let events = harness.events();
        assert_eq!(events.len(), 2);
        for event in &events {
            let text = event.str("gen_ai.evaluation.explanation");
            let expected = format!("It quotes {CANARY} and [key].");
            assert_eq!(text, is_there.then_some(&*expected), "{capture:?}");
        }
        let everywhere = format!("{events:?}{:?}", harness.spans());
        assert_eq!(everywhere.contains(CANARY), is_there);
        assert!(!everywhere.contains("sk-1"));
        assert_eq!(*others.lock().unwrap(), [""; 0], "{capture:?}");
    }
}

#[test]
fn an_explanation_is_dropped_with_a_redactor_that_panics_and_cut_to_the_limit() {
    let limits = genai::Limits::new()
        .content_bytes(200)
        .names_bytes(8)
        .attributes(1);
    let settings = |settings: genai::TelemetryBuilder| {
        settings
            .capture(ContentCapture::EventOnly)
            .emit_events(false)
            .limits(limits)
    };
    let harness = Harness::with(settings);
    let seen = SpanRef::of_response("r");
    let long = "word ".repeat(1_000);
    Evaluation::new("a-long-name")
        .label("a-long-label")
        .explanation(&*long)
        .attribute("app.one", 1)
        .attribute("app.two", 2)
        .attribute("gen_ai.evaluation.name", "forged")
        .emit_to(harness.telemetry(), &seen);
    let event = only(&harness);
    assert_eq!(event.str("gen_ai.evaluation.name"), Some("a-long-n"));
    assert_eq!(event.str("gen_ai.evaluation.score.label"), Some("a-long-l"));
    let text = event.str("gen_ai.evaluation.explanation").unwrap();
    assert!(text.len() <= 200 && text.ends_with("bytes cut]"), "{text}");
    assert_eq!(event.json("app.one"), Some(1.into()));
    assert_eq!(event.json("app.two"), None);
    let harness =
        Harness::with(|s| settings(s).redactor(|_| std::panic::resume_unwind(Box::new(()))));
    Evaluation::new("e")
        .score(1)
        .explanation(CANARY)
        .emit_to(harness.telemetry(), &seen);
    assert_eq!(keys(&only(&harness)).len(), 3);
}

#[test]
fn the_context_of_who_judges_and_attributes_of_their_own_are_on_it() {
    let harness = Harness::install();
    let (_, seen) = asked(&harness);
    let context = GenAiContext::new()
        .conversation_id("c")
        .property("user.id", "alice");
    let _scope = context.attach();
    feedback(&seen, "stars", 4)
        .attribute("app.judge", "alice")
        .human()
        .emit();
    let event = only(&harness);
    let expected = [
        "app.judge",
        "gen_ai.association.properties.user.id",
        "gen_ai.evaluation.name",
        "gen_ai.evaluation.score.value",
        "gen_ai.response.id",
    ];
    assert_eq!(keys(&event), expected);
}

#[test]
fn a_hundred_evaluations_are_a_hundred_events_and_touch_no_span() {
    let harness = Harness::install();
    let (span, seen) = asked(&harness);
    for n in 0..100 {
        Evaluation::new("e").score(n).emit(&seen);
    }
    let events = harness.events();
    assert_eq!(events.len(), 100);
    assert!(events.iter().all(|event| event.is_in(&span)));
    let scores = events
        .iter()
        .map(|e| e.json("gen_ai.evaluation.score.value").unwrap());
    assert!(scores.eq((0..100).map(|n| serde_json::Value::from(f64::from(n)))));
    let spans = harness.spans();
    assert_eq!(spans.len(), 1);
    assert_eq!(format!("{:?}", spans[0]), format!("{span:?}"));
}

#[test]
fn without_a_logger_one_line_says_so_and_without_anything_none() {
    isolated(
        "without_a_logger_one_line_says_so_and_without_anything_none",
        &[],
        || {
            let log = Log::warnings().of_process();
            let seen = SpanRef::of_response("r");
            Evaluation::new("e").score(1).emit(&seen);
            assert_eq!(log.texts().len(), 0);
            let tracer = SdkTracerProvider::builder().build();
            Telemetry::builder().tracer_provider(tracer).install();
            for _ in 0..2 {
                Evaluation::new("e").score(1).emit(&seen);
            }
            let said = log.texts();
            assert_eq!(said.len(), 1, "{said:?}");
            assert!(said[0].contains("logger_provider"));
        },
    );
}

/// A harness whose spans can be looked at whole.
fn with_phoenix(capture: ContentCapture) -> (Harness, InMemorySpanExporter, Telemetry) {
    let harness = Harness::new();
    let exporter = InMemorySpanExporter::default();
    let tracer = SdkTracerProvider::builder()
        .with_simple_exporter(exporter.clone())
        .build();
    let telemetry = Telemetry::builder()
        .tracer_provider(tracer)
        .logger_provider(harness.logger_provider().clone())
        .compat(Compat::PHOENIX)
        .capture(capture)
        .emit_events(false)
        .build();
    (harness, exporter, telemetry)
}

#[test]
fn phoenix_gets_a_span_with_a_link_to_the_one_that_was_judged() {
    for (capture, is_there) in [
        (ContentCapture::NoContent, false),
        (ContentCapture::SpanOnly, true),
    ] {
        let (harness, exporter, telemetry) = with_phoenix(capture);
        let mut chat = telemetry.chat("openai").model("m").start();
        chat.id("r-1");
        let seen = chat.span_ref();
        chat.finish();
        Evaluation::new("relevance")
            .score(0.5)
            .label("pass")
            .explanation(CANARY)
            .llm("judge \"v2\"")
            .identifier("e-1")
            .attribute("app.judge", "x")
            .emit_to(&telemetry, &seen);
        feedback(&seen, "thumbs", false).human().emit_to(&telemetry);
        Evaluation::new("failed")
            .error(genai::Failure::new("timeout", ""))
            .emit_to(&telemetry, &seen);
        Evaluation::new("no span")
            .score(1)
            .emit_to(&telemetry, &SpanRef::of_response("r"));
        assert_eq!(harness.events().len(), 4);
        let spans = exporter.get_finished_spans().unwrap();
        let names: Vec<&str> = spans.iter().map(|span| &*span.name).collect();
        assert_eq!(
            names,
            ["chat m", "evaluation relevance", "evaluation thumbs"]
        );
        for span in &spans[1..] {
            let links: Vec<_> = span.links.iter().map(|link| &link.span_context).collect();
            assert_eq!(links.len(), 1);
            assert_eq!(links[0].span_id(), spans[0].span_context.span_id());
            assert_eq!(links[0].trace_id(), spans[0].span_context.trace_id());
            assert!(span.events.is_empty());
        }
        let attributes = |at: usize| -> Vec<String> {
            let attributes = spans[at].attributes.iter();
            attributes
                .map(|a| format!("{}={}", a.key, a.value))
                .collect()
        };
        let mut expected = vec![
            "openinference.span.kind=EVALUATOR",
            "evaluations.0.evaluation.name=relevance",
            "evaluations.0.evaluation.score=0.5",
            "evaluations.0.evaluation.label=pass",
            "evaluations.0.evaluation.explanation=canary-7f3a",
            "evaluations.0.evaluation.annotator_kind=LLM",
            "evaluations.0.evaluation.identifier=e-1",
            r#"evaluations.0.evaluation.metadata={"evaluator":"judge \"v2\""}"#,
            "app.judge=x",
        ];
        if !is_there {
            expected.remove(4);
        }
        assert_eq!(attributes(1), expected);
        let expected = [
            "openinference.span.kind=EVALUATOR",
            "evaluations.0.evaluation.name=thumbs",
            "evaluations.0.evaluation.score=0",
            "evaluations.0.evaluation.label=false",
            "evaluations.0.evaluation.annotator_kind=HUMAN",
        ];
        assert_eq!(attributes(2), expected);
        assert!(!format!("{:?}", harness.events()).contains(CANARY));
    }
}

#[test]
fn what_is_suppressed_is_not_judged() {
    let harness = Harness::install();
    let quiet = Context::enter_telemetry_suppressed_scope();
    Evaluation::new("e")
        .score(1)
        .emit(&SpanRef::of_response("r"));
    drop(quiet);
    assert_eq!(harness.events().len(), 0);
    assert!(genai::flush(Duration::from_secs(1)).is_ok());
}

/// A span is made of whatever Phoenix can show: a score, a label or an explanation that is wanted.
#[test]
fn phoenix_gets_a_span_of_what_it_can_show() {
    type Judge = fn(Evaluation<'static>) -> Evaluation<'static>;
    let judges: [(Judge, bool, bool); 6] = [
        (|e| e.score(0.5), true, true),
        (|e| e.label("pass"), true, true),
        (|e| e.score(false), true, true),
        (
            |e| e.score(0.5).label("pass").explanation(CANARY),
            true,
            true,
        ),
        (
            |e| e.error(&std::fmt::Error).explanation(CANARY),
            false,
            true,
        ),
        (|e| e.error(&std::fmt::Error), false, false),
    ];
    for (judge, without, with) in judges {
        for (capture, is_there) in [
            (ContentCapture::NoContent, without),
            (ContentCapture::SpanOnly, with),
        ] {
            let (harness, exporter, telemetry) = with_phoenix(capture);
            let chat = telemetry.chat("openai").model("m").start();
            let seen = chat.span_ref();
            chat.finish();
            judge(Evaluation::new("relevance")).emit_to(&telemetry, &seen);
            let spans = exporter.get_finished_spans().unwrap();
            assert_eq!(spans.len(), 1 + usize::from(is_there), "{spans:?}");
            assert_eq!(harness.events().len(), 1);
        }
    }
}
