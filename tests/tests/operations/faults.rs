//! OpenTelemetry parts, hooks and redactors that panic, and threads that are going away: what the user's code returns is the
//! same, and what is not at fault reports all. Each fault has a process of its own, since an abort would be the worst outcome.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::FutureExt as _;
use futures::executor::block_on;
use futures::stream::{self, Stream, StreamExt as _};
use genai::hook::Completion;
use genai::testing::Harness;
use genai::{CompletionHook, ContentCapture, GenAiContext, Telemetry};
use genai_tests::isolated;
use genai_tests::support::process::hide_panics;
use opentelemetry::trace::{Link, SpanId, SpanKind, TraceId};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord, SdkLoggerProvider};
use opentelemetry_sdk::trace::{
    IdGenerator, Sampler, SamplingResult, SdkTracerProvider, ShouldSample, Span, SpanData,
    SpanExporter, SpanProcessor,
};

/// A part of OpenTelemetry that panics.
#[derive(Clone, Copy, Debug)]
struct Faulty {
    on_start: bool,
    on_end: bool,
}

impl SpanProcessor for Faulty {
    fn on_start(&self, _: &mut Span, _: &Context) {
        assert!(!self.on_start, "as planned");
    }

    fn on_end(&self, _: SpanData) {
        assert!(!self.on_end, "as planned");
    }

    fn force_flush(&self) -> OTelSdkResult {
        panic!("as planned");
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        panic!("as planned");
    }
}

impl SpanExporter for Faulty {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        panic!("as planned");
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        panic!("as planned");
    }
}

impl IdGenerator for Faulty {
    fn new_trace_id(&self) -> TraceId {
        panic!("as planned");
    }

    fn new_span_id(&self) -> SpanId {
        panic!("as planned");
    }
}

impl ShouldSample for Faulty {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        panic!("as planned");
    }
}

impl LogProcessor for Faulty {
    fn emit(&self, _: &mut SdkLogRecord, _: &InstrumentationScope) {
        panic!("as planned");
    }

    fn force_flush(&self) -> OTelSdkResult {
        panic!("as planned");
    }
}

/// Counts what it sees, and panics if it is to.
#[derive(Clone, Default)]
struct Count {
    panics: bool,
    seen: Arc<AtomicUsize>,
}

impl CompletionHook for Count {
    fn on_completion(&self, completion: &mut Completion<'_>) {
        self.seen.fetch_add(1, Ordering::SeqCst);
        completion.set_span_attribute(KeyValue::new("app.stamp", 1));
        assert!(!self.panics, "as planned");
    }

    fn flush(&self, _: Duration) -> Result<(), genai::hook::Unfinished> {
        assert!(!self.panics, "as planned");
        Ok(())
    }

    fn shutdown(&self, _: Duration) -> Result<(), genai::hook::Unfinished> {
        assert!(!self.panics, "as planned");
        Ok(())
    }
}

#[derive(Debug, PartialEq)]
struct Failed;

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("failed")
    }
}

fn body(what: &str) -> Result<u32, Failed> {
    match what {
        "fail" => Err(Failed),
        "panic" => std::panic::resume_unwind(Box::new(7_u64)),
        _ => Ok(what.len() as u32),
    }
}

#[genai::chat(provider = openai, model = "m", input = what, response(|r| input_tokens = *r))]
fn sync(what: &str) -> Result<u32, Failed> {
    body(what)
}

#[genai::chat(provider = openai, model = "m", input = what, response(|r| input_tokens = *r))]
async fn later(what: &str) -> Result<u32, Failed> {
    if what == "wait" {
        pending::<()>().await;
    }
    // The ambient context is there whatever became of the span.
    assert_eq!(genai::context().conversation(), Some("c-1"));
    body(what)
}

#[genai::chat(provider = openai, model = "m", stream, response = none)]
fn streamed(what: &'static str) -> impl Stream<Item = Result<u32, Failed>> {
    stream::iter([Ok(1), Ok(2)]).chain(stream::once(async move { body(what) }))
}

/// How many chats [`exercise`] makes.
const CHATS: usize = 11;

/// Chats that end in every way; the results are checked.
fn exercise(telemetry: &Telemetry) {
    let _context = GenAiContext::new().conversation_id("c-1").attach();
    let caught = |run: &dyn Fn()| {
        let payload = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
        assert_eq!(
            payload.downcast_ref::<u64>(),
            Some(&7),
            "the payload is the body's"
        );
    };
    assert_eq!((sync("go"), sync("fail")), (Ok(2), Err(Failed)));
    caught(&|| drop(sync("panic")));
    assert_eq!(block_on(later("go")), Ok(2));
    assert_eq!(block_on(later("fail")), Err(Failed));
    caught(&|| drop(block_on(later("panic"))));
    assert!(later("wait").now_or_never().is_none());
    let items: Vec<_> = block_on(streamed("fail").collect());
    assert_eq!(items, [Ok(1), Ok(2), Err(Failed)]);
    caught(&|| drop(block_on(streamed("panic").collect::<Vec<_>>())));
    let mut stopped = Box::pin(streamed("go"));
    assert_eq!(block_on(stopped.next()), Some(Ok(1)));
    drop(stopped);
    // An invocation that goes while a panic unwinds.
    caught(&|| {
        let mut chat = telemetry.chat("openai").model("m").start();
        let _inside = chat.attach();
        drop(body("panic"));
    });
}

/// What is at fault in a run.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    OnStart,
    OnEnd,
    Exporter,
    Ids,
    Sampler,
    Logs,
    Hook,
    Redactor,
}

fn with_fault(fault: Fault) {
    hide_panics("as planned");
    let harness = Harness::new();
    let faulty = Faulty {
        on_start: fault == Fault::OnStart,
        on_end: fault == Fault::OnEnd,
    };
    let spans = SdkTracerProvider::builder();
    let spans = match fault {
        Fault::OnStart | Fault::OnEnd => spans.with_span_processor(faulty),
        Fault::Exporter => spans.with_simple_exporter(faulty),
        Fault::Ids => spans.with_id_generator(faulty),
        Fault::Sampler => spans.with_sampler(faulty),
        _ => spans.with_sampler(Sampler::AlwaysOn),
    };
    let is_of_spans = matches!(
        fault,
        Fault::OnStart | Fault::OnEnd | Fault::Exporter | Fault::Ids | Fault::Sampler
    );
    let hook = Count {
        panics: fault == Fault::Hook,
        ..Count::default()
    };
    let seen = Arc::clone(&hook.seen);
    let builder = Telemetry::builder()
        .capture(ContentCapture::SpanAndEvent)
        .completion_hook(hook)
        .redactor(move |_| assert!(fault != Fault::Redactor, "as planned"))
        .meter_provider(harness.meter_provider().clone());
    let builder = if is_of_spans {
        builder.tracer_provider(spans.build())
    } else {
        builder.tracer_provider(harness.tracer_provider().clone())
    };
    let telemetry = if fault == Fault::Logs {
        builder
            .logger_provider(
                SdkLoggerProvider::builder()
                    .with_log_processor(faulty)
                    .build(),
            )
            .build()
    } else {
        builder
            .logger_provider(harness.logger_provider().clone())
            .build()
    };
    telemetry.install();
    let rounds = 20;
    for _ in 0..rounds {
        exercise(&telemetry);
    }
    let chats = CHATS * rounds;
    let points = harness.points("gen_ai.client.operation.duration");
    assert_eq!(
        points.iter().map(|p| p.count).sum::<u64>(),
        chats as u64,
        "{fault:?}: durations"
    );
    assert_eq!(seen.load(Ordering::SeqCst), chats, "{fault:?}: hook");
    let events = harness.events();
    assert_eq!(
        events.len(),
        if fault == Fault::Logs { 0 } else { chats },
        "{fault:?}: events"
    );
    let has_content = events
        .iter()
        .filter(|e| e.attributes.contains_key("gen_ai.input.messages"))
        .count();
    let with_input = if matches!(fault, Fault::Redactor | Fault::Logs) {
        0
    } else {
        7 * rounds
    };
    assert_eq!(has_content, with_input, "{fault:?}: content on events");
    if !is_of_spans {
        let spans = harness.spans();
        assert_eq!(spans.len(), chats, "{fault:?}: spans");
        let stamped = spans
            .iter()
            .filter(|span| span.int("app.stamp") == Some(1))
            .count();
        assert_eq!(stamped, chats, "{fault:?}: stamps");
        assert!(
            spans
                .iter()
                .all(|span| span.str("gen_ai.conversation.id") == Some("c-1"))
        );
    }
    assert_eq!(
        telemetry.flush(Duration::from_secs(1)).is_ok(),
        fault != Fault::Hook
    );
    assert_eq!(
        telemetry.shutdown(Duration::from_secs(1)).is_ok(),
        fault != Fault::Hook
    );
}

macro_rules! faults {
    ($($name:ident: $fault:ident;)*) => {$(
        #[test]
        fn $name() {
            isolated(stringify!($name), &[], || with_fault(Fault::$fault));
        }
    )*};
}

faults! {
    nothing_is_at_fault: None;
    a_span_processor_panics_at_the_start: OnStart;
    a_span_processor_panics_at_the_end: OnEnd;
    a_span_exporter_panics: Exporter;
    an_id_generator_panics: Ids;
    a_sampler_panics: Sampler;
    a_log_processor_panics: Logs;
    a_hook_panics: Hook;
    a_redactor_panics: Redactor;
}

/// Calls back into everything.
#[derive(Clone, Debug)]
struct Busy(Arc<AtomicUsize>);

impl Busy {
    fn call(&self) {
        thread_local! {
            static INSIDE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
        }
        if INSIDE.replace(true) {
            return;
        }
        let guard = Context::current().with_value(7_u8).attach();
        genai::set_context(GenAiContext::current().property("busy", 1));
        genai::current().attribute("app.busy", 1);
        assert_eq!(sync("go"), Ok(2));
        genai::tool("t").start().finish();
        drop(guard);
        INSIDE.set(false);
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl SpanProcessor for Busy {
    fn on_start(&self, _: &mut Span, _: &Context) {
        self.call();
    }

    fn on_end(&self, _: SpanData) {
        self.call();
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl CompletionHook for Busy {
    fn on_completion(&self, _: &mut Completion<'_>) {
        self.call();
    }
}

#[test]
fn whatever_is_called_may_call_back() {
    isolated("whatever_is_called_may_call_back", &[], || {
        let busy = Busy(Arc::default());
        let redact = busy.clone();
        let telemetry = Telemetry::builder()
            .capture(ContentCapture::SpanOnly)
            .tracer_provider(
                SdkTracerProvider::builder()
                    .with_span_processor(busy.clone())
                    .build(),
            )
            .completion_hook(busy.clone())
            .redactor(move |_| redact.call())
            .build();
        telemetry.install();
        exercise(&telemetry);
        // Two per span, one per chat for the hook, and the seven inputs.
        assert!(busy.0.load(Ordering::SeqCst) >= 3 * CHATS + 7, "{busy:?}");
    });
}

#[test]
fn providers_are_shut_down_in_flight() {
    isolated("providers_are_shut_down_in_flight", &[], || {
        let harness = Harness::new();
        let telemetry = harness.telemetry();
        telemetry.install();
        let mut chat = telemetry.chat("openai").model("m").start();
        let mut waits = Box::pin(later("wait"));
        assert!(waits.as_mut().now_or_never().is_none());
        for _ in 0..2 {
            let _ = harness.tracer_provider().shutdown();
            let _ = harness.logger_provider().shutdown();
            let _ = harness.meter_provider().shutdown();
            assert!(telemetry.shutdown(Duration::from_secs(1)).is_ok());
        }
        chat.input_tokens(3);
        chat.finish();
        drop(waits);
        exercise(telemetry);
    });
}

#[test]
fn a_disabled_sdk_records_nothing() {
    isolated(
        "a_disabled_sdk_records_nothing",
        &[("OTEL_SDK_DISABLED", "true")],
        || {
            let count = Count::default();
            let seen = Arc::clone(&count.seen);
            let harness = Harness::with(|s| {
                s.capture(ContentCapture::SpanAndEvent)
                    .completion_hook(count)
            });
            harness.telemetry().install();
            exercise(harness.telemetry());
            assert!(!harness.telemetry().chat("p").start().is_recorded());
            assert!(
                harness.spans().is_empty()
                    && harness.events().is_empty()
                    && harness.metrics().is_empty()
            );
            assert_eq!(seen.load(Ordering::SeqCst), 0);
        },
    );
}

#[test]
fn a_suppressed_scope_records_nothing() {
    isolated("a_suppressed_scope_records_nothing", &[], || {
        let count = Count::default();
        let seen = Arc::clone(&count.seen);
        let harness = Harness::with(|s| {
            s.capture(ContentCapture::SpanAndEvent)
                .completion_hook(count)
        });
        harness.telemetry().install();
        let quiet = Context::enter_telemetry_suppressed_scope();
        exercise(harness.telemetry());
        drop(quiet);
        assert!(
            harness.spans().is_empty()
                && harness.events().is_empty()
                && harness.metrics().is_empty()
        );
        assert_eq!(seen.load(Ordering::SeqCst), 0);
        exercise(harness.telemetry());
        assert_eq!(harness.spans().len(), CHATS);
    });
}

/// Runs when a thread ends, after what was used later than it is gone.
struct Last(Option<Box<dyn FnOnce()>>);

impl Drop for Last {
    fn drop(&mut self) {
        if let Some(run) = self.0.take() {
            run();
        }
    }
}

thread_local! {
    static LAST: std::cell::RefCell<Last> = const { std::cell::RefCell::new(Last(None)) };
}

/// Makes a thread whose last act is what `prepare` returns, with everything of OpenTelemetry's and ours used before and gone.
fn last(
    name: &'static str,
    prepare: impl FnOnce(&Telemetry) -> Box<dyn FnOnce()> + Send + 'static,
) {
    let harness = Harness::new();
    harness.telemetry().install();
    let telemetry = harness.telemetry().clone();
    let done = std::thread::spawn(move || {
        // The first to be used is the last to go.
        LAST.with_borrow_mut(|last| last.0 = None);
        exercise(&telemetry);
        genai::set_context(GenAiContext::new().conversation_id("c-2"));
        let run = prepare(&telemetry);
        LAST.with_borrow_mut(|last| last.0 = Some(run));
    })
    .join();
    assert!(done.is_ok(), "{name}");
}

#[genai::tool]
async fn later_there(what: &str) -> u32 {
    what.len() as u32
}

#[test]
fn threads_that_end() {
    isolated("threads_that_end", &[], || {
        // One panic is asked for: OpenTelemetry's, to see that its context is gone.
        last("annotated", |_| {
            Box::new(|| {
                assert!(
                    std::panic::catch_unwind(Context::current).is_err(),
                    "OpenTelemetry's context is gone"
                );
                assert_eq!(sync("go"), Ok(2));
                assert_eq!(sync("fail"), Err(Failed));
                // No executor: it would need thread-locals of its own.
                assert_eq!(
                    streamed("go").collect::<Vec<_>>().now_or_never(),
                    Some(vec![Ok(1), Ok(2), Ok(2)])
                );
                assert_eq!(later_there("go").now_or_never(), Some(2));
            })
        });
        last("by hand", |t| {
            let t = t.clone();
            Box::new(move || {
                for _ in 0..2 {
                    let mut chat = t.chat("openai").model("m").start();
                    chat.input("x").input_tokens(1);
                    let inside = chat.attach();
                    genai::current().input_tokens(1);
                    drop(inside);
                    drop(chat.context());
                    chat.finish();
                    genai::chat("openai").start().fail(&std::fmt::Error);
                    t.span("app.step").start().finish();
                }
            })
        });
        last("context", |_| {
            Box::new(|| {
                assert!(genai::context().is_empty());
                genai::set_context(GenAiContext::new().conversation_id("c"));
                genai::clear_context();
                drop(GenAiContext::current().attach());
                assert_eq!(
                    GenAiContext::new().scope(async { 1 }).now_or_never(),
                    Some(1)
                );
                assert!(genai::flush(Duration::from_secs(1)).is_ok());
            })
        });
        last("kept", |t| {
            let chat = t.chat("openai").start();
            let mut waits = Box::pin(later("wait"));
            assert!(waits.as_mut().now_or_never().is_none());
            let mut stream = Box::pin(streamed("go"));
            assert_eq!(block_on(stream.next()), Some(Ok(1)));
            let scope = GenAiContext::new().attach();
            Box::new(move || drop((chat, waits, stream, scope)))
        });
    });
}

/// A hook that does not keep to the time it is given.
struct Endless;

impl CompletionHook for Endless {
    fn on_completion(&self, _: &mut Completion<'_>) {}

    fn flush(&self, _: Duration) -> Result<(), genai::hook::Unfinished> {
        loop {
            std::thread::park();
        }
    }

    fn shutdown(&self, timeout: Duration) -> Result<(), genai::hook::Unfinished> {
        self.flush(timeout)
    }
}

/// Without exporters of the library's own too.
#[test]
fn a_hook_that_never_returns_is_left_behind() {
    let telemetry = Telemetry::builder().completion_hook(Endless).build();
    let timeout = Duration::from_millis(20);
    for left in [telemetry.flush(timeout), telemetry.shutdown(timeout)] {
        let left = left.unwrap_err();
        assert_eq!(left.parts().collect::<Vec<_>>(), ["completion hook"]);
    }
}
