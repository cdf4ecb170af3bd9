//! The operation that runs on this thread now: what `genai::current()` reaches, what nesting and `set_context` ask.
//!
//! While a body is polled its operation is moved here, next to the attached OpenTelemetry context, and back into its slot
//! afterwards. So nothing is shared, nothing is locked, and another task never sees it.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::Context;

use super::inherited::Inherited;
use super::op::{Op, Slot};
use super::state::Code;
use crate::context::ambient::{self, Kept};
use crate::context::{GenAiContext, ScopeSlot, current_slot_id, with_slot};
use crate::semconv::kind::Kind;

/// An invocation, as what runs inside it sees it.
pub(crate) struct Invoked {
    pub(crate) kind: Kind,
    pub(crate) inherited: Mutex<Inherited>,
}

/// What runs. A tag and a pointer, so that it moves in registers.
pub(crate) enum Active {
    /// An annotated body's operation.
    Operation(Box<Op>),
    /// The same with a scope that was opened in it since it was entered.
    Scoped(Box<Scoped>),
    /// An invocation in the hands of the user, and what it inherits from nested ones.
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

/// What a thread runs.
struct Running {
    active: Cell<Option<Active>>,
    /// Whether the thread has a current context: OpenTelemetry's own thread-local is used before this one is made, so it is
    /// there as long as this one.
    has_context: bool,
}

thread_local! {
    static RUNNING: Running = Running {
        active: Cell::new(None),
        has_context: ambient::is_alive(),
    };
}

/// Looks at what runs; nothing does while `f` is at it.
fn with<T>(f: impl FnOnce(&mut Active) -> T) -> Option<T> {
    RUNNING
        .try_with(|thread| {
            let mut running = thread.active.take()?;
            let value = f(&mut running);
            thread.active.set(Some(running));
            Some(value)
        })
        .ok()
        .flatten()
}

/// Makes `active` what runs, and gives what did. Only while the thread is torn down nothing can: then `active` is given back.
#[inline]
fn swap(mut active: Option<Active>) -> Option<Active> {
    let before = RUNNING.try_with(|thread| thread.active.replace(active.take()));
    before.unwrap_or(active)
}

/// Whether an operation of this kind, started now, is the same call as the one that runs, seen twice.
#[inline]
pub(super) fn is_same_call(kind: Kind) -> bool {
    kind.is_suppressed_in_itself() && innermost() == Some(kind)
}

/// The kind of the innermost operation.
fn innermost() -> Option<Kind> {
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
            op.labels_dirty = true;
            f(op);
        }
    });
}

/// Leaves what a nested operation of the same call knows to the innermost one.
pub(super) fn leave_to_outer(inherited: Inherited) {
    with(|active| match active {
        Active::Operation(op) => op.inherit(inherited),
        Active::Scoped(scoped) => scoped.op.inherit(inherited),
        Active::Invocation(inside) => inside
            .invoked
            .inherited
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(inherited),
    });
}

fn enter_scope(slot: &Arc<ScopeSlot>) -> Kept {
    Kept::new(&with_scope(slot))
}

fn with_scope(slot: &Arc<ScopeSlot>) -> Context {
    ambient::seat(ambient::map_current(|cx| with_slot(cx, slot)))
}

/// Opens a scope with this context for the rest of the running body, so that it goes wherever the OpenTelemetry context goes;
/// gives it back where another scope is the innermost one.
pub(crate) fn set_inside(context: GenAiContext) -> Option<GenAiContext> {
    let mut context = Some(context);
    let Some(mut active) = swap(None) else {
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
                op.cx = ambient::reseat(with_slot(&op.cx, &slot));
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
    swap(Some(active));
    context
}

/// An operation is active, its context attached, until this is dropped. Unless it was [left](Self::left) before, that is by a
/// panic.
///
/// Constructed in place; one RAII guard, whose fields have no destructors of their own. See docs/performance.md, "Store
/// forwarding".
pub(crate) struct Entered<'a> {
    slot: &'a mut Slot,
    before: ManuallyDrop<Option<Active>>,
    guard: ManuallyDrop<Option<ambient::Guard>>,
    after: Code,
}

/// Makes the operation in `slot` the active one; nothing happens where there is none.
#[inline(never)]
pub(crate) fn enter(slot: &mut Slot) -> Option<Entered<'_>> {
    let mut op = slot.take()?;
    op.state.go_on(Code::Running);
    let guard = if op.state.is_same_call() {
        attach_scope_inside(&op)
    } else {
        let has_context = RUNNING.try_with(|thread| thread.has_context);
        (has_context == Ok(true)).then(|| ambient::attach_here(&op.cx))
    };
    let before = swap(Some(Active::Operation(op)));
    Some(Entered {
        slot,
        before: ManuallyDrop::new(before),
        guard: ManuallyDrop::new(guard),
        after: Code::Running,
    })
}

/// What is not its own call's has no context of its own, but may have opened a scope.
#[cold]
fn attach_scope_inside(op: &Op) -> Option<ambient::Guard> {
    let slot = op.rare.as_deref()?.scope_inside.as_ref()?;
    ambient::attach_kept(&with_scope(slot))
}

impl Entered<'_> {
    /// The user's code returned, and whether it is done.
    #[inline]
    pub(crate) fn left(&mut self, is_done: bool) {
        self.after = if is_done {
            Code::Complete
        } else {
            Code::Waiting
        };
    }
}

impl Drop for Entered<'_> {
    #[inline(never)]
    fn drop(&mut self) {
        restore(self.slot, self.before.take(), self.after);
        *self.guard = None;
    }
}

/// Makes `before` what runs again, and puts the operation that ran until now back into its slot.
#[inline]
fn restore(slot: &mut Slot, before: Option<Active>, after: Code) {
    match swap(before) {
        Some(Active::Operation(op)) => put_back(slot, op, after),
        other => end_scope(slot, other, after),
    }
}

#[inline]
fn put_back(slot: &mut Slot, mut op: Box<Op>, after: Code) {
    op.state.go_on(after);
    *slot = Some(op);
}

#[cold]
fn end_scope(slot: &mut Slot, active: Option<Active>, after: Code) {
    if let Some(Active::Scoped(scoped)) = active {
        let Scoped { op, guard } = *scoped;
        put_back(slot, op, after);
        // Before the operation's own context ends.
        drop(guard);
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
