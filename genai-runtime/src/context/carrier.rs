//! The trace in the fields of a request: a context goes in and writes its fields; fields go in, and a context with the span that
//! they name comes out.
//!
//! OpenTelemetry's global propagator is a no-op unless the program sets one, so the W3C fields are written and read here beside
//! what that writes and reads. Baggage is its own matter: what comes as such is never handed to a propagator, which would let everything in.

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, global};

use super::GenAiContext;
use super::baggage;
use super::entry::of_context;
use super::{ambient, w3c};
use crate::diag::call_out::{CallOut, contained};

pub(crate) const PARENT: &str = "traceparent";
pub(crate) const STATE: &str = "tracestate";
pub(crate) const BAGGAGE: &str = "baggage";

/// Writes the span of the current context, and what of its baggage goes along. Nothing is allocated where there is neither.
pub(crate) fn write(fields: &mut dyn Injector) {
    let mut cx = ambient::current();
    if baggage::is_sent() {
        // What was set while something else stood on top of its scope is not in OpenTelemetry's context yet.
        let context = GenAiContext::current();
        if let Some(newer) = baggage::carried(&cx, of_context(&cx), &context) {
            cx = newer;
        }
    }
    let has_span = cx.has_active_span();
    if !has_span && cx.baggage().is_empty() {
        return;
    }
    // Which of the fields were written.
    let (parent, members) = contained(CallOut::Propagator, || {
        global::get_text_map_propagator(|propagator| {
            let (mut parent, mut members, mut any) = (false, false, false);
            for field in propagator.fields() {
                any = true;
                parent |= field == PARENT;
                members |= field == BAGGAGE;
            }
            // The no-op one has no fields, and is not asked.
            if any {
                propagator.inject_context(&cx, fields);
            }
            (parent, members)
        })
    })
    .unwrap_or_default();
    let span = cx.span();
    let span = span.span_context();
    if !parent {
        if let Some(parent) = w3c::parent(span) {
            fields.set(PARENT, parent);
            if let Some(state) = w3c::state(span) {
                fields.set(STATE, state);
            }
        }
    }
    if !members {
        if let Some(members) = baggage::members(&cx) {
            fields.set(BAGGAGE, members);
        }
    }
}

/// `here` with the span that the fields name as the remote one; `None` where they name none.
pub(crate) fn read(here: &Context, fields: &dyn Extractor) -> Option<Context> {
    let own = fields
        .get(PARENT)
        .and_then(|parent| w3c::read(parent, fields.get(STATE)))
        .map(|span| here.with_remote_span_context(span));
    let theirs = contained(CallOut::Propagator, || {
        global::get_text_map_propagator(|propagator| {
            let mut names = propagator.fields().filter(|field| *field != BAGGAGE);
            // What has only these was read, and what came of others is not there.
            let is_asked =
                names.any(|name| !matches!(name, PARENT | STATE) && fields.get(name).is_some());
            is_asked.then(|| propagator.extract_with_context(own.as_ref().unwrap_or(here), fields))
        })
    })
    .flatten()
    .filter(|cx| cx.has_active_span());
    theirs.or(own)
}
