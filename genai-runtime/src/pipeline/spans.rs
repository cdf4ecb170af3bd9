//! Tracers of any type: a description of a span and the surrounding context go in, the context in which the span is current
//! comes out.
//!
//! Not OpenTelemetry's own `BoxedTracer`: its spans are boxed, and boxed again when they go into a context, so that each call
//! of theirs is dispatched twice.

use std::any::TypeId;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use opentelemetry::global;
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
    let newest = Arc::new(global::tracer_with_scope(scope));
    if older.is_empty() {
        newest
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
    newest: Arc<dyn Spans>,
    older: Vec<OlderTracer>,
    found: AtomicUsize,
}

impl Spans for Found {
    fn start(&self, span: SpanBuilder, parent: &Context, child: &mut Context) -> Started {
        match self.found.load(Ordering::Relaxed) {
            UNKNOWN => self.find(span, parent, child),
            NEWEST => self.newest.start(span, parent, child),
            found => match self.older.get(found - NEWEST - 1) {
                Some(tracer) => start_older(tracer, span, parent, child),
                None => self.newest.start(span, parent, child),
            },
        }
    }
}

impl Found {
    /// Nothing is exported twice: a tracer that makes no span exports none.
    #[cold]
    fn find(&self, span: SpanBuilder, parent: &Context, child: &mut Context) -> Started {
        let started = self.newest.start(span.clone(), parent, child);
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

#[cfg(test)]
mod tests {
    use opentelemetry::trace::noop::NoopTracer;
    use opentelemetry::trace::{SpanId, TraceFlags, TraceId, TraceState, TracerProvider as _};
    use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

    use super::*;
    use crate::bridge::globals::Started as OlderStarted;

    fn span(id: u64) -> SpanContext {
        let (trace, flags) = (TraceId::from(7), TraceFlags::default());
        SpanContext::new(trace, SpanId::from(id), flags, false, TraceState::default())
    }

    #[test]
    fn a_span_is_a_providers_own_unless_it_repeats_the_parent() {
        let parent = Context::new().with_remote_span_context(span(1));
        assert!(is_own(&span(2), &parent) && is_own(&span(1), &Context::new()));
        assert!(!is_own(&span(1), &parent));
        assert!(!is_own(&SpanContext::NONE, &parent));
        assert!(!is_own(&span(0), &parent), "it has no id");
    }

    /// Which of the older ones a context came from.
    struct MadeBy(usize);

    /// Tracers of three older versions, of which one makes spans.
    fn found(newest: Arc<dyn Spans>, own: Option<usize>) -> (Found, Arc<[AtomicUsize; 3]>) {
        let calls: Arc<[AtomicUsize; 3]> = Arc::default();
        let older = (0..3).map(|at| {
            let calls = Arc::clone(&calls);
            OlderTracer::new("0.1", move |_, parent| {
                calls[at].fetch_add(1, Ordering::Relaxed);
                OlderStarted {
                    cx: parent.with_value(MadeBy(at)),
                    is_recording: own == Some(at),
                    is_own: own == Some(at),
                }
            })
        });
        let found = Found {
            newest,
            older: older.collect(),
            found: AtomicUsize::new(UNKNOWN),
        };
        (found, calls)
    }

    /// Starts a span: whether it is recorded and a provider's own, and which older one has made it.
    fn started(found: &Found) -> (bool, bool, Option<usize>) {
        let mut child = Context::new();
        let span = SpanBuilder::from_name("a");
        let started = found.start(span, &Context::new(), &mut child);
        let by = child.get::<MadeBy>().map(|by| by.0);
        (started.is_recording, started.is_own, by)
    }

    #[test]
    fn the_first_tracer_that_makes_a_span_is_used_from_then_on() {
        let counts = |calls: &[AtomicUsize; 3]| {
            let counts = calls.iter().map(|calls| calls.load(Ordering::Relaxed));
            counts.collect::<Vec<_>>()
        };
        let noop = || Arc::new(NoopTracer::new());
        for (own, after_one, after_three) in [
            (0, [1, 0, 0], [3, 0, 0]),
            (1, [1, 1, 0], [1, 3, 0]),
            (2, [1, 1, 1], [1, 1, 3]),
        ] {
            let (found, calls) = found(noop(), Some(own));
            assert_eq!(started(&found), (true, true, Some(own)));
            assert_eq!(counts(&calls), after_one);
            for _ in 0..2 {
                assert_eq!(started(&found), (true, true, Some(own)));
            }
            assert_eq!(counts(&calls), after_three);
        }
        // As long as none does, all are asked.
        let (none, calls) = found(noop(), None);
        for _ in 0..3 {
            assert_eq!(started(&none), (false, false, None));
        }
        assert_eq!(counts(&calls), [3, 3, 3]);
        // One that is not recorded is a provider's, too.
        let unsampled = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff);
        let tracer: Arc<dyn Spans> = Arc::new(unsampled.build().tracer("a"));
        let mut child = Context::new();
        let made = tracer.start(SpanBuilder::from_name("a"), &Context::new(), &mut child);
        assert!(made.is_own && !made.is_recording);
        // That of this version comes first.
        let provider = SdkTracerProvider::builder().build();
        let (newest, calls) = found(Arc::new(provider.tracer("a")), Some(0));
        for _ in 0..3 {
            assert_eq!(started(&newest), (true, true, None));
        }
        assert_eq!(counts(&calls), [0, 0, 0]);
    }
}
