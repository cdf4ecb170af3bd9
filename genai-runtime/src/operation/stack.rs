//! The stack of what runs on this thread: operations and invocations go on top and come off wherever they stand.
//!
//! It mirrors OpenTelemetry's own stack of contexts: what is removed leaves a hole until everything above it is gone, and nothing is
//! restored that somebody else removed.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use opentelemetry::Context;

use super::invoked::Invoked;
use super::op::{Op, Slot};
use crate::context::ambient;
use crate::context::open::{Lasts, Scope, operation_on_top};

/// What runs. A tag and a pointer, so that it moves in registers.
pub(super) enum Active {
    /// An annotated body's operation.
    Operation(Box<Op>),
    /// An invocation in the hands of the user.
    Invocation(Box<Attachment>),
    /// Somebody looks at it: meanwhile nothing runs.
    Busy,
}

/// An invocation, and the entry of the context that is current in it.
pub(super) struct Attachment {
    pub(super) invoked: Arc<Invoked>,
    pub(super) cx: Context,
    /// Whether that is its own, so that the span there is its.
    pub(super) is_own: bool,
    pub(super) lasts: Lasts,
}

pub(super) struct Frame {
    pub(super) active: Active,
    /// The scope that was opened by a set in it.
    pub(super) scope: Option<Box<Scope>>,
    /// The number of its entry.
    pub(super) entry: u32,
}

impl Frame {
    /// Whether it is there: a guard of an invocation that has ended has no effect, be it leaked or just not dropped yet.
    pub(super) fn is_there(&self) -> bool {
        match &self.active {
            Active::Operation(_) | Active::Busy => true,
            Active::Invocation(attachment) => !attachment.invoked.has_ended(),
        }
    }

    /// Whether it counts as running for what starts inside.
    pub(super) fn is_live(&self) -> bool {
        match &self.active {
            Active::Operation(op) => op.state.is_started(),
            _ => self.is_there(),
        }
    }
}

pub(super) type Frames = Vec<Option<Frame>>;

/// What a thread runs.
pub(super) struct Running {
    frames: RefCell<Frames>,
    entries: Cell<u32>,
    /// Whether the thread has a current context: OpenTelemetry's own thread-local is used before this one is made, so it is
    /// there as long as this one.
    pub(super) has_context: bool,
}

thread_local! {
    pub(super) static RUNNING: Running = Running {
        frames: const { RefCell::new(Vec::new()) },
        entries: const { Cell::new(0) },
        has_context: ambient::is_alive(),
    };
}

/// What is left on top, without the holes below what was removed, is the innermost operation from now on.
#[inline(always)]
fn settle(frames: &mut Frames) {
    while let Some(None) = frames.last() {
        frames.pop();
    }
    let on_top = frames.last().and_then(Option::as_ref);
    operation_on_top(on_top.map_or(0, |frame| frame.entry));
}

#[cold]
#[inline(never)]
fn make_room(frames: &mut Frames) {
    frames.reserve(8);
}

/// The frames of this thread.
pub(super) fn with_frames<T>(f: impl FnOnce(&mut Frames) -> T) -> Option<T> {
    let done = RUNNING.try_with(|running| Some(f(&mut *running.frames.try_borrow_mut().ok()?)));
    done.ok().flatten()
}

impl Running {
    /// Puts an operation on top; gives its position, or it back to its slot if there is no place.
    #[inline(always)]
    pub(super) fn push_operation(&self, op: Box<Op>, slot: &mut Slot) -> Option<usize> {
        match self.push(Active::Operation(op)) {
            Ok(position) => Some(position),
            Err(Active::Operation(op)) => {
                *slot = Some(op);
                None
            }
            Err(_) => None,
        }
    }

    /// Removes an operation from the top: nearly always that is where it still stands, and no scope was opened in it.
    #[inline(always)]
    pub(super) fn pop_operation(&self, position: usize) -> Option<Box<Op>> {
        let mut frames = self.frames.try_borrow_mut().ok()?;
        let is_plain = position + 1 == frames.len()
            && matches!(
                frames.last(),
                Some(Some(Frame {
                    active: Active::Operation(_),
                    scope: None,
                    ..
                }))
            );
        if !is_plain {
            return None;
        }
        let op = match frames.pop() {
            Some(Some(Frame {
                active: Active::Operation(op),
                ..
            })) => op,
            _ => return None,
        };
        settle(&mut frames);
        Some(op)
    }

    /// Puts what runs on top; gives its position, or it back if there is no place.
    #[inline(always)]
    pub(super) fn push(&self, active: Active) -> Result<usize, Active> {
        let Ok(mut frames) = self.frames.try_borrow_mut() else {
            return Err(active);
        };
        let entry = self.entries.get().wrapping_add(1).max(1);
        self.entries.set(entry);
        let position = frames.len();
        // The room is looked at before the frame is made, so that it is constructed in place: docs/performance.md, "Store forwarding".
        if position == frames.capacity() {
            make_room(&mut frames);
        }
        frames.push(Some(Frame {
            active,
            scope: None,
            entry,
        }));
        operation_on_top(entry);
        Ok(position)
    }

    /// Removes what stands at `position`.
    #[inline(never)]
    pub(super) fn remove(&self, position: usize) -> Option<Frame> {
        let mut frames = self.frames.try_borrow_mut().ok()?;
        let frame = frames.get_mut(position)?.take();
        settle(&mut frames);
        frame
    }
}

/// What was taken to be looked at goes back to its place, also when a look ends in a panic.
struct PutBack {
    position: usize,
    entry: u32,
    active: Active,
}

impl Drop for PutBack {
    fn drop(&mut self) {
        let (entry, active) = (self.entry, &mut self.active);
        let _ = with_frames(|frames| {
            let place = frames.get_mut(self.position).and_then(Option::as_mut);
            if let Some(place) = place.filter(|frame| frame.entry == entry) {
                std::mem::swap(&mut place.active, active);
            }
        });
    }
}

/// Looks at the innermost that `is_it` says; nothing runs while `f` is at it.
pub(super) fn with<T>(
    is_it: impl Fn(&Frame) -> bool,
    f: impl FnOnce(&mut Active) -> T,
) -> Option<T> {
    let mut look = with_frames(|frames| {
        let position = frames
            .iter()
            .rposition(|f| f.as_ref().is_some_and(&is_it))?;
        let frame = frames.get_mut(position)?.as_mut()?;
        Some(PutBack {
            position,
            entry: frame.entry,
            active: std::mem::replace(&mut frame.active, Active::Busy),
        })
    })
    .flatten()?;
    Some(f(&mut look.active))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::open::is_in_operation;
    use crate::semconv::kind::Kind;

    fn push(running: &Running) -> usize {
        let mut slot = None;
        let op = Op::of_kind(Kind::Chat, |t| t);
        let position = running.push_operation(op, &mut slot);
        assert!(slot.is_none());
        position.expect("a place")
    }

    /// Ends what was taken from the stack without a trace.
    fn end(op: Option<Box<Op>>) -> bool {
        op.map(|mut op| op.wait_for_start()).is_some()
    }

    #[test]
    fn an_operation_is_popped_from_the_top_and_removed_from_anywhere() {
        RUNNING.with(|running| {
            assert_eq!([push(running), push(running), push(running)], [0, 1, 2]);
            assert!(is_in_operation());
            assert!(!end(running.pop_operation(0)) && !end(running.pop_operation(1)));
            assert!(end(running.pop_operation(2)));
            // One that is gone leaves a hole until everything above it is gone.
            let removed = running.remove(0).expect("the lowest");
            assert!(matches!(&removed.active, Active::Operation(_)));
            assert!(running.remove(0).is_none() && running.remove(7).is_none());
            assert_eq!(running.frames.borrow().len(), 2);
            assert!(end(running.pop_operation(1)));
            assert!(running.frames.borrow().is_empty() && !is_in_operation());
            if let Active::Operation(op) = removed.active {
                end(Some(op));
            }
        });
    }

    #[test]
    fn what_counts_as_running_has_started() {
        RUNNING.with(|running| {
            let position = push(running);
            let is = |is_it: fn(&Frame) -> bool| with(is_it, |_| ()).is_some();
            assert!(is(Frame::is_there) && !is(Frame::is_live));
            with(Frame::is_there, |active| {
                if let Active::Operation(op) = active {
                    op.start();
                }
            });
            assert!(is(Frame::is_live));
            // While somebody looks at it nothing runs, and it goes back to its place whatever comes of the look.
            let looked = std::panic::catch_unwind(|| {
                with(Frame::is_there, |_| {
                    let is_busy = with(Frame::is_there, |active| matches!(active, Active::Busy));
                    assert_eq!(is_busy, Some(true));
                    std::panic::resume_unwind(Box::new("x"));
                })
            });
            assert!(looked.is_err() && is(|f| matches!(f.active, Active::Operation(_))));
            drop(running.pop_operation(position));
        });
    }
}
