//! The three SDK providers that the console, the OTLP set-up and the test harness build, and their common life.
//!
//! In come the finished providers; they become the process's, and are flushed within a deadline when they go.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;

use crate::pipeline::exporting::{self, Exporting};
use crate::pipeline::hook::Unfinished;
use crate::pipeline::stages::Work;
use crate::{Telemetry, TelemetryBuilder};

/// Tracer, meter and logger provider that belong together.
#[derive(Clone)]
pub(crate) struct Providers {
    pub(crate) tracer: SdkTracerProvider,
    pub(crate) meter: SdkMeterProvider,
    pub(crate) logger: SdkLoggerProvider,
    /// This library, reporting to the three.
    pub(crate) telemetry: Telemetry,
    exporting: Arc<dyn Exporting>,
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Providers")
            .field("tracer", &self.tracer)
            .field("meter", &self.meter)
            .field("logger", &self.logger)
            .field("telemetry", &self.telemetry)
            .finish_non_exhaustive()
    }
}

/// How many exports of each signal failed so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Losses {
    pub(crate) traces: Arc<AtomicU64>,
    pub(crate) metrics: Arc<AtomicU64>,
    pub(crate) logs: Arc<AtomicU64>,
}

/// The providers alone, as hand-over needs them.
struct Exporters {
    tracer: SdkTracerProvider,
    meter: SdkMeterProvider,
    logger: SdkLoggerProvider,
    losses: Losses,
}

impl Providers {
    /// `settings` are the library's; providers named there are replaced.
    pub(crate) fn new(
        tracer: SdkTracerProvider,
        meter: SdkMeterProvider,
        logger: SdkLoggerProvider,
        losses: Losses,
        settings: TelemetryBuilder,
    ) -> Self {
        let exporting: Arc<dyn Exporting> = Arc::new(Exporters {
            tracer: tracer.clone(),
            meter: meter.clone(),
            logger: logger.clone(),
            losses,
        });
        let telemetry = settings
            .tracer_provider(tracer.clone())
            .meter_provider(meter.clone())
            .logger_provider(logger.clone())
            .exporting(Arc::clone(&exporting))
            .build();
        Providers {
            tracer,
            meter,
            logger,
            telemetry,
            exporting,
        }
    }

    /// Makes them the process's: OpenTelemetry's global providers (it has none for logs), what annotated functions report
    /// to, and what [`genai::flush`](crate::flush) reaches.
    pub(crate) fn install(&self) {
        opentelemetry::global::set_tracer_provider(self.tracer.clone());
        opentelemetry::global::set_meter_provider(self.meter.clone());
        self.telemetry.install();
        #[cfg(any(feature = "console", feature = "otlp"))]
        exporting::installed(&self.exporting);
    }

    /// Hands over what hooks and providers hold and stops the providers, waiting `timeout` at most.
    pub(crate) fn shutdown(&self, timeout: Duration) -> Result<(), Unfinished> {
        #[cfg(any(feature = "console", feature = "otlp"))]
        exporting::stopped(&self.exporting);
        let hook = self.telemetry.hook_work(false, timeout);
        exporting::hand_over(hook, std::slice::from_ref(&self.exporting), true, timeout)
    }

    /// Hands over what hooks and providers hold, waiting `timeout` at most.
    #[cfg(any(feature = "console", feature = "otlp"))]
    pub(crate) fn flush(&self, timeout: Duration) -> Result<(), Unfinished> {
        self.telemetry.flush(timeout)
    }
}

/// The SDK bounds none of these by the timeout of its caller, least of all for metrics; they run on threads that are left
/// behind when time is up.
impl Exporting for Exporters {
    fn spans_and_events(&self, stop: bool, within: Duration) -> Vec<Work> {
        let (tracer, logger) = (self.tracer.clone(), self.logger.clone());
        vec![
            work("traces", &self.losses.traces, move || match stop {
                true => tracer.shutdown_with_timeout(within),
                false => flushed(within, || tracer.force_flush()),
            }),
            work("events", &self.losses.logs, move || match stop {
                true => logger.shutdown_with_timeout(within),
                false => flushed(within, || logger.force_flush()),
            }),
        ]
    }

    fn metrics(&self, stop: bool, within: Duration) -> Vec<Work> {
        let meter = self.meter.clone();
        vec![work("metrics", &self.losses.metrics, move || match stop {
            true => meter.shutdown_with_timeout(within),
            false => meter.force_flush(),
        })]
    }
}

/// Asks again while there is time, where a flush came back without an end: the SDK's batch processors wait for their exporter five
/// seconds, whatever there was. Their error has that in its text alone, so what is looked at is how long they took.
fn flushed(within: Duration, flush: impl Fn() -> OTelSdkResult) -> OTelSdkResult {
    let start = Instant::now();
    loop {
        let asked = start.elapsed();
        let result = flush();
        let now = start.elapsed();
        if result.is_ok() || now >= within || now.saturating_sub(asked) < Duration::from_secs(1) {
            return result;
        }
    }
}

fn work(
    part: &'static str,
    lost: &Arc<AtomicU64>,
    hand_over: impl FnOnce() -> OTelSdkResult + Send + 'static,
) -> Work {
    let lost = Arc::clone(lost);
    let run = move || {
        let before = lost.load(Ordering::Relaxed);
        let is_well = match hand_over() {
            Ok(()) | Err(OTelSdkError::AlreadyShutdown) => true,
            Err(_) => false,
        };
        let failed = lost.load(Ordering::Relaxed).saturating_sub(before);
        match failed {
            0 if is_well => Ok(()),
            0 => Err(Unfinished::new(part)),
            1 => Err(Unfinished::new(format!("{part} (1 export failed)"))),
            failed => Err(Unfinished::new(format!("{part} ({failed} exports failed)"))),
        }
    };
    Work {
        part,
        run: Box::new(run),
    }
}
