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

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
    use opentelemetry::{Key, KeyValue};

    use super::*;
    use crate::diag::alone::on_a_thread;

    fn named(id: &str) -> GenAiContext {
        GenAiContext::new().conversation_id(id)
    }

    fn with_span(cx: &Context, id: u64) -> Context {
        let (trace, span) = (TraceId::from(1), SpanId::from(id));
        let none = TraceState::NONE;
        let span = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, none);
        cx.with_remote_span_context(span)
    }

    fn with_baggage(cx: &Context, value: &'static str) -> Context {
        cx.with_baggage([KeyValue::new("key", value)])
    }

    /// Span and baggage of a context, whether it is suppressed, and its conversation.
    fn said(cx: &Context) -> (u64, Option<String>, bool, Option<String>) {
        let span = cx.span().span_context().span_id().to_bytes();
        let baggage = cx.baggage().get("key").map(ToString::to_string);
        let conversation = super::super::id_of(cx).map(ToString::to_string);
        (
            u64::from_be_bytes(span),
            baggage,
            cx.is_telemetry_suppressed(),
            conversation,
        )
    }

    fn expected(
        span: u64,
        baggage: &str,
        is_suppressed: bool,
    ) -> (u64, Option<String>, bool, Option<String>) {
        let baggage = Some(baggage.to_owned()).filter(|text| !text.is_empty());
        (span, baggage, is_suppressed, Some("c".to_owned()))
    }

    fn merged_in(cx: Context, place: &mut Place) -> Context {
        let _guard = cx.attach();
        place.merged()
    }

    #[test]
    fn what_is_current_is_merged_and_only_where_it_changed() {
        on_a_thread(|| {
            let mut place = Place::new(named("c"));
            let bare = Context::new();
            let span = with_span(&bare, 1);
            let both = with_baggage(&span, "a");
            let quiet = {
                let _scope = both.clone().attach();
                let _quiet = Context::enter_telemetry_suppressed_scope();
                Context::current()
            };
            let entered = with_entry(&span, named("other"));
            for (current, says) in [
                (&bare, expected(0, "", false)),
                (&span, expected(1, "", false)),
                (&both, expected(1, "a", false)),
                (&with_baggage(&span, "b"), expected(1, "b", false)),
                (&with_span(&both, 2), expected(2, "a", false)),
                (&quiet, expected(1, "a", true)),
                (&both, expected(1, "a", false)),
                (&entered, expected(1, "", false)),
                (&span, expected(1, "", false)),
            ] {
                let first = merged_in(current.clone(), &mut place);
                assert_eq!(said(&first), says);
                // The same again is the same: nothing is made.
                let second = merged_in(current.clone(), &mut place);
                assert_eq!(entry_id(&first), entry_id(&second));
            }
        });
    }

    /// Another entry may come with other values of others.
    #[test]
    fn values_of_others_come_along_with_another_entry() {
        #[derive(PartialEq, Debug)]
        struct Mark(u8);
        on_a_thread(|| {
            let mut place = Place::new(named("c"));
            let span = with_span(&Context::new(), 1);
            assert_eq!(merged_in(span.clone(), &mut place).get::<Mark>(), None);
            let other = with_entry(&span.with_value(Mark(1)), named("other"));
            let merged = merged_in(other, &mut place);
            assert_eq!(merged.get(), Some(&Mark(1)));
            assert_eq!(said(&merged), expected(1, "", false));
        });
    }

    /// Nothing is current in a task that was spawned: then it is what was where the place was made, or run the last time.
    #[test]
    fn where_no_span_is_current_the_last_one_is() {
        on_a_thread(|| {
            let mut place = {
                let _made = with_baggage(&with_span(&Context::new(), 1), "made").attach();
                Place::new(named("c"))
            };
            let bare = Context::new();
            let first = merged_in(bare.clone(), &mut place);
            assert_eq!(said(&first), expected(1, "made", false));
            let second = merged_in(bare.clone(), &mut place);
            assert_eq!(entry_id(&first), entry_id(&second));
            // Baggage without a span comes beside it.
            let baggage = with_baggage(&bare, "own");
            assert_eq!(
                said(&merged_in(baggage, &mut place)),
                expected(1, "own", false)
            );
            let other = merged_in(with_span(&bare, 2), &mut place);
            assert_eq!(said(&other), expected(2, "", false));
            assert_eq!(
                said(&merged_in(bare.clone(), &mut place)),
                expected(2, "", false)
            );
            // What is suppressed is something.
            let quiet = {
                let _quiet = Context::enter_telemetry_suppressed_scope();
                Context::current()
            };
            assert_eq!(said(&merged_in(quiet, &mut place)), expected(0, "", true));
        });
    }

    #[test]
    fn a_fixed_place_is_what_it_was_made_with() {
        on_a_thread(|| {
            let cx = with_baggage(&with_span(&Context::new(), 1), "a");
            let mut place = Place::fixed(named("c"), cx);
            let first = merged_in(with_span(&Context::new(), 2), &mut place);
            assert_eq!(said(&first), expected(1, "a", false));
            let second = merged_in(Context::new(), &mut place);
            assert_eq!(entry_id(&first), entry_id(&second));
        });
    }

    #[test]
    fn what_is_set_in_a_place_is_there_the_next_time() {
        on_a_thread(|| {
            let mut place = Place::new(GenAiContext::new());
            let seen = || super::super::context().conversation().map(str::to_owned);
            assert_eq!(place.run(seen), None);
            place.run(|| super::super::set_in_scope(named("set")));
            assert_eq!(place.context(), &named("set"));
            assert_eq!(place.run(seen).as_deref(), Some("set"));
            assert_eq!(seen(), None);
            let key = Key::from_static_str("key");
            let _baggage = Context::new()
                .with_baggage([KeyValue::new(key, "a")])
                .attach();
            assert_eq!(place.run(seen).as_deref(), Some("set"));
        });
    }
}
