//! What a developer sees without any backend: finished traces as trees, events, and a summary of the metrics.
//!
//! In come spans, log records and metrics of the OpenTelemetry SDK, those of other libraries too; out goes text on the
//! terminal.
//!
//! ```
//! let _console = genai::console::init();
//! // Run annotated functions: each trace is printed when it ends, the metrics when `_console` is dropped.
//! ```
//!
//! It looks like this:
//!
//! ```text
//! trace 4bf92f35 · conversation conv-1 · user.id=alice
//!   answer                                      1.82 s
//!   ├─ chat gpt-4o-mini                         412 ms         24→7  tool_calls · openai
//!   ├─ execute_tool get_weather                  12 ms
//!   └─ chat gpt-nope                            3.1 ms               ✗ model_not_found · openai
//!         The model `gpt-nope` does not exist or you do not have access to it.
//! ```

mod content;
mod distribution;
mod instruments;
mod processors;
mod row;
mod store;
mod summary;
mod terminal;
#[cfg(test)]
mod tests;
mod tree;

use std::io::Write;
use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;

pub use processors::{EventPrinter, SpanPrinter};
pub use summary::MetricSummary;
pub use terminal::ColorChoice;

use crate::sdk::providers::{Losses, Providers};
use crate::{Telemetry, TelemetryBuilder};
use processors::Shared;
use terminal::{Target, Terminal};

/// How long a [`Console`] that is dropped waits for the terminal.
const DEADLINE: Duration = Duration::from_secs(5);

/// Sets everything up with the defaults: [`builder`]`().init()`.
///
/// Keep what it returns until the program ends; it prints the summary of the metrics when it is dropped.
///
/// ```
/// let _console = genai::console::init();
/// // Run annotated functions.
/// ```
#[must_use = "the summary is printed when the guard is dropped"]
pub fn init() -> Console {
    builder().init()
}

/// Begins a console that differs from the defaults: standard error, where it does not mix with what the program prints for
/// others to read; colors when it is a terminal; as wide as the environment variable `COLUMNS` says, or 100 columns.
///
/// ```
/// use genai::console::ColorChoice;
///
/// let _console = genai::console::builder().stdout().color(ColorChoice::Never).width(80).init();
/// ```
pub fn builder() -> Builder {
    Builder {
        target: Target::Stderr,
        color: ColorChoice::Auto,
        width: None,
        settings: Telemetry::builder(),
    }
}

/// Settings of a console; see [`builder`].
#[derive(Debug)]
#[must_use = "nothing is set up before `init`, `build` or `printer`"]
pub struct Builder {
    target: Target,
    color: ColorChoice,
    width: Option<usize>,
    settings: TelemetryBuilder,
}

impl Builder {
    /// Writes to standard output instead of standard error.
    pub fn stdout(mut self) -> Self {
        self.target = Target::Stdout;
        self
    }

    /// Writes to `writer` instead of standard error. Errors of the writer are ignored.
    pub fn writer(mut self, writer: impl Write + Send + 'static) -> Self {
        self.target = Target::Writer(Box::new(writer));
        self
    }

    /// Whether to use colors. Default: [`ColorChoice::Auto`].
    pub fn color(mut self, color: ColorChoice) -> Self {
        self.color = color;
        self
    }

    /// Columns of a line, at least 60 and at most 400.
    pub fn width(mut self, columns: usize) -> Self {
        self.width = Some(columns);
        self
    }

    /// Changes this library's own settings, such as content capture. Providers set here are replaced by the console's.
    ///
    /// ```
    /// let builder = genai::console::builder()
    ///     .telemetry(|settings| settings.capture(genai::ContentCapture::SpanOnly));
    /// ```
    pub fn telemetry(mut self, change: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder) -> Self {
        self.settings = change(self.settings);
        self
    }

    /// The parts, for providers of your own.
    pub fn printer(self) -> Printer {
        Printer(Shared::new(Terminal::new(
            self.target,
            self.color,
            self.width,
        )))
    }

    /// Sets up a tracer, a meter and a logger provider that print, and makes them the process's: in OpenTelemetry's globals
    /// and as the default of this library. The resource is what `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` say.
    #[must_use = "the summary is printed when the guard is dropped"]
    pub fn init(self) -> Console {
        let console = self.build();
        console.providers.install();
        console
    }

    /// Sets the providers up without making them the process's.
    #[must_use = "the summary is printed when the guard is dropped"]
    pub fn build(mut self) -> Console {
        let settings = std::mem::take(&mut self.settings);
        let printer = self.printer();
        let resource = Resource::builder().build();
        let summary = printer.summary();
        let tracer = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_span_processor(printer.spans())
            .build();
        let meter = SdkMeterProvider::builder()
            .with_resource(resource.clone())
            .with_reader(PeriodicReader::builder(summary.clone()).build())
            .build();
        let logger = SdkLoggerProvider::builder()
            .with_resource(resource)
            .with_log_processor(printer.events())
            .build();
        let providers = Providers::new(tracer, meter, logger, Losses::default(), settings);
        Console { providers, summary }
    }
}

/// The parts of a console, to be put on providers of your own beside other exporters.
///
/// What is made by one printer belongs together: events are shown below their spans, and all goes to the same place.
///
/// ```
/// use opentelemetry_sdk::logs::SdkLoggerProvider;
/// use opentelemetry_sdk::metrics::SdkMeterProvider;
/// use opentelemetry_sdk::trace::SdkTracerProvider;
///
/// let printer = genai::console::builder().printer();
/// let traces = SdkTracerProvider::builder().with_span_processor(printer.spans()).build();
/// let logs = SdkLoggerProvider::builder().with_log_processor(printer.events()).build();
/// let metrics = SdkMeterProvider::builder().with_periodic_exporter(printer.summary()).build();
/// ```
#[derive(Clone, Debug)]
pub struct Printer(Shared);

impl Printer {
    /// The span processor that prints traces.
    pub fn spans(&self) -> SpanPrinter {
        SpanPrinter(self.0.clone())
    }

    /// The log processor that prints the events.
    pub fn events(&self) -> EventPrinter {
        EventPrinter(self.0.clone())
    }

    /// The metric exporter that prints the summary when it is shut down.
    pub fn summary(&self) -> MetricSummary {
        MetricSummary::new(self.0.terminal().clone())
    }
}

/// A console that is set up. When dropped it prints the traces that have not ended and the summary of the metrics, and stops.
///
/// ```
/// use genai::console::Console;
///
/// fn report(console: &Console) {
///     console.print_summary();
/// }
/// # report(&genai::console::builder().build());
/// ```
#[derive(Debug)]
pub struct Console {
    providers: Providers,
    summary: MetricSummary,
}

impl Console {
    /// The tracer provider.
    pub fn tracer_provider(&self) -> &SdkTracerProvider {
        &self.providers.tracer
    }

    /// The meter provider.
    pub fn meter_provider(&self) -> &SdkMeterProvider {
        &self.providers.meter
    }

    /// The logger provider.
    pub fn logger_provider(&self) -> &SdkLoggerProvider {
        &self.providers.logger
    }

    /// This library, reporting to the console: for use beside the process's default.
    pub fn telemetry(&self) -> &Telemetry {
        &self.providers.telemetry
    }

    /// Prints the summary of the metrics so far.
    pub fn print_summary(&self) {
        let _ = self.providers.flush(DEADLINE);
        self.summary.print();
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.providers.shutdown(DEADLINE);
    }
}
