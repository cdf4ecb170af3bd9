//! The contexts of other versions of OpenTelemetry, which go where those of this one go: contexts of this version go in when they are
//! made, attached and asked; out come the same with the others' beside them, or the one of this version that came along with another's.
//!
//! Where no such version is switched on the companion is `()`: then all of this is nothing.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt as _};

use super::order;

/// What goes along with the current context of this version.
pub(crate) trait Companion: 'static {
    /// How many versions do.
    const COUNT: usize;
    /// Whether any does.
    const IS_ANY: bool = Self::COUNT > 0;
    /// Ends what [`enter`](Self::enter) began when it is dropped.
    type Guard;
    /// A seat that is entered.
    type Entered;
    /// A context that is kept until it was left, or none.
    type Kept: Default;

    /// `cx` without what belongs to it elsewhere.
    fn bare(cx: Context) -> Context;
    /// `cx`, which was just made from the current context, with what belongs to it elsewhere, where `bare` goes along.
    fn seat(cx: Context, bare: &Context, seat: u64) -> Context;
    /// Likewise for a context that has a seat and was changed.
    fn reseat(cx: Context, bare: &Context, seat: u64) -> Context;
    /// The seat of `cx`.
    fn seat_of(cx: &Context) -> u64;
    /// A seat is entered.
    fn entered(seat: u64) -> Self::Entered;
    /// Makes current elsewhere what belongs to `cx`.
    fn enter(cx: &Context) -> Self::Guard;
    /// `cx`, to be kept for longer than what [`enter`](Self::enter) gave.
    fn keep(cx: &Context) -> Self::Kept;
    /// The context of this version that came along with one that is current elsewhere, if its seat is not `innermost`; an empty one
    /// where none came along.
    fn changed(innermost: u64) -> Option<Context>;
    /// Whether `cx` has a span elsewhere.
    fn has_span(cx: &Context) -> bool;
    /// The span that is current elsewhere.
    fn span() -> Option<SpanContext>;
    /// Whether nothing may be recorded elsewhere.
    fn is_suppressed() -> bool;
}

impl Companion for () {
    const COUNT: usize = 0;
    type Guard = ();
    type Entered = ();
    type Kept = ();

    fn bare(cx: Context) -> Context {
        cx
    }

    fn seat(cx: Context, _: &Context, _: u64) -> Context {
        cx
    }

    fn reseat(cx: Context, _: &Context, _: u64) -> Context {
        cx
    }

    fn seat_of(_: &Context) -> u64 {
        order::NONE
    }

    fn entered(_: u64) {}

    fn enter(_: &Context) {}

    fn keep(_: &Context) {}

    fn changed(_: u64) -> Option<Context> {
        None
    }

    fn has_span(_: &Context) -> bool {
        false
    }

    fn span() -> Option<SpanContext> {
        None
    }

    fn is_suppressed() -> bool {
        false
    }
}

impl<A: Companion, B: Companion> Companion for (A, B) {
    const COUNT: usize = A::COUNT + B::COUNT;
    type Guard = (A::Guard, B::Guard);
    type Entered = order::Entered;
    type Kept = Option<Context>;

    fn bare(cx: Context) -> Context {
        B::bare(A::bare(cx))
    }

    fn seat(cx: Context, bare: &Context, seat: u64) -> Context {
        B::seat(A::seat(cx, bare, seat), bare, seat)
    }

    fn reseat(cx: Context, bare: &Context, seat: u64) -> Context {
        B::reseat(A::reseat(cx, bare, seat), bare, seat)
    }

    fn seat_of(cx: &Context) -> u64 {
        match A::seat_of(cx) {
            order::NONE => B::seat_of(cx),
            seat => seat,
        }
    }

    fn entered(seat: u64) -> order::Entered {
        order::Entered::new(seat)
    }

    fn enter(cx: &Context) -> Self::Guard {
        (A::enter(cx), B::enter(cx))
    }

    fn keep(cx: &Context) -> Option<Context> {
        Some(cx.clone())
    }

    fn changed(innermost: u64) -> Option<Context> {
        A::changed(innermost).or_else(|| B::changed(innermost))
    }

    fn has_span(cx: &Context) -> bool {
        A::has_span(cx) || B::has_span(cx)
    }

    fn span() -> Option<SpanContext> {
        A::span().or_else(B::span)
    }

    fn is_suppressed() -> bool {
        A::is_suppressed() || B::is_suppressed()
    }
}

/// `cx`, which was just made from the current context, with what belongs to it elsewhere.
#[inline]
pub(crate) fn seat<C: Companion>(cx: Context) -> Context {
    if C::IS_ANY {
        let bare = C::bare(cx.clone());
        C::seat(cx, &bare, order::seat())
    } else {
        cx
    }
}

/// Likewise for a context that has a seat and was changed.
#[inline]
pub(crate) fn reseat<C: Companion>(cx: Context) -> Context {
    if C::IS_ANY {
        let bare = C::bare(cx.clone());
        C::reseat(cx, &bare, order::seat())
    } else {
        cx
    }
}

/// A context is entered, and what belongs to it elsewhere, until this is dropped.
pub(crate) struct Along<C: Companion> {
    _guard: C::Guard,
    _entered: C::Entered,
}

impl<C: Companion> Along<C> {
    /// Enters what belongs to `cx`.
    #[inline]
    pub(crate) fn new(cx: &Context) -> Self {
        Self {
            _entered: C::entered(C::seat_of(cx)),
            _guard: C::enter(cx),
        }
    }
}

/// Calls `f` with the current context: the one that was attached last, by way of this version or of another.
#[inline]
pub(crate) fn map_current<C: Companion, T>(f: impl FnOnce(&Context) -> T) -> T {
    Context::map_current(|own| {
        let innermost = C::IS_ANY.then(order::innermost).flatten();
        // Another seat here: somebody attached one of this version since.
        let innermost = innermost.filter(|innermost| C::seat_of(own) == *innermost);
        match innermost.and_then(C::changed) {
            Some(changed) => f(&changed),
            None => f(own),
        }
    })
}

/// `cx` as the parent of a span: where it has no span, with the one that is current elsewhere. `is_elsewhere` says that the span is one
/// of another version, which sees those of its own by itself.
#[inline]
pub(crate) fn with_parent<C: Companion>(cx: &Context, is_elsewhere: bool) -> Option<Context> {
    if C::COUNT <= usize::from(is_elsewhere) || cx.span().span_context().is_valid() {
        return None;
    }
    Some(cx.with_remote_span_context(C::span()?))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use opentelemetry::trace::{SpanId, TraceFlags, TraceId, TraceState};

    use super::*;

    thread_local! {
        /// The current contexts of another version: what came along, by its seat, and a span.
        static OTHER: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
    }

    #[derive(Clone)]
    struct Entry {
        newer: Option<(u64, Context)>,
        span: Option<SpanContext>,
    }

    struct Seat(u64, Option<Entry>);

    /// Another version, in little.
    struct Other;

    struct Pop;

    impl Drop for Pop {
        fn drop(&mut self) {
            OTHER.with_borrow_mut(Vec::pop);
        }
    }

    fn attach_there(newer: Option<(u64, Context)>, span: Option<SpanContext>) -> Pop {
        OTHER.with_borrow_mut(|all| all.push(Entry { newer, span }));
        Pop
    }

    impl Companion for Other {
        const COUNT: usize = 1;
        type Guard = Option<Pop>;
        type Entered = order::Entered;
        type Kept = Option<Context>;

        fn bare(cx: Context) -> Context {
            cx.with_value(Seat(order::NONE, None))
        }

        fn seat(cx: Context, bare: &Context, seat: u64) -> Context {
            let entry = Entry {
                newer: Some((seat, bare.clone())),
                span: Self::span(),
            };
            cx.with_value(Seat(seat, Some(entry)))
        }

        fn reseat(cx: Context, bare: &Context, seat: u64) -> Context {
            Self::seat(cx, bare, seat)
        }

        fn seat_of(cx: &Context) -> u64 {
            cx.get::<Seat>().map_or(order::NONE, |seat| seat.0)
        }

        fn entered(seat: u64) -> order::Entered {
            order::Entered::new(seat)
        }

        fn enter(cx: &Context) -> Self::Guard {
            let entry = cx.get::<Seat>()?.1.clone()?;
            Some(attach_there(entry.newer, entry.span))
        }

        fn keep(cx: &Context) -> Self::Kept {
            Some(cx.clone())
        }

        fn changed(innermost: u64) -> Option<Context> {
            let newer = OTHER.with_borrow(|all| all.last().and_then(|e| e.newer.clone()));
            match newer {
                Some((seat, cx)) => (seat != innermost).then_some(cx),
                None => (innermost != order::NONE).then(Context::new),
            }
        }

        fn has_span(cx: &Context) -> bool {
            let seat = cx.get::<Seat>().and_then(|seat| seat.1.as_ref());
            seat.is_some_and(|entry| entry.span.is_some())
        }

        fn span() -> Option<SpanContext> {
            OTHER.with_borrow(|all| all.last().and_then(|e| e.span.clone()))
        }

        fn is_suppressed() -> bool {
            false
        }
    }

    #[derive(PartialEq, Debug, Clone, Copy)]
    struct Mark(u8);

    type Both = ((), (Other, ()));

    fn current() -> Option<Mark> {
        map_current::<Both, _>(|cx| cx.get::<Mark>().copied())
    }

    fn seated(mark: u8) -> Context {
        seat::<Both>(map_current::<Both, _>(|cx| cx.with_value(Mark(mark))))
    }

    struct Attached(Along<Both>, opentelemetry::ContextGuard);

    fn attach(cx: &Context) -> Attached {
        Attached(Along::new(cx), cx.clone().attach())
    }

    fn there() -> Option<(u64, Context)> {
        OTHER.with_borrow(|all| all.last().and_then(|e| e.newer.clone()))
    }

    #[test]
    fn what_is_current_is_what_was_attached_last_in_either_version() {
        assert_eq!(current(), None);
        let one = seated(1);
        let outer = attach(&one);
        assert_eq!(current(), Some(Mark(1)));
        let taken = there();

        // This version's own, in which nothing came along.
        let own = Context::new().with_value(Mark(2)).attach();
        assert_eq!(current(), Some(Mark(2)));
        let detached = Context::new().attach();
        assert_eq!(current(), None);
        drop(detached);
        drop(own);

        let inner = attach(&seated(3));
        assert_eq!(current(), Some(Mark(3)));
        // The other's, with what it took along before; then one that never saw this version.
        let other = attach_there(taken.clone(), None);
        assert_eq!(current(), Some(Mark(1)));
        let nothing = attach_there(None, None);
        assert_eq!(current(), None);
        drop(nothing);
        drop(other);
        assert_eq!(current(), Some(Mark(3)));
        drop((inner.0, inner.1));
        drop((outer.0, outer.1));
        assert_eq!(current(), None);

        // Elsewhere, where this version attached nothing.
        std::thread::spawn(move || {
            let other = attach_there(taken, None);
            assert_eq!(current(), Some(Mark(1)));
            let inside = attach(&seated(4));
            assert_eq!(current(), Some(Mark(4)));
            drop(inside);
            drop(other);
            assert_eq!(current(), None);
        })
        .join()
        .unwrap();
    }

    #[test]
    fn what_comes_along_is_bare() {
        let outer = seated(1);
        let _outer = attach(&outer);
        let _inner = attach(&seated(2));
        let (_, along) = there().unwrap();
        assert_eq!(along.get(), Some(&Mark(2)));
        assert_eq!(Both::seat_of(&along), order::NONE);
        assert!(along.get::<Seat>().unwrap().1.is_none());
    }

    #[test]
    fn a_span_of_the_other_version_is_the_parent_where_this_one_has_none() {
        let span = |id| {
            let (trace, id) = (TraceId::from(1), SpanId::from(id));
            SpanContext::new(trace, id, TraceFlags::SAMPLED, false, TraceState::NONE)
        };
        assert!(with_parent::<Both>(&Context::new(), false).is_none());
        let _other = attach_there(None, Some(span(7)));
        let parent = with_parent::<Both>(&Context::new(), false).unwrap();
        assert_eq!(parent.span().span_context().span_id(), SpanId::from(7));
        assert_eq!(parent.span().span_context().trace_id(), TraceId::from(1));
        let own = Context::new().with_remote_span_context(span(8));
        assert!(with_parent::<Both>(&own, false).is_none());
        assert!(with_parent::<Both>(&Context::new(), true).is_none());
        assert!(with_parent::<((), (Other, (Other, ())))>(&Context::new(), true).is_some());
        assert!(with_parent::<()>(&Context::new(), false).is_none());
    }

    #[test]
    fn without_another_version_there_is_nothing() {
        const { assert!(!<() as Companion>::IS_ANY && !<((), ()) as Companion>::IS_ANY) };
        assert_eq!(size_of::<Along<()>>(), 0);
        let cx = seat::<()>(Context::new().with_value(Mark(1)));
        assert_eq!(cx.get(), Some(&Mark(1)));
        assert_eq!(<()>::seat_of(&reseat::<()>(cx)), order::NONE);
    }
}
