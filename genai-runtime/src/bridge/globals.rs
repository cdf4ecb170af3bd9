//! The global providers of other versions: a scope goes in, their tracers come out, and their meter provider, as ones of this crate's
//! version.

use std::any::TypeId;
use std::fmt;
use std::sync::Arc;

use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::SpanBuilder;
use opentelemetry::{Context, InstrumentationScope};

use super::order::Starting;

/// A span was started.
pub(crate) struct Started {
    /// The context in which it is the current one.
    pub(crate) cx: Context,
    pub(crate) is_recording: bool,
    /// Whether a provider made it: the no-op one repeats the parent.
    pub(crate) is_own: bool,
}

type Start = dyn Fn(SpanBuilder, &Context) -> Started + Send + Sync;

/// A tracer of another version.
pub(crate) struct OlderTracer {
    /// Of OpenTelemetry.
    pub(crate) version: &'static str,
    start: Box<Start>,
}

impl OlderTracer {
    #[allow(dead_code, reason = "for the versions that are on")]
    pub(crate) fn new(
        version: &'static str,
        start: impl Fn(SpanBuilder, &Context) -> Started + Send + Sync + 'static,
    ) -> Self {
        Self {
            version,
            start: Box::new(start),
        }
    }

    /// Starts a span below that of `parent`, or of what is current in the other version.
    pub(crate) fn start(&self, span: SpanBuilder, parent: &Context) -> Started {
        let _starting = Starting::new();
        (self.start)(span, parent)
    }
}

impl fmt::Debug for OlderTracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OlderTracer").field(&self.version).finish()
    }
}

/// What is global in other versions.
pub(crate) trait Globals {
    /// Adds the tracers, of the providers of now, for a scope, those of the newest version first.
    fn tracers(of: &InstrumentationScope, tracers: &mut Vec<OlderTracer>);
    /// The meter provider of the newest version that has one which does anything.
    fn meter_provider() -> Option<Arc<dyn MeterProvider + Send + Sync>>;
    /// Whether `ty` is a tracer of another version.
    fn has_tracer(ty: TypeId) -> bool;
    /// Adds the versions, the newest first.
    fn versions(all: &mut Vec<&'static str>);
    /// The newest version that has a meter provider which does anything, or a current span.
    fn in_use() -> Option<&'static str>;
}

impl Globals for () {
    fn tracers(_: &InstrumentationScope, _: &mut Vec<OlderTracer>) {}

    fn meter_provider() -> Option<Arc<dyn MeterProvider + Send + Sync>> {
        None
    }

    fn has_tracer(_: TypeId) -> bool {
        false
    }

    fn versions(_: &mut Vec<&'static str>) {}

    fn in_use() -> Option<&'static str> {
        None
    }
}

impl<A: Globals, B: Globals> Globals for (A, B) {
    fn tracers(of: &InstrumentationScope, tracers: &mut Vec<OlderTracer>) {
        A::tracers(of, tracers);
        B::tracers(of, tracers);
    }

    fn meter_provider() -> Option<Arc<dyn MeterProvider + Send + Sync>> {
        A::meter_provider().or_else(B::meter_provider)
    }

    fn has_tracer(ty: TypeId) -> bool {
        A::has_tracer(ty) || B::has_tracer(ty)
    }

    fn versions(all: &mut Vec<&'static str>) {
        A::versions(all);
        B::versions(all);
    }

    fn in_use() -> Option<&'static str> {
        A::in_use().or_else(B::in_use)
    }
}
