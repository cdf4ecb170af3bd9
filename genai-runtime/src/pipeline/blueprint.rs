//! Where spans and metrics go: a scope and the providers that were handed over go in, a tracer and a meter provider come out, the
//! OpenTelemetry globals of the moment where none was.

use std::sync::Arc;

use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::noop::NoopTracer;
use opentelemetry::{InstrumentationScope, global};

use super::binding::Binds;
use super::instruments::{Instruments, is_real};
use super::spans::{self, Spans};
use crate::bridge::Companions;
use crate::bridge::globals::Globals;
use crate::diag::call_out::{CallOut, contained};

/// Makes the tracer of a provider for a scope.
pub(crate) type TracerSource = Box<dyn FnOnce(InstrumentationScope) -> Arc<dyn Spans> + Send>;
/// The sources of a configuration; the parts taken from the OpenTelemetry globals can be resolved again.
#[derive(Clone)]
pub(crate) struct Blueprint {
    scope: InstrumentationScope,
    spans: Option<Arc<dyn Spans>>,
    meter: Option<Arc<dyn MeterProvider + Send + Sync>>,
    binds: Binds,
    label_values: usize,
}

impl Blueprint {
    pub(crate) fn new(
        scope: InstrumentationScope,
        tracer: Option<TracerSource>,
        meter: Option<Arc<dyn MeterProvider + Send + Sync>>,
        binds: Binds,
        label_values: usize,
    ) -> Self {
        Self {
            spans: tracer.map(|make| {
                contained(CallOut::Tracing, || make(scope.clone()))
                    .unwrap_or_else(|| Arc::new(NoopTracer::new()))
            }),
            meter,
            binds,
            label_values,
            scope,
        }
    }

    /// The histograms of `meter`.
    pub(crate) fn instruments(&self, meter: Arc<dyn MeterProvider + Send + Sync>) -> Instruments {
        Instruments::new(meter, self.scope.clone(), self.binds, self.label_values)
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
            None => contained(CallOut::Tracing, || spans::global(self.scope.clone()))
                .unwrap_or_else(|| Arc::new(NoopTracer::new())),
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
    let older = contained(CallOut::Metering, Companions::meter_provider).flatten();
    older.unwrap_or(newest)
}
