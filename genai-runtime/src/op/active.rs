//! The operation that runs on this thread now: what `genai::current()` reaches, what nesting and `set_context` ask.
//!
//! While a body is polled its operation is moved here, next to the attached OpenTelemetry context, and back into its slot
//! afterwards. So nothing is shared, nothing is locked, and another task never sees it.

use std::cell::Cell;
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::{Context, ContextGuard};

use super::{Gaps, Kind, Op, Slot};
use crate::ambient::{self, Kept};
use crate::context::{GenAiContext, ScopeSlot, current_slot_id, with_slot};
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
    /// The same with a scope that was opened in it since it was entered.
    Scoped(Box<Scoped>),
    /// An invocation in the hands of the user: what nested ones tell goes into its gaps.
    Invocation(Box<Inside>),
}

/// An operation, and the scope that `set_context` opened in it.
pub(crate) struct Scoped {
    op: Box<Op>,
    guard: Option<Kept>,
}

/// An invocation, and where `set_context` stands in it.
pub(crate) struct Inside {
    invoked: Arc<Invoked>,
    scope_at_start: usize,
    scope: Option<Arc<ScopeSlot>>,
    guard: Option<Kept>,
}

impl Active {
    /// The operation of an annotated body.
    fn op(&mut self) -> Option<&mut Op> {
        match self {
            Self::Operation(op) => Some(op),
            Self::Scoped(scoped) => Some(&mut scoped.op),
            Self::Invocation(_) => None,
        }
    }
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
        Active::Scoped(scoped) => scoped.op.kind,
        Active::Invocation(inside) => inside.invoked.kind,
    })
}

/// Runs `f` on the operation of the annotated body that runs here, if one does.
pub(crate) fn with_current(f: impl FnOnce(&mut Op)) {
    with(|active| {
        if let Some(op) = active.op() {
            f(op);
        }
    });
}

/// Adds to what nested operations told the innermost one.
pub(super) fn add_gaps(gaps: Gaps) {
    with(|active| match active {
        Active::Operation(op) => op.take_gaps(gaps),
        Active::Scoped(scoped) => scoped.op.take_gaps(gaps),
        Active::Invocation(inside) => inside
            .invoked
            .gaps
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(gaps),
    });
}

fn enter_scope(slot: &Arc<ScopeSlot>) -> Kept {
    Kept::new(&with_scope(slot))
}

fn with_scope(slot: &Arc<ScopeSlot>) -> Context {
    ambient::map_current(|cx| with_slot(cx, slot))
}

/// Opens a scope with this context for the rest of the running body, so that it goes wherever the OpenTelemetry context goes;
/// gives it back where another scope is the innermost one.
pub(crate) fn set_inside(context: GenAiContext) -> Option<GenAiContext> {
    let mut context = Some(context);
    let Ok(Some(mut active)) = ACTIVE.try_with(Cell::take) else {
        return context;
    };
    let (scope_at_start, scope) = match &mut active {
        Active::Operation(op) => (op.scope_at_start, &mut op.rare_mut().scope_inside),
        Active::Scoped(scoped) => (
            scoped.op.scope_at_start,
            &mut scoped.op.rare_mut().scope_inside,
        ),
        Active::Invocation(inside) => (inside.scope_at_start, &mut inside.scope),
    };
    if scope.is_none() && scope_at_start == current_slot_id() {
        if let Some(context) = context.take() {
            let slot = Arc::clone(scope.insert(ScopeSlot::new(context)));
            let guard = Some(enter_scope(&slot));
            if let Some(op) = active.op() {
                // For the polls that follow.
                op.cx = with_slot(&op.cx, &slot);
            }
            active = match active {
                Active::Operation(op) => Active::Scoped(Box::new(Scoped { op, guard })),
                Active::Scoped(mut scoped) => {
                    scoped.guard = guard;
                    Active::Scoped(scoped)
                }
                Active::Invocation(mut inside) => {
                    inside.guard = guard;
                    Active::Invocation(inside)
                }
            };
        }
    }
    let _ = ACTIVE.try_with(|a| a.set(Some(active)));
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
    let guard = if op.flags.is_suppressed {
        op.rare
            .as_deref()
            .and_then(|rare| rare.scope_inside.as_ref())
            .and_then(|slot| ambient::attach(&with_scope(slot)))
    } else {
        ambient::attach(&op.cx)
    };
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
        let (mut op, scope) = match swap(self.before.take()) {
            Some(Active::Operation(op)) => (op, None),
            Some(Active::Scoped(scoped)) => (scoped.op, scoped.guard),
            _ => return,
        };
        op.phase = self.after;
        *self.slot = Some(op);
        // Its scope ends before its own context does.
        drop(scope);
        self.guard = None;
    }
}

/// An invocation of the user's is active until this is dropped.
pub(crate) struct Attached {
    before: Option<Active>,
    _guard: Option<Kept>,
}

/// Makes an invocation the active one, with the scope that was opened in it before.
pub(crate) fn attach(
    invoked: Arc<Invoked>,
    guard: Option<Kept>,
    scope: Option<Arc<ScopeSlot>>,
) -> Attached {
    let inside = Inside {
        invoked,
        scope_at_start: current_slot_id(),
        guard: scope.as_ref().map(enter_scope),
        scope,
    };
    Attached {
        before: swap(Some(Active::Invocation(Box::new(inside)))),
        _guard: guard,
    }
}

impl Attached {
    /// The scope that `set_context` opened inside.
    pub(crate) fn scope(&self) -> Option<Arc<ScopeSlot>> {
        with(|active| match active {
            Active::Invocation(inside) => inside.scope.clone(),
            Active::Operation(_) | Active::Scoped(_) => None,
        })
        .flatten()
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        // Its scope ends before its own context does.
        drop(swap(self.before.take()));
    }
}
