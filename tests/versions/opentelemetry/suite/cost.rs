//! What a call costs: `on-0_31 cost newest|older|hand CALLS POLLS`, to be counted by callgrind. Not among the scenarios.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context as Poller, Waker};

use opentelemetry::trace::{FutureExt as _, Span as _, SpanKind, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue, global};

#[genai::chat(provider = openai, model = model, response(|r| input_tokens = r.0, output_tokens = r.1, finish_reasons = "stop"))]
async fn ask(model: &str, polls: u32) -> Result<(i64, i64), std::io::Error> {
    wait(polls).await;
    Ok((7, 9))
}

async fn wait(polls: u32) {
    for _ in 0..polls {
        tokio::task::yield_now().await;
    }
}

struct Hand {
    tracer: global::BoxedTracer,
    duration: opentelemetry::metrics::Histogram<f64>,
    tokens: opentelemetry::metrics::Histogram<u64>,
}

impl Hand {
    fn new() -> Self {
        let meter = global::meter("hand");
        Self {
            tracer: global::tracer("hand"),
            duration: meter.f64_histogram("gen_ai.client.operation.duration").with_unit("s").build(),
            tokens: meter.u64_histogram("gen_ai.client.token.usage").with_unit("{token}").build(),
        }
    }

    async fn ask(&self, model: &'static str, polls: u32) {
        let began = std::time::Instant::now();
        let mut attributes = Vec::with_capacity(8);
        attributes.extend([
            KeyValue::new("gen_ai.operation.name", "chat"),
            KeyValue::new("gen_ai.provider.name", "openai"),
            KeyValue::new("gen_ai.request.model", model),
        ]);
        let span = self.tracer.span_builder(format!("chat {model}")).with_kind(SpanKind::Client).with_attributes(attributes);
        let cx = Context::current_with_span(span.start(&self.tracer));
        wait(polls).with_context(cx.clone()).await;
        let reasons = opentelemetry::Value::Array(opentelemetry::Array::String(vec!["stop".into()]));
        cx.span().set_attribute(KeyValue::new("gen_ai.usage.input_tokens", 7));
        cx.span().set_attribute(KeyValue::new("gen_ai.usage.output_tokens", 9));
        cx.span().set_attribute(KeyValue::new("gen_ai.response.finish_reasons", reasons));
        let labels = |kind: Option<&'static str>| {
            let mut labels = vec![
                KeyValue::new("gen_ai.operation.name", "chat"),
                KeyValue::new("gen_ai.provider.name", "openai"),
                KeyValue::new("gen_ai.request.model", model),
            ];
            labels.extend(kind.map(|kind| KeyValue::new("gen_ai.token.type", kind)));
            labels
        };
        self.duration.record(began.elapsed().as_secs_f64(), &labels(None));
        self.tokens.record(7, &labels(Some("input")));
        self.tokens.record(9, &labels(Some("output")));
        cx.span().end();
    }
}

fn drive(future: impl Future) {
    let mut future = pin!(future);
    let mut poller = Poller::from_waker(Waker::noop());
    while future.as_mut().poll(&mut poller).is_pending() {}
}

/// Calls as often as asked.
pub fn run(mut asked: impl Iterator<Item = String>) {
    let mut next = || asked.next().expect("cost newest|older|hand CALLS POLLS");
    let (variant, calls, polls): (String, u32, u32) = (next(), next().parse().expect("calls"), next().parse().expect("polls"));
    let older = crate::older::Memory::counting();
    let newest = super::newer::Memory::counting();
    match variant.as_str() {
        "newest" => genai::Telemetry::builder().tracer_provider(newest.tracers.clone()).meter_provider(newest.meters.clone()).install(),
        _ => older.set_global(),
    }
    let hand = Hand::new();
    for _ in 0..calls {
        match variant.as_str() {
            "hand" => drive(hand.ask(black_box("gpt-5"), polls)),
            _ => drive(ask(black_box("gpt-5"), polls)),
        }
    }
    let _ = hand.tracer.start("last").span_context();
}
