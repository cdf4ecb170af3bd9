//! The quickstart, run as a user runs it: what it prints, and what it sends to a collector.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use genai_examples::offline;
use genai_tests::server::{Reply, Server};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use prost::Message;

/// The registry's table, generated from the conventions.
#[allow(dead_code, reason = "the table says more than this test asks")]
#[rustfmt::skip]
#[path = "../../genai-runtime/src/semconv/registry/table.rs"]
mod table;

use table::{ATTRIBUTES, METRICS, OPERATIONS, Operation, Requirement, Type};

const ASSOCIATION: &str = "gen_ai.association.properties.";
/// The quickstart's own attributes.
const OWN: [&str; 1] = ["app.feature"];

/// What the console shows of a run.
fn quickstart(endpoint: Option<&str>) -> String {
    let mut command = offline(env!("CARGO_BIN_EXE_quickstart"));
    command.envs(endpoint.map(|url| ("OTEL_EXPORTER_OTLP_ENDPOINT", url)));
    let output = command.output().expect("the quickstart runs");
    let [printed, console] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    assert!(output.status.success(), "{console}");
    assert_eq!(printed, "as expected: the provider answered 404\n");
    console
}

/// What a run sends, by path.
fn exported() -> BTreeMap<String, Vec<Vec<u8>>> {
    let bodies: Arc<Mutex<BTreeMap<String, Vec<Vec<u8>>>>> = Arc::default();
    let kept = Arc::clone(&bodies);
    let collector = Server::start(move |request| {
        let mut kept = kept.lock().expect("no panic while it is held");
        kept.entry(request.path).or_default().push(request.body);
        Reply {
            status: 200,
            content_type: "application/x-protobuf",
            body: Vec::new(),
        }
    })
    .expect("a free port");
    quickstart(Some(&collector.url()));
    let bodies = bodies.lock().expect("no panic while it is held");
    bodies.clone()
}

fn decoded<T: Message + Default>(exported: &BTreeMap<String, Vec<Vec<u8>>>, path: &str) -> Vec<T> {
    let bodies = exported.get(path).map(Vec::as_slice).unwrap_or_default();
    let decoded = bodies.iter().map(|body| T::decode(body.as_slice()));
    decoded.collect::<Result<_, _>>().expect("protobuf")
}

fn check_scope(scope: Option<&InstrumentationScope>, schema_url: &str) {
    assert_eq!(scope.map(|scope| scope.name.as_str()), Some("genai"));
    assert_eq!(schema_url, table::SCHEMA_URL);
}

fn is_of(value: &Value, ty: Type) -> bool {
    match (value, ty) {
        (Value::StringValue(_), Type::Str | Type::Content)
        | (Value::IntValue(_), Type::Int)
        | (Value::DoubleValue(_), Type::Double)
        | (Value::BoolValue(_), Type::Bool)
        | (Value::ArrayValue(_) | Value::KvlistValue(_), Type::Content) => true,
        (Value::ArrayValue(list), Type::Strs) => {
            let is_text = |item: &AnyValue| matches!(item.value, Some(Value::StringValue(_)));
            list.values.iter().all(is_text)
        }
        _ => false,
    }
}

/// The attributes by key; each is registered with this type, or an association property, or the user's own.
fn checked(attributes: &[KeyValue]) -> BTreeMap<&str, &Value> {
    let mut by_key = BTreeMap::new();
    for attribute in attributes {
        let key = attribute.key.as_str();
        let value = attribute
            .value
            .as_ref()
            .and_then(|value| value.value.as_ref());
        let value = value.expect("a value");
        let known = ATTRIBUTES.iter().find(|known| known.key == key);
        match known {
            Some(known) => {
                assert!(known.deprecated.is_none(), "{key} is deprecated");
                assert!(
                    is_of(value, known.ty),
                    "{key}: {value:?} is no {:?}",
                    known.ty
                );
            }
            None => assert!(
                key.starts_with(ASSOCIATION) || OWN.contains(&key),
                "{key} is unknown"
            ),
        }
        assert!(by_key.insert(key, value).is_none(), "{key} is there twice");
    }
    by_key
}

/// The operation whose name the attributes carry.
fn operation(attributes: &BTreeMap<&str, &Value>) -> &'static Operation {
    let Some(Value::StringValue(name)) = attributes.get("gen_ai.operation.name") else {
        panic!("no operation name in {attributes:?}");
    };
    let mut operations = OPERATIONS.iter();
    let found = operations.find(|operation| operation.names.contains(&name.as_str()));
    found.unwrap_or_else(|| panic!("the operation {name} is unknown"))
}

fn check_span(span: &Span) -> &'static str {
    let attributes = checked(&span.attributes);
    let operation = operation(&attributes);
    for used in operation.uses {
        let key = ATTRIBUTES[usize::from(used.id)].key;
        let required = used.requirement == Requirement::Required;
        assert!(
            !required || attributes.contains_key(key),
            "{}: no {key}",
            span.name
        );
    }
    for key in attributes.keys().filter(|key| key.starts_with("gen_ai.")) {
        let mut uses = operation
            .uses
            .iter()
            .map(|used| ATTRIBUTES[usize::from(used.id)].key);
        let belongs = *key == "gen_ai.operation.name" || key.starts_with(ASSOCIATION);
        assert!(
            belongs || uses.any(|used| used == *key),
            "{}: {key}",
            span.name
        );
    }
    let client = matches!(span.kind(), SpanKind::Client);
    assert_eq!(client, operation.client, "{}", span.name);
    let failed = span
        .status
        .as_ref()
        .is_some_and(|status| status.code() == StatusCode::Error);
    assert_eq!(
        failed,
        attributes.contains_key("error.type"),
        "{}",
        span.name
    );
    assert_eq!(failed, span.name == "chat gpt-unknown");
    operation.name
}

#[test]
fn what_it_sends_is_what_the_conventions_know() {
    let exported = exported();

    let mut spans = BTreeMap::new();
    for request in decoded::<ExportTraceServiceRequest>(&exported, "/v1/traces") {
        for scopes in request
            .resource_spans
            .into_iter()
            .flat_map(|r| r.scope_spans)
        {
            check_scope(scopes.scope.as_ref(), &scopes.schema_url);
            for span in scopes.spans {
                *spans.entry(check_span(&span)).or_insert(0) += 1;
            }
        }
    }
    let wanted = [("chat", 7), ("embeddings", 3), ("tool", 3), ("workflow", 3)];
    assert_eq!(spans, BTreeMap::from(wanted));

    let mut events = 0;
    for request in decoded::<ExportLogsServiceRequest>(&exported, "/v1/logs") {
        for scopes in request.resource_logs.into_iter().flat_map(|r| r.scope_logs) {
            check_scope(scopes.scope.as_ref(), &scopes.schema_url);
            for record in scopes.log_records {
                assert_eq!(
                    record.event_name,
                    "gen_ai.client.inference.operation.details"
                );
                assert!(record.body.is_none());
                assert!(!record.span_id.is_empty());
                let attributes = checked(&record.attributes);
                assert_eq!(operation(&attributes).name, "chat");
                events += 1;
            }
        }
    }
    assert_eq!(events, 7);

    let mut metrics = BTreeSet::new();
    for request in decoded::<ExportMetricsServiceRequest>(&exported, "/v1/metrics") {
        for scopes in request
            .resource_metrics
            .into_iter()
            .flat_map(|r| r.scope_metrics)
        {
            check_scope(scopes.scope.as_ref(), &scopes.schema_url);
            for metric in scopes.metrics {
                let known = METRICS.iter().find(|known| known.name == metric.name);
                let known =
                    known.unwrap_or_else(|| panic!("the metric {} is unknown", metric.name));
                assert_eq!(metric.unit, known.unit);
                let Some(Data::Histogram(histogram)) = metric.data else {
                    panic!("{} is no histogram", metric.name);
                };
                for point in histogram.data_points {
                    assert_eq!(point.explicit_bounds, known.boundaries);
                    for key in checked(&point.attributes).into_keys() {
                        let mut of_metric = known.attributes.iter();
                        let belongs = |id: &u8| ATTRIBUTES[usize::from(*id)].key == key;
                        assert!(of_metric.any(belongs), "{}: {key}", metric.name);
                    }
                }
                metrics.insert(known.name);
            }
        }
    }
    let wanted = [
        "gen_ai.client.operation.duration",
        "gen_ai.client.token.usage",
    ];
    assert_eq!(metrics, BTreeSet::from(wanted));
}

#[test]
fn what_it_prints() {
    let text = quickstart(None);
    for part in [
        "conversation conv-1 · user.id=alice",
        "conversation conv-2 · user.id=bob",
        "conversation conv-3 · user.id=carol",
        "invoke_workflow answer",
        "├─ execute_tool get_weather",
        "chat gpt-4o-mini",
        "execute_tool get_weather",
        "embeddings text-embedding-3-small",
        "event gen_ai.client.inference.operation.details",
        "✗ 404",
        "metrics",
        "errors",
    ] {
        assert!(text.contains(part), "`{part}` is missing in\n{text}");
    }
    assert!(!text.contains('\u{1b}'), "no colors where no terminal is");
    assert!(
        !text.contains("What is the weather"),
        "no content unless it is switched on"
    );
}
