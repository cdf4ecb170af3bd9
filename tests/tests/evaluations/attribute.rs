//! `#[genai::evaluation]`: what a judge returns is on the call that was judged, whatever the shape of the judge, and however it ends.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context as Poller, Waker};

use futures::executor::block_on;
use futures::future::BoxFuture;
use genai::testing::{Event, Harness};
use genai::{ContentCapture, SpanRef};
use genai_tests::isolated;
use genai_tests::support::process::hide_panics;

#[derive(Clone)]
struct Verdict {
    score: f64,
    word: Option<String>,
    why: &'static str,
}

fn verdict() -> Verdict {
    Verdict {
        score: 0.5,
        word: Some("pass".to_owned()),
        why: "It fits.",
    }
}

#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("canary")
    }
}

impl std::error::Error for Refused {}

const SEEN: &str = "g1.00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.ci0x.";

fn seen() -> SpanRef {
    SEEN.parse().unwrap()
}

fn only(harness: &Harness) -> Event {
    let mut events = harness.events();
    assert_eq!(events.len(), 1, "{events:?}");
    let event = events.remove(0);
    let (trace, span) = event.trace.unwrap();
    assert_eq!(trace.to_string(), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(span.to_string(), "b7ad6b7169203331");
    assert_eq!(event.str("gen_ai.response.id"), Some("r-1"));
    event
}

/// Name, score, label and error of the one event.
fn said(harness: &Harness) -> (String, Option<f64>, Option<String>, Option<String>) {
    let event = only(harness);
    harness.clear();
    let text = |key: &str| event.str(key).map(str::to_owned);
    let score = event.json("gen_ai.evaluation.score.value");
    (
        text("gen_ai.evaluation.name").unwrap(),
        score.map(|score| score.as_f64().unwrap()),
        text("gen_ai.evaluation.score.label"),
        text("error.type"),
    )
}

fn passed(name: &str) -> (String, Option<f64>, Option<String>, Option<String>) {
    (name.to_owned(), Some(0.5), Some("pass".to_owned()), None)
}

fn failed(name: &str, class: &str) -> (String, Option<f64>, Option<String>, Option<String>) {
    (name.to_owned(), None, None, Some(class.to_owned()))
}

#[genai::evaluation(name = relevance, of = seen, result(|r| score = r.score, label = r.word))]
async fn judge(seen: &SpanRef, fails: bool) -> Result<Verdict, Refused> {
    if fails { Err(Refused) } else { Ok(verdict()) }
}

#[genai::evaluation(of = seen, result(|Verdict { score, word, .. }| score = score, label = word),
    error(|e| type = e.to_string().len().to_string()))]
fn sync(seen: SpanRef, fails: bool) -> Result<Verdict, Refused> {
    drop(seen);
    if fails { Err(Refused) } else { Ok(verdict()) }
}

#[genai::evaluation(name = "a future", of = seen, result(|r| score = r.score, label = r.word))]
fn opaque(seen: &SpanRef) -> impl Future<Output = Verdict> + use<> {
    let _ = seen;
    async { verdict() }
}

#[genai::evaluation(name = format!("{} {seen_by}", "boxed"), of = Some(&seen), result(|r| score = r.score, label = r.word))]
fn boxed(seen: SpanRef, seen_by: &str) -> BoxFuture<'static, Result<Verdict, Refused>> {
    drop(seen);
    let _ = seen_by;
    Box::pin(async { Ok(verdict()) })
}

struct Judge {
    seen: SpanRef,
}

impl Judge {
    #[genai::evaluation(name = method, of = self.seen, result(|r| label = r))]
    async fn method<T: AsRef<str>>(&self, word: T) -> String {
        word.as_ref().to_owned()
    }
}

#[test]
fn a_judge_of_any_shape_is_the_function_and_its_verdict_on_the_call() {
    let harness = Harness::install();
    assert_eq!(block_on(judge(&seen(), false)).unwrap().score, 0.5);
    assert_eq!(said(&harness), passed("relevance"));
    assert!(block_on(judge(&seen(), true)).is_err());
    assert_eq!(
        said(&harness),
        failed("relevance", "evaluations::attribute::Refused")
    );
    assert!(sync(seen(), false).is_ok());
    assert_eq!(said(&harness), passed("sync"));
    assert!(sync(seen(), true).is_err());
    assert_eq!(said(&harness), failed("sync", "6"));
    let future = opaque(&seen());
    assert_eq!(harness.events().len(), 0);
    assert_eq!(block_on(future).score, 0.5);
    assert_eq!(said(&harness), passed("a future"));
    assert!(block_on(boxed(seen(), "by me")).is_ok());
    assert_eq!(said(&harness), passed("boxed by me"));
    assert_eq!(block_on(Judge { seen: seen() }.method("good")), "good");
    let label = Some("good".to_owned());
    assert_eq!(said(&harness), ("method".to_owned(), None, label, None));
    assert_eq!(harness.spans().len(), 0);
}

#[genai::evaluation(of = seen, result(|passed| score = *passed))]
fn flag(seen: &Option<Box<SpanRef>>, value: bool) -> bool {
    let _ = seen;
    value
}

#[genai::evaluation(of = seen, result(|n| score = n > &1, label = "many"))]
fn count(seen: &SpanRef) -> u8 {
    let _ = seen;
    2
}

#[genai::evaluation(of = seen(), result(|score| score = score, label = score.map(|_| "known")))]
fn unknown(score: Option<f32>) -> Option<f32> {
    score
}

#[test]
fn a_score_is_a_number_a_boolean_or_an_option_of_one() {
    let harness = Harness::install();
    assert!(flag(&Some(Box::new(seen())), true));
    let label = |text: &str| Some(text.to_owned());
    assert_eq!(
        said(&harness),
        ("flag".to_owned(), None, label("true"), None)
    );
    assert_eq!(count(&seen()), 2);
    assert_eq!(
        said(&harness),
        ("count".to_owned(), None, label("many"), None)
    );
    unknown(Some(0.1));
    assert_eq!(
        said(&harness),
        ("unknown".to_owned(), Some(0.1), label("known"), None)
    );
    // Neither score nor label: nothing was said.
    unknown(None);
    unknown(Some(f32::NAN));
    flag(&None, true);
    assert_eq!(harness.events().len(), 0);
}

thread_local! {
    static EVALUATED: Cell<u32> = const { Cell::new(0) };
}

fn counted<T>(value: T) -> T {
    EVALUATED.set(EVALUATED.get() + 1);
    value
}

#[genai::evaluation(name = counted("n"), of = counted(seen()), llm = counted("judge-v2"), identifier = counted("e-1"),
    attributes(app.judge = counted("x"), "app-kind" = 7), result(|r| score = counted(r.score), explanation = counted(r.why)))]
fn expressions() -> Verdict {
    verdict()
}

#[genai::evaluation(of = seen(), capture = none, human, result(|r| score = r.score, explanation = counted(r.why)))]
fn without_content() -> Verdict {
    verdict()
}

#[test]
fn expressions_are_evaluated_where_they_are_wanted() {
    // Nobody listens but in a process of its own.
    isolated(
        "expressions_are_evaluated_where_they_are_wanted",
        &[],
        || {
            expressions();
            let off = EVALUATED.take();
            let harness = Harness::install();
            expressions();
            assert_eq!((off, EVALUATED.take()), (0, 6));
            let event = only(&harness);
            assert_eq!(event.str("app.judge"), Some("x"));
            assert_eq!(event.json("app-kind"), Some(7.into()));
            assert_eq!(event.str("gen_ai.evaluation.explanation"), None);
            drop(harness);
            let harness =
                Harness::install_with(|settings| settings.capture(ContentCapture::EventOnly));
            without_content();
            assert_eq!((EVALUATED.take(), only(&harness).attributes.len()), (0, 3));
            harness.clear();
            expressions();
            assert_eq!(EVALUATED.take(), 7);
            assert_eq!(
                only(&harness).str("gen_ai.evaluation.explanation"),
                Some("It fits.")
            );
        },
    );
}

#[genai::evaluation(of = seen, result(|()| score = 1))]
async fn ends_early(seen: &SpanRef, panics: bool) {
    let _ = seen;
    assert!(!panics, "in a judge");
    std::future::pending::<()>().await;
}

#[genai::evaluation(of = seen(), result(|()| score = 1))]
fn panics() {
    panic!("in a judge");
}

#[genai::evaluation(of = seen(), result(|r| label = "read", score = { assert!(*r, "in a judge"); 1 }))]
fn read() -> bool {
    false
}

#[test]
fn a_judge_that_panics_or_is_dropped_is_an_evaluation_that_failed() {
    hide_panics("in a judge");
    let harness = Harness::install();
    let poll = |future: Pin<&mut dyn Future<Output = ()>>| {
        let mut poller = Poller::from_waker(Waker::noop());
        assert!(future.poll(&mut poller).is_pending());
    };
    let seen = seen();
    drop(ends_early(&seen, false));
    assert_eq!(harness.events().len(), 0);
    {
        let mut future = pin!(ends_early(&seen, false));
        poll(future.as_mut());
    }
    assert_eq!(said(&harness), failed("ends_early", "cancelled"));
    assert!(catch_unwind(AssertUnwindSafe(|| block_on(ends_early(&seen, true)))).is_err());
    assert_eq!(said(&harness), failed("ends_early", "panic"));
    assert!(catch_unwind(panics).is_err());
    assert_eq!(said(&harness), failed("panics", "panic"));
    assert!(catch_unwind(read).is_err());
    assert_eq!(said(&harness), failed("read", "_OTHER"));
}

#[genai::evaluation(name = tone, of = seen, result(|r| label = r.word))]
#[genai::chat(provider = openai, model = "judge", response(|r| output = r.why))]
#[genai::evaluation(name = relevance, of = seen, result(|r| score = r.score, label = r.word))]
async fn judges_twice(seen: &SpanRef) -> Result<Verdict, Refused> {
    let _ = seen;
    Ok(verdict())
}

#[genai::context(properties(user.id = user))]
#[genai::evaluation(of = seen(), result(|r| score = r.score))]
fn in_context_below(user: &str) -> Verdict {
    let _ = user;
    verdict()
}

#[genai::evaluation(of = seen(), result(|r| score = r.score))]
#[genai::context(properties(user.id = user))]
fn in_context_above(user: &str) -> Verdict {
    let _ = user;
    verdict()
}

#[test]
fn it_stands_beside_operations_contexts_and_others_of_its_kind() {
    let harness = Harness::install();
    assert!(block_on(judges_twice(&seen())).is_ok());
    let names = harness.events();
    let names = names
        .iter()
        .map(|event| event.str("gen_ai.evaluation.name").unwrap());
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    assert_eq!(names, ["relevance", "tone"]);
    harness.span("chat judge");
    for judge in [in_context_below, in_context_above] {
        harness.clear();
        judge("alice");
        let event = only(&harness);
        let user = event.str("gen_ai.association.properties.user.id");
        assert_eq!(user, Some("alice"), "{event:?}");
    }
}

#[test]
fn a_judge_is_send_where_its_body_is() {
    fn is_send<T: Send>(_: &T) {}
    let seen = seen();
    is_send(&judge(&seen, false));
    is_send(&boxed(seen.clone(), "x"));
}
