//! OpenTelemetry's current context, also for a thread that is being torn down: asked then, OpenTelemetry itself panics, and a
//! panic there ends the process.
//!
//! In goes a question or a context to attach; out comes the answer, or that of an empty context where there is none any more.

use opentelemetry::{Context, ContextGuard};

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
        Context::map_current(f)
    } else {
        f(&Context::new())
    }
}

/// Whether telemetry is suppressed here; so it is on a thread that ends.
#[inline]
pub(crate) fn is_suppressed() -> bool {
    !is_alive() || Context::is_current_telemetry_suppressed()
}

/// Makes `cx` the current context while the guard lives, which must not outlive the call it is made in.
#[inline]
pub(crate) fn attach(cx: &Context) -> Option<ContextGuard> {
    is_alive().then(|| cx.clone().attach())
}

/// A guard in the hands of a user, who may keep it until the thread ends.
pub(crate) struct Kept(Option<ContextGuard>);

impl Kept {
    /// As [`attach`].
    pub(crate) fn new(cx: &Context) -> Self {
        Self(attach(cx))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if !is_alive() {
            // There is nothing left to restore.
            std::mem::forget(self.0.take());
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
        let inner = attach(&current().with_value(Mark(2)));
        assert_eq!(map_current(|cx| cx.get::<Mark>().map(|m| m.0)), Some(2));
        drop(inner);
        assert_eq!(current().get(), Some(&Mark(1)));
        drop(kept);
        assert_eq!(current().get::<Mark>(), None);
        let quiet = Context::enter_telemetry_suppressed_scope();
        assert!(is_suppressed());
        drop(quiet);
    }
}
