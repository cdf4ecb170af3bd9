//! An operation whose user's code is dropped unfinished: that code is dropped with its span current, then the operation ends.

use std::cell::RefCell;

use super::finish::Ending;
use super::op::Op;
use super::state::{Code, Dropped};
use crate::context::ambient::Kept;

thread_local! {
    /// The contexts of the operations whose code is being dropped. Each is pushed before that code is dropped and popped
    /// when its operation is, so they nest.
    static LEAVING: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

/// The user's code is about to be dropped: unless it is done, it is dropped with its span current.
#[cold]
#[inline(never)]
pub(crate) fn leave(op: &mut Op) {
    if op.state.code() == Some(Code::Waiting) {
        let guard = Kept::new(op.context());
        // While a thread is torn down there is no place for the guard; then the code is dropped without its span.
        let kept = LEAVING.try_with(|l| l.try_borrow_mut().map(|mut l| l.push(guard)).is_ok());
        if kept == Ok(true) {
            op.state.go_on(Code::Leaving);
        }
    }
}

/// The user's code has been dropped.
pub(crate) fn left(op: &mut Op) {
    if op.state.code() == Some(Code::Leaving) {
        op.state.go_on(Code::Waiting);
        let guard = LEAVING.try_with(|l| l.try_borrow_mut().ok().and_then(|mut l| l.pop()));
        drop(guard);
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
