//! The last step of the SDK's pipelines as a closure: it gets each span that ends, or what was collected of metrics.

use std::fmt;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

/// Gets each span that ends. It holds no lock, and has nothing to flush.
pub struct Ended<F>(pub F);

impl<F> fmt::Debug for Ended<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ended")
    }
}

impl<F: Fn(&SpanData) + Send + Sync> SpanProcessor for Ended<F> {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        (self.0)(&span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Gets what a reader collects, with cumulative temporality.
pub struct Collected<F>(pub F);

impl<F: Fn(&ResourceMetrics) + Send + Sync + 'static> PushMetricExporter for Collected<F> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        (self.0)(metrics);
        Ok(())
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
