//! Spans and events as the harness gives them out.
//!
//! In come the SDK's; out go values with named fields and attributes that are read by type.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use opentelemetry::InstrumentationScope;
use opentelemetry::logs::{AnyValue, Severity};
use opentelemetry::trace::{SpanId, SpanKind, Status, TraceId};
use opentelemetry_sdk::logs::SdkLogRecord;
use opentelemetry_sdk::trace::SpanData;

use super::attributes::{Attributes, attributes_of};

attributes_of!(Span);

/// A span that has ended. Dereferences to its [`Attributes`].
///
/// ```
/// let harness = genai::testing::Harness::new();
/// harness.telemetry().tool("search").start().finish();
/// let span = harness.span("execute_tool search");
/// assert!(!span.is_error());
/// assert_eq!(span.parent_span_id, None);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Span {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: SpanKind,
    /// Its status.
    pub status: Status,
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// Its id.
    pub span_id: SpanId,
    /// The span it is directly below, in this process or another.
    pub parent_span_id: Option<SpanId>,
    /// The spans it links to.
    pub links: Vec<(TraceId, SpanId)>,
    /// When it started.
    pub start: SystemTime,
    /// How long it ran.
    pub duration: Duration,
    /// Its attributes; of a key that was written twice, the last value.
    pub attributes: Attributes,
    /// Keys that were written more than once, which the SDK does not merge.
    pub duplicates: Vec<String>,
    /// Its events.
    pub events: Vec<SpanEvent>,
    /// The instrumentation that made it.
    pub scope: InstrumentationScope,
}

/// An event of a span; not one of those that are log records.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SpanEvent {
    /// Its name.
    pub name: String,
    /// The time it belongs to.
    pub time: SystemTime,
    /// Its attributes.
    pub attributes: Attributes,
}

impl Span {
    pub(super) fn new(span: SpanData) -> Self {
        let attributes = Attributes::new(&span.attributes);
        let mut seen = std::collections::BTreeSet::new();
        let twice = span
            .attributes
            .iter()
            .filter(|a| !seen.insert(a.key.as_str()));
        Span {
            duplicates: twice.map(|a| a.key.to_string()).collect(),
            name: span.name.into_owned(),
            kind: span.span_kind,
            status: span.status,
            trace_id: span.span_context.trace_id(),
            span_id: span.span_context.span_id(),
            parent_span_id: Some(span.parent_span_id).filter(|id| *id != SpanId::INVALID),
            links: (span.links.iter())
                .map(|link| (link.span_context.trace_id(), link.span_context.span_id()))
                .collect(),
            start: span.start_time,
            duration: span
                .end_time
                .duration_since(span.start_time)
                .unwrap_or_default(),
            attributes,
            events: (span.events.events.into_iter())
                .map(|event| SpanEvent {
                    name: event.name.into_owned(),
                    time: event.timestamp,
                    attributes: Attributes::new(&event.attributes),
                })
                .collect(),
            scope: span.instrumentation_scope,
        }
    }

    /// Whether its status is an error.
    pub fn is_error(&self) -> bool {
        matches!(self.status, Status::Error { .. })
    }

    /// The description of its error; empty when it has none or is no error.
    pub fn error_description(&self) -> &str {
        match &self.status {
            Status::Error { description } => description,
            _ => "",
        }
    }
}

/// An event, or any other log record, that was emitted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// Its name; empty for log records without one.
    pub name: String,
    /// Its attributes by key. [`Event::json`] gives one as JSON.
    pub attributes: BTreeMap<String, AnyValue>,
    /// Its body.
    pub body: Option<AnyValue>,
    /// Its severity.
    pub severity: Option<Severity>,
    /// The time it belongs to.
    pub time: Option<SystemTime>,
    /// Trace and span it was emitted in.
    pub trace: Option<(TraceId, SpanId)>,
    /// The instrumentation that made it.
    pub scope: InstrumentationScope,
}

impl Event {
    pub(super) fn new(record: &SdkLogRecord, scope: &InstrumentationScope) -> Self {
        Event {
            name: record.event_name().unwrap_or_default().to_owned(),
            time: record.timestamp(),
            attributes: record
                .attributes_iter()
                .map(|(key, value)| (key.to_string(), value.clone()))
                .collect(),
            body: record.body().cloned(),
            severity: record.severity_number(),
            trace: record
                .trace_context()
                .map(|ids| (ids.trace_id, ids.span_id)),
            scope: scope.clone(),
        }
    }

    /// Whether it was emitted inside this span.
    pub fn is_in(&self, span: &Span) -> bool {
        self.trace == Some((span.trace_id, span.span_id))
    }

    /// The value of a key, if it is a string.
    pub fn str(&self, key: &str) -> Option<&str> {
        match self.attributes.get(key)? {
            AnyValue::String(value) => Some(value.as_str()),
            _ => None,
        }
    }

    /// The value of a key as JSON; bytes are lists of numbers.
    pub fn json(&self, key: &str) -> Option<serde_json::Value> {
        self.attributes.get(key).map(json)
    }
}

fn json(value: &AnyValue) -> serde_json::Value {
    match value {
        AnyValue::Int(number) => (*number).into(),
        AnyValue::Double(number) => (*number).into(),
        AnyValue::String(text) => text.as_str().into(),
        AnyValue::Boolean(flag) => (*flag).into(),
        AnyValue::Bytes(bytes) => bytes.to_vec().into(),
        AnyValue::ListAny(items) => items.iter().map(json).collect(),
        AnyValue::Map(fields) => fields
            .iter()
            .map(|(key, value)| (key.as_str(), json(value)))
            .collect(),
        _ => serde_json::Value::Null,
    }
}
