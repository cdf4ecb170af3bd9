//! A small application on OpenTelemetry 0.27, with a library that speaks a newer one.

#[path = "../../suite/mod.rs"]
mod suite;

/// What differs between the versions.
mod version {
    crate::suppression!(no);

    pub use genai::bridge::v0_27 as bridge;

    pub const VERSION: &str = "0.27";
    pub const HAS_LATE_LINKS: bool = false;
    pub const ENDS_GUARDS_IN_ANY_ORDER: bool = false;
}

crate::memory! {
    older, opentelemetry, opentelemetry_sdk,
    spans: opentelemetry_sdk::testing::trace::InMemorySpanExporter, tracers: opentelemetry_sdk::trace::TracerProvider,
    logs: opentelemetry_sdk::testing::logs::InMemoryLogExporter, loggers: opentelemetry_sdk::logs::LoggerProvider,
    metrics: opentelemetry_sdk::testing::metrics::InMemoryMetricExporter,
    reader: |exporter| opentelemetry_sdk::metrics::PeriodicReader::builder(exporter, opentelemetry_sdk::runtime::Tokio).build(),
    data: fields, record: fields
}

crate::activation!(no);

fn main() -> std::process::ExitCode {
    suite::main()
}
