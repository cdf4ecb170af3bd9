//! OpenTelemetry's global propagator: a context goes in and its fields are written; fields go in, and a context with the span that
//! they name comes out.
//!
//! The default one is a no-op, which has no fields and is not asked. Any other is code that is not ours.

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, global};

use crate::diag::call_out::{CallOut, contained};

/// Writes what it writes of `cx`; `each` gets the fields that it has. Whether it came to its end.
pub(crate) fn write(cx: &Context, fields: &mut dyn Injector, mut each: impl FnMut(&str)) -> bool {
    let written = contained(CallOut::Propagator, || {
        global::get_text_map_propagator(|propagator| {
            let mut any = false;
            for field in propagator.fields() {
                any = true;
                each(field);
            }
            if any {
                propagator.inject_context(cx, fields);
            }
        });
    });
    written.is_some()
}

/// `cx` as it makes it of the fields, where it has one that counts; `None` where no span comes of it.
pub(crate) fn read(
    cx: &Context,
    fields: &dyn Extractor,
    counts: impl Fn(&str) -> bool,
) -> Option<Context> {
    contained(CallOut::Propagator, || {
        global::get_text_map_propagator(|propagator| {
            let is_asked = propagator.fields().any(&counts);
            is_asked.then(|| propagator.extract_with_context(cx, fields))
        })
    })
    .flatten()
    .filter(|cx| cx.span().span_context().is_valid())
}
