//! What an application's exporters got, in words that two versions of OpenTelemetry can be compared by: no ids, no times.

use std::collections::BTreeMap;

pub type Attributes = BTreeMap<String, String>;

#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    pub name: String,
    pub kind: String,
    pub status: String,
    /// The name of the parent, `remote` where it is not among the spans, or nothing.
    pub parent: Option<String>,
    pub attributes: Attributes,
    pub events: Vec<(String, Attributes)>,
    pub links: usize,
    pub scope: String,
    /// A key that is there twice.
    pub twice: Vec<String>,
}

impl Span {
    pub fn get(&self, key: &str) -> Option<&str> {
        self.attributes.get(key).map(String::as_str)
    }
}

#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub struct Point {
    pub metric: String,
    pub unit: String,
    pub description: String,
    pub labels: Attributes,
    pub count: u64,
    /// Not of what is measured in seconds.
    pub sum: Option<f64>,
    pub bounds: Vec<f64>,
    pub scope: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub name: String,
    pub severity: String,
    pub body: Option<String>,
    pub attributes: Attributes,
    /// The name of the span it belongs to.
    pub span: Option<String>,
    pub scope: String,
}

#[derive(Debug, Default, PartialEq)]
pub struct Telemetry {
    pub spans: Vec<Span>,
    pub points: Vec<Point>,
    pub events: Vec<Event>,
}

impl Telemetry {
    /// The spans of a name.
    pub fn named(&self, name: &str) -> Vec<&Span> {
        self.spans.iter().filter(|span| span.name == name).collect()
    }

    /// The names of the parents of the spans of a name.
    pub fn parents(&self, name: &str) -> Vec<&str> {
        let of = |span: &'_ &Span| span.parent.clone();
        let parents = self.named(name);
        let known = |name: &str| self.spans.iter().find(|span| span.name == name).map(|span| &*span.name);
        let parents = parents.iter().map(|span| match of(span) {
            Some(name) => known(&name).unwrap_or("remote"),
            None => "-",
        });
        parents.collect()
    }
}

/// Providers in memory of one version, and what they got.
#[macro_export]
macro_rules! memory {
    (
        $module:ident, $otel:ident, $sdk:ident,
        spans: $spans:ty, tracers: $tracers:ty,
        logs: $logs:ty, loggers: $loggers:ty,
        metrics: $metrics:ty, reader: |$exporter:ident| $reader:expr,
        data: $data:ident, record: $record:ident
    ) => {
        pub mod $module {
            use std::collections::HashMap;

            use $otel as otel;
            #[allow(unused_imports)]
            use $sdk as sdk;

            use $crate::suite::telemetry::{Attributes, Event, Point, Span, Telemetry};

            pub struct Memory {
                pub spans: $spans,
                pub tracers: $tracers,
                logs: $logs,
                pub loggers: $loggers,
                metrics: $metrics,
                pub meters: sdk::metrics::SdkMeterProvider,
            }

            impl Memory {
                pub fn new() -> Self {
                    let spans = <$spans>::default();
                    let logs = <$logs>::default();
                    let metrics = <$metrics>::default();
                    let $exporter = metrics.clone();
                    Self {
                        tracers: <$tracers>::builder().with_simple_exporter(spans.clone()).build(),
                        loggers: <$loggers>::builder().with_simple_exporter(logs.clone()).build(),
                        meters: sdk::metrics::SdkMeterProvider::builder().with_reader($reader).build(),
                        spans,
                        logs,
                        metrics,
                    }
                }

                /// The same with nothing that takes finished spans.
                pub fn counting() -> Self {
                    Self {
                        tracers: <$tracers>::builder().build(),
                        ..Self::new()
                    }
                }

                /// Makes the tracer and meter providers the global ones.
                pub fn set_global(&self) {
                    let _ = otel::global::set_tracer_provider(self.tracers.clone());
                    otel::global::set_meter_provider(self.meters.clone());
                }

                /// What arrived so far.
                pub fn telemetry(&self) -> Telemetry {
                    let meters = self.meters.clone();
                    std::thread::spawn(move || meters.force_flush()).join().unwrap().unwrap();
                    let finished = self.spans.get_finished_spans().unwrap();
                    let names: HashMap<_, _> = finished.iter().map(|s| (s.span_context.span_id(), s.name.to_string())).collect();
                    let spans = finished.iter().map(|span| Span {
                        name: span.name.to_string(),
                        kind: format!("{:?}", span.span_kind),
                        status: format!("{:?}", span.status),
                        parent: (span.parent_span_id != otel::trace::SpanId::INVALID)
                            .then(|| names.get(&span.parent_span_id).cloned().unwrap_or_else(|| "remote".to_owned())),
                        attributes: attributes(&span.attributes),
                        events: span.events.iter().map(|e| (e.name.to_string(), attributes(&e.attributes))).collect(),
                        links: span.links.iter().count(),
                        scope: scope(&span.instrumentation_scope),
                        twice: {
                            let keys = span.attributes.iter().map(|a| a.key.to_string());
                            let mut seen = std::collections::BTreeSet::new();
                            keys.filter(|key| !seen.insert(key.clone())).collect()
                        },
                    });
                    let events = self.logs.get_emitted_logs().unwrap();
                    let events = events.iter().map(|log| $crate::record!($record, log, names, any, scope));
                    let mut points = Vec::new();
                    let metrics = self.metrics.get_finished_metrics().unwrap();
                    if let Some(last) = metrics.last() {
                        $crate::points!($data, sdk, last, points, attributes, scope);
                    }
                    points.sort_by(|a: &Point, b: &Point| a.partial_cmp(b).unwrap());
                    Telemetry { spans: spans.collect(), events: events.collect(), points }
                }
            }

            fn scope(scope: &otel::InstrumentationScope) -> String {
                let attributes = scope.attributes().count();
                format!("{} {:?} {:?} {attributes}", scope.name(), scope.version(), scope.schema_url())
            }

            fn attributes<'a>(all: impl IntoIterator<Item = &'a otel::KeyValue>) -> Attributes {
                let value = |a: &otel::KeyValue| match a.key.as_str() {
                    // A time, which no two runs share.
                    "gen_ai.response.time_to_first_chunk" => "double".to_owned(),
                    _ => value(&a.value),
                };
                all.into_iter().map(|a| (a.key.to_string(), value(a))).collect()
            }

            fn value(value: &otel::Value) -> String {
                use otel::Value::*;
                match value {
                    Bool(v) => format!("bool {v}"),
                    I64(v) => format!("int {v}"),
                    F64(v) => format!("double {v}"),
                    String(v) => format!("string {v}"),
                    Array(otel::Array::Bool(v)) => format!("bools {v:?}"),
                    Array(otel::Array::I64(v)) => format!("ints {v:?}"),
                    Array(otel::Array::F64(v)) => format!("doubles {v:?}"),
                    Array(otel::Array::String(v)) => {
                        format!("strings {:?}", v.iter().map(|s| s.as_str()).collect::<Vec<_>>())
                    }
                    other => format!("other {other:?}"),
                }
            }

            /// A value at any depth, maps in order.
            fn any(value: &otel::logs::AnyValue) -> std::string::String {
                use otel::logs::AnyValue::*;
                match value {
                    Boolean(v) => format!("bool {v}"),
                    Int(v) => format!("int {v}"),
                    Double(v) => format!("double {v}"),
                    String(v) => format!("string {v}"),
                    Bytes(v) => format!("bytes {v:?}"),
                    ListAny(v) => format!("[{}]", v.iter().map(any).collect::<Vec<_>>().join(", ")),
                    Map(v) => {
                        let mut entries: Vec<_> = v.iter().map(|(k, v)| format!("{k}: {}", any(v))).collect();
                        entries.sort();
                        format!("{{{}}}", entries.join(", "))
                    }
                    other => format!("other {other:?}"),
                }
            }
        }
    };
}

/// A log record as an event: its fields are public in 0.27, and methods since.
#[macro_export]
macro_rules! record {
    (fields, $log:ident, $names:ident, $any:ident, $scope:ident) => {{
        let r = &$log.record;
        $crate::record!(@ r, $log, $names, $any, $scope, r.event_name, r.severity_number, r.body.as_ref(), r.trace_context.as_ref())
    }};
    (methods, $log:ident, $names:ident, $any:ident, $scope:ident) => {{
        let r = &$log.record;
        $crate::record!(@ r, $log, $names, $any, $scope, r.event_name(), r.severity_number(), r.body(), r.trace_context())
    }};
    (@ $r:ident, $log:ident, $names:ident, $any:ident, $scope:ident, $name:expr, $severity:expr, $body:expr, $cx:expr) => {
        Event {
            name: $name.unwrap_or_default().to_string(),
            severity: format!("{:?}", $severity),
            body: $body.map($any),
            attributes: $r
                .attributes_iter()
                .filter(|(k, _)| k.as_str() != "gen_ai.response.time_to_first_chunk")
                .map(|(k, v)| (k.to_string(), $any(v)))
                .collect(),
            span: $cx.map(|cx| $names.get(&cx.span_id).cloned().unwrap_or_else(|| "remote".to_owned())),
            scope: $scope(&$log.instrumentation),
        }
    };
}

/// The points of all metrics: fields and a downcast until 0.29, methods and an enum since.
#[macro_export]
macro_rules! points {
    (fields, $sdk:ident, $last:ident, $points:ident, $attributes:ident, $scope:ident) => {
        for of in &$last.scope_metrics {
            for metric in &of.metrics {
                let data = metric.data.as_any();
                let mut add = |labels, count, sum: f64, bounds: Vec<f64>| {
                    $points.push(Point {
                        metric: metric.name.to_string(),
                        unit: metric.unit.to_string(),
                        description: metric.description.to_string(),
                        labels: $attributes(labels),
                        count,
                        sum: (metric.unit != "s").then_some(sum),
                        bounds,
                        scope: $scope(&of.scope),
                    });
                };
                if let Some(data) = data.downcast_ref::<$sdk::metrics::data::Histogram<f64>>() {
                    data.data_points.iter().for_each(|p| add(&p.attributes, p.count, p.sum, p.bounds.clone()));
                } else if let Some(data) = data.downcast_ref::<$sdk::metrics::data::Histogram<u64>>() {
                    data.data_points.iter().for_each(|p| add(&p.attributes, p.count, p.sum as f64, p.bounds.clone()));
                } else if let Some(data) = data.downcast_ref::<$sdk::metrics::data::Sum<u64>>() {
                    data.data_points.iter().for_each(|p| add(&p.attributes, 0, p.value as f64, vec![]));
                } else if let Some(data) = data.downcast_ref::<$sdk::metrics::data::Sum<i64>>() {
                    data.data_points.iter().for_each(|p| add(&p.attributes, 0, p.value as f64, vec![]));
                } else if let Some(data) = data.downcast_ref::<$sdk::metrics::data::Sum<f64>>() {
                    data.data_points.iter().for_each(|p| add(&p.attributes, 0, p.value, vec![]));
                } else if let Some(data) = data.downcast_ref::<$sdk::metrics::data::Gauge<u64>>() {
                    data.data_points.iter().for_each(|p| add(&p.attributes, 0, p.value as f64, vec![]));
                } else if let Some(data) = data.downcast_ref::<$sdk::metrics::data::Gauge<i64>>() {
                    data.data_points.iter().for_each(|p| add(&p.attributes, 0, p.value as f64, vec![]));
                } else if let Some(data) = data.downcast_ref::<$sdk::metrics::data::Gauge<f64>>() {
                    data.data_points.iter().for_each(|p| add(&p.attributes, 0, p.value, vec![]));
                } else {
                    panic!("{metric:?}");
                }
            }
        }
    };
    (methods, $sdk:ident, $last:ident, $points:ident, $attributes:ident, $scope:ident) => {
        for of in $last.scope_metrics() {
            for metric in of.metrics() {
                use $sdk::metrics::data::{AggregatedMetrics, MetricData};
                macro_rules! data {
                    ($data:ident) => {
                        match $data {
                            MetricData::Histogram(data) => data.data_points().for_each(|p| {
                                $points.push(data!(@ p.attributes(), p.count(), p.sum() as f64, p.bounds().collect()));
                            }),
                            MetricData::Sum(data) => data.data_points().for_each(|p| {
                                $points.push(data!(@ p.attributes(), 0, p.value() as f64, vec![]));
                            }),
                            MetricData::Gauge(data) => data.data_points().for_each(|p| {
                                $points.push(data!(@ p.attributes(), 0, p.value() as f64, vec![]));
                            }),
                            _ => panic!("{metric:?}"),
                        }
                    };
                    (@ $labels:expr, $count:expr, $sum:expr, $bounds:expr) => {
                        Point {
                            metric: metric.name().to_string(),
                            unit: metric.unit().to_string(),
                            description: metric.description().to_string(),
                            labels: $attributes($labels),
                            count: $count,
                            sum: (metric.unit() != "s").then_some($sum),
                            bounds: $bounds,
                            scope: $scope(of.scope()),
                        }
                    };
                }
                match metric.data() {
                    AggregatedMetrics::F64(data) => data!(data),
                    AggregatedMetrics::U64(data) => data!(data),
                    AggregatedMetrics::I64(data) => data!(data),
                }
            }
        }
    };
}

/// What puts the spans of `tracing` into OpenTelemetry's current context.
#[macro_export]
macro_rules! activation {
    // tracing-opentelemetry does it itself.
    (yes) => {
        mod activation {
            pub fn layer<T>(_: T) -> tracing_subscriber::layer::Identity {
                tracing_subscriber::layer::Identity::new()
            }
        }
    };
    // The layer of docs/opentelemetry-versions.md.
    (no) => {
        #[path = "../../suite/activation.rs"]
        mod activation;
    };
}

/// A call while the application's version suppresses telemetry.
#[macro_export]
macro_rules! suppression {
    (yes) => {
        pub fn suppressed<T>(call: impl FnOnce() -> T) -> Option<T> {
            let _suppressed = opentelemetry::Context::enter_telemetry_suppressed_scope();
            Some(call())
        }
    };
    (no) => {
        pub fn suppressed<T>(_: impl FnOnce() -> T) -> Option<T> {
            None
        }
    };
}
