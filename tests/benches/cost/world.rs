//! What every variant has in common: a call that costs nothing, and a real SDK whose last step throws the data away, or prints
//! it where telemetry is compared.

use std::fmt;
use std::hint::black_box;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use genai_tests::support::last_step::{Collected, Ended};
use opentelemetry::metrics::{Histogram, MeterProvider as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{InstrumentationScope, global, global::BoxedTracer};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, SpanData};

pub(crate) struct Req {
    pub model: String,
    pub temperature: f64,
    pub max_tokens: i64,
}

pub(crate) struct Resp {
    pub model: String,
    pub id: String,
    pub finish_reasons: Vec<String>,
    pub input_tokens: i64,
    pub output_tokens: i64,
}

#[derive(Debug)]
pub(crate) struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed")
    }
}

/// A client whose answer lies ready, so that all time is instrumentation's.
pub(crate) struct Client(pub Resp);

pub(crate) const PROVIDER: &str = "openai";
pub(crate) const SERVER: &str = "api.openai.com";
pub(crate) const PORT: i64 = 443;

pub(crate) fn fixture() -> (Client, Req) {
    let client = Client(Resp {
        model: "gpt-4o-2024-08-06".to_owned(),
        id: "chatcmpl-9J3uKx2eT0abcdEFGH1234567890".to_owned(),
        finish_reasons: vec!["stop".to_owned()],
        input_tokens: 1234,
        output_tokens: 321,
    });
    let req = Req {
        model: "gpt-4o".to_owned(),
        temperature: 0.7,
        max_tokens: 1024,
    };
    (client, req)
}

/// Gives both models names that were never seen before.
pub(crate) fn rename(client: &mut Client, req: &mut Req) {
    use std::cell::Cell;
    use std::fmt::Write as _;
    thread_local! {
        static CALLS: Cell<u64> = const { Cell::new(0) };
    }
    let n = CALLS.get() + 1;
    CALLS.set(n);
    req.model.truncate("gpt-4o".len());
    client.0.model.truncate("gpt-4o".len());
    let _ = write!(req.model, "-{n}");
    let _ = write!(client.0.model, "-{n}-a");
}

/// The call.
#[inline(never)]
pub(crate) async fn chat<'a>(client: &'a Client, req: &Req) -> Result<&'a Resp, Failed> {
    if black_box(req.max_tokens) < 0 {
        return Err(Failed);
    }
    Ok(&client.0)
}

/// Polls a future that is ready at once.
#[inline(always)]
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut cx) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("it is ready at once"),
    }
}

/// Whether telemetry is printed.
pub(crate) static SHOW: AtomicBool = AtomicBool::new(false);

fn shows() -> bool {
    SHOW.load(Ordering::Relaxed)
}

fn print_span(span: &SpanData) {
    println!("span {} {:?} {:?}", span.name, span.span_kind, span.status);
    for attribute in &span.attributes {
        println!("span {} = {:?}", attribute.key, typed(&attribute.value));
    }
}

/// A value with its type, however its text is kept.
fn typed(value: &opentelemetry::Value) -> (&'static str, String) {
    use opentelemetry::Value;
    let name = match value {
        Value::Bool(_) => "bool",
        Value::I64(_) => "int",
        Value::F64(_) => "double",
        Value::String(_) => "string",
        _ => "list",
    };
    (name, value.to_string())
}

fn print_metrics(metrics: &ResourceMetrics) {
    for metric in metrics.scope_metrics().flat_map(|s| s.metrics()) {
        match metric.data() {
            AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                for point in histogram.data_points() {
                    print_point(metric.name(), point.attributes(), point.count());
                }
            }
            AggregatedMetrics::U64(MetricData::Histogram(histogram)) => {
                for point in histogram.data_points() {
                    print_point(metric.name(), point.attributes(), point.count());
                }
            }
            _ => {}
        }
    }
}

fn print_point<'a>(
    name: &str,
    attributes: impl Iterator<Item = &'a opentelemetry::KeyValue>,
    count: u64,
) {
    let mut attributes: Vec<_> = attributes
        .map(|a| format!("{}={:?}", a.key, typed(&a.value)))
        .collect();
    attributes.sort();
    println!("metric {name} {count} {attributes:?}");
}

/// What instrumentation written by hand keeps.
pub(crate) struct Kept {
    pub tracer: BoxedTracer,
    pub sdk_tracer: SdkTracer,
    pub meter_provider: SdkMeterProvider,
    pub tracer_provider: SdkTracerProvider,
    pub duration: Histogram<f64>,
    pub tokens: Histogram<u64>,
}

/// Sets the SDK up, once.
pub(crate) fn install() -> &'static Kept {
    static KEPT: OnceLock<Kept> = OnceLock::new();
    KEPT.get_or_init(|| {
        let scope = InstrumentationScope::builder("genai")
            .with_version("0.1.0")
            .with_schema_url("https://opentelemetry.io/schemas/1.41.1")
            .build();
        let tracer_provider = SdkTracerProvider::builder()
            .with_span_processor(Ended(|span: &SpanData| {
                if shows() {
                    print_span(span);
                }
            }))
            .build();
        let reader = PeriodicReader::builder(Collected(|metrics: &ResourceMetrics| {
            if shows() {
                print_metrics(metrics);
            }
        }))
        .with_interval(Duration::from_secs(3600))
        .build();
        let meter_provider = SdkMeterProvider::builder().with_reader(reader).build();
        global::set_tracer_provider(tracer_provider.clone());
        global::set_meter_provider(meter_provider.clone());
        let meter = meter_provider.meter_with_scope(scope.clone());
        Kept {
            tracer: global::tracer_with_scope(scope.clone()),
            sdk_tracer: tracer_provider.tracer_with_scope(scope),
            duration: meter
                .f64_histogram("gen_ai.client.operation.duration")
                .with_unit("s")
                .with_boundaries(vec![
                    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48,
                    40.96, 81.92,
                ])
                .build(),
            tokens: meter
                .u64_histogram("gen_ai.client.token.usage")
                .with_unit("{token}")
                .with_boundaries((0..14).map(|n| 4_f64.powi(n)).collect())
                .build(),
            meter_provider,
            tracer_provider,
        }
    })
}
