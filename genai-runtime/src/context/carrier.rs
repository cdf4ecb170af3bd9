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
