//! What a scenario emitted: the SDK's providers with exporters in memory, and their content in the schema of the expected files.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::trace::{SpanId, SpanKind, Status};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLoggerProvider};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Histogram, Metric, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};
use serde_json::{Value, json};

use super::typed;

/// Providers whose output can be read.
#[derive(Clone, Debug)]
pub(super) struct Exporters {
    pub(super) tracers: SdkTracerProvider,
    pub(super) meters: SdkMeterProvider,
    pub(super) loggers: SdkLoggerProvider,
    spans: Spans,
    metrics: InMemoryMetricExporter,
    logs: InMemoryLogExporter,
}

/// Spans in the order of their creation.
#[derive(Clone, Debug, Default)]
struct Spans {
    started: Arc<Mutex<Vec<SpanData>>>,
    ended: Arc<Mutex<HashMap<SpanId, SpanData>>>,
}

impl SpanProcessor for Spans {
    fn on_start(&self, span: &mut Span, _: &Context) {
        if let Some(data) = span.exported_data() {
            self.started.lock().unwrap().push(data);
        }
    }

    fn on_end(&self, span: SpanData) {
        self.ended
            .lock()
            .unwrap()
            .insert(span.span_context.span_id(), span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl Exporters {
    pub(super) fn new() -> Self {
        let (spans, metrics) = (Spans::default(), InMemoryMetricExporter::default());
        let logs = InMemoryLogExporter::default();
        Self {
            tracers: SdkTracerProvider::builder()
                .with_span_processor(spans.clone())
                .build(),
            meters: SdkMeterProvider::builder()
                .with_periodic_exporter(metrics.clone())
                .build(),
            loggers: SdkLoggerProvider::builder()
                .with_simple_exporter(logs.clone())
                .build(),
            spans,
            metrics,
            logs,
        }
    }

    /// How many spans have started.
    pub(super) fn started(&self) -> usize {
        self.spans.started.lock().unwrap().len()
    }

    /// How many events have been emitted.
    pub(super) fn events(&self) -> usize {
        self.logs.get_emitted_logs().map_or(0, |logs| logs.len())
    }

    /// The index of a span.
    pub(super) fn index(&self, id: SpanId) -> Option<usize> {
        let started = self.spans.started.lock().unwrap();
        started.iter().position(|s| s.span_context.span_id() == id)
    }

    /// The spans, in the order of their creation.
    pub(super) fn spans(&self) -> Vec<Value> {
        let started = self.spans.started.lock().unwrap().clone();
        let ended = self.spans.ended.lock().unwrap().clone();
        started
            .iter()
            .enumerate()
            .map(|(index, start)| {
                let end = ended.get(&start.span_context.span_id());
                let span = end.unwrap_or(start);
                let (code, description) = match &span.status {
                    Status::Unset => ("UNSET", None),
                    Status::Ok => ("OK", None),
                    Status::Error { description } => ("ERROR", Some(description.as_ref())),
                };
                json!({
                    "index": index,
                    "name": span.name,
                    "kind": kind(&span.span_kind),
                    "ended": end.is_some(),
                    "status": {"code": code, "description": description},
                    "parent": self.index(span.parent_span_id),
                    "start_attributes": typed::attributes(&start.attributes),
                    "attributes": typed::attributes(&span.attributes),
                    "events": span.events.iter().map(|e| e.name.as_ref()).collect::<Vec<_>>(),
                    "links": span.links.len(),
                    "scope": typed::scope(&span.instrumentation_scope),
                })
            })
            .collect()
    }

    /// The metrics that have points.
    pub(super) fn metrics(&self) -> Vec<Value> {
        if let Err(error) = self.meters.force_flush() {
            eprintln!("metrics: {error}");
        }
        let finished = self.metrics.get_finished_metrics().unwrap_or_default();
        let Some(last) = finished.last() else {
            return Vec::new();
        };
        let mut metrics = Vec::new();
        for scope in last.scope_metrics() {
            for metric in scope.metrics() {
                let mut json = histogram(metric);
                json["scope"] = typed::scope(scope.scope());
                metrics.push(json);
            }
        }
        metrics
    }

    /// The events, in the order of their emission.
    pub(super) fn logs(&self) -> Vec<Value> {
        let logs = self.logs.get_emitted_logs().unwrap_or_default();
        logs.iter()
            .map(|log| {
                let record = &log.record;
                let span = record.trace_context().and_then(|c| self.index(c.span_id));
                let matches = span.is_some_and(|span| {
                    let started = self.spans.started.lock().unwrap();
                    let trace = started.get(span).map(|s| s.span_context.trace_id());
                    trace == record.trace_context().map(|c| c.trace_id)
                });
                json!({
                    "event_name": record.event_name(),
                    "body": record.body().map_or(json!({"type": "null", "value": null}), typed::any),
                    "attributes": typed::map(
                        record.attributes_iter().map(|(key, value)| (key.as_str(), typed::any(value))),
                    ),
                    "span": span,
                    "trace_matches_span": matches,
                    "timestamp_set": record.timestamp().is_some(),
                    "observed_timestamp_set": record.observed_timestamp().is_some(),
                    "scope": typed::scope(&log.instrumentation),
                })
            })
            .collect()
    }
}

fn kind(kind: &SpanKind) -> String {
    format!("{kind:?}").to_ascii_uppercase()
}

fn histogram(metric: &Metric) -> Value {
    let (kind, points, bounds) = match metric.data() {
        AggregatedMetrics::F64(MetricData::Histogram(h)) => {
            ("histogram", points(h, metric.unit()), boundaries(h))
        }
        AggregatedMetrics::U64(MetricData::Histogram(h)) => {
            ("histogram", points(h, metric.unit()), boundaries(h))
        }
        AggregatedMetrics::I64(MetricData::Histogram(h)) => {
            ("histogram", points(h, metric.unit()), boundaries(h))
        }
        _ => ("other", Vec::new(), Vec::new()),
    };
    json!({
        "name": metric.name(), "unit": metric.unit(), "type": kind, "boundaries": bounds, "points": points,
    })
}

fn boundaries<T>(histogram: &Histogram<T>) -> Vec<f64> {
    histogram
        .data_points()
        .next()
        .map(|p| p.bounds().collect())
        .unwrap_or_default()
}

/// Points; sums and buckets of clock values are left out.
fn points<T: Copy + serde::Serialize>(histogram: &Histogram<T>, unit: &str) -> Vec<Value> {
    let is_clock = unit == "s";
    histogram
        .data_points()
        .map(|point| {
            let buckets: Vec<u64> = point.bucket_counts().collect();
            json!({
                "attributes": typed::attributes(point.attributes().collect::<Vec<&KeyValue>>()),
                "count": point.count(),
                "sum": if is_clock { Value::Null } else { json!(point.sum()) },
                "bucket_counts": if is_clock { Value::Null } else { json!(buckets) },
            })
        })
        .collect()
}
