//! The operation that runs on this thread now: what `genai::current()` reaches, what nesting and `set_context` ask.
//!
//! While a body is polled its operation is moved here, next to the attached OpenTelemetry context, and back into its slot
//! afterwards. So nothing is shared, nothing is locked, and another task never sees it.

use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::ContextGuard;

use super::{Gaps, Kind, Op, Slot};
use crate::context::{GenAiContext, current_slot_id};
use crate::observe::Phase;

/// An invocation, as what runs inside it sees it.
pub(crate) struct Invoked {
    pub(crate) kind: Kind,
    pub(crate) gaps: Mutex<Gaps>,
}

/// What runs. A tag and a pointer, so that it moves in registers.
pub(crate) enum Active {
    /// An annotated body's operation.
    Operation(Box<Op>),
    /// An invocation in the hands of the user: what nested ones tell goes into its gaps.
    Invocation(Arc<Invoked>),
}

thread_local! {
    static ACTIVE: Cell<Option<Active>> = const { Cell::new(None) };
}

/// Looks at what runs; nothing does while `f` is at it.
fn with<T>(f: impl FnOnce(&mut Active) -> T) -> Option<T> {
    ACTIVE
        .try_with(|active| {
            let mut running = active.take()?;
            let value = f(&mut running);
            active.set(Some(running));
            Some(value)
        })
        .ok()
        .flatten()
}

fn swap(active: Option<Active>) -> Option<Active> {
    // Only while the thread is torn down there is none: then what should have become active is handed back.
    let Ok(before) = ACTIVE.try_with(Cell::take) else {
        return active;
    };
    let _ = ACTIVE.try_with(|a| a.set(active));
    before
}

/// The kind of the innermost operation.
pub(super) fn innermost() -> Option<Kind> {
    with(|active| match active {
        Active::Operation(op) => op.kind,
        Active::Invocation(invoked) => invoked.kind,
    })
}

/// Runs `f` on the operation of the annotated body that runs here, if one does.
pub(crate) fn with_current(f: impl FnOnce(&mut Op)) {
    with(|active| {
        if let Active::Operation(op) = active {
            f(op);
        }
    });
}

/// Adds to what nested operations told the innermost one.
pub(super) fn add_gaps(gaps: Gaps) {
    with(|active| match active {
        Active::Operation(op) => op.take_gaps(gaps),
        Active::Invocation(invoked) => invoked
            .gaps
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(gaps),
    });
}

/// Reads the context that `set_context` set inside the running body, unless a scope was opened in it since.
pub(crate) fn context_set_inside<T>(f: impl FnOnce(&GenAiContext) -> T) -> Option<T> {
    with(|active| match active {
        Active::Operation(op) => op
            .rare
            .as_deref()
            .and_then(|rare| rare.context_inside.as_deref())
            .filter(|_| op.scope_at_start == current_slot_id())
            .map(f),
        Active::Invocation(_) => None,
    })
    .flatten()
}

/// Sets the context for the rest of the running body; gives it back where a scope is the innermost one.
pub(crate) fn set_inside(context: GenAiContext) -> Option<GenAiContext> {
    let mut context = Some(context);
    with(|active| {
        if let Active::Operation(op) = active {
            if op.scope_at_start == current_slot_id() {
                op.rare_mut().context_inside = context.take().map(Box::new);
            }
        }
    });
    context
}

/// An operation is active, its context attached, until this is dropped. Unless it is [left](Self::leave), that is by a panic.
pub(crate) struct Entered<'a> {
    slot: &'a mut Slot,
    before: Option<Active>,
    guard: Option<ContextGuard>,
    after: Phase,
}

/// Makes the operation in `slot` the active one; nothing happens where there is none.
#[inline(never)]
pub(crate) fn enter(slot: &mut Slot) -> Option<Entered<'_>> {
    let mut op = slot.take()?;
    op.phase = Phase::Running;
    let guard = (!op.flags.is_suppressed).then(|| op.cx.clone().attach());
    let before = swap(Some(Active::Operation(op)));
    Some(Entered {
        slot,
        before,
        guard,
        after: Phase::Running,
    })
}

impl Entered<'_> {
    /// The user's code returned, and whether it is done.
    #[inline(never)]
    pub(crate) fn leave(mut self, is_done: bool) {
        self.after = if is_done {
            Phase::Complete
        } else {
            Phase::Waiting
        };
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if let Some(Active::Operation(mut op)) = swap(self.before.take()) {
            op.phase = self.after;
            *self.slot = Some(op);
        }
        self.guard = None;
    }
}

/// An invocation of the user's is active until this is dropped.
pub(crate) struct Attached {
    before: Option<Active>,
    _guard: Option<ContextGuard>,
}

/// Makes an invocation the active one.
pub(crate) fn attach(invoked: Arc<Invoked>, guard: Option<ContextGuard>) -> Attached {
    Attached {
        before: swap(Some(Active::Invocation(invoked))),
        _guard: guard,
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        swap(self.before.take());
    }
}
