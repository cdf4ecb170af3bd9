//! Providers that are installed after the first annotated calls.

use std::thread::sleep;
use std::time::{Duration, Instant};

use genai::Telemetry;
use genai::testing::Harness;
use genai_tests::isolated;

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
