//! Where spans and metrics go: a scope and the providers that were handed over go in, a tracer and a meter provider come out, the
//! OpenTelemetry globals of the moment where none was.

use std::sync::Arc;

use opentelemetry::metrics::MeterProvider;
use opentelemetry::{InstrumentationScope, global};

use super::spans::{self, Spans};
use crate::bridge::Companions;
use crate::bridge::globals::Globals;

/// Makes the tracer of a provider for a scope.
pub(crate) type TracerSource = Box<dyn FnOnce(InstrumentationScope) -> Arc<dyn Spans> + Send>;
/// The sources of a configuration; the parts taken from the OpenTelemetry globals can be resolved again.
#[derive(Clone)]
pub(crate) struct Blueprint {
    scope: InstrumentationScope,
    spans: Option<Arc<dyn Spans>>,
    meter: Option<Arc<dyn MeterProvider + Send + Sync>>,
}

impl Blueprint {
    pub(crate) fn new(
        scope: InstrumentationScope,
        tracer: Option<TracerSource>,
        meter: Option<Arc<dyn MeterProvider + Send + Sync>>,
    ) -> Self {
        Self {
            spans: tracer.map(|make| make(scope.clone())),
            meter,
            scope,
        }
    }

    /// Whether a meter provider was handed over.
    pub(crate) fn has_own_meter(&self) -> bool {
        self.meter.is_some()
    }

    /// Whether a provider is taken from the OpenTelemetry globals.
    pub(crate) fn uses_globals(&self) -> bool {
        self.spans.is_none() || self.meter.is_none()
    }

    /// The tracer, from the provider of now where that is the global one.
    pub(crate) fn spans(&self) -> Arc<dyn Spans> {
        match &self.spans {
            Some(spans) => Arc::clone(spans),
            None => spans::global(self.scope.clone()),
        }
    }

    /// The instrumentation scope.
    pub(crate) fn scope(&self) -> &InstrumentationScope {
        &self.scope
    }

    /// The meter provider, of now where that is the global one.
    pub(crate) fn meter(&self) -> Arc<dyn MeterProvider + Send + Sync> {
        self.meter.clone().unwrap_or_else(global_meter_provider)
    }
}

/// OpenTelemetry's global meter provider; where that does nothing, that of another version.
fn global_meter_provider() -> Arc<dyn MeterProvider + Send + Sync> {
    let newest = global::meter_provider();
    if is_real(&*newest) {
        return newest;
    }
    Companions::meter_provider().unwrap_or(newest)
}

/// Whether anything will see what is recorded. The no-op provider of the API holds nothing, a real one does.
pub(crate) fn is_real(provider: &(dyn MeterProvider + Send + Sync)) -> bool {
    size_of_val(provider) != 0
}
