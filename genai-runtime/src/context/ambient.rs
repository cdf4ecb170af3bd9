//! OpenTelemetry's current context, also for a thread that is being torn down: asked then, OpenTelemetry itself panics, and a
//! panic there ends the process.
//!
//! In goes a question or a context to attach; out comes the answer, or that of an empty context where there is none any more. What
//! belongs to a context in other versions of OpenTelemetry is attached and asked along with it.

use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, ContextGuard};

use crate::bridge::Companions;
use crate::bridge::companion::{self, Along, Companion};
use crate::diag::guard::guard;

/// Is there as long as OpenTelemetry's own thread-local is. That one is used first, so it goes last.
struct Alive;

impl Drop for Alive {
    /// What has a destructor ends with the thread; what has none would outlive OpenTelemetry's.
    fn drop(&mut self) {}
}

thread_local! {
    static ALIVE: Option<Alive> = guard(|| Context::map_current(|_| Alive));
}

/// Whether this thread has a current context.
#[inline]
pub(crate) fn is_alive() -> bool {
    ALIVE.try_with(Option::is_some).unwrap_or(false)
}

/// The current context.
pub(crate) fn current() -> Context {
    map_current(Clone::clone)
}

/// What `f` says of the current context.
#[inline]
pub(crate) fn map_current<T>(f: impl FnOnce(&Context) -> T) -> T {
    if is_alive() {
        companion::map_current::<Companions, T>(f)
    } else {
        f(&Context::new())
    }
}

/// Whether telemetry is suppressed here; so it is on a thread that ends.
#[inline]
pub(crate) fn is_suppressed() -> bool {
    !is_alive() || Context::is_current_telemetry_suppressed() || Companions::is_suppressed()
}

/// Whether contexts of other versions go along.
pub(crate) const HAS_ELSEWHERE: bool = Companions::IS_ANY;

/// Whether a span is current in another version.
#[inline]
pub(crate) fn has_span_elsewhere() -> bool {
    Companions::span().is_some()
}

/// Whether `cx` has a span, in this version or in another.
#[inline]
pub(crate) fn has_span(cx: &Context) -> bool {
    cx.has_active_span() || Companions::has_span(cx)
}

/// `cx`, which was just made from the current context, ready to be attached: with what is current in other versions.
#[inline]
pub(crate) fn seat(cx: Context) -> Context {
    companion::seat::<Companions>(cx)
}

/// Likewise for a context that was ready and has been changed.
#[inline]
pub(crate) fn reseat(cx: Context) -> Context {
    companion::reseat::<Companions>(cx)
}

/// Ends what was attached.
pub(crate) struct Guard {
    _along: Along<Companions>,
    own: ContextGuard,
    /// Other versions drop the values of a context where no context may be asked for: here they outlive it.
    _kept: <Companions as Companion>::Kept,
}

/// Makes `cx` the current context while the guard lives, which must outlive neither the call it is made in nor `cx`; on a thread that
/// is known to have a current context.
#[inline]
pub(crate) fn attach_here(cx: &Context) -> Guard {
    Guard {
        own: cx.clone().attach(),
        _along: Along::new(cx),
        _kept: <Companions as Companion>::Kept::default(),
    }
}

/// A guard of a context that nobody else may hold, perhaps in the hands of a user, who may keep it until the thread ends.
pub(crate) struct Kept(Option<Guard>);

impl Kept {
    /// Makes `cx` the current context while this lives, where there is one.
    pub(crate) fn new(cx: &Context) -> Self {
        Self(is_alive().then(|| Guard {
            _kept: Companions::keep(cx),
            ..attach_here(cx)
        }))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if !is_alive() {
            // There is nothing left to restore here; other versions see to themselves.
            if let Some(Guard { own, .. }) = self.0.take() {
                std::mem::forget(own);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_context_is_that_of_opentelemetry() {
        #[derive(PartialEq, Debug)]
        struct Mark(u8);
        assert!(is_alive() && !is_suppressed());
        let kept = Kept::new(&current().with_value(Mark(1)));
        let inner = Kept::new(&current().with_value(Mark(2)));
        assert_eq!(map_current(|cx| cx.get::<Mark>().map(|m| m.0)), Some(2));
        drop(inner);
        assert_eq!(current().get(), Some(&Mark(1)));
        drop(kept);
        assert_eq!(current().get::<Mark>(), None);
        let quiet = Context::enter_telemetry_suppressed_scope();
        assert!(is_suppressed());
        drop(quiet);
    }

    /// A thread that is torn down has no context, and is asked for none.
    #[test]
    fn a_thread_that_ends_has_no_context_and_is_suppressed() {
        use std::sync::mpsc::Sender;

        #[derive(PartialEq, Debug)]
        struct Mark(u8);
        struct Last(Sender<(bool, bool, bool)>, Context);
        impl Drop for Last {
            fn drop(&mut self) {
                let kept = Kept::new(&self.1);
                let found = current().get::<Mark>().is_some();
                let _ = self.0.send((is_alive(), is_suppressed(), found));
                drop(kept);
            }
        }
        thread_local! {
            static LAST: std::cell::RefCell<Option<Last>> = const { std::cell::RefCell::new(None) };
        }
        let (sender, seen) = std::sync::mpsc::channel();
        let on_a_thread = move || {
            // What is there first is dropped last.
            let last = Last(sender, Context::new().with_value(Mark(1)));
            LAST.with(|place| *place.borrow_mut() = Some(last));
            let _kept = Kept::new(&Context::new().with_value(Mark(2)));
            assert!(is_alive() && !is_suppressed());
            assert_eq!(current().get(), Some(&Mark(2)));
        };
        std::thread::spawn(on_a_thread).join().expect("no panic");
        assert_eq!(seen.recv(), Ok((false, true, false)));
    }

    #[test]
    fn a_context_has_a_span_or_has_none() {
        use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

        let (trace, span) = (TraceId::from(1), SpanId::from(2));
        let none = TraceState::NONE;
        let span = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, none);
        assert!(has_span(&Context::new().with_remote_span_context(span)));
        assert!(!has_span(&Context::new()) && !has_span_elsewhere());
    }
}
