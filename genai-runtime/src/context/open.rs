//! The scopes that are open on this thread: a context goes in where one opens; out comes what is ambient, and what was set.
//!
//! What is ambient stands in OpenTelemetry's current context, in an entry that never changes, so that a task which takes that
//! context along has a copy of its own. The stack here mirrors OpenTelemetry's: a scope is removed wherever it stands, in any
//! order, and one that is leaked does no harm to the others. It answers what OpenTelemetry's context alone cannot: which scope
//! belongs to this thread, so that a set reaches no other task; what was set while a guard of others stood on top; and what is
//! ambient below a context that was attached inside the scope and has no entry.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;

use opentelemetry::Context;
use opentelemetry::baggage::BaggageExt as _;

use super::GenAiContext;
use super::ambient::{self, Kept};
use super::entry::{entry_id, of_context, with_entry};

/// An open scope.
struct Open {
    /// What is ambient in it.
    context: GenAiContext,
    /// The context that OpenTelemetry has on top while nothing else was attached in the scope.
    cx: Context,
    /// Whether `cx` has what is ambient; it has not if that was set while something else stood on top.
    is_current: bool,
    lasts: Lasts,
    /// The operation that was the innermost one when it was opened.
    operation: u32,
    /// What a set attached.
    set: Option<Kept>,
    is_set: bool,
}

/// What most reads need nothing else of.
#[derive(Clone, Copy)]
struct Summary {
    /// Scopes that last as long as a call.
    calls: u32,
    /// Scopes whose context OpenTelemetry's does not have.
    not_current: u32,
}

impl Summary {
    #[inline]
    fn is_any(self) -> bool {
        self.calls != 0 || self.not_current != 0
    }
}

/// As many as OpenTelemetry has contexts at most.
const MOST: usize = 65_535;

thread_local! {
    static SUMMARY: Cell<Summary> = const { Cell::new(Summary { calls: 0, not_current: 0 }) };
    /// The entry into the innermost operation; see [`operation_on_top`].
    static OPERATION: Cell<u32> = const { Cell::new(0) };
    static OPEN: RefCell<Vec<Option<Open>>> = const { RefCell::new(Vec::new()) };
}

#[inline]
fn summary() -> Summary {
    SUMMARY.with(Cell::get)
}

fn count(change: impl FnOnce(&mut Summary)) {
    SUMMARY.with(|summary| {
        let mut changed = summary.get();
        change(&mut changed);
        summary.set(changed);
    });
}

/// The entry into an operation that is the innermost one of this thread from now on, 0 for none: each entry has a number of its
/// own.
#[inline]
pub(crate) fn operation_on_top(entry: u32) {
    OPERATION.with(|operation| operation.set(entry));
}

/// Whether anything runs on this thread.
#[inline]
pub(crate) fn is_in_operation() -> bool {
    OPERATION.get() != 0
}

/// The scopes of this thread, if nothing is changing them.
fn with<T>(f: impl FnOnce(&mut Vec<Option<Open>>) -> T) -> Option<T> {
    OPEN.try_with(|open| open.try_borrow_mut().ok().map(|mut open| f(&mut open)))
        .ok()
        .flatten()
}

/// A scope that is open on this thread until this is dropped.
pub(crate) struct Scope {
    /// `None` where there are too many, or the thread ends.
    position: Option<usize>,
    guard: Option<Kept>,
    _not_send: PhantomData<*const ()>,
}

/// How long a scope lasts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lasts {
    /// As long as a call on the stack.
    Call,
    /// As long as somebody holds its guard.
    Guard,
    /// As long as a call in which a request is handled; the body of the answer is written in the same scope later.
    #[cfg_attr(not(feature = "tower"), allow(dead_code))]
    Request,
}

impl Lasts {
    fn is_call(self) -> bool {
        self != Lasts::Guard
    }
}

impl Scope {
    /// Opens the scope that `cx` has in its entry.
    pub(crate) fn open(cx: Context, lasts: Lasts) -> Self {
        Self::attach(cx, lasts, false)
    }

    /// Opens a scope inside what runs, whose context OpenTelemetry has as `cx` where nothing else was attached since.
    pub(crate) fn open_inside(context: GenAiContext, cx: &Context, lasts: Lasts) -> Self {
        if ambient::map_current(|current| is_same(current, cx)) {
            return Self::attach(ambient::seat(with_entry(cx, context)), lasts, true);
        }
        let scope = Open {
            context,
            cx: cx.clone(),
            is_current: false,
            lasts,
            operation: OPERATION.with(Cell::get),
            set: None,
            is_set: true,
        };
        Self::push(scope, None)
    }

    fn attach(cx: Context, lasts: Lasts, is_set: bool) -> Self {
        let guard = Some(Kept::new(&cx));
        let scope = Open {
            context: of_context(&cx).cloned().unwrap_or_default(),
            cx,
            is_current: true,
            lasts,
            operation: OPERATION.with(Cell::get),
            set: None,
            is_set,
        };
        Self::push(scope, guard)
    }

    fn push(scope: Open, guard: Option<Kept>) -> Self {
        let (is_call, is_current) = (scope.lasts.is_call(), scope.is_current);
        let position = with(|open| {
            let position = open.len();
            (position < MOST).then(|| {
                open.push(Some(scope));
                position
            })
        });
        let position = position.flatten();
        if position.is_some() {
            count(|c| {
                c.calls += u32::from(is_call);
                c.not_current += u32::from(!is_current);
            });
        }
        Self {
            position,
            guard,
            _not_send: PhantomData,
        }
    }

    /// Ends the scope; gives its context if one was set since it was opened.
    pub(crate) fn close(mut self) -> Option<GenAiContext> {
        self.end()
    }

    fn end(&mut self) -> Option<GenAiContext> {
        let position = self.position.take();
        let ended = position.and_then(|position| {
            with(|open| {
                let ended = open.get_mut(position).and_then(Option::take);
                while let Some(None) = open.last() {
                    open.pop();
                }
                ended
            })
        });
        let ended = ended.flatten();
        if let Some(ended) = &ended {
            count(|c| {
                c.calls -= u32::from(ended.lasts.is_call());
                c.not_current -= u32::from(!ended.is_current);
            });
        }
        // What the set attached goes first.
        let context = ended.and_then(|ended| {
            drop(ended.set);
            ended.is_set.then_some(ended.context)
        });
        drop(self.guard.take());
        context
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        self.end();
    }
}

impl Open {
    /// Replaces what is ambient in it; `is_on_top` says that no other scope was opened inside it since.
    fn set(&mut self, context: GenAiContext, is_on_top: bool) {
        self.context = context;
        self.is_set = true;
        self.is_current = false;
        if is_on_top {
            self.catch_up();
        }
    }

    /// Makes OpenTelemetry's current context have what is ambient, unless something else stands on top of this scope: a context
    /// attached there would outlive it.
    fn catch_up(&mut self) {
        let is_free = OPERATION.with(Cell::get) == self.operation
            && ambient::map_current(|current| is_same(current, &self.cx));
        if is_free {
            drop(self.set.take());
            self.cx = ambient::seat(with_entry(&self.cx, self.context.clone()));
            self.set = Some(Kept::new(&self.cx));
            self.is_current = true;
        }
    }
}

/// The innermost scope that `is_it` says.
fn find(is_it: impl Fn(&Open) -> bool) -> Option<usize> {
    with(|open| {
        open.iter()
            .rposition(|scope| scope.as_ref().is_some_and(&is_it))
    })
    .flatten()
}

/// The innermost scope by the current context with this entry: the one whose entry it is; where it has none, the innermost call.
fn innermost(entry: usize) -> Option<usize> {
    if entry == 0 {
        find(|scope| scope.lasts.is_call())
    } else {
        find(|scope| entry_id(&scope.cx) == entry)
    }
}

/// Changes the scope at `position`. It is taken out meanwhile, since contexts that end may run code of others.
fn change<T>(position: usize, f: impl FnOnce(&mut Open, bool) -> T) -> Option<T> {
    let (mut scope, is_on_top) = with(|open| {
        let is_on_top = position + 1 == open.len();
        let scope = open.get_mut(position).and_then(Option::take);
        scope.map(|scope| (scope, is_on_top))
    })
    .flatten()?;
    let before = u32::from(!scope.is_current);
    let value = f(&mut scope, is_on_top);
    let after = u32::from(!scope.is_current);
    count(|c| c.not_current = c.not_current - before + after);
    with(|open| {
        if let Some(place) = open.get_mut(position) {
            *place = Some(scope);
        }
    });
    Some(value)
}

/// Where a set of the ambient context applies.
pub(super) enum SetIn {
    /// The innermost scope, which has it now.
    Scope,
    /// No scope at all.
    Nowhere(GenAiContext),
    /// A scope that was opened in another task or thread, or has ended.
    Elsewhere,
}

/// Sets what is ambient in the innermost scope.
pub(super) fn set(context: GenAiContext) -> SetIn {
    let entry = ambient::map_current(entry_id);
    match innermost(entry) {
        Some(position) => {
            change(position, |scope, is_on_top| scope.set(context, is_on_top));
            SetIn::Scope
        }
        None if entry == 0 => SetIn::Nowhere(context),
        None => SetIn::Elsewhere,
    }
}

/// Sets what is ambient in the innermost scope if a request is handled in that; whether it is.
#[cfg(feature = "tower")]
pub(crate) fn set_in_request(context: GenAiContext) -> bool {
    let position = innermost(ambient::map_current(entry_id));
    position
        .and_then(|position| {
            change(position, |scope, is_on_top| {
                let is_request = scope.lasts == Lasts::Request;
                if is_request {
                    scope.set(context, is_on_top);
                }
                is_request
            })
        })
        .unwrap_or(false)
}

/// Whether a scope was opened in the operation of this entry and is the innermost one, though the current context has no entry.
pub(crate) fn is_call_inside(operation: u32) -> bool {
    summary().calls != 0
        && with(|open| {
            let calls = open
                .iter()
                .rev()
                .flatten()
                .find(|scope| scope.lasts.is_call());
            calls.is_some_and(|scope| scope.operation == operation)
        }) == Some(true)
}

/// What is ambient though the current context does not have it.
#[inline]
pub(super) fn not_in_current() -> Option<GenAiContext> {
    let summary = summary();
    if !summary.is_any() {
        return None;
    }
    not_in_current_by(summary)
}

/// Whether a scope is open that may have what the current context has not.
#[inline]
pub(super) fn is_any() -> bool {
    summary().is_any()
}

#[inline(never)]
fn not_in_current_by(summary: Summary) -> Option<GenAiContext> {
    let entry = ambient::map_current(entry_id);
    if entry != 0 && summary.not_current == 0 {
        return None;
    }
    let position = innermost(entry)?;
    change(position, |scope, is_on_top| {
        if scope.is_current {
            // It has another entry than the current context, which has none.
            return (entry == 0).then(|| scope.context.clone());
        }
        if is_on_top {
            scope.catch_up();
        }
        (!scope.is_current).then(|| scope.context.clone())
    })
    .flatten()
}

/// Whether two contexts say the same: the span, what is suppressed, the entry, the baggage, and as many other values.
fn is_same(a: &Context, b: &Context) -> bool {
    entry_id(a) == entry_id(b)
        && std::ptr::eq(a.baggage(), b.baggage())
        && format!("{a:?}") == format!("{b:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::alone::on_a_thread;

    /// What a guard of others attaches.
    #[derive(PartialEq, Debug)]
    struct Mark(u8);

    fn named(id: &str) -> GenAiContext {
        GenAiContext::new().conversation_id(id)
    }

    fn open(id: &str, lasts: Lasts) -> Scope {
        Scope::open(ambient::map_current(|cx| with_entry(cx, named(id))), lasts)
    }

    /// What OpenTelemetry's current context has.
    fn carried() -> Option<String> {
        ambient::map_current(|cx| of_context(cx)?.conversation().map(str::to_owned))
    }

    /// What is ambient though that does not have it.
    fn not_carried() -> Option<String> {
        not_in_current()?.conversation().map(str::to_owned)
    }

    fn is_empty() -> bool {
        let summary = summary();
        !is_any() && (summary.calls, summary.not_current) == (0, 0) && with(|o| o.len()) == Some(0)
    }

    #[test]
    fn a_set_is_in_the_current_context_at_once_and_ends_with_its_scope() {
        on_a_thread(|| {
            for lasts in [Lasts::Guard, Lasts::Call, Lasts::Request] {
                let scope = open("a", lasts);
                assert_eq!((carried().as_deref(), not_carried()), (Some("a"), None));
                assert!(matches!(set(named("b")), SetIn::Scope));
                assert_eq!((carried().as_deref(), not_carried()), (Some("b"), None));
                assert_eq!(summary().calls, u32::from(lasts != Lasts::Guard));
                assert_eq!(is_any(), lasts != Lasts::Guard);
                assert_eq!(scope.close(), Some(named("b")));
                assert_eq!(carried(), None);
                assert_eq!(open("a", lasts).close(), None, "nothing was set");
                assert!(is_empty());
            }
        });
    }

    #[test]
    fn a_set_goes_nowhere_without_a_scope_and_not_into_one_of_elsewhere() {
        on_a_thread(|| {
            match set(named("b")) {
                SetIn::Nowhere(context) => assert_eq!(context, named("b")),
                _ => unreachable!("there is no scope"),
            }
            let elsewhere = Kept::new(&with_entry(&Context::new(), named("elsewhere")));
            assert!(matches!(set(named("b")), SetIn::Elsewhere));
            assert_eq!(carried().as_deref(), Some("elsewhere"));
            drop(elsewhere);
        });
    }

    /// What somebody attached in the scope stays current until they end it.
    #[test]
    fn a_set_below_a_guard_of_others_waits_for_its_end() {
        on_a_thread(|| {
            let scope = open("a", Lasts::Guard);
            let others = ambient::current().with_value(Mark(1)).attach();
            assert!(matches!(set(named("b")), SetIn::Scope));
            assert_eq!(
                ambient::map_current(|cx| cx.get::<Mark>().map(|m| m.0)),
                Some(1)
            );
            assert_eq!(
                (carried().as_deref(), not_carried().as_deref()),
                (Some("a"), Some("b"))
            );
            assert_eq!((summary().not_current, is_any()), (1, true));
            drop(others);
            // The next read finds the way free.
            assert_eq!(not_carried(), None);
            assert_eq!(
                (carried().as_deref(), summary().not_current),
                (Some("b"), 0)
            );
            drop(scope);
            assert!(is_empty());
        });
    }

    #[test]
    fn a_set_waits_while_an_operation_runs_inside_and_where_another_scope_is_open() {
        on_a_thread(|| {
            let scope = open("a", Lasts::Guard);
            operation_on_top(7);
            assert!(is_in_operation());
            set(named("b"));
            assert_eq!(
                (carried().as_deref(), not_carried().as_deref()),
                (Some("a"), Some("b"))
            );
            operation_on_top(0);
            assert!(!is_in_operation());
            assert_eq!((not_carried(), carried().as_deref()), (None, Some("b")));

            let outer = ambient::current();
            let inner = open("inner", Lasts::Guard);
            let again = Kept::new(&outer);
            set(named("c"));
            assert_eq!(
                (carried().as_deref(), not_carried().as_deref()),
                (Some("b"), Some("c"))
            );
            drop(again);
            assert_eq!((carried().as_deref(), not_carried()), (Some("inner"), None));
            drop(inner);
            assert_eq!((not_carried(), carried().as_deref()), (None, Some("c")));
            // A scope that ends while the current context lacks what is set in it.
            operation_on_top(7);
            set(named("d"));
            operation_on_top(0);
            assert_eq!(summary().not_current, 1);
            assert_eq!(scope.close(), Some(named("d")));
            assert!(is_empty());
        });
    }

    /// Below a context without an entry the innermost call is ambient, and no guard.
    #[test]
    fn below_a_bare_context_the_innermost_call_counts() {
        on_a_thread(|| {
            let (call, guard) = (open("call", Lasts::Call), open("guard", Lasts::Guard));
            let bare = Kept::new(&Context::new());
            assert_eq!((carried(), not_carried().as_deref()), (None, Some("call")));
            assert!(is_call_inside(0) && !is_call_inside(7));
            set(named("set"));
            assert_eq!(not_carried().as_deref(), Some("set"));
            drop((guard, call));
            assert_eq!(not_carried(), None);
            assert!(!is_call_inside(0));
            drop(bare);
            operation_on_top(7);
            let inside = open("inside", Lasts::Request);
            assert!(is_call_inside(7) && !is_call_inside(0));
            operation_on_top(0);
            drop(inside);
            assert!(is_empty());
        });
    }

    #[test]
    fn a_scope_inside_what_runs_is_one_that_was_set() {
        on_a_thread(|| {
            // The context of what runs is current, or somebody attached another one.
            for is_below in [false, true] {
                let cx = ambient::current();
                let others = is_below.then(|| cx.with_value(Mark(1)).attach());
                let scope = Scope::open_inside(named("a"), &cx, Lasts::Call);
                let (seen, hidden) = (carried(), not_carried());
                assert_eq!(seen.is_some(), !is_below);
                assert_eq!(seen.or(hidden).as_deref(), Some("a"));
                drop(others);
                assert_eq!(not_carried(), None);
                assert_eq!(carried().as_deref(), Some("a"));
                assert_eq!(scope.close(), Some(named("a")));
                assert!(is_empty());
            }
        });
    }

    #[test]
    fn scopes_end_in_any_order() {
        on_a_thread(|| {
            let scopes = ["a", "b", "c"].map(|id| open(id, Lasts::Call));
            let [a, b, c] = scopes;
            drop(b);
            assert_eq!(with(|open| open.len()), Some(3));
            drop(c);
            assert_eq!((with(|open| open.len()), summary().calls), (Some(1), 1));
            assert_eq!(carried().as_deref(), Some("a"));
            drop(a);
            assert!(is_empty());
        });
    }

    #[cfg(feature = "tower")]
    #[test]
    fn what_a_request_sets_is_set_in_the_scope_of_a_request_alone() {
        on_a_thread(|| {
            assert!(!set_in_request(named("b")));
            for (lasts, is_set) in [
                (Lasts::Guard, false),
                (Lasts::Call, false),
                (Lasts::Request, true),
            ] {
                let scope = open("a", lasts);
                assert_eq!(set_in_request(named("b")), is_set);
                let expected = if is_set { "b" } else { "a" };
                assert_eq!(carried().as_deref(), Some(expected));
                drop(scope);
            }
        });
    }

    #[test]
    fn contexts_are_the_same_by_what_they_say() {
        use opentelemetry::KeyValue;
        use opentelemetry::trace::{
            SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState,
        };

        let cx = Context::new();
        let (trace, span) = (TraceId::from(1), SpanId::from(2));
        let span = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE);
        assert!(is_same(&cx, &cx.clone()));
        for other in [
            with_entry(&cx, named("a")),
            cx.with_baggage([KeyValue::new("a", "1")]),
            cx.with_remote_span_context(span),
            cx.with_value(Mark(1)),
        ] {
            assert!(!is_same(&cx, &other) && is_same(&other, &other.clone()));
        }
        // As many values, and other ones.
        let entry = with_entry(&cx, named("a"));
        assert!(!is_same(&entry, &with_entry(&cx, named("a"))));
        let baggage = || cx.with_baggage([KeyValue::new("a", "1")]);
        assert!(!is_same(&baggage(), &baggage()));
    }
}
