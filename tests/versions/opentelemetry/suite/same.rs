//! The same telemetry, attribute by attribute, as on the newest version.

use super::telemetry::Telemetry;
use super::{newer, operations};
use crate::older;

fn settings() -> genai::TelemetryBuilder {
    genai::Telemetry::builder()
        .capture(genai::ContentCapture::SpanAndEvent)
        .emit_events(true)
        .exception_events(true)
        .context_in_metrics(genai::ContextInMetrics::all())
}

/// What the operations give one after the other; how many there are.
async fn run() -> usize {
    let operations = operations::all();
    let count = operations.len();
    for (_, operation) in operations {
        operation.await;
    }
    count
}

pub async fn scenario() {
    let newest = newer::Memory::new();
    settings()
        .tracer_provider(newest.tracers.clone())
        .meter_provider(newest.meters.clone())
        .logger_provider(newest.loggers.clone())
        .install();
    let count = run().await;
    assert!(count >= 50, "{count} operations");
    let expected = newest.telemetry();

    // Globals, and the one provider that there is no global for.
    let memory = older::Memory::new();
    memory.set_global();
    settings()
        .logger_provider(crate::version::bridge::logger_provider(memory.loggers.clone()))
        .install();
    run().await;
    compare(&expected, &memory.telemetry());

    // Providers that are handed over.
    let memory = older::Memory::new();
    let settings = settings();
    #[cfg(feature = "bound")]
    let settings = settings.bound_instruments(true);
    settings
        .tracer_provider(crate::version::bridge::tracer_provider(memory.tracers.clone()))
        .meter_provider(crate::version::bridge::meter_provider(memory.meters.clone()))
        .logger_provider(crate::version::bridge::logger_provider(memory.loggers.clone()))
        .install();
    run().await;
    compare(&expected, &memory.telemetry());
    println!(
        "{count} operations: {} spans, {} points, {} events",
        expected.spans.len(),
        expected.points.len(),
        expected.events.len()
    );
}

fn compare(expected: &Telemetry, got: &Telemetry) {
    assert!(expected.spans.len() > 60 && expected.events.len() > 40 && expected.points.len() > 40);
    for (at, (expected, got)) in expected.spans.iter().zip(&got.spans).enumerate() {
        assert_eq!(expected, got, "span {at}");
        assert_eq!(got.twice, [""; 0], "span {at}");
    }
    for (at, (expected, got)) in expected.events.iter().zip(&got.events).enumerate() {
        assert_eq!(expected, got, "event {at}");
    }
    for (at, (expected, got)) in expected.points.iter().zip(&got.points).enumerate() {
        assert_eq!(expected, got, "point {at}");
    }
    let counts = |t: &Telemetry| (t.spans.len(), t.events.len(), t.points.len());
    assert_eq!(counts(expected), counts(got));
}
