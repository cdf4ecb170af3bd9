//! Export over OTLP, set up in one line.
//!
//! In come the standard environment variables; out go traces, metrics and events to a collector or backend.
//!
//! ```no_run
//! # fn main() -> Result<(), genai::otlp::Error> {
//! let _telemetry = genai::otlp::init()?;
//! // Run annotated functions. What is buffered is sent when `_telemetry` is dropped.
//! # Ok(())
//! # }
//! ```
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `OTEL_EXPORTER_OTLP_ENDPOINT` | URL of the collector; over HTTP, `/v1/traces` and so on is appended | `http://localhost:4318`, gRPC: port 4317 |
//! | `OTEL_EXPORTER_OTLP_PROTOCOL` | `http/protobuf`, or `grpc` with the feature `otlp-grpc` | `http/protobuf` |
//! | `OTEL_EXPORTER_OTLP_HEADERS` | `name=value,name=value`, values percent-encoded | none |
//! | `OTEL_EXPORTER_OTLP_TIMEOUT` | of one export, in milliseconds | 10000 |
//! | `OTEL_EXPORTER_OTLP_COMPRESSION` | `gzip` or `none` | `none` |
//! | `OTEL_EXPORTER_OTLP_{TRACES,METRICS,LOGS}_..` | each of the above for one signal; an endpoint is used as it is | |
//! | `OTEL_{TRACES,METRICS,LOGS}_EXPORTER` | `otlp` or `none` | `otlp` |
//! | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | the resource | `unknown_service` |
//! | `OTEL_PROPAGATORS` | what carries the trace to other services: `tracecontext`, `baggage`, `none` | `tracecontext,baggage` |
//! | `OTEL_SDK_DISABLED` | `true` sets nothing up | `false` |
//!
//! The SDK's own (`OTEL_TRACES_SAMPLER`, `OTEL_BSP_..`, `OTEL_BLRP_..`, `OTEL_METRIC_EXPORT_INTERVAL`) hold as well.
//!
//! Everything is sent from threads of its own, with or without an asynchronous runtime in the program.

mod client;
mod config;
mod error;
mod exporters;
#[cfg(feature = "otlp-grpc")]
mod grpc;
mod propagators;
mod watch;

use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{LoggerProviderBuilder, SdkLoggerProvider};
use opentelemetry_sdk::metrics::{MeterProviderBuilder, PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{SdkTracerProvider, TracerProviderBuilder};

pub use error::Error;

use self::watch::Watch;
use crate::pipeline::hook::Unfinished;
use crate::sdk::providers::{Losses, Providers};
use crate::{Telemetry, TelemetryBuilder};

/// Sets everything up from the environment: [`builder`]`().init()`.
///
/// Keep what it returns until the program ends; it sends what is buffered when it is dropped.
///
/// # Errors
///
/// When a variable cannot be understood; see [`Error`]. A collector that is not there is no error: one warning in
/// OpenTelemetry's internal log says that exports fail and why, and one that they arrive again.
pub fn init() -> Result<Otlp, Error> {
    builder().init()
}

/// Begins an export with more than the environment says.
///
/// ```no_run
/// # #[cfg(feature = "console")]
/// # fn main() -> Result<(), genai::otlp::Error> {
/// let printer = genai::console::builder().printer();
/// let _telemetry = genai::otlp::builder()
///     .traces(|traces| traces.with_span_processor(printer.spans()))
///     .logs(|logs| logs.with_log_processor(printer.events()))
///     .metrics(|metrics| metrics.with_periodic_exporter(printer.summary()))
///     .init()?;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "console"))]
/// # fn main() {}
/// ```
pub fn builder() -> Builder {
    Builder {
        traces: SdkTracerProvider::builder(),
        metrics: SdkMeterProvider::builder(),
        logs: SdkLoggerProvider::builder(),
        resource: None,
        deadline: Duration::from_secs(5),
        settings: Telemetry::builder(),
    }
}

/// Settings of an export; see [`builder`].
#[derive(Debug)]
#[must_use = "nothing is exported before `init` or `build`"]
pub struct Builder {
    traces: TracerProviderBuilder,
    metrics: MeterProviderBuilder,
    logs: LoggerProviderBuilder,
    resource: Option<Resource>,
    deadline: Duration,
    settings: TelemetryBuilder,
}

impl Builder {
    /// Changes the tracer provider: further span processors, a sampler.
    pub fn traces(
        mut self,
        change: impl FnOnce(TracerProviderBuilder) -> TracerProviderBuilder,
    ) -> Self {
        self.traces = change(self.traces);
        self
    }

    /// Changes the meter provider: further readers, views.
    pub fn metrics(
        mut self,
        change: impl FnOnce(MeterProviderBuilder) -> MeterProviderBuilder,
    ) -> Self {
        self.metrics = change(self.metrics);
        self
    }

    /// Changes the logger provider: further log processors.
    pub fn logs(
        mut self,
        change: impl FnOnce(LoggerProviderBuilder) -> LoggerProviderBuilder,
    ) -> Self {
        self.logs = change(self.logs);
        self
    }

    /// Changes this library's own settings, such as content capture. Providers set here are replaced by the export's.
    pub fn telemetry(mut self, change: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder) -> Self {
        self.settings = change(self.settings);
        self
    }

    /// The resource of all signals. Default: what `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` say.
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resource = Some(resource);
        self
    }

    /// How long dropping the guard may take at most. Default: 5 seconds.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets the export up and makes it the process's: in OpenTelemetry's globals and as the default of this library. Where OpenTelemetry
    /// has no global propagator yet, those of W3C become it, and a line is written to the internal log.
    ///
    /// # Errors
    ///
    /// As [`init`].
    pub fn init(self) -> Result<Otlp, Error> {
        let otlp = self.build()?;
        if let Some(providers) = &otlp.providers {
            providers.install();
            propagators::set(&|variable| std::env::var(variable).ok());
        }
        Ok(otlp)
    }

    /// Sets the export up without making it the process's.
    ///
    /// # Errors
    ///
    /// As [`init`].
    pub fn build(self) -> Result<Otlp, Error> {
        self.build_from(&|variable| std::env::var(variable).ok())
    }

    fn build_from(self, lookup: config::Lookup<'_>) -> Result<Otlp, Error> {
        let deadline = self.deadline;
        if config::disabled(lookup) {
            return Ok(Otlp {
                providers: None,
                watch: Watch::default(),
                deadline,
                #[cfg(feature = "otlp-grpc")]
                _runtime: None,
            });
        }
        let traces = config::export(&config::TRACES, lookup)?;
        let metrics = config::export(&config::METRICS, lookup)?;
        let logs = config::export(&config::LOGS, lookup)?;

        #[cfg(feature = "otlp-grpc")]
        let runtime = grpc::Runtime::needed([&traces, &metrics, &logs])?;
        #[cfg(feature = "otlp-grpc")]
        let handle = runtime.as_ref().and_then(grpc::Runtime::handle);
        #[cfg(feature = "otlp-grpc")]
        let _inside = handle.as_ref().map(|handle| handle.enter());

        let resource = self.resource.unwrap_or_else(|| Resource::builder().build());
        let mut tracer = self.traces.with_resource(resource.clone());
        let (mut watch, losses) = (Watch::default(), Losses::default());
        if let Some(export) = traces {
            let link = watch.link("traces", &export.endpoint, &losses.traces);
            tracer = tracer.with_batch_exporter(exporters::spans(export, link)?);
        }
        let mut meter = self.metrics.with_resource(resource.clone());
        if let Some(export) = metrics {
            let link = watch.link("metrics", &export.endpoint, &losses.metrics);
            let exporter = exporters::metrics(export, link)?;
            meter = meter.with_reader(PeriodicReader::builder(exporter).build());
        }
        let mut logger = self.logs.with_resource(resource);
        if let Some(export) = logs {
            let link = watch.link("events", &export.endpoint, &losses.logs);
            logger = logger.with_batch_exporter(exporters::logs(export, link)?);
        }
        let (tracer, meter, logger) = (tracer.build(), meter.build(), logger.build());
        let providers = Providers::new(tracer, meter, logger, losses, self.settings);
        Ok(Otlp {
            providers: Some(providers),
            watch,
            deadline,
            #[cfg(feature = "otlp-grpc")]
            _runtime: runtime,
        })
    }
}

/// An export that is set up. When dropped it sends what is buffered, within the deadline, and stops.
///
/// ```no_run
/// # fn main() -> Result<(), genai::otlp::Error> {
/// use std::time::Duration;
///
/// let telemetry = genai::otlp::init()?;
/// if let Err(unfinished) = telemetry.flush(Duration::from_secs(2)) {
///     eprintln!("{unfinished}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "what is buffered is sent when the guard is dropped"]
pub struct Otlp {
    /// Absent when the SDK is switched off.
    providers: Option<Providers>,
    watch: Watch,
    deadline: Duration,
    /// Goes after the providers have sent what they had.
    #[cfg(feature = "otlp-grpc")]
    _runtime: Option<grpc::Runtime>,
}

impl Otlp {
    /// The tracer provider; none when `OTEL_SDK_DISABLED` is set.
    ///
    /// Its own `force_flush` says whether spans were handed to the exporter; [`flush`](Self::flush) says whether they arrived. So do those
    /// of the two others.
    pub fn tracer_provider(&self) -> Option<&SdkTracerProvider> {
        self.providers.as_ref().map(|providers| &providers.tracer)
    }

    /// The meter provider; none when `OTEL_SDK_DISABLED` is set.
    pub fn meter_provider(&self) -> Option<&SdkMeterProvider> {
        self.providers.as_ref().map(|providers| &providers.meter)
    }

    /// The logger provider; none when `OTEL_SDK_DISABLED` is set.
    pub fn logger_provider(&self) -> Option<&SdkLoggerProvider> {
        self.providers.as_ref().map(|providers| &providers.logger)
    }

    /// This library, reporting to the export, for use beside the process's default; none when `OTEL_SDK_DISABLED` is set.
    pub fn telemetry(&self) -> Option<&Telemetry> {
        self.providers
            .as_ref()
            .map(|providers| &providers.telemetry)
    }

    /// Sends what is buffered, waiting `timeout` at most.
    ///
    /// It waits on the calling thread; asynchronous code should call it from one that may block.
    ///
    /// # Errors
    ///
    /// What was not sent by then, and what the collector did not take.
    pub fn flush(&self, timeout: Duration) -> Result<(), Unfinished> {
        match &self.providers {
            Some(providers) => providers.flush(timeout),
            None => Ok(()),
        }
    }
}

impl Drop for Otlp {
    fn drop(&mut self) {
        if let Some(providers) = &self.providers {
            if providers.shutdown(self.deadline).is_err() {
                self.watch.ended_early(self.deadline);
            }
        }
    }
}
