//! The three SDK providers that the console, the OTLP set-up and the test harness build, and their common life.
//!
//! In come the finished providers; they become the process's, and are flushed within a deadline when they go.

use std::sync::mpsc;
use std::time::Duration;

use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;

use crate::{Telemetry, TelemetryBuilder};

/// Tracer, meter and logger provider that belong together.
#[derive(Clone, Debug)]
pub(crate) struct Providers {
    pub(crate) tracer: SdkTracerProvider,
    pub(crate) meter: SdkMeterProvider,
    pub(crate) logger: SdkLoggerProvider,
    /// This library, reporting to the three.
    pub(crate) telemetry: Telemetry,
}

impl Providers {
    /// `settings` are the library's; providers named there are replaced.
    pub(crate) fn new(
        tracer: SdkTracerProvider,
        meter: SdkMeterProvider,
        logger: SdkLoggerProvider,
        settings: TelemetryBuilder,
    ) -> Self {
        let telemetry = settings
            .tracer_provider(tracer.clone())
            .meter_provider(meter.clone())
            .logger_provider(logger.clone())
            .build();
        Providers {
            tracer,
            meter,
            logger,
            telemetry,
        }
    }

    /// Makes them the process's: OpenTelemetry's global providers (it has none for logs), and what annotated functions
    /// report to.
    pub(crate) fn install(&self) {
        opentelemetry::global::set_tracer_provider(self.tracer.clone());
        opentelemetry::global::set_meter_provider(self.meter.clone());
        self.telemetry.install();
    }

    /// Hands over what is buffered and stops, waiting `deadline` at most. Returns whether all of it went through.
    ///
    /// The SDK's own shutdown does not honour a deadline for metrics, so it runs on a thread that is left behind when time
    /// is up. Spans go before metrics: a summary of the metrics is the last thing to be seen.
    pub(crate) fn shutdown(&self, deadline: Duration) -> bool {
        let providers = self.clone();
        within(deadline, move || {
            // Hooks may still report something.
            let hooks = providers.telemetry.flush(deadline).is_ok();
            let traces = providers.tracer.shutdown_with_timeout(deadline).is_ok();
            let logs = providers.logger.shutdown_with_timeout(deadline).is_ok();
            let metrics = providers.meter.shutdown_with_timeout(deadline).is_ok();
            hooks && traces && logs && metrics
        })
    }

    /// Hands over what is buffered, waiting `deadline` at most. Returns whether all of it went through.
    #[cfg(any(feature = "console", feature = "otlp"))]
    pub(crate) fn flush(&self, deadline: Duration) -> bool {
        let providers = self.clone();
        within(deadline, move || {
            let hooks = providers.telemetry.flush(deadline).is_ok();
            let traces = providers.tracer.force_flush().is_ok();
            let logs = providers.logger.force_flush().is_ok();
            let metrics = providers.meter.force_flush().is_ok();
            hooks && traces && logs && metrics
        })
    }
}

/// Runs `work` on a thread of its own for `deadline` at most; false when it did not end, or not well.
fn within(deadline: Duration, work: impl FnOnce() -> bool + Send + 'static) -> bool {
    let (sender, receiver) = mpsc::channel();
    let thread = std::thread::Builder::new()
        .name("genai-flush".to_owned())
        .spawn(move || {
            let _ = sender.send(work());
        });
    thread.is_ok() && receiver.recv_timeout(deadline).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn work_that_hangs_is_left_behind_at_the_deadline() {
        let began = Instant::now();
        assert!(!within(Duration::from_millis(50), || {
            std::thread::sleep(Duration::from_secs(5));
            true
        }));
        assert!(began.elapsed() < Duration::from_secs(2));
        assert!(within(Duration::from_secs(5), || true));
        assert!(!within(Duration::from_secs(5), || false));
    }
}
