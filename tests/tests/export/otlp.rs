//! `genai::otlp` against a collector on loopback.
//!
//! What it reads is the process's environment, so each case runs in a child process: this program again, told by a variable
//! which case it is.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use prost::Message;

const CASE: &str = "GENAI_TEST_OTLP_CASE";

/// What a collector was sent.
#[derive(Clone, Debug)]
struct Export {
    path: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// An OTLP/HTTP collector that keeps everything.
struct Collector {
    port: u16,
    exports: Arc<Mutex<Vec<Export>>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let exports = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&exports);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || serve(stream, &kept));
            }
        });
        Collector { port, exports }
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn exports(&self) -> Vec<Export> {
        self.exports.lock().unwrap().clone()
    }

    /// The decoded exports of one path.
    fn decoded<T: Message + Default>(&self, path: &str) -> Vec<T> {
        let exports = self.exports();
        exports
            .iter()
            .filter(|e| e.path == path)
            .map(|e| T::decode(e.body.as_slice()).unwrap())
            .collect()
    }
}

fn serve(stream: TcpStream, kept: &Mutex<Vec<Export>>) -> Option<()> {
    let mut writer = stream.try_clone().ok()?;
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let path = line.split(' ').nth(1)?.to_owned();
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            match line.trim().split_once(": ") {
                Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.to_owned()),
                None => break,
            };
        }
        let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
        reader.read_exact(&mut body).ok()?;
        kept.lock().unwrap().push(Export {
            path,
            headers,
            body,
        });
        writer.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n").ok()?;
    }
}

/// Runs a case in a process whose only OpenTelemetry variables are these.
fn run(case: &str, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(std::env::current_exe().unwrap());
    for (name, _) in
        std::env::vars().filter(|(name, _)| name.starts_with("OTEL_") || name.ends_with("_PROXY"))
    {
        command.env_remove(name);
    }
    command
        .args(["--exact", "otlp::child", "--nocapture"])
        .env(CASE, case)
        .envs(variables.iter().copied());
    command.output().unwrap()
}

fn assert_success(output: &Output) {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What the child processes do.
#[test]
fn child() {
    match std::env::var(CASE).as_deref() {
        Ok("plain") => {
            let _telemetry = genai::otlp::init().unwrap();
            calls();
        }
        Ok("tokio") => {
            // One thread, which the flush blocks: the export must not depend on it.
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let _telemetry = genai::otlp::init().unwrap();
                calls();
                tokio::time::sleep(Duration::from_millis(1)).await;
            });
        }
        Ok("unreachable") => {
            let telemetry = genai::otlp::builder()
                .deadline(Duration::from_millis(300))
                .init()
                .unwrap();
            calls();
            let began = Instant::now();
            drop(telemetry);
            assert!(
                began.elapsed() < Duration::from_secs(3),
                "the drop took {:?}",
                began.elapsed()
            );
        }
        Ok("disabled") => {
            let telemetry = genai::otlp::init().unwrap();
            assert!(telemetry.tracer_provider().is_none());
            calls();
            assert!(telemetry.flush(Duration::from_secs(1)).is_ok());
        }
        Ok("error") => {
            let error = genai::otlp::init().unwrap_err();
            println!("error: {error}");
        }
        _ => {}
    }
}

fn calls() {
    let mut chat = genai::chat("openai")
        .model("gpt-5")
        .conversation_id("conv-1")
        .start();
    chat.input_tokens(24);
    chat.output_tokens(7);
    chat.output("Paris.");
    chat.finish();
    let chat = genai::chat("openai").model("gpt-nope").start();
    chat.fail(genai::Failure::new("model_not_found", "no such model"));
}

fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    let value = attributes
        .iter()
        .find(|a| a.key == key)?
        .value
        .as_ref()?
        .value
        .as_ref()?;
    match value {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

/// What `calls` must have exported.
fn check(collector: &Collector) {
    let traces: Vec<ExportTraceServiceRequest> = collector.decoded("/v1/traces");
    let resources: Vec<_> = traces.iter().flat_map(|t| &t.resource_spans).collect();
    for spans in &resources {
        let resource = &spans.resource.as_ref().unwrap().attributes;
        assert_eq!(text(resource, "service.name"), Some("the-service"));
        assert_eq!(text(resource, "deployment.environment"), Some("test"));
    }
    let scopes: Vec<_> = resources.iter().flat_map(|r| &r.scope_spans).collect();
    assert!(
        scopes
            .iter()
            .all(|scope| scope.scope.as_ref().unwrap().name == "genai")
    );
    assert!(
        scopes
            .iter()
            .all(|scope| scope.schema_url == "https://opentelemetry.io/schemas/1.41.1")
    );
    let spans: Vec<_> = scopes.iter().flat_map(|scope| &scope.spans).collect();
    assert_eq!(spans.len(), 2);
    let span = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let answered = &span("chat gpt-5").attributes;
    assert_eq!(text(answered, "gen_ai.conversation.id"), Some("conv-1"));
    let input = answered
        .iter()
        .find(|a| a.key == "gen_ai.usage.input_tokens")
        .unwrap();
    assert_eq!(
        input.value.as_ref().unwrap().value,
        Some(Value::IntValue(24))
    );
    let failed = span("chat gpt-nope");
    assert_eq!(
        failed.status.as_ref().unwrap().code,
        StatusCode::Error as i32
    );
    assert_eq!(
        text(&failed.attributes, "error.type"),
        Some("model_not_found")
    );

    let metrics: Vec<ExportMetricsServiceRequest> = collector.decoded("/v1/metrics");
    let metrics = metrics
        .iter()
        .flat_map(|m| &m.resource_metrics)
        .flat_map(|r| &r.scope_metrics)
        .flat_map(|s| &s.metrics);
    let histograms: BTreeMap<&str, (u64, f64)> = metrics
        .filter_map(|metric| match metric.data.as_ref()? {
            Data::Histogram(histogram) => {
                let points = &histogram.data_points;
                let sum = points.iter().filter_map(|point| point.sum).sum();
                Some((
                    metric.name.as_str(),
                    (points.iter().map(|point| point.count).sum(), sum),
                ))
            }
            _ => None,
        })
        .collect();
    assert_eq!(histograms["gen_ai.client.operation.duration"].0, 2);
    assert_eq!(histograms["gen_ai.client.token.usage"], (2, 31.0));

    let logs: Vec<ExportLogsServiceRequest> = collector.decoded("/v1/logs");
    let records: Vec<_> = logs
        .iter()
        .flat_map(|l| &l.resource_logs)
        .flat_map(|r| &r.scope_logs)
        .flat_map(|s| &s.log_records)
        .collect();
    assert_eq!(records.len(), 2);
    let record = records
        .iter()
        .find(|record| text(&record.attributes, "gen_ai.request.model") == Some("gpt-5"))
        .unwrap();
    assert_eq!(
        record.event_name,
        "gen_ai.client.inference.operation.details"
    );
    assert_eq!(record.span_id, span("chat gpt-5").span_id);
    let content = record
        .attributes
        .iter()
        .find(|a| a.key == "gen_ai.output.messages")
        .unwrap();
    assert!(
        format!("{content:?}").contains("Paris."),
        "the event carries the content that was asked for"
    );
    assert!(
        text(answered, "gen_ai.output.messages").is_none(),
        "and the span does not"
    );
}

const SETTINGS: [(&str, &str); 5] = [
    ("OTEL_SERVICE_NAME", "the-service"),
    ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=a%20b"),
    (
        "OTEL_SEMCONV_STABILITY_OPT_IN",
        "gen_ai_latest_experimental",
    ),
    (
        "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
        "EVENT_ONLY",
    ),
];

#[test]
fn traces_metrics_and_events_arrive_with_and_without_a_runtime() {
    for case in ["plain", "tokio"] {
        let collector = Collector::start();
        let endpoint = collector.endpoint();
        let mut variables = SETTINGS.to_vec();
        variables.push(("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint));
        assert_success(&run(case, &variables));
        check(&collector);
        for export in collector.exports() {
            assert_eq!(export.headers["content-type"], "application/x-protobuf");
            assert_eq!(export.headers["x-key"], "a b");
        }
    }
}

#[test]
fn a_signal_may_go_elsewhere_or_nowhere() {
    let (common, own) = (Collector::start(), Collector::start());
    let (common_endpoint, own_endpoint) =
        (common.endpoint(), format!("{}/elsewhere", own.endpoint()));
    let mut variables = SETTINGS.to_vec();
    variables.extend([
        ("OTEL_EXPORTER_OTLP_ENDPOINT", common_endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", own_endpoint.as_str()),
        ("OTEL_METRICS_EXPORTER", "none"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
    ]);
    assert_success(&run("plain", &variables));
    let paths = |collector: &Collector| -> Vec<String> {
        collector.exports().into_iter().map(|e| e.path).collect()
    };
    assert_eq!(paths(&common), ["/v1/logs"]);
    assert_eq!(paths(&own), ["/elsewhere"]);
    assert!(
        own.exports()
            .iter()
            .all(|export| export.headers["content-encoding"] == "gzip")
    );
}

#[test]
fn nobody_listening_holds_nothing_up() {
    // A port that accepts connections and never answers.
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    assert_success(&run(
        "unreachable",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint)],
    ));
    assert_success(&run(
        "unreachable",
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")],
    ));
}

#[test]
fn switched_off_exports_nothing() {
    let collector = Collector::start();
    let endpoint = collector.endpoint();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_SDK_DISABLED", "true"),
    ];
    assert_success(&run("disabled", &variables));
    assert!(collector.exports().is_empty());
}

#[test]
fn mistakes_are_told_with_their_variable() {
    for (variable, value, expected) in [
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "localhost:4318",
            "`localhost:4318`",
        ),
        (
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
            "http://host:port",
            "`http://host:port`",
        ),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/jsonp", "`http/jsonp`"),
        ("OTEL_TRACES_EXPORTER", "jaeger", "`jaeger`"),
    ] {
        let output = run("error", &[(variable, value)]);
        assert_success(&output);
        let said = String::from_utf8_lossy(&output.stdout);
        let line = said
            .lines()
            .find_map(|line| line.split_once("error: "))
            .unwrap()
            .1;
        assert!(
            line.starts_with(variable) && line.contains(expected),
            "{line}"
        );
    }
}
