//! A collector of OTLP on loopback: what the processes report goes in, spans and events come out.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

/// A span, as far as a tree shows it.
pub(crate) struct Span {
    pub(crate) service: String,
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) parent: String,
    pub(crate) trace: String,
    pub(crate) start: u64,
    pub(crate) attributes: Vec<(String, String)>,
}

/// An event, likewise.
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) span: String,
    pub(crate) attributes: Vec<(String, String)>,
}

#[derive(Default)]
pub(crate) struct Received {
    pub(crate) spans: Vec<Span>,
    pub(crate) events: Vec<Event>,
}

type Shared = Arc<Mutex<Received>>;

/// The collector; it listens as long as the process runs.
pub(crate) struct Collector {
    pub(crate) url: String,
    received: Shared,
}

impl Collector {
    pub(crate) async fn start() -> std::io::Result<Self> {
        let received = Shared::default();
        let router = Router::new()
            .route("/v1/traces", post(traces))
            .route("/v1/logs", post(logs))
            .route("/v1/metrics", post(|| async {}))
            .with_state(Arc::clone(&received));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, received })
    }

    /// What it has received so far.
    pub(crate) async fn received(&self) -> Received {
        std::mem::take(&mut *self.received.lock().await)
    }
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text(value: &AnyValue) -> String {
    match &value.value {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::BoolValue(value)) => value.to_string(),
        Some(Value::IntValue(value)) => value.to_string(),
        Some(Value::DoubleValue(value)) => format!("{value:.2}"),
        _ => String::new(),
    }
}

fn attributes(attributes: &[KeyValue]) -> Vec<(String, String)> {
    attributes
        .iter()
        .map(|a| {
            (
                a.key.clone(),
                a.value.as_ref().map(text).unwrap_or_default(),
            )
        })
        .collect()
}

async fn traces(State(received): State<Shared>, body: Bytes) {
    let Ok(request) = ExportTraceServiceRequest::decode(body) else {
        return;
    };
    let mut received = received.lock().await;
    for resource in request.resource_spans {
        let of = resource.resource.map(|r| attributes(&r.attributes));
        let service = of
            .and_then(|of| of.into_iter().find(|(key, _)| key == "service.name"))
            .map(|(_, name)| name)
            .unwrap_or_default();
        let spans = resource.scope_spans.into_iter().flat_map(|s| s.spans);
        received.spans.extend(spans.map(|span| Span {
            service: service.clone(),
            attributes: attributes(&span.attributes),
            name: span.name,
            id: hex(&span.span_id),
            parent: hex(&span.parent_span_id),
            trace: hex(&span.trace_id),
            start: span.start_time_unix_nano,
        }));
    }
}

async fn logs(State(received): State<Shared>, body: Bytes) {
    let Ok(request) = ExportLogsServiceRequest::decode(body) else {
        return;
    };
    let scopes = request.resource_logs.into_iter().flat_map(|r| r.scope_logs);
    let records = scopes.flat_map(|s| s.log_records);
    received
        .lock()
        .await
        .events
        .extend(records.map(|record| Event {
            attributes: attributes(&record.attributes),
            name: record.event_name,
            span: hex(&record.span_id),
        }));
}
