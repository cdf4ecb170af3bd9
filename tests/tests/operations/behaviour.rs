//! What happens around a body: cancellation, panics, nesting, laziness, and code that is not ours misbehaving.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;
use std::time::Instant;

use futures::FutureExt as _;
use futures::executor::block_on;
use futures::stream::{self, Stream, StreamExt as _};
use genai::testing::{Harness, Span};
use genai_tests::isolated;
use genai_tests::support::spans::{error_type, only};
use opentelemetry::trace::TraceContextExt as _;

fn current_span() -> String {
    opentelemetry::Context::map_current(|cx| cx.span().span_context().span_id().to_string())
}

thread_local! {
    static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static EVALUATED: Cell<u32> = const { Cell::new(0) };
}

/// Remembers which span was current when it was dropped.
struct Witness;

impl Drop for Witness {
    fn drop(&mut self) {
        SEEN.with(|s| s.borrow_mut().push(current_span()));
    }
}

fn seen() -> Vec<String> {
    SEEN.with(RefCell::take)
}

fn one(harness: &Harness) -> Span {
    let span = only(harness);
    harness.clear();
    span
}

#[genai::tool]
async fn waits(witness: Witness) {
    let _second = Witness;
    pending::<()>().await;
    drop(witness);
}

#[genai::tool]
fn returns_waiting() -> impl Future<Output = ()> {
    async {
        let _witness = Witness;
        pending::<()>().await;
    }
}

#[test]
fn a_cancelled_body_is_dropped_inside_its_span() {
    let harness = Harness::install();
    let before = current_span();
    assert!(waits(Witness).now_or_never().is_none());
    let span = one(&harness);
    assert_eq!(error_type(&span), Some("cancelled"));
    assert!(span.is_error() && span.error_description() == "cancelled");
    let of_span = span.span_id.to_string();
    assert_eq!(seen(), [of_span.clone(), of_span]);
    assert_eq!(current_span(), before);
    assert!(returns_waiting().now_or_never().is_none());
    let span = one(&harness);
    assert_eq!(error_type(&span), Some("cancelled"));
    assert_eq!(seen(), [span.span_id.to_string()]);
    assert_eq!(current_span(), before);
}

#[genai::tool]
async fn nested() {
    waits(Witness).await;
}

#[test]
fn nested_bodies_are_dropped_each_inside_its_own_span() {
    let harness = Harness::install();
    let before = current_span();
    assert!(nested().now_or_never().is_none());
    let spans = harness.spans();
    let names: Vec<_> = spans.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["execute_tool waits", "execute_tool nested"]);
    assert!(spans.iter().all(|s| error_type(s) == Some("cancelled")));
    assert_eq!(spans[0].parent_span_id, Some(spans[1].span_id));
    assert!(seen().iter().all(|s| *s == spans[0].span_id.to_string()));
    assert_eq!(current_span(), before);
}

#[genai::tool]
async fn panics() {
    ready(()).await;
    panic!("no");
}

#[test]
fn a_panic_goes_on_and_is_no_cancellation() {
    let harness = Harness::install();
    let payload = catch_unwind(|| block_on(panics())).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"no"));
    assert_eq!(error_type(&one(&harness)), Some("panic"));
}

/// Cancels a call while a panic unwinds.
struct CancelsInDrop;

impl Drop for CancelsInDrop {
    fn drop(&mut self) {
        assert!(waits(Witness).now_or_never().is_none());
    }
}

#[test]
fn a_cancellation_while_another_panic_unwinds_is_one() {
    let harness = Harness::install();
    catch_unwind(|| {
        let _cancels = CancelsInDrop;
        panic!("another");
    })
    .unwrap_err();
    assert_eq!(error_type(&one(&harness)), Some("cancelled"));
    drop(seen());
}

fn count() -> u32 {
    EVALUATED.with(|e| e.replace(e.get() + 1))
}

#[genai::chat(provider = openai, model = "m", seed = count(), input = count().to_string(), properties(a = count()),
    response(|_| output_tokens = count()))]
async fn counted() -> Result<(), std::fmt::Error> {
    Ok(())
}

#[test]
fn nothing_is_evaluated_when_nothing_listens_and_no_content_when_nobody_wants_it() {
    isolated(
        "nothing_is_evaluated_when_nothing_listens_and_no_content_when_nobody_wants_it",
        &[],
        || {
            let off = Harness::new();
            let start = Instant::now();
            for _ in 0..1_000 {
                block_on(counted()).unwrap();
            }
            // The first call looks for providers, and one of each second.
            let looks = 1 + start.elapsed().as_secs();
            let evaluated = u64::from(EVALUATED.take());
            assert!(evaluated <= 3 * looks, "{evaluated} in {looks} looks");
            let harness = Harness::install();
            block_on(counted()).unwrap();
            assert_eq!(EVALUATED.take(), 3, "all but the content");
            drop(harness);
            block_on(counted()).unwrap();
            assert!(off.spans().is_empty());
        },
    );
}

#[genai::chat(provider = openai, model = "m", seed = before.unwrap(), response(|_| output_tokens = after.unwrap()))]
async fn expressions(before: Option<i64>, after: Option<i64>) -> Result<(), std::fmt::Error> {
    Ok(())
}

#[test]
fn a_panic_of_an_expression_is_the_functions_own() {
    let harness = Harness::install();
    for (before, after) in [(None, Some(1)), (Some(1), None)] {
        catch_unwind(|| block_on(expressions(before, after))).unwrap_err();
        let span = one(&harness);
        assert_eq!(error_type(&span), Some("_OTHER"));
        assert!(span.is_error());
    }
}

struct Hostile;

impl genai::Request for Hostile {
    fn record_request(&self, _: &mut genai::Recorder<'_>) {
        panic!("request");
    }
}

impl genai::Response for Hostile {
    fn record_response(&self, _: &mut genai::Recorder<'_>) {
        panic!("response");
    }
}

impl genai::Chunk for Hostile {
    fn record_chunk(&self, _: &mut genai::Accumulator) {
        panic!("chunk");
    }
}

impl std::fmt::Display for Hostile {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        panic!("display");
    }
}

#[genai::chat(provider = openai, request = request)]
async fn hostile(request: Hostile, fail: bool) -> Result<Hostile, Hostile> {
    if fail { Err(request) } else { Ok(request) }
}

#[genai::chat(provider = openai, model = "m", stream)]
fn hostile_stream() -> impl Stream<Item = Hostile> {
    stream::iter([Hostile, Hostile])
}

#[test]
fn a_panic_of_code_we_call_costs_its_fields_only() {
    let harness = Harness::install();
    assert!(block_on(hostile(Hostile, false)).is_ok());
    let span = one(&harness);
    assert!(!span.is_error());
    assert_eq!(span.attributes.str("gen_ai.provider.name"), Some("openai"));
    assert!(block_on(hostile(Hostile, true)).is_err());
    let span = one(&harness);
    assert_eq!(error_type(&span), Some("operations::behaviour::Hostile"));
    assert_eq!(block_on(hostile_stream().count()), 2);
    assert!(!one(&harness).is_error());
}

#[genai::workflow(name = "outer")]
async fn outer() -> String {
    let mine = current_span();
    let inner = inner().await;
    assert_eq!(current_span(), mine);
    inner
}

#[genai::agent(provider = openai, name = "inner", response = none)]
async fn inner() -> String {
    ready(()).await;
    current_span()
}

#[test]
fn the_span_is_current_in_the_body_and_nowhere_else() {
    let harness = Harness::install();
    let before = current_span();
    let seen = block_on(outer());
    assert_eq!(current_span(), before);
    let spans = harness.spans();
    assert_eq!(seen, spans[0].span_id.to_string());
    assert_eq!(spans[0].parent_span_id, Some(spans[1].span_id));
}

#[genai::chat(provider = openai, model = "m", stream, response = none)]
fn watched() -> impl Stream<Item = String> {
    stream::poll_fn(|_| Poll::Ready(Some(current_span()))).take(2)
}

#[genai::chat(provider = openai, model = "m", stream, response = none)]
fn failing() -> impl Stream<Item = Result<u32, std::fmt::Error>> {
    stream::iter([Ok(1), Err(std::fmt::Error), Ok(2)])
}

#[genai::chat(provider = openai, model = "m", stream, response = none)]
fn panicking() -> impl Stream<Item = u32> + Unpin {
    let mut n = 0;
    stream::poll_fn(move |_| {
        n += 1;
        assert!(n < 2, "enough");
        Poll::Ready(Some(n))
    })
}

#[test]
fn a_stream_is_inside_its_span_only_while_it_is_polled() {
    let harness = Harness::install();
    let before = current_span();
    let items = block_on(async {
        let mut stream = watched();
        let mut items = Vec::new();
        while let Some(item) = stream.next().await {
            assert_eq!(current_span(), before);
            assert!(harness.spans().is_empty());
            items.push(item);
        }
        items
    });
    let span = one(&harness);
    assert_eq!(items, [span.span_id.to_string(), span.span_id.to_string()]);
}

#[test]
fn a_stream_goes_on_after_its_first_error() {
    let harness = Harness::install();
    let items = block_on(failing().collect::<Vec<_>>());
    assert_eq!(items, [Ok(1), Err(std::fmt::Error), Ok(2)]);
    assert_eq!(error_type(&one(&harness)), Some("core::fmt::Error"));
}

#[test]
fn a_stream_that_panics_says_so_when_it_is_dropped() {
    let harness = Harness::install();
    let mut stream = panicking();
    assert_eq!(block_on(stream.next()), Some(1));
    catch_unwind(AssertUnwindSafe(|| block_on(stream.next()))).unwrap_err();
    drop(stream);
    assert_eq!(error_type(&one(&harness)), Some("panic"));
}

fn conversation() -> Option<String> {
    genai::context().conversation().map(str::to_owned)
}

#[genai::context(conversation_id = id, properties(user = 7))]
async fn in_context(id: String) -> Option<String> {
    ready(()).await;
    let _ = id;
    conversation()
}

#[genai::context(conversation_id = id)]
fn in_sync_context(id: Option<&str>) -> Option<String> {
    conversation()
}

#[genai::context(conversation_id = "f")]
fn in_future_context() -> impl Future<Output = Option<String>> + Send {
    async { conversation() }
}

#[genai::context(conversation_id = "s")]
async fn in_stream_context() -> Result<impl Stream<Item = Option<String>>, std::fmt::Error> {
    assert_eq!(conversation().as_deref(), Some("s"));
    Ok(stream::poll_fn(|_| Poll::Ready(Some(conversation()))).take(1))
}

#[test]
fn a_context_lasts_as_long_as_what_it_stands_on() {
    assert_eq!(block_on(in_context("a".to_owned())).as_deref(), Some("a"));
    assert_eq!(in_sync_context(Some("b")).as_deref(), Some("b"));
    assert_eq!(in_sync_context(None), None);
    assert_eq!(block_on(in_future_context()).as_deref(), Some("f"));
    let items = block_on(async { in_stream_context().await.unwrap().collect::<Vec<_>>().await });
    assert_eq!(items, [Some("s".to_owned())]);
    assert_eq!(conversation(), None);
}
