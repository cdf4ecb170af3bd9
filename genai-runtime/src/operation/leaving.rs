//! An operation whose user's code is dropped unfinished: that code is dropped with its span current, then the operation ends.

use super::finish::Ending;
use super::op::Op;
use super::state::{Code, Dropped};
use crate::context::ambient::Kept;
use crate::context::leaving;

/// The user's code is about to be dropped: unless it is done, it is dropped with its span current.
#[cold]
#[inline(never)]
pub(crate) fn leave(op: &mut Op) {
    // Where there is no place for the context, while a thread is torn down, the code is dropped without its span.
    let is_unfinished = op.state.code() == Some(Code::Waiting);
    if is_unfinished && leaving::enter(|| Some(Kept::new(op.context()))) {
        op.state.go_on(Code::Leaving);
    }
}

/// The user's code has been dropped.
pub(crate) fn left(op: &mut Op) {
    if op.state.code() == Some(Code::Leaving) {
        op.state.go_on(Code::Waiting);
        leaving::leave();
    }
}

impl Drop for Op {
    fn drop(&mut self) {
        if !self.state.is_ended() {
            dropped(self);
        }
    }
}

/// Ends an operation that is dropped unfinished.
#[cold]
fn dropped(op: &mut Op) {
    left(op);
    let ending = match op.state.dropped() {
        None | Some(Dropped::Unnoticed) => return,
        Some(Dropped::InExpression) => Ending::ExpressionPanicked,
        Some(Dropped::Panicked) => Ending::Panicked,
        Some(Dropped::Cancelled) => Ending::Cancelled,
    };
    op.start();
    op.end(ending);
}
