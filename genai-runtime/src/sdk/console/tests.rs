//! The console from the outside: SDK spans, metrics and events in, text out.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use opentelemetry::logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _};
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::{
    SpanKind, Status, TraceContextExt as _, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue, StringValue, Value};
use opentelemetry_sdk::trace::{IdGenerator, SdkTracerProvider};

use super::*;

#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Ids that count, so that the output is always the same.
#[derive(Debug, Default)]
struct Counting(std::sync::atomic::AtomicU64);

impl IdGenerator for Counting {
    fn new_trace_id(&self) -> opentelemetry::TraceId {
        opentelemetry::TraceId::from_bytes([0xab; 16])
    }
    fn new_span_id(&self) -> opentelemetry::SpanId {
        opentelemetry::SpanId::from(1 + self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
    }
}

struct Stage {
    buffer: Buffer,
    printer: Printer,
    provider: SdkTracerProvider,
    began: SystemTime,
}

impl Stage {
    fn new(color: ColorChoice) -> Self {
        let buffer = Buffer::default();
        let printer = builder()
            .writer(buffer.clone())
            .color(color)
            .width(100)
            .printer();
        let provider = SdkTracerProvider::builder()
            .with_id_generator(Counting::default())
            .with_span_processor(printer.spans())
            .build();
        Stage {
            buffer,
            printer,
            provider,
            began: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000),
        }
    }

    fn at(&self, ms: u64) -> SystemTime {
        self.began + Duration::from_millis(ms)
    }

    fn span(
        &self,
        name: &'static str,
        parent: &Context,
        from: u64,
        attributes: Vec<KeyValue>,
    ) -> Context {
        let tracer = self.provider.tracer("test");
        let span = tracer
            .span_builder(name)
            .with_kind(SpanKind::Client)
            .with_start_time(self.at(from))
            .with_attributes(attributes)
            .start_with_context(&tracer, parent);
        parent.with_span(span)
    }

    fn end(&self, cx: &Context, at: u64) {
        cx.span().end_with_timestamp(self.at(at));
    }
}

fn kv(key: &'static str, value: impl Into<Value>) -> KeyValue {
    KeyValue::new(key, value)
}

fn chat(model: &'static str) -> Vec<KeyValue> {
    vec![
        kv("gen_ai.operation.name", "chat"),
        kv("gen_ai.provider.name", "openai"),
        kv("gen_ai.request.model", model),
        kv("gen_ai.conversation.id", "conv-1"),
    ]
}

#[test]
fn a_trace_is_drawn_as_a_tree() {
    let stage = Stage::new(ColorChoice::Never);
    let root = stage.span(
        "answer",
        &Context::new(),
        0,
        vec![
            kv("gen_ai.conversation.id", "conv-1"),
            kv("gen_ai.association.properties.user.id", "alice"),
        ],
    );
    let mut attributes = chat("gpt-4o-mini");
    attributes.extend([
        kv("gen_ai.usage.input_tokens", 1_024_i64),
        kv("gen_ai.usage.output_tokens", 7_i64),
        kv("gen_ai.usage.cache_read.input_tokens", 512_i64),
        kv("gen_ai.response.time_to_first_chunk", 0.12),
        kv("gen_ai.response.finish_reasons", Value::Array(vec![StringValue::from("tool_calls")].into())),
        kv("gen_ai.output.messages", r#"[{"role":"assistant","parts":[{"type":"tool_call","name":"get_weather","arguments":{"city":"Paris"}}]}]"#),
    ]);
    let first = stage.span("chat gpt-4o-mini", &root, 1, attributes);
    stage.end(&first, 413);
    let tool = stage.span(
        "execute_tool get_weather",
        &root,
        420,
        vec![kv("gen_ai.operation.name", "execute_tool")],
    );
    let http = stage.span("GET", &tool, 421, vec![]);
    stage.end(&http, 430);
    stage.end(&tool, 432);
    let failing = stage.span("chat gpt-nope", &root, 440, chat("gpt-nope"));
    failing
        .span()
        .set_attribute(kv("error.type", "model_not_found"));
    failing.span().set_status(Status::error(
        "The model `gpt-nope` does not exist\nor you do not have access to it.",
    ));
    stage.end(&failing, 443);
    assert_eq!(
        stage.buffer.text(),
        "",
        "nothing is printed before the trace is complete"
    );
    stage.end(&root, 1_820);

    let expected = "
trace abababab · conversation conv-1 · user.id=alice
  answer                                       1.82 s
  ├─ chat gpt-4o-mini                          412 ms      1\u{202f}024→7  tool_calls · first chunk 120 ms
  │     out  get_weather({\"city\":\"Paris\"})
  ├─ execute_tool get_weather                   12 ms
  │  └─ GET                                    9.0 ms
  └─ chat gpt-nope                             3.0 ms               ✗ model_not_found · openai
        The model `gpt-nope` does not exist or you do not have access to it.
";
    assert_eq!(stage.buffer.text(), expected);
}

#[test]
fn names_cannot_drive_the_terminal_and_colors_are_balanced() {
    let stage = Stage::new(ColorChoice::Always);
    let root = stage.span("evil \x1b[2J\r\nname", &Context::new(), 0, chat("m"));
    stage.end(&root, 1);
    let text = stage.buffer.text();
    assert!(text.contains("\\u{1b}[2J"), "{text}");
    assert!(!text.contains("\x1b[2J") && !text.contains('\r'));
    assert!(text.contains("\x1b[1m"));
    assert_eq!(
        text.matches("\x1b[0m").count() * 2,
        text.matches('\x1b').count()
    );
}

#[test]
fn children_that_outlive_their_root_are_continued() {
    let stage = Stage::new(ColorChoice::Never);
    let root = stage.span("handler", &Context::new(), 0, vec![]);
    let stream = stage.span("chat gpt-5", &root, 1, chat("gpt-5"));
    stage.end(&root, 5);
    let early = stage.buffer.text();
    assert!(
        early.contains("└─ chat gpt-5") && early.contains("running"),
        "{early}"
    );
    stage.end(&stream, 900);
    let late = stage.buffer.text();
    assert!(
        late.contains("(continued) · conversation conv-1") && late.contains("899 ms"),
        "{late}"
    );
}

#[test]
fn a_trace_that_never_ends_is_printed_at_shutdown() {
    let stage = Stage::new(ColorChoice::Never);
    let root = stage.span("handler", &Context::new(), 0, vec![]);
    let child = stage.span("chat gpt-5", &root, 1, chat("gpt-5"));
    stage.end(&child, 5);
    stage.provider.shutdown().unwrap();
    let text = stage.buffer.text();
    assert!(
        text.contains("handler") && text.contains("running") && text.contains("└─ chat gpt-5"),
        "{text}"
    );
}

#[test]
fn deep_and_wide_traces_are_drawn_whole() {
    let stage = Stage::new(ColorChoice::Never);
    let mut chain = vec![stage.span("top", &Context::new(), 0, vec![])];
    for _ in 0..400 {
        let child = stage.span("deep", chain.last().unwrap(), 1, vec![]);
        chain.push(child);
    }
    for cx in chain.iter().rev() {
        stage.end(cx, 2);
    }
    let text = stage.buffer.text();
    assert_eq!(text.matches("deep").count(), 400);
    assert!(text.lines().all(|line| line.chars().count() <= 100));
}

#[test]
fn events_stand_below_their_span_with_an_excerpt_only_of_what_they_carry() {
    let stage = Stage::new(ColorChoice::Never);
    let logs = SdkLoggerProvider::builder()
        .with_log_processor(stage.printer.events())
        .build();
    let logger = logs.logger("test");
    let emit = |content: bool| {
        let mut record = logger.create_log_record();
        record.set_event_name("gen_ai.client.inference.operation.details");
        if content {
            let part: AnyValue = [
                ("type", AnyValue::from("text")),
                ("content", "Weather in Paris?".into()),
            ]
            .into_iter()
            .map(|(k, v)| (opentelemetry::Key::from(k), v))
            .collect();
            let parts: AnyValue = std::iter::once(part).collect();
            let message: AnyValue =
                std::iter::once((opentelemetry::Key::from("parts"), parts)).collect();
            record.add_attribute(
                "gen_ai.input.messages",
                std::iter::once(message).collect::<AnyValue>(),
            );
        }
        logger.emit(record);
    };
    let root = stage.span("chat m", &Context::new(), 0, chat("m"));
    {
        let _current = root.clone().attach();
        emit(true);
        emit(false);
    }
    assert_eq!(stage.buffer.text(), "");
    stage.end(&root, 1);
    let text = stage.buffer.text();
    assert_eq!(
        text.matches("event gen_ai.client.inference.operation.details")
            .count(),
        2,
        "{text}"
    );
    assert_eq!(text.matches("in   Weather in Paris?").count(), 1, "{text}");

    let mut foreign = logger.create_log_record();
    foreign.set_event_name("app.started");
    logger.emit(foreign);
    emit(false);
    let more = stage.buffer.text();
    assert!(!more.contains("app.started"));
    assert_eq!(
        more.matches("\nevent gen_ai.").count(),
        1,
        "an event outside any span has a line of its own: {more}"
    );
}

#[test]
fn the_summary_counts_calls_errors_tokens_and_durations() {
    let buffer = Buffer::default();
    let console = builder()
        .writer(buffer.clone())
        .color(ColorChoice::Never)
        .width(100)
        .build();
    let meter = console.meter_provider().meter("test");
    let boundaries = vec![0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56];
    let duration = meter
        .f64_histogram("gen_ai.client.operation.duration")
        .with_boundaries(boundaries)
        .build();
    let usage = meter.u64_histogram("gen_ai.client.token.usage").build();
    let mut failed = chat("gpt-nope");
    failed.push(kv("error.type", "model_not_found"));
    for _ in 0..20 {
        duration.record(0.412, &chat("gpt-4o-mini"));
        for (side, tokens) in [("input", 24), ("output", 7)] {
            let mut attributes = chat("gpt-4o-mini");
            attributes.push(kv("gen_ai.token.type", side));
            usage.record(tokens, &attributes);
        }
    }
    duration.record(0.003, &failed);
    meter.u64_counter("unrelated").build().add(1, &[]);
    console.print_summary();
    let expected = "
metrics
  operation  model        provider   calls  errors   tokens in→out      p50      p95      max
  chat       gpt-4o-mini  openai        20       0         480→140   412 ms   412 ms   412 ms
  chat       gpt-nope     openai         1       1                   3.0 ms   3.0 ms   3.0 ms
  counter         total
  unrelated           1
";
    assert_eq!(buffer.text(), expected);
    drop(console);
    assert_eq!(buffer.text(), expected.repeat(2));
}

#[test]
fn the_programs_own_instruments_follow_with_their_attributes() {
    let buffer = Buffer::default();
    let console = builder()
        .writer(buffer.clone())
        .color(ColorChoice::Never)
        .width(100)
        .build();
    let telemetry = console.telemetry();
    let excluded = telemetry.counter("app.items.excluded").build().unwrap();
    excluded.add(2, &[kv("reason", "duplicate")]);
    excluded.add(12_000, &[kv("reason", "budget")]);
    let candidates = telemetry.histogram("app.candidates").build().unwrap();
    candidates.record(3.0, &[]);
    let latency = telemetry.histogram("app.latency").unit("ms");
    latency
        .build()
        .unwrap()
        .record(412.0, &[kv("b", true), kv("a", 1_i64)]);
    let cost = telemetry.histogram("app.cost").unit("USD").build().unwrap();
    cost.record(0.000_12, &[]);
    let meter = console.meter_provider().meter("another library");
    meter.f64_gauge("app.load").build().record(0.25, &[]);
    meter.i64_up_down_counter("app.open").build().add(-1, &[]);
    // The conventions' own are in the table of operations, or nowhere.
    meter
        .f64_histogram("gen_ai.client.operation.time_per_output_chunk")
        .build()
        .record(0.1, &[]);
    console.print_summary();
    let expected = "
metrics
  counter                                  total
  app.items.excluded  reason=budget       12\u{202f}000
  app.items.excluded  reason=duplicate         2
  app.open                                    -1
  gauge                                     last
  app.load                                  0.25
  histogram                                count       p50       p95       max
  app.candidates                               1         3         3         3
  app.cost USD                                 1   0.00012   0.00012   0.00012
  app.latency         a=1 b=true               1    412 ms    412 ms    412 ms
";
    assert_eq!(buffer.text(), expected);
}

#[test]
fn only_so_many_lines_are_shown() {
    let buffer = Buffer::default();
    let console = builder()
        .writer(buffer.clone())
        .color(ColorChoice::Never)
        .build();
    let counter = console.telemetry().counter("app.users").build().unwrap();
    for user in 0..250 {
        counter.add(1, &[kv("evil\x1b[2J", user)]);
    }
    drop(console);
    let text = buffer.text();
    assert_eq!(text.matches("app.users").count(), 100, "{text}");
    assert!(text.ends_with("\n  … and 150 more\n"), "{text}");
    assert!(!text.contains('\x1b'), "{text}");
}

#[test]
fn this_librarys_own_operations_are_shown_with_their_content_once() {
    let buffer = Buffer::default();
    let console = builder()
        .writer(buffer.clone())
        .color(ColorChoice::Never)
        .telemetry(|settings| settings.capture(crate::ContentCapture::SpanAndEvent))
        .build();
    let mut chat = console.telemetry().chat("openai").model("gpt-5").start();
    chat.input_tokens(24);
    chat.output_tokens(7);
    chat.input("Weather in Paris?");
    chat.output("Sunny.");
    chat.finish();
    drop(console);
    let text = buffer.text();
    for expected in [
        "chat gpt-5",
        "24→7",
        "openai",
        "event gen_ai.client.inference.operation.details",
        "\nmetrics\n",
    ] {
        assert!(text.contains(expected), "{expected} is not in {text}");
    }
    assert_eq!(text.matches("in   Weather in Paris?").count(), 1, "{text}");
    assert_eq!(text.matches("out  Sunny.").count(), 1, "{text}");
}

#[test]
fn an_evaluation_shows_what_was_said_of_which_call() {
    let buffer = Buffer::default();
    let console = builder()
        .writer(buffer.clone())
        .color(ColorChoice::Never)
        .build();
    let telemetry = console.telemetry();
    let mut chat = telemetry.chat("openai").model("gpt-5").start();
    let seen = chat.span_ref();
    let relevance = || crate::Evaluation::new("relevance");
    relevance()
        .score(0.934)
        .label("pass")
        .emit_to(telemetry, &seen);
    chat.id("r-1");
    chat.finish();
    relevance()
        .error(crate::Failure::new("timeout", "after a while"))
        .explanation("content")
        .emit_to(telemetry, &seen);
    drop(console);
    let text = buffer.text();
    let trace = seen.span_context().expect("a span").trace_id().to_string();
    let event = "event gen_ai.evaluation.result  relevance";
    assert!(text.contains(&format!("{event} 0.93 pass\n")), "{text}");
    let late = format!("{event} timeout · trace {}\n", &trace[..8]);
    assert!(text.contains(&late), "{text}");
    assert!(!text.contains("content"), "{text}");
}

#[test]
fn requests_of_mcp_show_their_method_tool_and_server() {
    let stage = Stage::new(ColorChoice::Never);
    let sent = |name: &'static str, more: Vec<KeyValue>, from: u64| {
        let mut attributes = vec![
            kv("mcp.method.name", "tools/call"),
            kv("gen_ai.tool.name", "get_weather"),
        ];
        attributes.extend(more);
        let span = stage.span(name, &Context::new(), from, attributes);
        stage.end(&span, from + 10);
    };
    sent(
        "tools/call get_weather",
        vec![kv("server.address", "tools.example.com")],
        0,
    );
    sent(
        "execute_tool get_weather",
        vec![kv("gen_ai.operation.name", "execute_tool")],
        20,
    );
    let text = stage.buffer.text();
    let line = |name: &str| {
        let found = text.lines().find(|line| line.contains(name));
        found
            .unwrap_or_else(|| panic!("no {name} in {text}"))
            .trim_end()
            .to_owned()
    };
    assert!(
        line("tools/call get_weather").ends_with(" mcp tools.example.com"),
        "{text}"
    );
    assert!(line("execute_tool").ends_with("tools/call · mcp"), "{text}");

    let buffer = Buffer::default();
    let console = builder()
        .writer(buffer.clone())
        .color(ColorChoice::Never)
        .width(100)
        .build();
    let meter = console.meter_provider().meter("test");
    let labels = [
        kv("mcp.method.name", "tools/call"),
        kv("gen_ai.tool.name", "get_weather"),
    ];
    let failed = [labels.as_slice(), &[kv("error.type", "-32602")]].concat();
    for name in [
        "mcp.client.operation.duration",
        "mcp.server.operation.duration",
    ] {
        let duration = meter
            .f64_histogram(name)
            .with_boundaries(vec![0.01, 0.1])
            .build();
        duration.record(0.05, &labels);
        duration.record(0.05, &failed);
    }
    console.print_summary();
    let text = buffer.text();
    let words: Vec<Vec<&str>> = text
        .lines()
        .map(|l| l.split_whitespace().collect())
        .collect();
    for side in ["client", "server"] {
        let start = ["tools/call", "get_weather", "mcp", side, "2", "1"];
        assert!(words.iter().any(|line| line.starts_with(&start)), "{text}");
    }
}
