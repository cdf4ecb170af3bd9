//! Dropping what is unfinished in its own context: two fields around it, of which the first enters when it is dropped, and the
//! second leaves.
//!
//! The order of the fields does the work of a `Drop` of the whole, which could not drop a pinned field early.

use std::cell::RefCell;

use super::ambient::Kept;
use super::place::Place;

thread_local! {
    /// The contexts in which something is being dropped. Each is pushed before that is dropped and popped after, so they nest.
    static LEAVING: RefCell<Vec<Option<Kept>>> = const { RefCell::new(Vec::new()) };
}

/// Attaches what `context` gives until [`leave`]; whether there is a place for that. There is none while a thread is torn down.
pub(crate) fn enter(context: impl FnOnce() -> Option<Kept>) -> bool {
    let kept = context();
    let entered = LEAVING.try_with(|stack| {
        stack
            .try_borrow_mut()
            .map(|mut stack| stack.push(kept))
            .is_ok()
    });
    entered == Ok(true)
}

/// Detaches what [`enter`] attached last.
pub(crate) fn leave() {
    let kept = LEAVING.try_with(|stack| stack.try_borrow_mut().ok().and_then(|mut s| s.pop()));
    drop(kept);
}

/// The first field: the place that the next one is dropped in.
pub(crate) struct Entering(pub(crate) Place);

impl Drop for Entering {
    fn drop(&mut self) {
        enter(|| Some(Kept::new(&self.0.merged())));
    }
}

/// The last field.
pub(crate) struct Leaving;

impl Drop for Leaving {
    fn drop(&mut self) {
        leave();
    }
}
