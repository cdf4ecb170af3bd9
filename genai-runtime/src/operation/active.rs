//! The operations that run on this thread: what `genai::current()` reaches, what nesting and `set_context` ask.
//!
//! While a body is polled its operation is moved onto the [stack](super::stack), next to the attached OpenTelemetry context, and back into
//! its slot afterwards. So nothing is shared, nothing is locked, and another task never sees it.

use std::mem::ManuallyDrop;
use std::sync::Arc;

use opentelemetry::trace::{TraceContextExt as _, TraceId};
use opentelemetry::{Context, StringValue};

use super::inherited::Inherited;
use super::invoked::{Invoked, Outer};
use super::op::{Op, Slot};
use super::stack::{Active, Attachment, Frame, RUNNING, with, with_frames};
use super::state::Code;
use crate::context::ambient::{self, Kept};
use crate::context::open::{Lasts, Scope, is_call_inside, is_in_operation};
use crate::context::{GenAiContext, SpanRef, entry_id, id_of, with_entry};
use crate::semconv::kind::Kind;

/// Whether an operation of this kind, started now, is the same call as the one that runs, seen twice.
#[inline]
pub(super) fn is_same_call(kind: Kind) -> bool {
    is_in_operation() && kind.is_suppressed_in_itself() && innermost_is(kind)
}

/// Whether the innermost operation serves a request of MCP.
#[cfg(feature = "rmcp-3")]
pub(crate) fn serves() -> bool {
    innermost_is(Kind::McpServer)
}

/// Whether the innermost operation is of this kind, and of the trace that is current.
fn innermost_is(kind: Kind) -> bool {
    is_innermost(|op| op.kind == kind, |invoked| invoked.kind == kind)
}

/// Whether the innermost operation is of this kind, executes this tool, and is of the trace that is current.
pub(super) fn innermost_executes(kind: Kind, tool: &str) -> bool {
    is_innermost(
        |op| op.kind == kind && op.first_class.name_subject(kind).as_str() == Some(tool),
        |invoked| {
            let executed = invoked.tool.as_ref().map(StringValue::as_str);
            invoked.kind == kind && executed == Some(tool)
        },
    )
}

/// Whether the innermost operation is the one that is looked for, and of the trace that is current.
fn is_innermost(
    is_operation: impl FnOnce(&Op) -> bool,
    is_invocation: impl FnOnce(&Invoked) -> bool,
) -> bool {
    let innermost = with_frames(|frames| {
        let live = frames
            .iter()
            .rev()
            .flatten()
            .find(|frame| frame.is_live())?;
        match &live.active {
            Active::Operation(op) if is_operation(op) => Some(trace_of(&op.cx)),
            Active::Invocation(attachment) if is_invocation(&attachment.invoked) => {
                Some(attachment.invoked.trace)
            }
            _ => None,
        }
    });
    // What runs in another trace came here from elsewhere, as the tasks of a runtime that is run inside an operation.
    innermost
        .flatten()
        .is_some_and(|trace| trace == TraceId::INVALID || trace == ambient::map_current(trace_of))
}

fn trace_of(cx: &Context) -> TraceId {
    cx.span().span_context().trace_id()
}

/// The operation that one which starts now is the same call as.
pub(super) fn outer() -> Option<Outer> {
    with_frames(|frames| {
        let live = frames
            .iter()
            .rev()
            .flatten()
            .find(|frame| frame.is_live())?;
        match &live.active {
            Active::Operation(op) => Some(Outer::Operation(op.started)),
            Active::Invocation(attachment) => {
                Some(Outer::Invocation(Arc::clone(&attachment.invoked)))
            }
            Active::Busy => None,
        }
    })
    .flatten()
}

/// Leaves what a nested operation knows to the one that it is the same call as, if that still runs.
pub(super) fn leave_to(outer: Outer, inherited: Inherited) {
    match outer {
        Outer::Invocation(invoked) => invoked.inherit(inherited),
        Outer::Operation(started) => {
            let is_it = |frame: &Frame| match &frame.active {
                Active::Operation(op) => op.started == started && op.state.is_started(),
                _ => false,
            };
            with(is_it, |active| {
                if let Active::Operation(op) = active {
                    op.inherit(inherited);
                }
            });
        }
    }
}

/// Runs `f` on the operation of the annotated body that runs here, if one does.
pub(crate) fn with_current(f: impl FnOnce(&mut Op)) {
    with_current_quietly(|op| {
        op.labels_dirty = true;
        f(op);
    });
}

/// Likewise of something that leaves the labels of a stream's times as they are.
pub(crate) fn with_current_quietly(f: impl FnOnce(&mut Op)) {
    with(Frame::is_there, |active| {
        if let Active::Operation(op) = active {
            f(op);
        }
    });
}

/// Takes the operation of the annotated body that runs here away from it, if it has started: it ends where it is taken to.
/// Meanwhile the body runs in no operation, and in its context until it returns or waits.
pub(crate) fn take_current() -> Slot {
    let taken = with(Frame::is_there, |active| match active {
        Active::Operation(op) if op.state.is_started() => {
            match std::mem::replace(active, Active::Busy) {
                Active::Operation(op) => Some(op),
                _ => None,
            }
        }
        _ => None,
    });
    let mut op = taken.flatten()?;
    let has_set = with_frames(|frames| {
        let innermost = frames.iter().rev().flatten().find(|f| f.is_there());
        innermost.is_some_and(|frame| frame.scope.is_some())
    });
    if has_set == Some(true) {
        op.keep_set_inside(GenAiContext::current());
    }
    op.wait();
    Some(op)
}

/// The call that runs here: the span of the innermost operation that has one, with what those of the same call inside it know.
pub(crate) fn span_ref() -> SpanRef {
    let known = with_frames(|frames| {
        let mut known = SpanRef::new();
        for frame in frames.iter().rev().flatten().filter(|f| f.is_there()) {
            match &frame.active {
                // It has no span yet, and what surrounds it is another call.
                Active::Operation(op) if !op.state.is_started() => break,
                Active::Operation(op) => known = known.or(op.span_ref()),
                Active::Invocation(attachment) if attachment.is_own => {
                    let cx = &attachment.cx;
                    let id = id_of(cx);
                    let span = SpanRef::of_operation(cx.span().span_context(), None, id);
                    known = known.or(span);
                }
                Active::Invocation(_) | Active::Busy => {}
            }
            if known.has_span() {
                break;
            }
        }
        known
    });
    known.unwrap_or_default()
}

/// Opens a scope with this context for the rest of the running body, so that it goes wherever the OpenTelemetry context goes;
/// gives it back where another scope is the innermost one.
pub(crate) fn set_inside(context: GenAiContext) -> Option<GenAiContext> {
    let entry = ambient::map_current(entry_id);
    let found = with_frames(|frames| {
        let is_there = |frame: &Option<Frame>| frame.as_ref().is_some_and(Frame::is_there);
        let position = frames.iter().rposition(is_there)?;
        let frame = frames.get(position)?.as_ref()?;
        let (cx, lasts) = match &frame.active {
            Active::Operation(op) => (op.cx.clone(), Lasts::Call),
            Active::Invocation(attachment) => (attachment.cx.clone(), attachment.lasts),
            Active::Busy => return None,
        };
        let is_innermost = frame.scope.is_none()
            && entry_id(&cx) == entry
            && (entry != 0 || !is_call_inside(frame.entry));
        is_innermost.then_some((position, cx, lasts))
    });
    let Some((position, cx, lasts)) = found.flatten() else {
        return Some(context);
    };
    let scope = Box::new(Scope::open_inside(context, &cx, lasts));
    let _ = with_frames(|frames| {
        if let Some(frame) = frames.get_mut(position).and_then(Option::as_mut) {
            frame.scope = Some(scope);
        }
    });
    None
}

/// An operation is active, its context attached, until this is dropped. Unless it was [left](Self::left) before, that is by a
/// panic.
///
/// Constructed in place; one RAII guard, whose fields have no destructors of their own. See docs/performance.md, "Store
/// forwarding".
pub(crate) struct Entered<'a> {
    slot: &'a mut Slot,
    position: usize,
    /// What keeps the context of the operation current: that alone, or a scope.
    guard: ManuallyDrop<Option<ambient::Guard>>,
    scope: ManuallyDrop<Option<Scope>>,
    after: Code,
}

/// What keeps the context of an invocation current.
enum Held {
    Nothing,
    /// As long as a user wants.
    Kept(#[expect(dead_code, reason = "its drop does it")] Kept),
    Scope(Scope),
}

/// Makes the operation in `slot` the active one; nothing happens where there is none.
#[inline(never)]
pub(crate) fn enter(slot: &mut Slot) -> Option<Entered<'_>> {
    let op = slot.as_deref()?;
    let has_scope = op.opens_scope || op.state.is_same_call();
    let scope = if has_scope { own_scope(op) } else { None };
    let pushed = RUNNING.try_with(|running| {
        let mut op = slot.take()?;
        op.run();
        let is_attached = !has_scope && running.has_context;
        let guard = is_attached.then(|| ambient::attach_here(&op.cx));
        Some((running.push_operation(op, slot)?, guard))
    });
    let (position, guard) = pushed.ok().flatten()?;
    Some(Entered {
        slot,
        position,
        guard: ManuallyDrop::new(guard),
        scope: ManuallyDrop::new(scope),
        after: Code::Running,
    })
}

/// Makes the operation in `slot` the active one though it has not started: its function makes the future that it will last as
/// long as.
pub(crate) fn enter_unstarted(slot: &mut Slot) -> Option<Entered<'_>> {
    let entered = RUNNING.try_with(|running| {
        let mut op = slot.take()?;
        op.make_future();
        op.cx = ambient::current();
        running.push_operation(op, slot)
    });
    let position = entered.ok().flatten()?;
    Some(Entered {
        slot,
        position,
        guard: ManuallyDrop::new(None),
        scope: ManuallyDrop::new(None),
        after: Code::Running,
    })
}

/// The scope of what is ambient inside the operation alone. What is not its own call has no context but what is current.
#[cold]
fn own_scope(op: &Op) -> Option<Scope> {
    let set = op.rare.as_deref().and_then(|r| r.set_inside.clone());
    let cx = match set.filter(|_| op.state.is_same_call()) {
        Some(set) => ambient::seat(ambient::map_current(|cx| with_entry(cx, set))),
        None if op.opens_scope => op.cx.clone(),
        None => return None,
    };
    Some(Scope::open(cx, Lasts::Call))
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
        let popped = RUNNING.try_with(|running| running.pop_operation(self.position));
        let Ok(Some(mut op)) = popped else {
            return self.remove();
        };
        op.state.go_on(self.after);
        *self.slot = Some(op);
        self.let_go();
    }
}

impl Entered<'_> {
    /// The context of the operation is no longer current.
    #[inline]
    fn let_go(&mut self) {
        if let Some(guard) = self.guard.take() {
            drop(guard);
        }
        if let Some(scope) = self.scope.take() {
            drop(scope);
        }
    }

    /// Takes the operation from where it stands, be it below others, taken away, or with a scope that was opened in it.
    #[cold]
    fn remove(&mut self) {
        let frame = RUNNING.try_with(|running| running.remove(self.position));
        let Ok(Some(Frame { active, scope, .. })) = frame else {
            return self.let_go();
        };
        let Active::Operation(mut op) = active else {
            // It was taken away; a scope that was opened in it ends before its context.
            drop(scope);
            return self.let_go();
        };
        op.state.go_on(self.after);
        // A scope that was opened in it ends before its own context; what was set in it is for the polls that follow.
        let set = scope.and_then(|scope| scope.close());
        let op = self.slot.insert(op);
        drop(self.guard.take());
        drop(self.scope.take());
        if let Some(context) = set {
            op.keep_set_inside(context);
        }
    }
}

/// An invocation of the user's is active until this is dropped.
pub(crate) struct Attached {
    position: Option<usize>,
    held: Held,
}

/// The context of what runs inside: the operation's, if it has one, with what was set.
pub(crate) fn context_inside(cx: Option<&Context>, set: Option<GenAiContext>) -> Option<Context> {
    match (cx, set) {
        (cx, None) => cx.cloned(),
        (Some(cx), Some(set)) => Some(ambient::reseat(with_entry(cx, set))),
        (None, Some(set)) => Some(ambient::seat(ambient::map_current(|cx| {
            with_entry(cx, set)
        }))),
    }
}

/// Makes an invocation the active one in `cx`, with what was set in it before.
pub(crate) fn attach(
    invoked: Arc<Invoked>,
    cx: Option<&Context>,
    set: Option<GenAiContext>,
    lasts: Lasts,
) -> Attached {
    let (is_own, has_scope) = (cx.is_some(), set.is_some() || invoked.opens_scope);
    let held = match context_inside(cx, set) {
        None => Held::Nothing,
        Some(cx) if has_scope => Held::Scope(Scope::open(cx, lasts)),
        Some(cx) => Held::Kept(Kept::new(&cx)),
    };
    let cx = ambient::current();
    let attachment = Active::Invocation(Box::new(Attachment {
        invoked,
        cx,
        is_own,
        lasts,
    }));
    let pushed = RUNNING.try_with(|running| running.push(attachment));
    Attached {
        position: pushed.ok().and_then(Result::ok),
        held,
    }
}

impl Attached {
    /// Ends it; gives what was set inside.
    pub(crate) fn end(mut self) -> Option<GenAiContext> {
        self.detach()
    }

    fn detach(&mut self) -> Option<GenAiContext> {
        let position = self.position.take();
        let frame = position.and_then(|at| RUNNING.try_with(|running| running.remove(at)).ok());
        // Its scope ends before its own context does.
        let scope = frame.flatten().and_then(|frame| frame.scope);
        let set = scope.and_then(|scope| scope.close());
        let own = std::mem::replace(&mut self.held, Held::Nothing);
        match own {
            Held::Scope(scope) => scope.close().filter(|_| set.is_none()).or(set),
            _ => set,
        }
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.detach();
    }
}
