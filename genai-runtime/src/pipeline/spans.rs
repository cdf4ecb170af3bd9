//! Tracers of any type: a description of a span and the surrounding context go in, the context in which the span is current
//! comes out.
//!
//! Not OpenTelemetry's own `BoxedTracer`: its spans are boxed, and boxed again when they go into a context, so that each call
//! of theirs is dispatched twice.

use opentelemetry::Context;
use opentelemetry::trace::{Span as _, SpanBuilder, TraceContextExt as _, Tracer};

/// Starts spans.
pub(crate) trait Spans: Send + Sync {
    /// Makes `child` a child context of `parent` with a new span; returns whether the span records.
    fn start(&self, span: SpanBuilder, parent: &Context, child: &mut Context) -> bool;
}

impl<T> Spans for T
where
    T: Tracer + Send + Sync,
    T::Span: Send + Sync + 'static,
{
    fn start(&self, span: SpanBuilder, parent: &Context, child: &mut Context) -> bool {
        let span = self.build_with_context(span, parent);
        let is_recording = span.is_recording();
        *child = parent.with_span(span);
        is_recording
    }
}
