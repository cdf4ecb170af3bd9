//! An in-memory harness for the tests of applications: run code, get its spans, metrics and events, assert.
//!
//! In comes what the code under test reports; out go plain owned values.
//!
//! A harness has providers of its own, so tests that hand them to the code under test run in parallel without seeing each
//! other. Annotated functions report to the process's default, of which there is one: [`Harness::install`] takes it for as
//! long as the harness lives, and tests that use it wait for each other.
//!
//! ```
//! use genai::testing::Harness;
//! use opentelemetry::trace::SpanKind;
//!
//! let harness = Harness::install();
//! let mut chat = genai::chat("openai").model("gpt-5").start();
//! chat.input_tokens(24);
//! chat.finish();
//!
//! let span = harness.span("chat gpt-5");
//! assert_eq!(span.kind, SpanKind::Client);
//! assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(24));
//! assert!(!span.is_error());
//! assert_eq!(harness.point("gen_ai.client.token.usage", &[("gen_ai.token.type", "input")]).sum, 24.0);
//! ```

#![allow(clippy::panic, reason = "assertions of tests")]

mod attributes;
mod collect;
mod metric;
mod record;
#[cfg(test)]
mod tests;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;

pub use attributes::Attributes;
pub use metric::{Metric, Point};
pub use record::{Event, Span, SpanEvent};

use crate::sdk::providers::{Losses, Providers};
use crate::{Telemetry, TelemetryBuilder};
use collect::{Events, Metrics, Spans};

/// Held by the harness that is installed.
static INSTALLED: Mutex<()> = Mutex::new(());

/// In-memory tracer, meter and logger providers, and what they received.
///
/// The methods that find one thing panic, with what there is instead, when it is not there or not alone: they are
/// assertions.
///
/// ```
/// let harness = genai::testing::Harness::new();
/// harness.telemetry().tool("search").start().finish();
/// assert_eq!(harness.spans().len(), 1);
/// ```
#[derive(Debug)]
pub struct Harness {
    providers: Providers,
    spans: Spans,
    metrics: Metrics,
    events: Events,
    /// Last, so that the next test begins when this one has cleaned up.
    _installed: Option<MutexGuard<'static, ()>>,
}

impl Default for Harness {
    fn default() -> Self {
        Harness::new()
    }
}

impl Harness {
    /// A harness with the default settings: [`with`](Self::with) that changes nothing.
    pub fn new() -> Self {
        Harness::with(|settings| settings)
    }

    /// A harness that only what uses its [`telemetry`](Self::telemetry) or its providers reports to.
    ///
    /// ```
    /// use genai::{ContentCapture, testing::Harness};
    ///
    /// let harness = Harness::with(|settings| settings.capture(ContentCapture::SpanOnly));
    /// harness.telemetry().chat("openai").model("gpt-5").start().finish();
    /// assert_eq!(harness.span("chat gpt-5").str("gen_ai.provider.name"), Some("openai"));
    /// assert_eq!(harness.point("gen_ai.client.operation.duration", &[]).count, 1);
    /// ```
    pub fn with(settings: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder) -> Self {
        let (spans, metrics, events) = (Spans::default(), Metrics::default(), Events::default());
        // Collected when asked for, never by itself.
        let reader = PeriodicReader::builder(metrics.clone())
            .with_interval(Duration::from_secs(1 << 30))
            .build();
        let providers = Providers::new(
            SdkTracerProvider::builder()
                .with_span_processor(spans.clone())
                .build(),
            SdkMeterProvider::builder().with_reader(reader).build(),
            SdkLoggerProvider::builder()
                .with_log_processor(events.clone())
                .build(),
            Losses::default(),
            settings(Telemetry::builder()),
        );
        Harness {
            providers,
            spans,
            metrics,
            events,
            _installed: None,
        }
    }

    /// A harness that annotated functions report to, and libraries that use OpenTelemetry's globals.
    ///
    /// The default is the whole process's: this waits until no other installed harness is left, and what annotated
    /// functions of other, concurrent tests report arrives here too. So either all tests of a program that call annotated
    /// functions install a harness, or they assert on spans with names of their own. Keep one per test: a second one on the
    /// same thread would wait for the first forever.
    pub fn install() -> Self {
        Harness::install_with(|settings| settings)
    }

    /// As [`install`](Self::install), with settings of this library's changed.
    pub fn install_with(settings: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder) -> Self {
        let installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        let mut harness = Harness::with(settings);
        harness.providers.install();
        harness._installed = Some(installed);
        harness
    }

    /// This library, reporting to this harness.
    pub fn telemetry(&self) -> &Telemetry {
        &self.providers.telemetry
    }

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

    /// The spans that have ended, in the order they did.
    pub fn spans(&self) -> Vec<Span> {
        self.spans.get()
    }

    /// The one span of this name that has ended.
    ///
    /// # Panics
    ///
    /// When there is none, or more than one.
    #[track_caller]
    pub fn span(&self, name: &str) -> Span {
        let spans = self.spans();
        let names: Vec<String> = spans.iter().map(|span| span.name.clone()).collect();
        let mut found: Vec<Span> = spans.into_iter().filter(|span| span.name == name).collect();
        match (found.pop(), found.len()) {
            (Some(span), 0) => span,
            (found, others) => {
                let count = others + usize::from(found.is_some());
                panic!("expected one span `{name}`, found {count}; the spans are {names:?}")
            }
        }
    }

    /// The spans directly below `span`, in the order they ended.
    pub fn children(&self, span: &Span) -> Vec<Span> {
        let below = |other: &Span| {
            other.trace_id == span.trace_id && other.parent_span_id == Some(span.span_id)
        };
        self.spans().into_iter().filter(below).collect()
    }

    /// The metrics that have at least one point, each with all it recorded so far.
    pub fn metrics(&self) -> Vec<Metric> {
        let _ = self.providers.meter.force_flush();
        self.metrics.get()
    }

    /// The points of a metric; none when nothing was recorded for it.
    pub fn points(&self, metric: &str) -> Vec<Point> {
        self.metrics()
            .into_iter()
            .filter(|m| m.name == metric)
            .flat_map(|m| m.points)
            .collect()
    }

    /// The one point of a metric that has all these attributes (and may have more).
    ///
    /// # Panics
    ///
    /// When there is none, or more than one.
    #[track_caller]
    pub fn point(&self, metric: &str, attributes: &[(&str, &str)]) -> Point {
        let points = self.points(metric);
        let mut found: Vec<&Point> = points
            .iter()
            .filter(|point| point.attributes.has(attributes))
            .collect();
        match (found.pop(), found.len()) {
            (Some(point), 0) => point.clone(),
            (found, others) => {
                let count = others + usize::from(found.is_some());
                let all: Vec<&Attributes> = points.iter().map(|point| &point.attributes).collect();
                panic!(
                    "expected one point of `{metric}` with {attributes:?}, found {count}; its points have {all:?}"
                )
            }
        }
    }

    /// The events emitted, in order.
    pub fn events(&self) -> Vec<Event> {
        self.events.get()
    }

    /// Forgets the spans and events so far. Metrics go on counting.
    pub fn clear(&self) {
        self.spans.clear();
        self.events.clear();
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        let _ = self.providers.shutdown(Duration::from_secs(5));
    }
}
