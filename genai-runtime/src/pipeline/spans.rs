//! Tracers of any type: a description of a span and the surrounding context go in, the context in which the span is current
//! comes out.
//!
//! Not OpenTelemetry's own `BoxedTracer`: its spans are boxed, and boxed again when they go into a context, so that each call
//! of theirs is dispatched twice.

use std::any::TypeId;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use opentelemetry::global::{self, BoxedTracer};
use opentelemetry::trace::{Span as _, SpanBuilder, SpanContext, TraceContextExt as _, Tracer};
use opentelemetry::{Context, InstrumentationScope};

use crate::bridge::companion::{self, Companion};
use crate::bridge::globals::{Globals, OlderTracer};
use crate::bridge::order::Starting;
use crate::bridge::{Companions, VERSION};
use crate::diag::warn::{Once, once};

/// What became of a span.
#[derive(Clone, Copy)]
pub(crate) struct Started {
    pub(crate) is_recording: bool,
    /// Whether a provider made it, sampled or not: the no-op one repeats the parent.
    pub(crate) is_own: bool,
}

/// Starts spans.
pub(crate) trait Spans: Send + Sync {
    /// Makes `child` a child context of `parent` with a new span.
    fn start(&self, span: SpanBuilder, parent: &Context, child: &mut Context) -> Started;
}

impl<T> Spans for T
where
    T: Tracer + Send + Sync + 'static,
    T::Span: Send + Sync + 'static,
{
    fn start(&self, span: SpanBuilder, parent: &Context, child: &mut Context) -> Started {
        let _starting = Companions::IS_ANY.then(Starting::new);
        let is_elsewhere = Companions::has_tracer(TypeId::of::<T>());
        let elsewhere = companion::with_parent::<Companions>(parent, is_elsewhere);
        let parent = elsewhere.as_ref().unwrap_or(parent);
        let span = self.build_with_context(span, parent);
        let is_recording = span.is_recording();
        let started = Started {
            is_recording,
            is_own: is_recording || is_own(span.span_context(), parent),
        };
        *child = parent.with_span(span);
        started
    }
}

/// Whether a span that is not recorded has an id of its own.
#[inline(never)]
fn is_own(span: &SpanContext, parent: &Context) -> bool {
    span.is_valid() && span.span_id() != parent.span().span_context().span_id()
}

/// The tracer of OpenTelemetry's global provider of now; where that does nothing, that of another version's.
pub(crate) fn global(scope: InstrumentationScope) -> Arc<dyn Spans> {
    let mut older = Vec::new();
    Companions::tracers(&scope, &mut older);
    let newest = global::tracer_with_scope(scope);
    if older.is_empty() {
        Arc::new(newest)
    } else {
        Arc::new(Found {
            newest,
            older,
            found: AtomicUsize::new(UNKNOWN),
        })
    }
}

/// Not known yet which tracer does anything.
const UNKNOWN: usize = 0;
/// That of this version; those above are the older ones, in their order.
const NEWEST: usize = 1;

/// The tracers of several versions, of which the first that makes a span is used from then on.
struct Found {
    newest: BoxedTracer,
    older: Vec<OlderTracer>,
    found: AtomicUsize,
}

impl Spans for Found {
    fn start(&self, span: SpanBuilder, parent: &Context, child: &mut Context) -> Started {
        match self.found.load(Ordering::Relaxed) {
            UNKNOWN => self.find(span, parent, child),
            NEWEST => Spans::start(&self.newest, span, parent, child),
            found => match self.older.get(found - NEWEST - 1) {
                Some(tracer) => start_older(tracer, span, parent, child),
                None => Spans::start(&self.newest, span, parent, child),
            },
        }
    }
}

impl Found {
    /// Nothing is exported twice: a tracer that makes no span exports none.
    #[cold]
    fn find(&self, span: SpanBuilder, parent: &Context, child: &mut Context) -> Started {
        let started = Spans::start(&self.newest, span.clone(), parent, child);
        if started.is_own {
            self.found.store(NEWEST, Ordering::Relaxed);
            if let Some(version) = Companions::in_use() {
                once(Once::TwoVersions, || {
                    format!(
                        "providers of OpenTelemetry {VERSION} and {version} are both set up: spans go to those of {VERSION}"
                    )
                });
            }
            return started;
        }
        for (at, tracer) in self.older.iter().enumerate() {
            let mut other = Context::new();
            let started = start_older(tracer, span.clone(), parent, &mut other);
            if started.is_own {
                self.found.store(NEWEST + 1 + at, Ordering::Relaxed);
                *child = other;
                return started;
            }
        }
        started
    }
}

fn start_older(
    tracer: &OlderTracer,
    span: SpanBuilder,
    parent: &Context,
    child: &mut Context,
) -> Started {
    let elsewhere = companion::with_parent::<Companions>(parent, true);
    let started = tracer.start(span, elsewhere.as_ref().unwrap_or(parent));
    *child = started.cx;
    Started {
        is_recording: started.is_recording,
        is_own: started.is_own,
    }
}
