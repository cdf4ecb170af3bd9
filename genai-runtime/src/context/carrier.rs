//! The trace in the fields of a request: a context goes in and writes its fields; fields go in, and a context with the span that
//! they name comes out.
//!
//! OpenTelemetry's global propagator is a no-op unless the program sets one, so the W3C fields are written and read here beside what that
//! writes and reads. Baggage is its own matter: what comes as such is never handed to a propagator, which would let everything in.

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::TraceContextExt as _;

use super::GenAiContext;
use super::baggage;
use super::entry::with_members;
use super::{ambient, propagator, w3c};

/// Writes the span of the current context, and what of its baggage goes along. Nothing is allocated where there is neither.
pub(crate) fn write(fields: &mut dyn Injector) {
    let mut cx = ambient::current();
    if baggage::is_sent() {
        // What was set while something else stood on top of its scope is not in OpenTelemetry's context yet.
        if let Some(newer) = with_members(&cx, &GenAiContext::current()) {
            cx = newer;
        }
    }
    let has_span = cx.has_active_span();
    if !has_span && cx.baggage().is_empty() {
        return;
    }
    let (mut has_parent, mut has_members) = (false, false);
    let is_written = propagator::write(&cx, fields, |field| {
        has_parent |= field == w3c::PARENT;
        has_members |= field == baggage::FIELD;
    });
    // One that panicked may have written nothing.
    if !is_written || !has_parent {
        w3c::write(cx.span().span_context(), fields);
    }
    if !is_written || !has_members {
        if let Some(members) = baggage::members(&cx) {
            fields.set(baggage::FIELD, members);
        }
    }
}

/// `here` with the span that the fields name as the remote one; `None` where they name none.
pub(crate) fn read(here: &Context, fields: &dyn Extractor) -> Option<Context> {
    let own = w3c::remote(fields).map(|span| here.with_remote_span_context(span));
    // What has only the fields of W3C was read, and what came of others is not there.
    let counts = |name: &str| {
        !matches!(name, w3c::PARENT | w3c::STATE | baggage::FIELD) && fields.get(name).is_some()
    };
    propagator::read(own.as_ref().unwrap_or(here), fields, counts).or(own)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::atomic::{AtomicU32, Ordering};

    use opentelemetry::global;
    use opentelemetry::propagation::text_map_propagator::FieldIter;
    use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
    use opentelemetry::trace::TraceContextExt as _;

    use super::*;
    use crate::diag::alone::is_alone;

    const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    static ASKED: AtomicU32 = AtomicU32::new(0);

    /// Has all fields of W3C and one more, and finds nothing in them.
    #[derive(Debug)]
    struct Other([String; 4]);

    impl TextMapPropagator for Other {
        fn inject_context(&self, _: &Context, _: &mut dyn Injector) {}

        fn extract_with_context(&self, cx: &Context, _: &dyn Extractor) -> Context {
            ASKED.fetch_add(1, Ordering::Relaxed);
            cx.clone()
        }

        fn fields(&self) -> FieldIter<'_> {
            FieldIter::new(&self.0)
        }
    }

    #[test]
    fn a_propagator_is_asked_where_a_field_of_its_own_came() {
        let name = "a_propagator_is_asked_where_a_field_of_its_own_came";
        if !is_alone(module_path!(), name) {
            return;
        }
        let names = [w3c::PARENT, w3c::STATE, baggage::FIELD, "x-other"];
        global::set_text_map_propagator(Other(names.map(str::to_owned)));
        for (came, is_asked, has_span) in [
            (&[][..], 0, false),
            (&[(w3c::PARENT, TRACEPARENT), (w3c::STATE, "a=b")], 0, true),
            (&[(baggage::FIELD, "a=b")], 0, false),
            (&[("x-other", "1")], 1, false),
            (&[(w3c::PARENT, TRACEPARENT), ("x-other", "1")], 1, true),
        ] {
            let fields: HashMap<String, String> = came
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            let read = read(&Context::new(), &fields);
            assert_eq!(ASKED.swap(0, Ordering::Relaxed), is_asked, "{came:?}");
            let has = read.is_some_and(|cx| cx.span().span_context().is_remote());
            assert_eq!(has, has_span, "{came:?}");
        }
    }
}
