//! The layer that an application with tracing-opentelemetry before 0.32 adds after that one.

use std::cell::RefCell;

use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, ContextGuard};
use tracing::span::{Attributes, Id};
use tracing_opentelemetry::{OtelData, PreSampledTracer};
use tracing_subscriber::layer::{Context as Subscribed, Layer};
use tracing_subscriber::registry::LookupSpan;

/// Makes the current span of `tracing` the current one of OpenTelemetry, and the reverse.
pub struct CurrentSpan<T>(T);

thread_local! {
    static ENTERED: RefCell<Vec<(Id, ContextGuard)>> = const { RefCell::new(Vec::new()) };
}

impl<S, T> Layer<S> for CurrentSpan<T>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    T: PreSampledTracer + 'static,
{
    fn on_new_span(&self, of: &Attributes<'_>, id: &Id, subscribed: Subscribed<'_, S>) {
        let current = Context::current();
        let Some(span) = subscribed.span(id).filter(|_| of.is_contextual() && current.has_active_span()) else {
            return;
        };
        if let Some(data) = span.extensions_mut().get_mut::<OtelData>() {
            data.builder.trace_id = None;
            data.parent_cx = current;
        }
    }

    fn on_enter(&self, id: &Id, subscribed: Subscribed<'_, S>) {
        let Some(span) = subscribed.span(id) else { return };
        let cx = span.extensions_mut().get_mut::<OtelData>().map(|data| self.0.sampled_context(data));
        if let Some(cx) = cx {
            ENTERED.with_borrow_mut(|entered| entered.push((id.clone(), cx.attach())));
        }
    }

    fn on_exit(&self, id: &Id, _: Subscribed<'_, S>) {
        let left = ENTERED.with_borrow_mut(|entered| {
            let at = entered.iter().rposition(|(entered, _)| entered == id)?;
            Some(entered.remove(at))
        });
        drop(left);
    }
}

pub fn layer<T>(tracer: T) -> CurrentSpan<T> {
    CurrentSpan(tracer)
}
