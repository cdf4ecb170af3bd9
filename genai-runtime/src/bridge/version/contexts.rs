//! Contexts of one version: a context of this crate's version goes in, the older one that belongs to it is put beside it, attached and
//! asked.
//!
//! Each holds the other: the older context in the newer one is what is attached, the newer one in the older one is what comes along
//! where the older one is taken to another thread. The one in the older context is bare, so that they hold no circle, and no chain of
//! those they came from.

macro_rules! contexts {
    ($old:ident, guards: $guards:ident, suppression: $suppression:ident) => {
        use std::cell::Cell;

        use new::trace::TraceContextExt as _;
        use old::trace::TraceContextExt as _;
        use opentelemetry as new;
        use $old as old;

        use super::values::{to_newer, to_older};
        use $crate::bridge::order;

        /// In a context of this crate's version.
        struct Older {
            seat: u64,
            cx: Option<old::Context>,
        }

        /// In an older context.
        struct Newer {
            seat: u64,
            cx: new::Context,
        }

        /// Is there as long as the older version's own thread-local is. That one is used first, so it goes last.
        struct Alive;

        impl Drop for Alive {
            fn drop(&mut self) {}
        }

        thread_local! {
            static ALIVE: Option<Alive> =
                $crate::diag::guard::guard(|| old::Context::map_current(|_| Alive));
            /// The older context of the span that was just started, until it gets its seat.
            static STARTED: Cell<Option<old::Context>> = const { Cell::new(None) };
        }

        /// Whether this thread has a current context: the API panics on one that is torn down.
        fn is_alive() -> bool {
            ALIVE.try_with(Option::is_some).unwrap_or(false)
        }

        fn current() -> old::Context {
            if is_alive() {
                old::Context::current()
            } else {
                old::Context::new()
            }
        }

        $crate::bridge::version::contexts::guards!($guards);

        fn span_id(span: &old::trace::SpanContext) -> new::trace::SpanId {
            new::trace::SpanId::from_bytes(span.span_id().to_bytes())
        }

        fn older(cx: &new::Context) -> Option<(u64, &old::Context)> {
            let older = cx.get::<Older>()?;
            Some((older.seat, older.cx.as_ref()?))
        }

        /// The older context in which what is made in `cx` belongs.
        fn base(cx: &new::Context) -> old::Context {
            let current = current();
            let seat = current
                .get::<Newer>()
                .map_or(order::NONE, |newer| newer.seat);
            let base = match older(cx) {
                // It was attached through this crate's version, somewhere else.
                Some((own, older)) if own != seat => older.clone(),
                _ => current,
            };
            let span = cx.span();
            let span = span.span_context();
            let along = match base.get::<Newer>() {
                Some(newer) => newer.cx.span().span_context().span_id(),
                None => new::trace::SpanId::INVALID,
            };
            if along == span.span_id() || span_id(base.span().span_context()) == span.span_id() {
                base
            } else if span.is_valid() {
                // A span that this version did not make.
                base.with_remote_span_context(to_older(span))
            } else if order::starts() {
                // The context was left, by attaching one without a span.
                old::Context::new()
            } else {
                base
            }
        }

        /// The older context for the child of the span in `cx`.
        pub(super) fn parent(cx: &new::Context) -> old::Context {
            base(cx)
        }

        /// `cx` is the context of a span that was just started.
        pub(super) fn started(cx: &old::Context) {
            if order::starts() {
                let _ = STARTED.try_with(|started| started.set(Some(cx.clone())));
            }
        }

        /// `cx` without what came along with its parent: whoever holds a span holds none of those above it.
        pub(super) fn alone(cx: old::Context) -> old::Context {
            match cx.get::<Newer>() {
                Some(_) => cx.with_value(Newer {
                    seat: order::NONE,
                    cx: new::Context::new(),
                }),
                None => cx,
            }
        }

        fn joined(
            cx: &new::Context,
            bare: &new::Context,
            base: &old::Context,
            seat: u64,
        ) -> new::Context {
            let older = base.with_value(Newer {
                seat,
                cx: bare.clone(),
            });
            cx.with_value(Older {
                seat,
                cx: Some(older),
            })
        }

        /// The contexts of this version beside those of the crate's.
        #[derive(Debug)]
        pub(crate) struct Companion;

        impl $crate::bridge::companion::Companion for Companion {
            const COUNT: usize = 1;
            type Guard = Guard;
            type Entered = order::Entered;
            type Kept = Option<new::Context>;

            fn bare(cx: new::Context) -> new::Context {
                match older(&cx) {
                    Some(_) => cx.with_value(Older {
                        seat: order::NONE,
                        cx: None,
                    }),
                    None => cx,
                }
            }

            fn seat(cx: new::Context, bare: &new::Context, seat: u64) -> new::Context {
                let started = STARTED.try_with(Cell::take).ok().flatten();
                let started = started.filter(|started| {
                    span_id(started.span().span_context()) == cx.span().span_context().span_id()
                });
                let base = started.unwrap_or_else(|| base(&cx));
                joined(&cx, bare, &base, seat)
            }

            fn reseat(cx: new::Context, bare: &new::Context, seat: u64) -> new::Context {
                match older(&cx) {
                    Some((_, base)) => joined(&cx, bare, base, seat),
                    None => cx,
                }
            }

            fn seat_of(cx: &new::Context) -> u64 {
                cx.get::<Older>().map_or(order::NONE, |older| older.seat)
            }

            fn entered(seat: u64) -> order::Entered {
                order::Entered::new(seat)
            }

            fn enter(cx: &new::Context) -> Guard {
                match older(cx) {
                    Some((_, older)) if is_alive() => Guard::new(older),
                    _ => Guard::none(),
                }
            }

            fn keep(cx: &new::Context) -> Option<new::Context> {
                Some(cx.clone())
            }

            fn changed(innermost: u64) -> Option<new::Context> {
                if !is_alive() {
                    return None;
                }
                old::Context::map_current(|cx| match cx.get::<Newer>() {
                    Some(newer) if newer.seat == innermost => None,
                    Some(newer) => Some(newer.cx.clone()),
                    None => (innermost != order::NONE).then(new::Context::new),
                })
            }

            fn has_span(cx: &new::Context) -> bool {
                older(cx).is_some_and(|(_, older)| older.span().span_context().is_valid())
            }

            fn span() -> Option<new::trace::SpanContext> {
                let current = current();
                let span = current.span();
                let span = span.span_context();
                span.is_valid().then(|| to_newer(span))
            }

            fn is_suppressed() -> bool {
                $crate::bridge::version::contexts::is_suppressed!($suppression)
            }
        }
    };
}

/// What ends a context that was attached.
macro_rules! guards {
    // Guards may be dropped in any order.
    (any_order) => {
        pub(crate) struct Guard(Option<old::ContextGuard>);

        impl Guard {
            fn none() -> Self {
                Self(None)
            }

            fn new(cx: &old::Context) -> Self {
                Self(Some(cx.clone().attach()))
            }
        }

        impl Drop for Guard {
            fn drop(&mut self) {
                if let Some(guard) = self.0.take() {
                    if is_alive() {
                        drop(guard);
                    } else {
                        // There is nothing left to restore.
                        std::mem::forget(guard);
                    }
                }
            }
        }
    };
    // A guard restores what was current before it was made, so that they have to be dropped in order.
    (in_order) => {
        use std::cell::RefCell;

        thread_local! {
            /// What was attached, and whether it may end.
            static ATTACHED: RefCell<Vec<(old::ContextGuard, bool)>> =
                const { RefCell::new(Vec::new()) };
        }

        /// A place in what was attached, from 1 on; 0 is none.
        pub(crate) struct Guard(usize);

        impl Guard {
            fn none() -> Self {
                Self(0)
            }

            fn new(cx: &old::Context) -> Self {
                let guard = cx.clone().attach();
                let place = ATTACHED.try_with(|all| {
                    let mut all = all.try_borrow_mut().ok()?;
                    all.push((guard, false));
                    Some(all.len())
                });
                Self(place.ok().flatten().unwrap_or_default())
            }
        }

        fn change<T>(
            f: impl FnOnce(&mut Vec<(old::ContextGuard, bool)>) -> Option<T>,
        ) -> Option<T> {
            let changed = ATTACHED.try_with(|all| f(&mut *all.try_borrow_mut().ok()?));
            changed.ok().flatten()
        }

        impl Drop for Guard {
            fn drop(&mut self) {
                let Some(at) = self.0.checked_sub(1) else {
                    return;
                };
                change(|all| all.get_mut(at).map(|(_, may_end)| *may_end = true));
                // One at a time, outside: what ends with a context may attach another.
                while let Some(ended) = change(|all| match all.last() {
                    Some((_, true)) => all.pop(),
                    _ => None,
                }) {
                    drop(ended);
                }
            }
        }
    };
}

macro_rules! is_suppressed {
    (yes) => {
        is_alive() && old::Context::is_current_telemetry_suppressed()
    };
    (no) => {
        false
    };
}

pub(crate) use {contexts, guards, is_suppressed};
