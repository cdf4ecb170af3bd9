//! Where the ambient context stands: a slot per scope in the OpenTelemetry context, and one per thread for sync programs.
//!
//! A read takes no lock unless `set_context` was called in that scope, and never allocates.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context as Poller, Poll};

use opentelemetry::Context;
use pin_project_lite::pin_project;

use super::GenAiContext;
use crate::context::ambient::{self, Kept};

/// What a scope holds: the context it was opened with, and the one that replaced it.
#[derive(Default)]
pub(crate) struct ScopeSlot {
    opened_with: GenAiContext,
    is_replaced: AtomicBool,
    replaced: RwLock<GenAiContext>,
}

/// The value in the OpenTelemetry context.
struct Entry(Arc<ScopeSlot>);

thread_local! {
    static THREAD: RefCell<Option<GenAiContext>> = const { RefCell::new(None) };
}

impl ScopeSlot {
    pub(crate) fn new(context: GenAiContext) -> Arc<Self> {
        Arc::new(Self {
            opened_with: context,
            ..Self::default()
        })
    }

    fn read<T>(&self, f: impl FnOnce(&GenAiContext) -> T) -> T {
        if self.is_replaced.load(Ordering::Acquire) {
            f(&self.replaced.read().unwrap_or_else(PoisonError::into_inner))
        } else {
            f(&self.opened_with)
        }
    }

    fn set(&self, context: GenAiContext) {
        *self
            .replaced
            .write()
            .unwrap_or_else(PoisonError::into_inner) = context;
        self.is_replaced.store(true, Ordering::Release);
    }
}

/// Whether the ambient context in `cx` has a property of this full key.
pub(crate) fn has_property(cx: &Context, key: &opentelemetry::Key) -> bool {
    let has = |context: &GenAiContext| context.attributes().iter().any(|p| p.key == *key);
    match cx.get::<Entry>() {
        Some(entry) => entry.0.read(has),
        None => read(has),
    }
}

/// The slot of the innermost scope in the current OpenTelemetry context.
fn current_slot() -> Option<Arc<ScopeSlot>> {
    ambient::map_current(|cx| cx.get::<Entry>().map(|e| Arc::clone(&e.0)))
}

/// Reads the ambient context where it stands: that of the innermost scope, of the thread, or an empty one.
pub(crate) fn read<T>(mut f: impl FnMut(&GenAiContext) -> T) -> T {
    static EMPTY: GenAiContext = GenAiContext::new();
    if let Some(value) = ambient::map_current(|cx| cx.get::<Entry>().map(|e| e.0.read(&mut f))) {
        return value;
    }
    let of_thread = THREAD.try_with(|t| t.try_borrow().ok().and_then(|t| t.as_ref().map(&mut f)));
    of_thread.ok().flatten().unwrap_or_else(|| f(&EMPTY))
}

/// Replaces the context of the innermost scope, else the thread's.
pub(crate) fn set(context: GenAiContext) {
    if let Some(slot) = current_slot() {
        slot.set(context);
        return;
    }
    // A thread that is being torn down has no slot left; nothing below it can read one either.
    let _ = THREAD.try_with(|t| {
        if let Ok(mut t) = t.try_borrow_mut() {
            *t = Some(context);
        }
    });
}

/// Identifies the scope in `cx`: another one has another number.
pub(crate) fn slot_id(cx: &Context) -> usize {
    cx.get::<Entry>().map_or(0, |e| Arc::as_ptr(&e.0).addr())
}

/// As [`slot_id`], of the current OpenTelemetry context.
pub(crate) fn current_slot_id() -> usize {
    ambient::map_current(slot_id)
}

/// `cx` with a scope in it.
fn with_scope(cx: &Context, context: GenAiContext) -> Context {
    with_slot(cx, &ScopeSlot::new(context))
}

/// `cx` with this scope in it.
pub(crate) fn with_slot(cx: &Context, slot: &Arc<ScopeSlot>) -> Context {
    cx.with_value(Entry(Arc::clone(slot)))
}

/// `cx` with the ambient context, but for the conversation.
pub(crate) fn with_conversation(cx: &Context, id: opentelemetry::StringValue) -> Context {
    let mut context = GenAiContext::current();
    context.set_id(id);
    with_scope(cx, context)
}

impl GenAiContext {
    /// Makes this the ambient context until the guard is dropped, for sync code. Hold no guard across an `.await`: the guard
    /// is not `Send`, use [`scope`](Self::scope) there.
    #[must_use = "the context ends when the guard is dropped"]
    pub fn attach(self) -> ContextScope {
        let cx = ambient::seat(ambient::map_current(|cx| with_scope(cx, self)));
        ContextScope {
            _guard: Kept::new(&cx),
            _not_send: PhantomData,
        }
    }

    /// Makes this the ambient context of a future, and of whatever takes the OpenTelemetry context from it.
    pub fn scope<F: Future>(self, future: F) -> Scoped<F> {
        Scoped {
            future,
            cx: ambient::seat(ambient::map_current(|cx| with_scope(cx, self))),
        }
    }
}

/// Ends the scope of [`GenAiContext::attach`] when dropped.
pub struct ContextScope {
    _guard: Kept,
    _not_send: PhantomData<*const ()>,
}

impl fmt::Debug for ContextScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContextScope")
    }
}

pin_project! {
    /// The future of [`GenAiContext::scope`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Scoped<F> {
        #[pin]
        future: F,
        cx: Context,
    }
}

// It holds a context beside the future, which nobody looks at after a panic but to attach it.
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
        let _guard = ambient::attach(this.cx);
        this.future.poll(poller)
    }
}
