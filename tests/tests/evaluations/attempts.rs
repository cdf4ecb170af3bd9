//! The tries of one call: each a span below the call's, which stays one, with its tokens counted once.

use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Waker};
use std::time::Duration;

use futures::executor::block_on;
use genai::testing::{Harness, Span};
use genai::{Failure, attempt, attempt_sync, attempt_with};

#[derive(Debug)]
struct Busy;

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("busy")
    }
}

impl std::error::Error for Busy {}

async fn send(model: &str) -> Result<u32, Busy> {
    futures::future::ready(()).await;
    if model == "good" { Ok(7) } else { Err(Busy) }
}

#[genai::chat(provider = openai, model = "asked", response(|n| input_tokens = n))]
async fn falls_back(models: &[&'static str]) -> Result<u32, Busy> {
    let mut last = Err(Busy);
    for model in models {
        last = attempt(send(model)).model(*model).provider("p").await;
        if last.is_ok() {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    last
}

fn number(span: &Span) -> Option<i64> {
    span.int("genai.attempt.number")
}

#[test]
fn each_try_is_a_span_below_the_call() {
    let harness = Harness::install();
    assert_eq!(block_on(falls_back(&["bad", "worse", "good"])).unwrap(), 7);
    let call = harness.span("chat asked");
    assert!(!call.is_error());
    assert_eq!(call.int("genai.attempt.count"), Some(3));
    let tries = harness.children(&call);
    assert_eq!(
        tries.iter().map(number).collect::<Vec<_>>(),
        [Some(1), Some(2), Some(3)]
    );
    for (span, model) in tries.iter().zip(["bad", "worse", "good"]) {
        assert_eq!(span.name, format!("attempt {}", number(span).unwrap()));
        assert_eq!(span.kind, opentelemetry::trace::SpanKind::Internal);
        assert_eq!(span.str("genai.attempt.model"), Some(model));
        assert_eq!(span.str("genai.attempt.provider"), Some("p"));
        let error = (model != "good").then_some("evaluations::attempts::Busy");
        assert_eq!(span.str("error.type"), error);
        assert_eq!(span.is_error(), error.is_some());
        assert_eq!(
            span.error_description(),
            if error.is_some() { "busy" } else { "" }
        );
        let wait = span.double("genai.attempt.wait");
        assert_eq!(wait.is_some(), model != "bad");
        assert!(
            wait.is_none_or(|wait| (0.002..1.0).contains(&wait)),
            "{wait:?}"
        );
        let of_conventions = |key: &str| key.starts_with("gen_ai.");
        assert!(
            !span.attributes.0.iter().any(|(key, _)| of_conventions(key)),
            "{span:?}"
        );
    }
    assert_eq!(
        harness.point("gen_ai.client.operation.duration", &[]).count,
        1
    );
    assert_eq!(harness.point("gen_ai.client.token.usage", &[]).sum, 7.0);
}

#[test]
fn one_try_leaves_the_call_as_it_is() {
    let harness = Harness::install();
    assert!(block_on(falls_back(&["good"])).is_ok());
    let call = harness.span("chat asked");
    assert_eq!(call.int("genai.attempt.count"), None);
    assert_eq!(harness.children(&call).len(), 1);
    assert_eq!(block_on(falls_back(&[])).unwrap_err().to_string(), "busy");
}

#[genai::chat(provider = openai, model = model, response(|n| id = "r-1", input_tokens = n))]
async fn annotated(model: &str) -> Result<u32, Busy> {
    send(model).await
}

#[genai::chat(provider = openai, response = none)]
async fn around_annotated() -> Result<u32, Busy> {
    match attempt(annotated("bad")).await {
        Ok(n) => Ok(n),
        Err(_) => attempt(annotated("good")).await,
    }
}

#[test]
fn an_annotated_call_that_is_tried_is_the_same_call_and_names_its_model() {
    let harness = Harness::install();
    assert!(block_on(around_annotated()).is_ok());
    let spans = harness.spans();
    let names: Vec<&str> = spans.iter().map(|span| &*span.name).collect();
    assert_eq!(names, ["attempt 1", "attempt 2", "chat good"]);
    let models = spans.iter().map(|span| span.str("genai.attempt.model"));
    assert_eq!(
        models.collect::<Vec<_>>(),
        [Some("bad"), Some("good"), None]
    );
    assert_eq!(spans[2].int("gen_ai.usage.input_tokens"), Some(7));
    assert_eq!(spans[2].str("gen_ai.response.id"), Some("r-1"));
    assert_eq!(harness.point("gen_ai.client.token.usage", &[]).sum, 7.0);
    assert_eq!(
        harness.point("gen_ai.client.operation.duration", &[]).count,
        1
    );
}

#[genai::tool(name = "below")]
fn below() {}

#[test]
fn a_try_is_the_parent_of_what_it_does_and_stands_alone_where_no_call_is() {
    let harness = Harness::install();
    let tried: Result<(), Busy> = attempt_sync(|| {
        below();
        Ok(())
    });
    assert!(tried.is_ok());
    let span = harness.span("attempt 1");
    assert_eq!(harness.children(&span).len(), 1);
    assert_eq!(span.parent_span_id, None);
    let failed: Result<(), Busy> = attempt_sync(|| Err(Busy));
    assert!(failed.is_err());
    assert!(harness.spans()[2].is_error());
    let empty = attempt_with(async { None::<u8> }, |answer| {
        answer
            .is_none()
            .then(|| Failure::new("empty", "nothing came"))
    });
    assert_eq!(block_on(empty), None);
    let span = harness.spans().pop().unwrap();
    assert_eq!(span.str("error.type"), Some("empty"));
}

#[test]
fn the_tries_of_an_invocation_are_counted_too() {
    let harness = Harness::install();
    let mut once = genai::chat("openai").model("once").start();
    assert!(block_on(once.scope(attempt(send("good")))).is_ok());
    once.finish();
    assert_eq!(harness.span("chat once").int("genai.attempt.count"), None);
    let mut chat = genai::chat("openai").model("m").start();
    let tried = block_on(chat.scope(async {
        let _ = attempt(send("bad")).await;
        attempt(send("good")).await
    }));
    assert!(tried.is_ok());
    chat.finish();
    let call = harness.span("chat m");
    assert_eq!(call.int("genai.attempt.count"), Some(2));
    assert_eq!(
        harness
            .children(&call)
            .iter()
            .map(number)
            .collect::<Vec<_>>(),
        [Some(1), Some(2)]
    );
}

#[test]
fn a_try_that_is_dropped_or_panics_says_so() {
    let harness = Harness::install();
    let mut chat = genai::chat("openai").model("m").start();
    {
        let _inside = chat.attach();
        {
            let never = async {
                std::future::pending::<()>().await;
                Ok::<(), Busy>(())
            };
            let mut tried = pin!(attempt(never));
            let polled = tried.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(polled.is_pending());
        }
        let panics = attempt(async { std::panic::resume_unwind(Box::new(())) });
        let panics: Pin<Box<dyn Future<Output = Result<(), Busy>>>> = Box::pin(panics);
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| block_on(panics)));
        assert!(caught.is_err());
        drop(attempt(send("good")));
    }
    chat.finish();
    let errors: Vec<_> = harness
        .spans()
        .iter()
        .map(|s| s.str("error.type").map(str::to_owned))
        .collect();
    assert_eq!(
        errors,
        [Some("cancelled".to_owned()), Some("panic".to_owned()), None]
    );
    assert!(harness.spans()[1].double("genai.attempt.wait").is_some());
}
