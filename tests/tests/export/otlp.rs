//! `genai::otlp` against a collector on loopback.
//!
//! What it reads is the process's environment, so each case runs in a process of its own.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use genai_tests::isolated;
use genai_tests::server::{Reply, Request, Server};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use prost::Message;

/// An OTLP/HTTP collector that keeps everything.
struct Collector {
    server: Server,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Collector {
    fn start() -> Self {
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let kept = Arc::clone(&requests);
        let server = Server::start(move |request| {
            kept.lock().unwrap().push(request);
            Reply {
                status: 200,
                content_type: "application/x-protobuf",
                body: Vec::new(),
            }
        });
        Collector {
            server: server.unwrap(),
            requests,
        }
    }

    fn endpoint(&self) -> String {
        self.server.url()
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// The decoded exports of one path.
    fn decoded<T: Message + Default>(&self, path: &str) -> Vec<T> {
        let requests = self.requests();
        requests
            .iter()
            .filter(|request| request.path == path)
            .map(|request| T::decode(request.body.as_slice()).unwrap())
            .collect()
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
    const RUNTIME: &str = "GENAI_TEST_RUNTIME";
    for has_runtime in ["false", "true"] {
        let collector = Collector::start();
        let endpoint = collector.endpoint();
        let mut variables = SETTINGS.to_vec();
        variables.push(("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint));
        variables.push((RUNTIME, has_runtime));
        let ran = isolated(
            "traces_metrics_and_events_arrive_with_and_without_a_runtime",
            &variables,
            || {
                let run = || {
                    let _telemetry = genai::otlp::init().unwrap();
                    calls();
                };
                if std::env::var(RUNTIME).unwrap() == "true" {
                    // One thread, which the flush blocks: the export must not depend on it.
                    genai_tests::runtime().block_on(async {
                        run();
                        tokio::task::yield_now().await;
                    });
                } else {
                    run();
                }
            },
        );
        if ran.is_none() {
            return;
        }
        check(&collector);
        for export in collector.requests() {
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
    let ran = isolated("a_signal_may_go_elsewhere_or_nowhere", &variables, || {
        let _telemetry = genai::otlp::init().unwrap();
        calls();
    });
    if ran.is_none() {
        return;
    }
    let paths = |collector: &Collector| -> Vec<String> {
        collector.requests().into_iter().map(|e| e.path).collect()
    };
    assert_eq!(paths(&common), ["/v1/logs"]);
    assert_eq!(paths(&own), ["/elsewhere"]);
    assert!(
        own.requests()
            .iter()
            .all(|export| export.headers["content-encoding"] == "gzip")
    );
}

#[test]
fn nobody_listening_holds_nothing_up() {
    // A port that accepts connections and never answers.
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    for endpoint in [endpoint.as_str(), "http://127.0.0.1:1"] {
        let ran = isolated(
            "nobody_listening_holds_nothing_up",
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)],
            || {
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
            },
        );
        if ran.is_none() {
            return;
        }
    }
}

#[test]
fn switched_off_exports_nothing() {
    let collector = Collector::start();
    let endpoint = collector.endpoint();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_SDK_DISABLED", "true"),
    ];
    isolated("switched_off_exports_nothing", &variables, || {
        let telemetry = genai::otlp::init().unwrap();
        assert!(telemetry.tracer_provider().is_none());
        calls();
        assert!(telemetry.flush(Duration::from_secs(1)).is_ok());
    });
    assert!(collector.requests().is_empty());
}

#[test]
fn mistakes_are_reported_with_their_variable() {
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
        let ran = isolated(
            "mistakes_are_reported_with_their_variable",
            &[(variable, value)],
            || {
                let error = genai::otlp::init().unwrap_err();
                println!("error: {error}");
            },
        );
        let Some(output) = ran else { return };
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

/// What OpenTelemetry's global propagator writes of a span and a member of baggage.
fn propagated() -> Vec<String> {
    use opentelemetry::baggage::BaggageExt as _;
    use opentelemetry::trace::{
        SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
    };
    let span = SpanContext::new(
        TraceId::from(1_u128),
        SpanId::from(2_u64),
        TraceFlags::SAMPLED,
        false,
        TraceState::NONE,
    );
    let member = opentelemetry::KeyValue::new("a", "1");
    let cx = opentelemetry::Context::new()
        .with_remote_span_context(span)
        .with_baggage([member]);
    let mut fields = std::collections::HashMap::new();
    opentelemetry::global::get_text_map_propagator(|propagator| {
        propagator.inject_context(&cx, &mut fields);
    });
    let mut names: Vec<String> = fields.into_keys().collect();
    names.sort_unstable();
    names
}

#[test]
fn the_propagators_of_w3c_are_set_unless_one_is() {
    const OWN: &str = "GENAI_TEST_OWN";
    for (list, own, disabled, expected) in [
        ("", "", "", "baggage traceparent tracestate"),
        ("tracecontext", "", "", "traceparent tracestate"),
        ("none", "", "", ""),
        ("", "baggage", "", "baggage"),
        ("", "", "true", ""),
    ] {
        let variables = [
            ("OTEL_PROPAGATORS", list),
            ("OTEL_SDK_DISABLED", disabled),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
            (OWN, own),
            ("GENAI_TEST_EXPECTED", expected),
        ];
        let name = "the_propagators_of_w3c_are_set_unless_one_is";
        let ran = isolated(name, &variables, || {
            if !std::env::var(OWN).unwrap().is_empty() {
                opentelemetry::global::set_text_map_propagator(
                    opentelemetry_sdk::propagation::BaggagePropagator::new(),
                );
            }
            let _built = genai::otlp::builder().deadline(Duration::ZERO).build();
            let before = propagated();
            let _telemetry = genai::otlp::builder().deadline(Duration::ZERO).init();
            let after = propagated().join(" ");
            assert_eq!(after, std::env::var("GENAI_TEST_EXPECTED").unwrap());
            // Beside the process's default nothing is set.
            assert!(before.is_empty() || before.join(" ") == after);
            assert!(!std::env::var(OWN).unwrap().is_empty() || before.is_empty());
        });
        if ran.is_none() {
            return;
        }
    }
}
