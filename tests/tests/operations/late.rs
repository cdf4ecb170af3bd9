//! Providers that are installed after the first annotated calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use genai::Telemetry;
use genai::testing::Harness;
use genai_tests::isolated;
use opentelemetry::trace::{Link, SpanKind, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample};

#[genai::chat(provider = openai, model = "gpt-5", response(|r| input_tokens = *r))]
fn chat() -> u32 {
    24
}

/// Calls before anything listens: the first, and enough for the library to have settled on "off".
fn early_calls() {
    for _ in 0..1_000 {
        assert_eq!(chat(), 24);
    }
}

#[test]
fn through_telemetry_the_next_call_is_seen() {
    isolated("through_telemetry_the_next_call_is_seen", &[], || {
        early_calls();
        let harness = Harness::new();
        harness.telemetry().install();
        chat();
        assert_eq!(harness.spans().len(), 1);
        assert_eq!(
            harness.point("gen_ai.client.operation.duration", &[]).count,
            1
        );
        assert_eq!(harness.point("gen_ai.client.token.usage", &[]).sum, 24.0);

        // A second installation takes over, again from the next call on.
        let second = Harness::new();
        second.telemetry().install();
        chat();
        assert_eq!((harness.spans().len(), second.spans().len()), (1, 1));
    });
}

/// Calls until `is_seen`; how long that took.
fn until(is_seen: impl Fn() -> bool) -> Duration {
    let start = Instant::now();
    while !is_seen() {
        assert!(start.elapsed() < Duration::from_secs(10), "never seen");
        sleep(Duration::from_millis(20));
        chat();
    }
    start.elapsed()
}

/// A second for the look, and time for a busy machine.
const A_SECOND_OR_SO: Duration = Duration::from_secs(3);

#[test]
fn through_the_globals_within_a_second() {
    isolated("through_the_globals_within_a_second", &[], || {
        early_calls();
        let harness = Harness::new();
        opentelemetry::global::set_tracer_provider(harness.tracer_provider().clone());
        let took = until(|| !harness.spans().is_empty());
        assert!(took < A_SECOND_OR_SO, "{took:?}");
        let spans = harness.spans().len();
        chat();
        assert_eq!(harness.spans().len(), spans + 1);

        // The meter provider comes later still.
        opentelemetry::global::set_meter_provider(harness.meter_provider().clone());
        let took = until(|| !harness.metrics().is_empty());
        assert!(took < A_SECOND_OR_SO, "{took:?}");
    });
}

#[test]
fn a_meter_provider_alone_in_the_globals() {
    isolated("a_meter_provider_alone_in_the_globals", &[], || {
        early_calls();
        let harness = Harness::new();
        opentelemetry::global::set_meter_provider(harness.meter_provider().clone());
        let took = until(|| !harness.metrics().is_empty());
        assert!(took < A_SECOND_OR_SO, "{took:?}");
    });
}

#[test]
fn settings_first_and_providers_in_the_globals_later() {
    isolated(
        "settings_first_and_providers_in_the_globals_later",
        &[],
        || {
            Telemetry::builder().error_messages(false).install();
            early_calls();
            let harness = Harness::new();
            opentelemetry::global::set_tracer_provider(harness.tracer_provider().clone());
            let took = until(|| !harness.spans().is_empty());
            assert!(took < A_SECOND_OR_SO, "{took:?}");
        },
    );
}

/// Sees every span and samples none.
#[derive(Clone, Debug, Default)]
struct Drops(Arc<AtomicUsize>);

impl ShouldSample for Drops {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        self.0.fetch_add(1, Ordering::Relaxed);
        SamplingResult {
            decision: SamplingDecision::Drop,
            attributes: Vec::new(),
            trace_state: TraceState::default(),
        }
    }
}

/// A tracer provider that is there before the first call gets that call and those right after it, whatever it samples.
#[test]
fn a_tracer_provider_in_the_globals_from_the_start() {
    isolated(
        "a_tracer_provider_in_the_globals_from_the_start",
        &[],
        || {
            let harness = Harness::new();
            opentelemetry::global::set_tracer_provider(harness.tracer_provider().clone());
            for _ in 0..3 {
                chat();
            }
            assert_eq!(harness.spans().len(), 3);
        },
    );
}

#[test]
fn a_tracer_provider_that_samples_nothing_from_the_start() {
    isolated(
        "a_tracer_provider_that_samples_nothing_from_the_start",
        &[],
        || {
            let drops = Drops::default();
            let provider = SdkTracerProvider::builder()
                .with_sampler(drops.clone())
                .build();
            opentelemetry::global::set_tracer_provider(provider);
            for _ in 0..3 {
                chat();
            }
            assert_eq!(drops.0.load(Ordering::Relaxed), 3);
        },
    );
}
