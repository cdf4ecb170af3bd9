//! The handle names the call, whoever gives it: the running function, a call that returned, an invocation, a stream, a hook.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context as Poller, Poll, Waker};

use futures::executor::block_on;
use futures::stream::{self, BoxStream, Stream, StreamExt as _};
use genai::hook::Completion;
use genai::testing::{Harness, Span};
use genai::{CompletionHook, GenAiContext, SpanRef, observed, observed_sync};
use opentelemetry::trace::{Tracer as _, TracerProvider as _};

struct Answer(&'static str);

#[genai::chat(provider = openai, model = model, response(|r| id = r.0))]
async fn ask(model: &str, id: &'static str) -> Result<Answer, std::io::Error> {
    pause().await;
    Ok(Answer(id))
}

#[genai::chat(provider = openai, model = "m", response(|r| id = r.0))]
fn ask_sync(id: &'static str) -> Answer {
    Answer(id)
}

#[genai::agent(provider = openai, name = "a", response = none)]
async fn agent() -> SpanRef {
    let (_, seen) = observed(ask("inside", "r-inside")).await;
    assert_eq!(seen.response_id(), Some("r-inside"));
    ask("last", "r-last")
        .await
        .map_or_else(|_| SpanRef::new(), |_| seen)
}

async fn pause() {
    let mut is_first = true;
    std::future::poll_fn(|cx| {
        if std::mem::take(&mut is_first) {
            cx.waker().wake_by_ref();
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
}

/// Whether a handle names the call of this span.
fn names(handle: &SpanRef, span: &Span) -> bool {
    handle.span_context().is_some_and(|named| {
        named.trace_id() == span.trace_id && named.span_id() == span.span_id && named.is_sampled()
    })
}

#[test]
fn a_call_that_returned_is_named_with_its_response_and_conversation() {
    let harness = Harness::install();
    let context = GenAiContext::new().conversation_id("c-17");
    let (answer, seen) = block_on(context.scope(observed(ask("m", "r-1"))));
    assert_eq!(answer.unwrap().0, "r-1");
    assert!(names(&seen, &harness.span("chat m")));
    assert_eq!(seen.response_id(), Some("r-1"));
    assert_eq!(seen.conversation_id(), Some("c-17"));
    assert_eq!(seen.to_string().parse(), Ok(seen));
    harness.clear();
    let (answer, seen) = observed_sync(|| ask_sync("r-2"));
    assert_eq!(answer.0, "r-2");
    assert!(names(&seen, &harness.span("chat m")));
    assert_eq!(seen.response_id(), Some("r-2"));
}

#[test]
fn of_calls_inside_calls_the_outermost_is_named_and_of_several_the_last() {
    let harness = Harness::install();
    let (inside, seen) = block_on(observed(agent()));
    assert!(names(&seen, &harness.span("invoke_agent a")));
    assert!(names(&inside, &harness.span("chat inside")));
    let (_, seen) = block_on(observed(async {
        let _ = ask("first", "r-1").await;
        ask("second", "r-2").await
    }));
    assert!(names(&seen, &harness.span("chat second")));
    let (_, seen) = block_on(observed(async {}));
    assert!(seen.is_empty());
}

#[test]
fn calls_at_the_same_time_are_not_mixed_up() {
    let harness = Harness::install();
    let models = ["a", "b", "c", "d"];
    let calls = models.map(|model| observed(ask(model, model)));
    let seen = block_on(futures::future::join_all(calls));
    for (model, (_, seen)) in models.iter().zip(&seen) {
        assert!(names(seen, &harness.span(&format!("chat {model}"))));
        assert_eq!(seen.response_id(), Some(*model));
    }
}

#[test]
fn a_panic_in_what_is_watched_leaves_nothing_behind() {
    let harness = Harness::install();
    let (caught, seen) = observed_sync(|| {
        let caught = catch_unwind(AssertUnwindSafe(|| {
            observed_sync(|| -> () { std::panic::resume_unwind(Box::new(())) })
        }));
        ask_sync("r");
        caught.is_err()
    });
    assert!(caught);
    assert!(names(&seen, &harness.span("chat m")));
    assert!(observed_sync(|| ()).1.is_empty());
}

#[genai::chat(provider = openai, model = "outer", response(|r| id = r.1.as_str()))]
async fn same_call(tracer: &opentelemetry_sdk::trace::SdkTracer) -> (SpanRef, String) {
    use opentelemetry::context::FutureExt as _;
    use opentelemetry::trace::TraceContextExt as _;
    let cx = opentelemetry::Context::current_with_span(tracer.start("between"));
    let inner = async {
        #[genai::chat(provider = openai, model = "inner", response = none)]
        async fn inner() -> SpanRef {
            genai::current().set(genai::keys::GEN_AI_RESPONSE_ID, "r-inner");
            genai::current().span_ref()
        }
        inner().await
    };
    (inner.with_context(cx).await, String::new())
}

#[test]
fn the_running_call_is_named_and_one_seen_twice_is_one() {
    let harness = Harness::install();
    let tracer = harness.tracer_provider().tracer("app");
    let ((inside, _), seen) = block_on(observed(same_call(&tracer)));
    let span = harness.span("chat outer");
    assert!(names(&inside, &span));
    assert_eq!(inside.response_id(), Some("r-inner"));
    assert!(names(&seen, &span));
    assert!(genai::current().span_ref().is_empty());
}

#[test]
fn an_invocation_is_named_also_by_what_runs_in_it() {
    let harness = Harness::install();
    let mut chat = genai::chat("openai")
        .model("m")
        .conversation_id("c")
        .start();
    let before = chat.span_ref();
    chat.id("r-1");
    let inside = {
        let _attached = chat.attach();
        let twice = genai::chat("openai").model("twice").start();
        assert_eq!(
            twice.span_ref().span_context(),
            chat.span_ref().span_context()
        );
        twice.finish();
        genai::current().span_ref()
    };
    let scoped = block_on(chat.scope(async { genai::current().span_ref() }));
    let after = chat.span_ref();
    chat.finish();
    let span = harness.span("chat m");
    for (handle, id) in [
        (before, None),
        (inside, None),
        (scoped, None),
        (after, Some("r-1")),
    ] {
        assert!(names(&handle, &span));
        assert_eq!(
            (handle.response_id(), handle.conversation_id()),
            (id, Some("c"))
        );
    }
}

struct Token(&'static str);

impl genai::Chunk for Token {
    fn record_chunk(&self, stream: &mut genai::Accumulator) {
        stream.id(self.0);
    }
}

#[genai::chat(provider = openai, model = "s", stream)]
async fn streams() -> BoxStream<'static, Result<Token, std::io::Error>> {
    stream::iter([Ok(Token("r-s"))]).boxed()
}

#[test]
fn a_stream_is_named_while_it_runs_and_when_it_has_ended() {
    let harness = Harness::install();
    let chat = genai::chat("openai").model("s").stream().start();
    let tokens = stream::iter([Ok::<_, std::io::Error>(Token("r-s"))]);
    let mut tokens = genai::observe_stream(chat, tokens);
    let before = tokens.span_ref();
    assert_eq!(block_on(async { (&mut tokens).count().await }), 1);
    let after = tokens.span_ref();
    let mut poller = Poller::from_waker(Waker::noop());
    assert!(Pin::new(&mut tokens).poll_next(&mut poller).is_ready());
    let span = harness.span("chat s");
    assert!(names(&before, &span) && names(&after, &span));
    assert_eq!(
        (before.response_id(), after.response_id()),
        (None, Some("r-s"))
    );
    harness.clear();
    // A function whose stream goes on, and one that is read inside.
    let (tokens, seen) = block_on(observed(streams()));
    assert_eq!(harness.spans().len(), 0);
    let (count, read) = block_on(observed(tokens.count()));
    assert_eq!(count, 1);
    let span = harness.span("chat s");
    assert!(names(&seen, &span) && names(&read, &span));
    assert_eq!(
        (seen.response_id(), read.response_id()),
        (None, Some("r-s"))
    );
}

#[derive(Clone, Default)]
struct Keeps(Arc<Mutex<Vec<SpanRef>>>);

impl CompletionHook for Keeps {
    fn on_completion(&self, completion: &mut Completion<'_>) {
        self.0.lock().unwrap().push(completion.span_ref());
    }
}

#[test]
fn a_hook_can_name_the_call_that_finished() {
    let hook = Keeps::default();
    let harness = Harness::install_with(|settings| settings.completion_hook(hook.clone()));
    let context = GenAiContext::new().conversation_id("c");
    let (_, seen) = block_on(context.scope(observed(ask("m", "r-1"))));
    drop(harness);
    assert_eq!(*hook.0.lock().unwrap(), [seen]);
}

#[test]
fn a_call_that_is_cancelled_is_named_too() {
    let harness = Harness::install();
    let (_, seen) = block_on(observed(async {
        let mut call = Box::pin(ask("m", "r"));
        let polled = pin!(&mut call).poll(&mut Poller::from_waker(Waker::noop()));
        assert!(polled.is_pending());
    }));
    assert!(names(&seen, &harness.span("chat m")));
}
