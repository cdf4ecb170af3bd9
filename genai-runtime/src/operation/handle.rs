//! Handles on calls: an operation gives its own, and whoever watches what runs gets that of the call that ran.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt as _};

use super::op::Op;
use super::state::{Span, State};
use crate::context::SpanRef;

impl Op {
    /// Names this call. Without a span of its own it is known by its response alone.
    pub(crate) fn span_ref(&self) -> SpanRef {
        let inherited = self.rare.as_deref().and_then(|r| r.inherited.as_deref());
        let inherited = inherited.and_then(|i| i.first_class.response_id());
        let (response, conversation) = (
            self.first_class.response_id().or(inherited),
            self.first_class.conversation.as_ref(),
        );
        if self.has_own_span() {
            let span = self.cx.span();
            SpanRef::of_operation(span.span_context(), response, conversation)
        } else {
            SpanRef::of_operation(&SpanContext::NONE, response, conversation)
        }
    }

    fn has_own_span(&self) -> bool {
        let own = |span| matches!(span, Span::Own { .. });
        matches!(self.state, State::Open { span, .. } if own(span))
    }
}

/// Whether anybody has ever watched: else a call does not even ask.
static IS_USED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Who watches what this thread runs now.
    static WATCHES: RefCell<Vec<Watch>> = const { RefCell::new(Vec::new()) };
}

/// What a watcher has seen.
#[derive(Default)]
pub(crate) struct Watch {
    seen: SpanRef,
    /// The span of the call that has started and not ended: what runs inside is not looked at.
    open: Option<SpanId>,
}

impl Watch {
    /// Runs `f` and watches it.
    pub(crate) fn over<T>(&mut self, f: impl FnOnce() -> T) -> T {
        IS_USED.store(true, Ordering::Relaxed);
        let watch = std::mem::take(self);
        let pushed = WATCHES.try_with(|watches| {
            let mut watches = watches.try_borrow_mut().ok()?;
            watches.push(watch);
            Some(watches.len() - 1)
        });
        let _back = Back {
            watch: self,
            at: pushed.ok().flatten(),
        };
        f()
    }

    /// The call that was seen last.
    pub(crate) fn seen(self) -> SpanRef {
        self.seen
    }
}

/// Gives a watch back to whom it belongs, also when what was watched panics.
struct Back<'a> {
    watch: &'a mut Watch,
    at: Option<usize>,
}

impl Drop for Back<'_> {
    fn drop(&mut self) {
        let Some(at) = self.at else { return };
        let found = WATCHES.try_with(|watches| {
            let mut watches = watches.try_borrow_mut().ok()?;
            let found = watches.get_mut(at).map(std::mem::take);
            watches.truncate(at);
            found
        });
        if let Ok(Some(watch)) = found {
            *self.watch = watch;
        }
    }
}

/// Calls `f` with each that watches, and the handle of `op`.
#[cold]
fn each(op: &Op, f: impl Fn(&mut Watch, SpanRef, Option<SpanId>)) {
    let _ = WATCHES.try_with(|watches| {
        let Ok(mut watches) = watches.try_borrow_mut() else {
            return;
        };
        if watches.is_empty() || !op.has_own_span() {
            return;
        }
        let handle = op.span_ref();
        let span = handle.span_context().map(|span| span.span_id());
        for watch in watches.iter_mut() {
            f(watch, handle.clone(), span);
        }
    });
}

/// The operation has started.
#[inline]
pub(super) fn started(op: &Op) {
    if IS_USED.load(Ordering::Relaxed) {
        each(op, |watch, handle, span| {
            if watch.open.is_none() {
                watch.seen = handle;
                watch.open = span;
            }
        });
    }
}

/// The operation ends; everything about it is known.
#[inline]
pub(super) fn ended(op: &Op) {
    if IS_USED.load(Ordering::Relaxed) {
        each(op, |watch, handle, span| {
            if watch.open.is_none() || watch.open == span {
                watch.seen = handle;
                watch.open = None;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::super::facts::RESPONSE_ID;
    use super::super::finish::Outcome;
    use super::*;
    use crate::semconv::kind::Kind;

    fn started(kind: Kind) -> Box<Op> {
        let mut op = Op::of_kind(kind, |t| {
            t.tracer_provider(SdkTracerProvider::builder().build())
        });
        op.start();
        op
    }

    fn finished(op: Box<Op>) -> SpanRef {
        let seen = op.span_ref();
        op.finish(Outcome::Ok);
        seen
    }

    #[test]
    fn a_watch_sees_the_call_that_ran_with_all_that_is_known_at_its_end() {
        let mut watch = Watch::default();
        let expected = watch.over(|| {
            let mut op = started(Kind::Chat);
            // What runs inside is another call.
            finished(started(Kind::Agent));
            op.fill_str(RESPONSE_ID, "r-1");
            finished(op)
        });
        assert_eq!(expected.response_id(), Some("r-1"));
        assert_eq!(watch.seen(), expected);
    }

    #[test]
    fn a_watch_sees_the_last_of_several_and_one_that_goes_on() {
        let mut watch = Watch::default();
        watch.over(|| finished(started(Kind::Chat)));
        let mut op = watch.over(|| started(Kind::Chat));
        // Somebody looks between two polls, and another call starts in the second.
        finished(started(Kind::Agent));
        op.fill_str(RESPONSE_ID, "r-2");
        let expected = watch.over(|| {
            finished(started(Kind::Agent));
            finished(op)
        });
        assert_eq!(watch.seen(), expected);

        // One that began before is seen at its end.
        let op = started(Kind::Chat);
        let mut watch = Watch::default();
        let expected = watch.over(|| finished(op));
        assert_eq!(watch.seen(), expected);
    }

    #[test]
    fn what_has_no_span_of_its_own_is_not_seen() {
        let mut watch = Watch::default();
        watch.over(|| {
            let mut op = Op::of_kind(Kind::Chat, |t| t);
            op.fill_str(RESPONSE_ID, "r-3");
            // It has not started: neither a span nor a place.
            assert_eq!(op.span_ref(), SpanRef::of_response("r-3"));
            ended(&op);
            op.wait_for_start();
        });
        assert!(watch.seen().is_empty());
        assert!(Watch::default().seen().is_empty());
    }

    #[test]
    fn watches_stand_in_each_other_and_are_given_back_by_a_panic_too() {
        let (mut outer, mut inner) = (Watch::default(), Watch::default());
        let both = outer.over(|| {
            let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                inner.over(|| {
                    finished(started(Kind::Chat));
                    std::panic::resume_unwind(Box::new("x"));
                });
            }));
            assert!(panicked.is_err());
            finished(started(Kind::Chat))
        });
        let inner = inner.seen();
        assert!(inner.has_span() && inner != both);
        assert_eq!(outer.seen(), both);
        assert_eq!(WATCHES.with(|watches| watches.borrow().len()), 0);
    }
}
