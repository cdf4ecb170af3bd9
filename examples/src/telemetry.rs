//! Where the examples' telemetry goes: the terminal, and a collector if the environment names one.

use genai::TelemetryBuilder;
use genai::console::{self, Console};
use genai::otlp::{self, Otlp};

/// Flushes what is buffered when dropped.
#[derive(Debug)]
pub struct Guard {
    _console: Option<Console>,
    _otlp: Option<Otlp>,
}

/// Prints everything, and exports it too where `OTEL_EXPORTER_OTLP_ENDPOINT` is set.
///
/// # Errors
/// If the endpoint is malformed.
pub fn telemetry(
    settings: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder,
) -> Result<Guard, otlp::Error> {
    if std::env::var_os("OTEL_EXPORTER_OTLP_ENDPOINT").is_none() {
        let console = console::builder().telemetry(settings).init();
        return Ok(Guard {
            _console: Some(console),
            _otlp: None,
        });
    }
    let printer = console::builder().printer();
    let otlp = otlp::builder()
        .traces(|traces| traces.with_span_processor(printer.spans()))
        .logs(|logs| logs.with_log_processor(printer.events()))
        .metrics(|metrics| metrics.with_periodic_exporter(printer.summary()))
        .telemetry(settings)
        .init()?;
    Ok(Guard {
        _console: None,
        _otlp: Some(otlp),
    })
}
