//! The harness's ends of the SDK's pipelines.
//!
//! In come spans, metrics and log records of the SDK; out go the harness's own values.

use std::future::{Future, ready};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord};
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::{SpanData, SpanProcessor};

use super::{Event, Metric, Span};

/// A list that several threads fill.
#[derive(Debug)]
struct List<T>(Arc<Mutex<Vec<T>>>);

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        List(self.0.clone())
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        List(Arc::default())
    }
}

impl<T: Clone> List<T> {
    fn with<R>(&self, f: impl FnOnce(&mut Vec<T>) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Spans(List<Span>);

impl Spans {
    pub(super) fn get(&self) -> Vec<Span> {
        self.0.with(|spans| spans.clone())
    }
    pub(super) fn clear(&self) {
        self.0.with(Vec::clear);
    }
}

impl SpanProcessor for Spans {
    fn on_start(&self, _: &mut opentelemetry_sdk::trace::Span, _: &Context) {}
    fn on_end(&self, span: SpanData) {
        let span = Span::new(span);
        self.0.with(|spans| spans.push(span));
    }
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Events(List<Event>);

impl Events {
    pub(super) fn get(&self) -> Vec<Event> {
        self.0.with(|events| events.clone())
    }
    pub(super) fn clear(&self) {
        self.0.with(Vec::clear);
    }
}

impl LogProcessor for Events {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        let event = Event::new(record, scope);
        self.0.with(|events| events.push(event));
    }
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Metrics(List<Metric>);

impl Metrics {
    pub(super) fn get(&self) -> Vec<Metric> {
        self.0.with(|metrics| metrics.clone())
    }
}

impl PushMetricExporter for Metrics {
    fn export(&self, metrics: &ResourceMetrics) -> impl Future<Output = OTelSdkResult> + Send {
        let read = Metric::read(metrics);
        self.0.with(|metrics| *metrics = read);
        ready(Ok(()))
    }
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}
