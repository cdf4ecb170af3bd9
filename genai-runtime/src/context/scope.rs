//! Opening scopes: for sync code by a guard, around a future by a wrapper; and the value of the thread, for sync programs.
//!
//! A read takes no lock and never allocates.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context as Poller, Poll};

use futures_core::stream::{FusedStream, Stream};
use opentelemetry::{Context, Key};
use pin_project_lite::pin_project;

use super::GenAiContext;
use super::ambient;
use super::entry::{entry_id, of_context, with_entry};
use super::leaving::{Entering, Leaving};
use super::open::{self, Lasts, Scope, SetIn};
use super::place::Place;
use crate::diag::warn::{Once, once};

thread_local! {
    static THREAD: RefCell<Option<GenAiContext>> = const { RefCell::new(None) };
    /// Whether the thread has ever had a value: a question that costs a load.
    static HAS_VALUE: Cell<bool> = const { Cell::new(false) };
}

/// Where the ambient context stands that was read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// In OpenTelemetry's current context, or in none of its.
    Current,
    /// In a scope of this thread whose context OpenTelemetry's current one does not have.
    Scope,
}

/// Reads the ambient context where it stands: that of the innermost scope, of the thread, or an empty one.
pub(crate) fn read<T>(mut f: impl FnMut(&GenAiContext, Source) -> T) -> T {
    static EMPTY: GenAiContext = GenAiContext::new();
    if let Some(context) = open::not_in_current() {
        return f(&context, Source::Scope);
    }
    let carried = |cx: &Context| of_context(cx).map(|c| f(c, Source::Current));
    if let Some(value) = ambient::map_current(carried) {
        return value;
    }
    let mut f = |context: &GenAiContext| f(context, Source::Current);
    let of_thread = THREAD.try_with(|t| t.try_borrow().ok().and_then(|t| t.as_ref().map(&mut f)));
    of_thread.ok().flatten().unwrap_or_else(|| f(&EMPTY))
}

/// Whether nothing is ambient where `here` is OpenTelemetry's current context.
#[inline]
pub(crate) fn is_nothing_ambient(here: &Context) -> bool {
    !HAS_VALUE.get() && !open::is_any() && entry_id(here) == 0
}

/// What is ambient by `cx`: what its entry says, else the value of the thread. What was set inside of what runs in it is neither.
fn around<T>(cx: &Context, f: impl Fn(&GenAiContext) -> T) -> Option<T> {
    if let Some(context) = of_context(cx) {
        return Some(f(context));
    }
    let of_thread = THREAD.try_with(|t| t.try_borrow().ok().and_then(|t| t.as_ref().map(&f)));
    of_thread.ok().flatten()
}

/// Whether what is ambient by `cx` has a property of this full key.
pub(crate) fn has_property(cx: &Context, key: &Key) -> bool {
    let has = |context: &GenAiContext| context.attributes().iter().any(|p| p.key == *key);
    around(cx, has).unwrap_or(false)
}

/// The full keys of the properties that are ambient by `cx`.
pub(crate) fn property_keys(cx: &Context) -> Vec<Key> {
    let keys = |context: &GenAiContext| {
        let keys = context.attributes().iter().map(|p| p.key.clone());
        keys.collect()
    };
    around(cx, keys).unwrap_or_default()
}

/// Replaces the context of the innermost scope, else the thread's.
pub(crate) fn set(context: GenAiContext) {
    match open::set(context) {
        SetIn::Scope => {}
        SetIn::Nowhere(context) => {
            // A thread that is being torn down has no value left; nothing below it can read one either.
            HAS_VALUE.set(true);
            let _ = THREAD.try_with(|t| {
                if let Ok(mut t) = t.try_borrow_mut() {
                    *t = Some(context);
                }
            });
        }
        SetIn::Elsewhere => once(Once::SetElsewhere, || {
            "the context is set where it came along from a scope that is not open here, in a spawned task or another thread: that is ignored, since it would reach the others that share it. Open a scope first: GenAiContext::current().scope(future), or .attach()".to_owned()
        }),
    }
}

impl GenAiContext {
    /// Makes this the ambient context until the guard is dropped, for sync code. Hold no guard across an `.await`: the guard
    /// is not `Send`, use [`scope`](Self::scope) there.
    #[must_use = "the context ends when the guard is dropped"]
    pub fn attach(self) -> ContextScope {
        self.open(Lasts::Guard)
    }

    /// As [`attach`](Self::attach), where the guard lives as long as the call it is made in.
    pub(crate) fn attach_in_call(self) -> ContextScope {
        self.open(Lasts::Call)
    }

    fn open(self, lasts: Lasts) -> ContextScope {
        let cx = ambient::seat(ambient::map_current(|cx| with_entry(cx, self)));
        ContextScope {
            scope: Scope::open(cx, lasts),
        }
    }

    /// Makes this the ambient context of a future, and of whatever takes the OpenTelemetry context from it.
    ///
    /// Span and baggage are those that are current when the future is polled; where there is no span then, those that were when
    /// this was called. So it does not matter in which order this and OpenTelemetry's `with_context` are written.
    pub fn scope<F: Future>(self, future: F) -> Scoped<F> {
        Scoped::of(Place::new(self), future)
    }

    /// Likewise of a stream, which is often polled after the function that made it has returned.
    pub fn scope_stream<S: Stream>(self, stream: S) -> Scoped<S> {
        Scoped::of(Place::new(self), stream)
    }
}

/// Ends the scope of [`GenAiContext::attach`] when dropped.
///
/// ```
/// use genai::GenAiContext;
///
/// let scope = GenAiContext::new().conversation_id("c-17").attach();
/// drop(scope);
/// assert!(genai::context().is_empty());
/// ```
pub struct ContextScope {
    scope: Scope,
}

impl ContextScope {
    /// Ends the scope; gives its context if one was set since it was opened.
    pub(crate) fn close(self) -> Option<GenAiContext> {
        self.scope.close()
    }
}

impl fmt::Debug for ContextScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContextScope")
    }
}

pin_project! {
    /// The future of [`GenAiContext::scope`], the stream of [`GenAiContext::scope_stream`] and their like.
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct Scoped<F> {
        // The order makes what is inside be dropped in its context.
        entering: Entering,
        #[pin]
        inner: F,
        leaving: Leaving,
    }
}

impl<F> Scoped<F> {
    /// A future or a stream that is polled in this place.
    pub(crate) fn of(place: Place, inner: F) -> Self {
        Self {
            entering: Entering(place),
            inner,
            leaving: Leaving,
        }
    }

    /// The place as it is now.
    #[cfg(feature = "tower")]
    pub(crate) fn place(&self) -> &Place {
        &self.entering.0
    }

    /// The context, as it was set last.
    pub(crate) fn context(&self) -> &GenAiContext {
        self.entering.0.context()
    }
}

// It holds a context beside what is inside, which nobody looks at after a panic but to attach it.
impl<F: UnwindSafe> UnwindSafe for Scoped<F> {}
impl<F: RefUnwindSafe> RefUnwindSafe for Scoped<F> {}

impl<F> fmt::Debug for Scoped<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scoped")
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<F::Output> {
        let this = self.project();
        let future = this.inner;
        this.entering.0.run(|| future.poll(poller))
    }
}

impl<S: Stream> Stream for Scoped<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let stream = this.inner;
        this.entering.0.run(|| stream.poll_next(poller))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<S: FusedStream> FusedStream for Scoped<S> {
    fn is_terminated(&self) -> bool {
        self.inner.is_terminated()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As many numbers as there are left, and whether it has said that it is over.
    struct Numbers(usize, bool);

    impl Stream for Numbers {
        type Item = usize;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Poller<'_>) -> Poll<Option<usize>> {
            let next = self.0.checked_sub(1);
            (self.0, self.1) = (next.unwrap_or(0), next.is_none());
            Poll::Ready(next)
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            (self.0, Some(self.0 + 1))
        }
    }

    impl FusedStream for Numbers {
        fn is_terminated(&self) -> bool {
            self.1
        }
    }

    #[test]
    fn a_stream_in_a_scope_says_what_it_says_alone() {
        let mut stream = std::pin::pin!(GenAiContext::new().scope_stream(Numbers(1, false)));
        let mut poller = Poller::from_waker(std::task::Waker::noop());
        assert_eq!(stream.size_hint(), (1, Some(2)));
        assert_eq!(stream.as_mut().poll_next(&mut poller), Poll::Ready(Some(0)));
        assert_eq!(stream.size_hint(), (0, Some(1)));
        assert!(!stream.is_terminated());
        assert_eq!(stream.as_mut().poll_next(&mut poller), Poll::Ready(None));
        assert!(stream.is_terminated());
    }

    #[test]
    fn debug_shows_the_type_alone() {
        let scope = GenAiContext::new().conversation_id("secret").attach();
        assert_eq!(format!("{scope:?}"), "ContextScope");
        let scoped = GenAiContext::new().scope(std::future::ready("secret"));
        assert_eq!(format!("{scoped:?}"), "Scoped");
        assert_eq!(scoped.context(), &GenAiContext::new());
    }

    #[test]
    fn nothing_is_ambient_where_neither_scope_nor_thread_has_anything() {
        let test = || {
            let is_nothing = || ambient::map_current(is_nothing_ambient);
            assert!(is_nothing());
            let scope = GenAiContext::new().conversation_id("c").attach();
            assert!(!is_nothing());
            let bare = ambient::Kept::new(&Context::new());
            assert!(is_nothing(), "a guard is not below a context without it");
            drop(bare);
            drop(scope);
            let call = GenAiContext::new().conversation_id("c").attach_in_call();
            let bare = ambient::Kept::new(&Context::new());
            assert!(!is_nothing());
            drop((bare, call));
            assert!(is_nothing());
            set(GenAiContext::new().property("tenant", 1));
            assert!(!is_nothing());
            let tenant = super::super::full_key("tenant");
            assert!(ambient::map_current(|cx| has_property(cx, &tenant)));
            let scope = GenAiContext::new().property("user.id", 1).attach();
            assert!(!ambient::map_current(|cx| has_property(cx, &tenant)));
            let user = super::super::full_key("user.id");
            assert!(ambient::map_current(|cx| has_property(cx, &user)));
            drop(scope);
        };
        crate::diag::alone::on_a_thread(test);
    }

    #[test]
    fn a_scope_that_was_set_gives_its_context_when_it_is_closed() {
        let named = |id: &str| GenAiContext::new().conversation_id(id);
        assert_eq!(named("a").attach().close(), None);
        let scope = named("a").attach();
        set(named("b"));
        assert_eq!(scope.close(), Some(named("b")));
    }
}
