//! Around the body of a function that is not `async`.

use super::{Phase, set_phase};
use crate::op::Slot;
use crate::op::active::enter;

/// Calls `body` with the operation of `slot`, if any, current.
///
/// Taking `FnOnce` here is what lets a body return a borrow of a captured `&mut`: a closure that is called on the spot would be
/// inferred `FnMut`, which may not.
#[inline]
pub fn once<T>(slot: &mut Slot, body: impl FnOnce() -> T) -> T {
    if slot.is_none() {
        return body();
    }
    set_phase(slot, Phase::Running);
    let entered = enter(slot);
    let out = body();
    drop(entered);
    set_phase(slot, Phase::Complete);
    out
}
