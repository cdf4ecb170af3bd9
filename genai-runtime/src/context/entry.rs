//! The ambient context inside OpenTelemetry's: a value that never changes, so that whoever takes that context along has a copy.

use opentelemetry::{Context, StringValue};

use super::GenAiContext;
use super::baggage;

/// The value in the OpenTelemetry context.
struct Entry(GenAiContext);

/// What is ambient by `cx`.
#[inline]
pub(crate) fn of_context(cx: &Context) -> Option<&GenAiContext> {
    cx.get::<Entry>().map(|entry| &entry.0)
}

/// The conversation by `cx`.
pub(crate) fn id_of(cx: &Context) -> Option<&StringValue> {
    of_context(cx)?.id()
}

/// `cx` with this ambient context in it, and with what of it goes along as baggage.
pub(crate) fn with_entry(cx: &Context, context: GenAiContext) -> Context {
    match with_members(cx, &context) {
        Some(cx) => cx.with_value(Entry(context)),
        None => cx.with_value(Entry(context)),
    }
}

/// `cx` with what of `context` goes along as baggage, where it does not have that yet.
pub(super) fn with_members(cx: &Context, context: &GenAiContext) -> Option<Context> {
    if baggage::is_sent() {
        baggage::carried(cx, of_context(cx), context)
    } else {
        None
    }
}

/// `cx` with what is ambient now, but for the conversation.
pub(crate) fn with_conversation(cx: &Context, id: StringValue) -> Context {
    let mut context = GenAiContext::current();
    context.set_id(id);
    with_entry(cx, context)
}

/// Identifies the entry in `cx`, as long as somebody holds that context: another one has another number. 0 if there is none.
#[inline]
pub(crate) fn entry_id(cx: &Context) -> usize {
    cx.get::<Entry>()
        .map_or(0, |entry| std::ptr::from_ref(entry).addr())
}
