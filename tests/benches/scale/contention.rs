//! Calls on one, two and eight threads, with providers that share nothing: what a call takes more on several threads is what this library
//! shares, and the machine. As a comparison the same call with as many writes of one counter as the
//! SDK makes of its own. Threads that take turns on one core do not contend, so on a busy machine neither is more; what a call of this
//! library writes is counted by the test `instructions_that_threads_could_contend_for`.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::time::SystemTime;

use genai::Telemetry;
use opentelemetry::metrics::{
    Histogram, HistogramBuilder, InstrumentProvider, Meter, MeterProvider, SyncInstrument,
};
use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanId, Status, TraceFlags, TraceId, TraceState, Tracer,
    TracerProvider,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue};

use super::world::{cpu, median, row};

const CALLS: u64 = 20_000;
const ROUNDS: usize = 31;
/// As many as the SDK makes in a call.
const WRITES: usize = 18;

/// Providers of spans and instruments that go nowhere.
#[derive(Clone, Debug)]
struct Nowhere;

#[derive(Debug)]
struct Lost(
    SpanContext,
    #[expect(dead_code, reason = "as a real one keeps it")] SpanBuilder,
);

impl Span for Lost {
    fn add_event_with_timestamp<T>(&mut self, _: T, _: SystemTime, _: Vec<KeyValue>)
    where
        T: Into<std::borrow::Cow<'static, str>>,
    {
    }

    fn span_context(&self) -> &SpanContext {
        &self.0
    }

    fn is_recording(&self) -> bool {
        true
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        black_box(attribute);
    }

    fn set_status(&mut self, _: Status) {}

    fn update_name<T>(&mut self, _: T)
    where
        T: Into<std::borrow::Cow<'static, str>>,
    {
    }

    fn add_link(&mut self, _: SpanContext, _: Vec<KeyValue>) {}

    fn end_with_timestamp(&mut self, _: SystemTime) {}
}

impl Tracer for Nowhere {
    type Span = Lost;

    fn build_with_context(&self, builder: SpanBuilder, _: &Context) -> Lost {
        let trace = TraceId::from_bytes([1; 16]);
        let id = SpanId::from_bytes([2; 8]);
        let context =
            SpanContext::new(trace, id, TraceFlags::SAMPLED, false, TraceState::default());
        Lost(context, builder)
    }
}

impl TracerProvider for Nowhere {
    type Tracer = Self;

    fn tracer_with_scope(&self, _: InstrumentationScope) -> Self {
        Self
    }
}

impl<T> SyncInstrument<T> for Nowhere {
    fn measure(&self, _: T, attributes: &[KeyValue]) {
        black_box(attributes);
    }
}

impl InstrumentProvider for Nowhere {
    fn f64_histogram(&self, _: HistogramBuilder<'_, Histogram<f64>>) -> Histogram<f64> {
        Histogram::new(Arc::new(Self))
    }

    fn u64_histogram(&self, _: HistogramBuilder<'_, Histogram<u64>>) -> Histogram<u64> {
        Histogram::new(Arc::new(Self))
    }
}

impl MeterProvider for Nowhere {
    fn meter_with_scope(&self, _: InstrumentationScope) -> Meter {
        Meter::new(Arc::new(Self))
    }
}

#[genai::chat(provider = openai, model = "gpt-4o", server.address = "api.openai.com", server.port = 443, response = none)]
async fn observed() -> u64 {
    black_box(1)
}

fn alone() {
    black_box(futures::executor::block_on(observed()));
}

static SHARED: AtomicU64 = AtomicU64::new(0);

fn with_a_counter() {
    alone();
    for _ in 0..WRITES {
        SHARED.fetch_add(1, Ordering::Relaxed);
    }
}

/// CPU nanoseconds of a call, on so many threads that start together.
fn timed(call: fn(), threads: usize) -> f64 {
    let together = Arc::new(Barrier::new(threads));
    let calls = CALLS / threads as u64;
    let running: Vec<_> = (0..threads)
        .map(|_| {
            let together = Arc::clone(&together);
            std::thread::spawn(move || {
                (0..200).for_each(|_| call());
                together.wait();
                let before = cpu();
                (0..calls).for_each(|_| call());
                (cpu() - before) as f64 / calls as f64
            })
        })
        .collect();
    let times = running
        .into_iter()
        .map(|thread| thread.join().expect("a time"));
    times.sum::<f64>() / threads as f64
}

pub(crate) fn run() {
    Telemetry::builder()
        .tracer_provider(Nowhere)
        .meter_provider(Nowhere)
        .install();
    let (mut ours, mut counted) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let of = |call| [1, 2, 8].map(|threads| timed(call, threads));
        ours.push(of(alone));
        counted.push(of(with_a_counter));
    }
    let medians = |rounds: &[[f64; 3]]| {
        let ratio = |at: usize| median(rounds.iter().map(|round| round[at] / round[0]).collect());
        (
            median(rounds.iter().map(|round| round[0]).collect()),
            ratio(1),
            ratio(2),
        )
    };
    for (what, rounds) in [
        (
            "a call with providers that share nothing, on 1 thread; CPU time of 2 and of 8 threads over that",
            &ours,
        ),
        ("the same with 18 writes of one counter", &counted),
    ] {
        let (one, two, eight) = medians(rounds);
        row(what, format!("{one:.0} ns; {two:.2}, {eight:.2}"));
    }
}
