//! A small application on OpenTelemetry 0.29, with a library that speaks a newer one.

#[path = "../../suite/mod.rs"]
mod suite;

/// What differs between the versions.
mod version {
    crate::suppression!(no);

    pub use genai::bridge::v0_29 as bridge;

    pub const VERSION: &str = "0.29";
    pub const HAS_LATE_LINKS: bool = false;
    pub const ENDS_GUARDS_IN_ANY_ORDER: bool = true;
}

crate::memory! {
    older, opentelemetry, opentelemetry_sdk,
    spans: opentelemetry_sdk::trace::InMemorySpanExporter, tracers: opentelemetry_sdk::trace::SdkTracerProvider,
    logs: opentelemetry_sdk::logs::InMemoryLogExporter, loggers: opentelemetry_sdk::logs::SdkLoggerProvider,
    metrics: opentelemetry_sdk::metrics::InMemoryMetricExporter,
    reader: |exporter| opentelemetry_sdk::metrics::PeriodicReader::builder(exporter).build(),
    data: fields, record: methods
}

crate::activation!(no);

fn main() -> std::process::ExitCode {
    suite::main()
}
