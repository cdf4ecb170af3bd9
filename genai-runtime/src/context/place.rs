//! The context that a future or a stream is polled in: the ambient one that it was made with, merged with what is current.

use opentelemetry::Context;
use opentelemetry::baggage::{BaggageExt as _, KeyValueMetadata};
use opentelemetry::trace::TraceContextExt as _;

use super::GenAiContext;
use super::ambient;
use super::entry::{entry_id, with_entry};
use super::open::{Lasts, Scope};

/// An ambient context, and the OpenTelemetry context it was merged with last.
#[derive(Clone)]
pub(crate) struct Place {
    context: GenAiContext,
    /// Before the first poll, what was current when this was made; then the context of the last poll.
    cx: Context,
    /// What is known of what `cx` was made of, once it was.
    made_of: Option<MadeOf>,
    /// Whether it is what it was made with, whatever is current.
    is_fixed: bool,
    lasts: Lasts,
}

#[derive(Clone)]
struct MadeOf {
    entry: usize,
    /// The context itself, if the baggage of `cx` is another one.
    with_baggage: Option<Context>,
}

impl Place {
    /// The place of what is made here.
    pub(crate) fn new(context: GenAiContext) -> Self {
        Self {
            context,
            cx: ambient::seat(ambient::current()),
            made_of: None,
            is_fixed: false,
            lasts: Lasts::Call,
        }
    }

    /// The place that is always `cx` with this ambient context.
    pub(crate) fn fixed(context: GenAiContext, cx: Context) -> Self {
        Self {
            context,
            cx,
            made_of: None,
            is_fixed: true,
            lasts: Lasts::Call,
        }
    }

    /// The same for a request and the body of its answer.
    #[cfg(feature = "tower")]
    pub(crate) fn of_request(context: GenAiContext, cx: Context) -> Self {
        Self {
            lasts: Lasts::Request,
            ..Self::fixed(context, cx)
        }
    }

    /// The ambient context, as it was set last.
    pub(crate) fn context(&self) -> &GenAiContext {
        &self.context
    }

    /// Runs `f` in it; what `f` sets is for the next time too.
    pub(crate) fn run<T>(&mut self, f: impl FnOnce() -> T) -> T {
        let scope = Scope::open(self.merged(), self.lasts);
        let value = f();
        if let Some(context) = scope.close() {
            self.cx = ambient::reseat(with_entry(&self.cx, context.clone()));
            self.context = context;
        }
        value
    }

    /// The context to run in now.
    pub(crate) fn merged(&mut self) -> Context {
        let base = ambient::map_current(|current| self.base(current));
        if let Some(base) = base {
            let entry = entry_id(&base);
            let merged = with_entry(&base, self.context.clone());
            // What is current in other versions has no say in a place that is fixed.
            self.cx = if self.is_fixed {
                ambient::reseat(merged)
            } else {
                ambient::seat(merged)
            };
            let has_its_baggage = std::ptr::eq(base.baggage(), self.cx.baggage());
            self.made_of = Some(MadeOf {
                entry,
                with_baggage: (!has_its_baggage).then_some(base),
            });
        }
        self.cx.clone()
    }

    /// What the context is to be made of, unless it is made of that already.
    fn base(&self, current: &Context) -> Option<Context> {
        if self.is_fixed {
            return self.made_of.is_none().then(|| self.cx.clone());
        }
        // Nothing is current, as in a task that was spawned: then what was where this was made, or run the last time.
        let is_bare = !current.has_active_span()
            && !current.is_telemetry_suppressed()
            && !ambient::has_span_elsewhere();
        if is_bare && ambient::has_span(&self.cx) {
            let baggage = current.baggage();
            if baggage.is_empty() {
                return self.made_of.is_none().then(|| self.cx.clone());
            }
            let baggage = baggage.iter().map(|(key, (value, metadata))| {
                KeyValueMetadata::new(key.clone(), value.clone(), metadata.clone())
            });
            return Some(self.cx.with_baggage(baggage));
        }
        let is_made_of_it = self.made_of.as_ref().is_some_and(|made_of| {
            let with_baggage = made_of.with_baggage.as_ref().unwrap_or(&self.cx);
            !ambient::HAS_ELSEWHERE
                && made_of.entry == entry_id(current)
                && current.span().span_context() == self.cx.span().span_context()
                && current.is_telemetry_suppressed() == self.cx.is_telemetry_suppressed()
                && std::ptr::eq(current.baggage(), with_baggage.baggage())
        });
        (!is_made_of_it).then(|| current.clone())
    }
}
