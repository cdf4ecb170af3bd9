//! One ended operation per thread waits here to be the next: its memory and its configuration are there already, and neither
//! an allocator nor a reference count is asked.

use std::cell::Cell;

use super::op::Op;
use crate::diag::retired::{dropped, retire};

/// One whose list of attributes grew larger is not kept.
const LARGEST: usize = 64;

thread_local! {
    static SPARE: Spare = const { Spare(Cell::new(None)) };
}

/// It may be the last owner of a configuration, whose destructors are others' code.
struct Spare(Cell<Option<Box<Op>>>);

impl Drop for Spare {
    fn drop(&mut self) {
        if let Some(op) = self.0.take() {
            retire(op);
        }
    }
}

/// The spare operation.
#[inline]
pub(super) fn take() -> Option<Box<Op>> {
    SPARE.try_with(|spare| spare.0.take()).ok().flatten()
}

/// Keeps an ended operation of the process default's.
#[inline]
pub(super) fn give(mut op: Box<Op>) {
    if op.generation != 0 && op.state.is_ended() && op.attributes.capacity() <= LARGEST {
        op.clear();
        let mut op = Some(op);
        match SPARE.try_with(|spare| spare.0.replace(op.take())) {
            Ok(None) => {}
            Ok(before) => dropped(before),
            // The thread is being torn down.
            Err(_) => retire(op),
        }
    }
}
