//! Code of others that the library calls and that panics: the call gets its own result, what the library says of it is said
//! once, and everything else is recorded. One case for each entry of the library's list; an entry without a case fails.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::{self, Debug};
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt as _;
use futures::executor::block_on;
use futures::stream::{self, Stream};
use genai::context::{Baggage, PropertyValue};
use genai::hook::{Completion, Unfinished};
use genai::message::{
    Document, InputMessage, OutputMessage, Part, ToDocuments, ToInput, ToOutput, ToSystem, ToTools,
    ToolDefinition,
};
use genai::testing::Harness;
use genai::upload::{Object, Put, Store, StoreError, StoreFuture, UploadHook};
use genai::{
    Accumulator, Chunk, CompletionHook, ContentCapture, Failure, GenAiContext, Recorder, Telemetry,
};
use genai_tests::isolated;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::logs::{AnyValue, LogRecord, Logger, LoggerProvider, Severity};
use opentelemetry::metrics::{
    Histogram, HistogramBuilder, InstrumentProvider, Meter, MeterProvider, SyncInstrument,
};
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{
    SpanBuilder, SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
    Tracer, TracerProvider,
};
use opentelemetry::{Context, InstrumentationScope, Key, KeyValue, Value};
use serde::{Serialize, Serializer};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Panics wherever it is called.
#[derive(Debug)]
struct Bad;

fn bad() -> ! {
    panic!("in code of others")
}

impl TextMapPropagator for Bad {
    fn inject_context(&self, _: &Context, _: &mut dyn Injector) {
        bad()
    }

    fn extract_with_context(&self, _: &Context, _: &dyn Extractor) -> Context {
        bad()
    }

    fn fields(&self) -> FieldIter<'_> {
        bad()
    }
}

/// Has the fields of W3C, writes one of them wrongly, and panics.
#[derive(Debug)]
struct Halfway([String; 2]);

impl Halfway {
    fn new() -> Self {
        Self(["traceparent", "baggage"].map(str::to_owned))
    }
}

impl TextMapPropagator for Halfway {
    fn inject_context(&self, _: &Context, fields: &mut dyn Injector) {
        fields.set("traceparent", "half".to_owned());
        bad()
    }

    fn extract_with_context(&self, _: &Context, _: &dyn Extractor) -> Context {
        bad()
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.0)
    }
}

impl genai::Request for Bad {
    fn record_request(&self, _: &mut Recorder<'_>) {
        bad()
    }
}

impl genai::ProviderRequest for Bad {
    fn provider(&self) -> Cow<'_, str> {
        bad()
    }
}

impl genai::Response for Bad {
    fn record_response(&self, _: &mut Recorder<'_>) {
        bad()
    }
}

impl Chunk for Bad {
    fn record_chunk(&self, _: &mut Accumulator) {
        bad()
    }
}

impl AsRef<[u8]> for Bad {
    fn as_ref(&self) -> &[u8] {
        bad()
    }
}

impl genai::ErrorType for Bad {
    fn error_type(&self) -> Cow<'_, str> {
        bad()
    }
}

/// An error whose text panics.
#[derive(Debug)]
struct BadText;

impl fmt::Display for BadText {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        bad()
    }
}

impl std::error::Error for BadText {}

impl ToInput for Bad {
    fn to_input(&self) -> Cow<'_, [InputMessage]> {
        bad()
    }
}

impl ToOutput for Bad {
    fn to_output(&self) -> Cow<'_, [OutputMessage]> {
        bad()
    }
}

impl ToSystem for Bad {
    fn to_system(&self) -> Cow<'_, [Part]> {
        bad()
    }
}

impl ToTools for Bad {
    fn to_tools(&self) -> Cow<'_, [ToolDefinition]> {
        bad()
    }
}

impl ToDocuments for Bad {
    fn to_documents(&self) -> Cow<'_, [Document]> {
        bad()
    }
}

impl PropertyValue for Bad {
    fn property_value(&self) -> Option<Value> {
        bad()
    }
}

impl Serialize for Bad {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        bad()
    }
}

impl CompletionHook for Bad {
    fn on_completion(&self, _: &mut Completion<'_>) {
        bad()
    }

    fn flush(&self, _: Duration) -> Result<(), Unfinished> {
        bad()
    }

    fn shutdown(&self, _: Duration) -> Result<(), Unfinished> {
        bad()
    }
}

impl Store for Bad {
    fn put(self: Arc<Self>, _: Object) -> StoreFuture<Result<Put, StoreError>> {
        bad()
    }
}

impl io::Write for Bad {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        bad()
    }

    fn flush(&mut self) -> io::Result<()> {
        bad()
    }
}

/// Providers that are there and make what panics.
struct BadTracing;

impl TracerProvider for BadTracing {
    type Tracer = BadTracer;

    fn tracer_with_scope(&self, _: InstrumentationScope) -> BadTracer {
        BadTracer
    }
}

struct BadTracer;

impl Tracer for BadTracer {
    type Span = BadSpan;

    fn build_with_context(&self, _: SpanBuilder, _: &Context) -> BadSpan {
        BadSpan(SpanContext::new(
            TraceId::from(1),
            SpanId::from(1),
            TraceFlags::SAMPLED,
            false,
            opentelemetry::trace::TraceState::NONE,
        ))
    }
}

/// It starts, and then does nothing well.
struct BadSpan(SpanContext);

impl opentelemetry::trace::Span for BadSpan {
    fn add_event_with_timestamp<T: Into<Cow<'static, str>>>(
        &mut self,
        _: T,
        _: std::time::SystemTime,
        _: Vec<KeyValue>,
    ) {
        bad()
    }

    fn span_context(&self) -> &SpanContext {
        &self.0
    }

    fn is_recording(&self) -> bool {
        true
    }

    fn set_attribute(&mut self, _: KeyValue) {
        bad()
    }

    fn set_status(&mut self, _: opentelemetry::trace::Status) {
        bad()
    }

    fn update_name<T: Into<Cow<'static, str>>>(&mut self, _: T) {
        bad()
    }

    fn add_link(&mut self, _: SpanContext, _: Vec<KeyValue>) {
        bad()
    }

    fn end_with_timestamp(&mut self, _: std::time::SystemTime) {
        bad()
    }
}

/// A tracer that does nothing but panic when it is dropped.
struct BadAtTheEnd;

impl TracerProvider for BadAtTheEnd {
    type Tracer = Ends;

    fn tracer_with_scope(&self, _: InstrumentationScope) -> Ends {
        Ends
    }
}

struct Ends;

impl Drop for Ends {
    fn drop(&mut self) {
        bad()
    }
}

impl Tracer for Ends {
    type Span = opentelemetry::trace::noop::NoopSpan;

    fn build_with_context(&self, _: SpanBuilder, _: &Context) -> Self::Span {
        opentelemetry::trace::noop::NoopSpan::DEFAULT
    }
}

#[genai::chat(provider = openai, model = "m", response = none)]
fn plain() -> u8 {
    1
}

/// A provider of which nothing can be had.
struct NoProvider;

impl TracerProvider for NoProvider {
    type Tracer = BadTracer;

    fn tracer_with_scope(&self, _: InstrumentationScope) -> BadTracer {
        bad()
    }
}

impl MeterProvider for NoProvider {
    fn meter_with_scope(&self, _: InstrumentationScope) -> Meter {
        bad()
    }
}

impl LoggerProvider for NoProvider {
    type Logger = BadLogger;

    fn logger_with_scope(&self, _: InstrumentationScope) -> BadLogger {
        bad()
    }
}

struct BadMetering;

impl MeterProvider for BadMetering {
    fn meter_with_scope(&self, _: InstrumentationScope) -> Meter {
        Meter::new(Arc::new(BadInstruments))
    }
}

struct BadInstruments;

impl InstrumentProvider for BadInstruments {
    fn f64_histogram(&self, _: HistogramBuilder<'_, Histogram<f64>>) -> Histogram<f64> {
        Histogram::new(Arc::new(BadInstruments))
    }

    fn u64_histogram(&self, _: HistogramBuilder<'_, Histogram<u64>>) -> Histogram<u64> {
        Histogram::new(Arc::new(BadInstruments))
    }
}

impl<T> SyncInstrument<T> for BadInstruments {
    fn measure(&self, _: T, _: &[KeyValue]) {
        bad()
    }
}

struct BadLogging;

impl LoggerProvider for BadLogging {
    type Logger = BadLogger;

    fn logger_with_scope(&self, _: InstrumentationScope) -> BadLogger {
        BadLogger
    }
}

struct BadLogger;

impl Logger for BadLogger {
    type LogRecord = BadRecord;

    fn create_log_record(&self) -> BadRecord {
        BadRecord
    }

    fn emit(&self, _: BadRecord) {
        bad()
    }

    fn event_enabled(&self, _: Severity, _: &str, _: Option<&str>) -> bool {
        true
    }
}

struct BadRecord;

impl LogRecord for BadRecord {
    fn set_event_name(&mut self, _: &'static str) {}
    fn set_target<T: Into<Cow<'static, str>>>(&mut self, _: T) {}
    fn set_timestamp(&mut self, _: std::time::SystemTime) {}
    fn set_observed_timestamp(&mut self, _: std::time::SystemTime) {}
    fn set_severity_text(&mut self, _: &'static str) {}
    fn set_severity_number(&mut self, _: Severity) {}
    fn set_body(&mut self, _: AnyValue) {}
    fn set_trace_context(&mut self, _: TraceId, _: SpanId, _: Option<TraceFlags>) {}
    fn add_attribute<K: Into<Key>, V: Into<AnyValue>>(&mut self, _: K, _: V) {}
    fn add_attributes<I, K, V>(&mut self, _: I)
    where
        I: IntoIterator<Item = (K, V)>,
        K: Into<Key>,
        V: Into<AnyValue>,
    {
    }
}

#[genai::chat(request = ask, response = none)]
fn asks(ask: &Bad) -> u8 {
    1
}

#[genai::chat(provider = openai, model = "m")]
fn answers() -> Bad {
    Bad
}

#[genai::chat(provider = openai, model = "m", stream)]
fn streams() -> impl Stream<Item = Result<Bad, fmt::Error>> {
    stream::iter([Ok(Bad), Ok(Bad)])
}

#[genai::chat(provider = openai, model = "m", response = none)]
fn fails() -> Result<u8, Bad> {
    Err(Bad)
}

#[genai::chat(provider = openai, model = "m", response = none)]
fn fails_with_text() -> Result<u8, BadText> {
    Err(BadText)
}

#[genai::chat(
    provider = openai,
    model = "m",
    input = bad,
    system = bad,
    tools = bad,
    properties(bad = bad),
    attributes(app.bad = bad),
    metric_attributes(app.bad = bad),
    response(|_| output = Bad),
)]
fn says(bad: &Bad) -> u8 {
    1
}

#[genai::retrieval(data_source_id = "m", response(|_| documents = Bad))]
fn finds() -> u8 {
    1
}

#[genai::tool(name = "m", arguments = bad, response(|_| result = Bad))]
fn runs(bad: &Bad) -> u8 {
    1
}

#[genai::context(properties(bad = bad))]
fn in_context(bad: &Bad) -> u8 {
    1
}

/// What an annotated body says of its operation.
#[genai::chat(provider = openai, model = "m", response = none)]
fn current() -> u8 {
    genai::current()
        .input(&Bad)
        .output(&Bad)
        .system(&Bad)
        .tools(&Bad)
        .documents(&Bad)
        .property("bad", Bad)
        .request(&Bad)
        .response(&Bad);
    1
}

/// The one span of a call, which ended well.
fn ended_well(h: &Harness, result: u8) {
    assert_eq!(result, 1);
    let spans = h.spans();
    assert_eq!(spans.len(), 1, "{spans:?}");
    assert!(!spans[0].is_error(), "{spans:?}");
    h.clear();
}

/// The one span of a call, which failed with this error.
fn failed(h: &Harness, error_type: &str) {
    let spans = h.spans();
    assert_eq!(spans.len(), 1, "{spans:?}");
    assert_eq!(spans[0].str("error.type"), Some(error_type));
    assert_eq!(spans[0].error_description(), "");
    h.clear();
}

fn content() -> Harness {
    Harness::install_with(|t| t.capture(ContentCapture::SpanOnly))
}

/// Every way of content and properties: attributes, builders, invocations, `current()`.
fn everything(h: &Harness) {
    ended_well(h, says(&Bad));
    ended_well(h, current());
    let mut chat = h.telemetry().chat("openai").property("bad", Bad).start();
    chat.input(&Bad)
        .output(&Bad)
        .system(&Bad)
        .tools(&Bad)
        .property("bad", Bad);
    chat.finish();
    ended_well(h, 1);
    let mut agent = h.telemetry().agent("openai").start();
    agent.input(&Bad).output(&Bad).system(&Bad).tools(&Bad);
    agent.finish();
    ended_well(h, 1);
    let mut workflow = h.telemetry().workflow().start();
    workflow.input(&Bad).output(&Bad);
    workflow.finish();
    ended_well(h, 1);
    let mut retrieval = h.telemetry().retrieval().start();
    retrieval.documents(&Bad);
    retrieval.finish();
    ended_well(h, 1);
    ended_well(h, finds());
    assert_eq!(in_context(&Bad), 1);
    assert!(GenAiContext::new().property("bad", Bad).is_empty());
}

fn chat(telemetry: &Telemetry) {
    let mut chat = telemetry.chat("openai").model("m").start();
    chat.input("question").output("answer").input_tokens(1);
    chat.finish();
}

fn stream_of<T>(telemetry: &Telemetry, items: [T; 3]) -> usize
where
    T: Chunk + 'static,
{
    let chat = telemetry.chat("openai").model("m").stream().start();
    let items = items.map(Ok::<_, fmt::Error>);
    block_on(genai::observe_stream(chat, stream::iter(items)).count())
}

struct Piece;

impl Chunk for Piece {
    fn record_chunk(&self, stream: &mut Accumulator) {
        stream.text(0, "a");
    }
}

/// A service that makes a call.
struct Serves;

impl tower_service::Service<hyper::Request<()>> for Serves {
    type Response = hyper::Response<()>;
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: hyper::Request<()>) -> Self::Future {
        genai::chat("openai").start().finish();
        std::future::ready(Ok(hyper::Response::new(())))
    }
}

/// For each entry of the list, what provokes it.
const CASES: &[(&str, fn())] = &[
    ("the constructor of a completion hook", || {
        drop(Telemetry::from_env())
    }),
    ("the function that opens the context of a request", || {
        let h = Harness::install();
        let layer = genai::services::server().context(|_, _| bad());
        let mut service = tower_layer::Layer::layer(&layer, Serves);
        let answer = tower_service::Service::call(&mut service, hyper::Request::new(()));
        assert!(block_on(answer).is_ok());
        ended_well(&h, 1);
    }),
    ("an implementation of `genai::Request`", || {
        let h = content();
        ended_well(&h, asks(&Bad));
        h.telemetry().chat("openai").request(&Bad).start().finish();
        ended_well(&h, 1);
        let mut chat = h.telemetry().chat("openai").start();
        chat.request(&Bad).request(&genai::Wire::openai(&Bad));
        chat.finish();
        ended_well(&h, 1);
    }),
    ("an implementation of `genai::ProviderRequest`", || {
        ended_well(&content(), asks(&Bad));
    }),
    ("an implementation of `genai::Response`", || {
        let h = content();
        let _: Bad = answers();
        ended_well(&h, 1);
        let mut chat = h.telemetry().embeddings("openai").start();
        chat.response(&Bad);
        chat.finish();
        ended_well(&h, 1);
    }),
    ("an implementation of `genai::Chunk`", || {
        let h = content();
        assert_eq!(block_on(streams().count()), 2);
        ended_well(&h, 1);
        assert_eq!(stream_of(h.telemetry(), [Bad, Bad, Bad]), 3);
        ended_well(&h, 1);
    }),
    ("the `AsRef<[u8]>` of a piece of a body", || {
        let h = content();
        let chat = h.telemetry().chat("openai").stream().start();
        let pieces = stream::iter([Bad, Bad].map(Ok::<_, fmt::Error>));
        assert_eq!(block_on(genai::observe_bytes(chat, pieces).count()), 2);
        ended_well(&h, 1);
    }),
    ("the function that knows a stream's failures", || {
        let h = content();
        let chat = h.telemetry().chat("openai").stream().start();
        let failure: fn(&Piece) -> Option<Failure> = |_| bad();
        let stream = genai::observe_stream_with(chat, stream::iter([Piece, Piece]), failure);
        assert_eq!(block_on(stream.count()), 2);
        ended_well(&h, 1);
    }),
    ("the function that knows the failures of an attempt", || {
        let h = Harness::install();
        let failure: fn(&u8) -> Option<Failure> = |_| bad();
        assert_eq!(block_on(genai::attempt_with(async { 7 }, failure)), 7);
        assert!(!h.span("attempt 1").is_error());
    }),
    ("an implementation of `genai::ErrorType`", || {
        let h = content();
        assert!(fails().is_err());
        failed(&h, "_OTHER");
    }),
    ("the `Display` of an error", || {
        let h = content();
        let path = std::any::type_name::<BadText>();
        assert!(fails_with_text().is_err());
        failed(&h, path);
        h.telemetry().chat("openai").start().fail(&BadText);
        failed(&h, path);
    }),
    ("an implementation of `genai::message::ToInput`", || {
        everything(&content())
    }),
    ("an implementation of `genai::message::ToOutput`", || {
        everything(&content())
    }),
    ("an implementation of `genai::message::ToSystem`", || {
        everything(&content())
    }),
    ("an implementation of `genai::message::ToTools`", || {
        everything(&content())
    }),
    ("an implementation of `genai::message::ToDocuments`", || {
        everything(&content())
    }),
    (
        "an implementation of `genai::context::PropertyValue`",
        || everything(&content()),
    ),
    ("the `Serialize` of a tool's arguments or result", || {
        let h = content();
        ended_well(&h, runs(&Bad));
        let mut tool = h.telemetry().tool("m").start();
        tool.arguments(&Bad).result(&Bad);
        tool.finish();
        ended_well(&h, 1);
    }),
    ("the global propagator of OpenTelemetry", || {
        opentelemetry::global::set_text_map_propagator(Bad);
        let h = content();
        let mut meta = serde_json::Map::new();
        let mut call = h.telemetry().mcp_client("ping").start();
        call.inject(&mut meta);
        call.finish();
        assert!(meta.contains_key("traceparent"));
        h.telemetry()
            .mcp_server("ping")
            .meta(&meta)
            .start()
            .finish();
        let spans = h.spans();
        assert_eq!(spans[1].parent_span_id, Some(spans[0].span_id));
        // The headers of a request are written here, whether it panics when asked for its fields or when it writes them.
        let span = spans[0].clone();
        let span = SpanContext::new(
            span.trace_id,
            span.span_id,
            TraceFlags::SAMPLED,
            true,
            TraceState::default(),
        );
        let cx = Context::new()
            .with_remote_span_context(span.clone())
            .with_baggage([KeyValue::new("user.id", "alice")]);
        let _current = cx.attach();
        let sent = Baggage::new().send(["user.id"]);
        Telemetry::builder().baggage(sent).install();
        let sets: [fn(); 2] = [
            || opentelemetry::global::set_text_map_propagator(Bad),
            || opentelemetry::global::set_text_map_propagator(Halfway::new()),
        ];
        for set in sets {
            set();
            let headers = genai::services::headers();
            let (trace, id) = (span.trace_id(), span.span_id());
            assert_eq!(headers["traceparent"], format!("00-{trace}-{id}-01"));
            assert_eq!(headers["baggage"], "user.id=alice");
            assert_eq!(headers.len(), 2, "{headers:?}");
        }
        Telemetry::builder().install();
    }),
    ("the error classifier", || {
        let h = Harness::with(|t| t.error_classifier(|_| bad()));
        let chat = h.telemetry().chat("openai").model("m").start();
        chat.fail(&io::Error::from(io::ErrorKind::TimedOut));
        let spans = h.spans();
        assert_eq!(spans[0].str("error.type"), Some("std::io::error::Error"));
    }),
    ("the redactor", || {
        let h = Harness::with(|t| t.capture(ContentCapture::SpanOnly).redactor(|_| bad()));
        chat(h.telemetry());
        assert!(!format!("{:?}", h.spans()).contains("question"));
        ended_well(&h, 1);
    }),
    ("a completion hook", || {
        let h = Harness::with(|t| t.completion_hook(Bad));
        chat(h.telemetry());
        ended_well(&h, 1);
    }),
    ("the flush of a completion hook", || {
        let h = Harness::with(|t| t.completion_hook(Bad));
        assert!(h.telemetry().flush(Duration::from_secs(30)).is_err());
    }),
    ("the shutdown of a completion hook", || {
        let h = Harness::with(|t| t.completion_hook(Bad));
        assert!(h.telemetry().shutdown(Duration::from_secs(30)).is_err());
    }),
    ("a tracer or span of OpenTelemetry", || {
        let builders: [fn() -> genai::TelemetryBuilder; 2] = [
            || Telemetry::builder().tracer_provider(BadTracing),
            || Telemetry::builder().tracer_provider(NoProvider),
        ];
        for builder in builders {
            let h = Harness::new();
            let telemetry = builder()
                .meter_provider(h.meter_provider().clone())
                .logger_provider(h.logger_provider().clone())
                .emit_events(true)
                .build();
            chat(&telemetry);
            assert_eq!(stream_of(&telemetry, [Piece, Piece, Piece]), 3);
            assert_eq!(h.point("gen_ai.client.token.usage", &[]).count, 1);
            assert_eq!(h.point("gen_ai.client.operation.duration", &[]).count, 2);
            assert_eq!(h.events().len(), 2);
        }
    }),
    ("a meter or instrument of OpenTelemetry", || {
        let h = Harness::new();
        let tracer = h.tracer_provider().clone();
        for telemetry in [
            Telemetry::builder()
                .tracer_provider(tracer.clone())
                .meter_provider(BadMetering)
                .build(),
            Telemetry::builder()
                .tracer_provider(tracer.clone())
                .meter_provider(NoProvider)
                .build(),
        ] {
            chat(&telemetry);
            ended_well(&h, 1);
            assert_eq!(stream_of(&telemetry, [Piece, Piece, Piece]), 3);
            ended_well(&h, 1);
        }
    }),
    ("a logger of OpenTelemetry", || {
        let h = Harness::new();
        let tracer = h.tracer_provider().clone();
        let builder = || {
            Telemetry::builder()
                .tracer_provider(tracer.clone())
                .emit_events(true)
        };
        for telemetry in [
            builder().logger_provider(BadLogging).build(),
            builder().logger_provider(NoProvider).build(),
        ] {
            chat(&telemetry);
            ended_well(&h, 1);
        }
    }),
    ("the destructor of a provider, exporter or hook", || {
        // One provider given and the other taken from the globals: such a configuration is counted, and dropped when it is
        // replaced.
        let install = || Telemetry::builder().tracer_provider(BadAtTheEnd).install();
        install();
        assert_eq!(plain(), 1);
        install();
        assert_eq!(plain(), 1);
    }),
    ("an implementation of `genai::upload::Store`", || {
        let builder = UploadHook::builder()
            .base_path("bad://x")
            .store(Arc::new(Bad));
        let hook = Arc::new(builder.build().unwrap());
        let h = Harness::with(|t| t.completion_hook(Arc::clone(&hook)));
        chat(h.telemetry());
        ended_well(&h, 1);
        assert!(hook.flush(Duration::from_secs(30)).is_ok());
        assert_eq!(hook.stats().failed.files, 2);
    }),
    ("the writer of the console", || {
        let console = genai::console::builder().writer(Bad).build();
        chat(console.telemetry());
        console.print_summary();
    }),
    (
        "the `tracing` subscriber that gets this library's own lines",
        || {
            LOST.set(true);
            // Each says a line.
            let _ = GenAiContext::new().property("", 1);
            let h = Harness::new();
            h.telemetry()
                .chat("openai")
                .attribute("", 1)
                .start()
                .finish();
            LOST.set(false);
            ended_well(&h, 1);
        },
    ),
];

thread_local! {
    /// Whether the subscriber panics on this thread.
    static LOST: Cell<bool> = const { Cell::new(false) };
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        struct Text(String);
        impl Visit for Text {
            fn record_debug(&mut self, _: &Field, value: &dyn Debug) {
                self.0.push_str(&format!("{value:?} "));
            }
        }
        if LOST.get() {
            bad();
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().unwrap().push(text.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn whatever_panics_is_said_once_and_changes_nothing() {
    let named = ("OTEL_INSTRUMENTATION_GENAI_COMPLETION_HOOK", "bad");
    isolated(
        "whatever_panics_is_said_once_and_changes_nothing",
        &[named],
        || {
            // A hundred traces of panics that are wanted say nothing.
            std::panic::set_hook(Box::new(|info| {
                let wanted = info.payload_as_str() == Some("in code of others");
                if !wanted {
                    eprintln!("{info}");
                }
            }));
            let lines = Lines::default();
            tracing::subscriber::set_global_default(lines.clone()).unwrap();
            genai::hook::register("bad", || -> Result<Bad, Box<dyn std::error::Error>> {
                bad()
            });

            let mut cases: Vec<&str> = CASES.iter().map(|(what, _)| *what).collect();
            let mut listed = genai::__rt::call_outs().to_vec();
            cases.sort_unstable();
            listed.sort_unstable();
            assert_eq!(cases, listed, "each entry has its case");

            for (what, provoke) in CASES {
                for _ in 0..2 {
                    provoke();
                }
                let said = format!("\"{what} panicked: ");
                let lines = lines.0.lock().unwrap();
                let times = lines.iter().filter(|line| line.contains(&said)).count();
                let expected = usize::from(!what.contains("subscriber"));
                assert_eq!(times, expected, "{what}: {lines:?}");
                assert!(!lines.concat().contains("in code of others"), "{lines:?}");
            }
        },
    );
}

/// Traits that users implement are all on the list: one that is added needs an entry, or a word here on why not.
#[test]
fn every_trait_for_users_is_on_the_list() {
    // Sealed, or implemented for types of this library and the standard library alone.
    const NOT_FOR_USERS: [&str; 11] = [
        "Sealed",
        "Outgoing",
        "IntoFailure",
        "FromFuture",
        "FromStream",
        "ValueOf",
        "StrValue",
        "IntValue",
        "FloatValue",
        "BoolValue",
        "StrsValue",
    ];
    let listed = genai::__rt::call_outs().join(" ");
    let mut found = 0;
    let mut folders = vec![genai_tests::workspace().join("genai-runtime/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                // What expansions call is for no one else.
                if !path.ends_with("__rt") {
                    folders.push(path);
                }
                continue;
            }
            // So is what `#[genai::mcp]` expands to calls of.
            if path.ends_with("rmcp/attribute.rs") {
                continue;
            }
            for line in std::fs::read_to_string(&path).unwrap().lines() {
                let Some(rest) = line.trim_start().strip_prefix("pub trait ") else {
                    continue;
                };
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
                if name.is_empty() {
                    // A macro's.
                    continue;
                }
                let is_known = listed.contains(&format!("::{name}`"))
                    || NOT_FOR_USERS.contains(&name.as_str())
                    // It is there under other words, one for each of its methods.
                    || name == "CompletionHook";
                assert!(
                    is_known,
                    "{name} of {} is called without an entry",
                    path.display()
                );
                found += 1;
            }
        }
    }
    assert!(found > 15, "{found}");
}
