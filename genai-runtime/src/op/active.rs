//! The operation that runs on this thread now: what `genai::current()` reaches, what nesting and `set_context` ask.
//!
//! While a body is polled its operation is moved here, next to the attached OpenTelemetry context, and back into its slot
//! afterwards. So nothing is shared, nothing is locked, and another task never sees it.

use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::ContextGuard;

use super::{Gaps, Kind, Op, Slot};
use crate::ambient::{self, Kept};
use crate::context::{GenAiContext, ScopeSlot, current_slot_id, with_slot};

/// What runs.
pub(crate) enum Active {
    /// An annotated body's operation, and the scope that was opened in it since it was entered.
    Operation(Box<Op>, Option<ContextGuard>),
    /// An invocation in the hands of the user: what nested ones tell goes into its gaps.
    Invocation(Kind, Arc<Mutex<Gaps>>),
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
    let mut active = Some(active);
    let before = ACTIVE.try_with(|a| a.replace(active.take().flatten()));
    // Only while the thread is torn down: what should have become active is handed back.
    before.unwrap_or_else(|_| active.flatten())
}

/// The kind of the innermost operation.
pub(super) fn innermost() -> Option<Kind> {
    with(|active| match active {
        Active::Operation(op, _) => op.kind,
        Active::Invocation(kind, _) => *kind,
    })
}

/// Runs `f` on the operation of the annotated body that runs here, if one does.
pub(crate) fn with_current(f: impl FnOnce(&mut Op)) {
    with(|active| {
        if let Active::Operation(op, _) = active {
            f(op);
        }
    });
}

/// Adds to what nested operations told the innermost one.
pub(super) fn add_gaps(gaps: Gaps) {
    with(|active| match active {
        Active::Operation(op, _) => op.gaps.get_or_insert_default().add(gaps),
        Active::Invocation(_, shared) => shared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(gaps),
    });
}

/// Opens a scope with this context for the rest of the running body, so that it goes wherever the OpenTelemetry context goes;
/// gives it back where another scope is the innermost one.
pub(crate) fn set_inside(context: GenAiContext) -> Option<GenAiContext> {
    let mut context = Some(context);
    with(|active| {
        let Active::Operation(op, guard) = active else {
            return;
        };
        if op.scope_inside.is_some() || op.scope_at_start != current_slot_id() {
            return;
        }
        let Some(context) = context.take() else {
            return;
        };
        let slot = ScopeSlot::new(context);
        *guard = ambient::attach(&ambient::map_current(|cx| with_slot(cx, &slot)));
        // For the polls that follow.
        op.cx = with_slot(&op.cx, &slot);
        op.scope_inside = Some(slot);
    });
    context
}

/// An operation is active, its context attached, until this is dropped.
pub(crate) struct Entered<'a> {
    slot: &'a mut Slot,
    before: Option<Active>,
    guard: Option<ContextGuard>,
}

/// Makes the operation in `slot` the active one; nothing happens where there is none.
#[inline(never)]
pub(crate) fn enter(slot: &mut Slot) -> Option<Entered<'_>> {
    let op = slot.take()?;
    let guard = if op.flags.is_suppressed {
        let slot = op.scope_inside.as_ref();
        slot.and_then(|slot| ambient::attach(&ambient::map_current(|cx| with_slot(cx, slot))))
    } else {
        ambient::attach(&op.cx)
    };
    let before = swap(Some(Active::Operation(op, None)));
    Some(Entered {
        slot,
        before,
        guard,
    })
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if let Some(Active::Operation(op, scope)) = swap(self.before.take()) {
            *self.slot = Some(op);
            drop(scope);
        }
        self.guard = None;
    }
}

/// An invocation of the user's is active until this is dropped.
pub(crate) struct Attached {
    before: Option<Active>,
    _guard: Option<Kept>,
}

/// Makes an invocation the active one.
pub(crate) fn attach(kind: Kind, gaps: Arc<Mutex<Gaps>>, guard: Option<Kept>) -> Attached {
    Attached {
        before: swap(Some(Active::Invocation(kind, gaps))),
        _guard: guard,
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        swap(self.before.take());
    }
}
