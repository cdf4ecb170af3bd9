//! One ended operation per thread waits here to be the next: its memory and its configuration are there already, and neither
//! an allocator nor a reference count is asked.

use std::cell::Cell;

use super::op::Op;

/// One whose list of attributes grew larger is not kept.
const LARGEST: usize = 64;

thread_local! {
    static SPARE: Cell<Option<Box<Op>>> = const { Cell::new(None) };
}

/// The spare operation.
#[inline]
pub(super) fn take() -> Option<Box<Op>> {
    SPARE.try_with(Cell::take).ok().flatten()
}

/// Keeps an ended operation of the process default's.
#[inline]
pub(super) fn give(mut op: Box<Op>) {
    if op.generation != 0 && op.state.is_ended() && op.attributes.capacity() <= LARGEST {
        op.clear();
        // While a thread is torn down it is freed with the closure.
        let _ = SPARE.try_with(move |spare| spare.set(Some(op)));
    }
}
