//! Around the body of a function that is not `async`.

use crate::operation::Slot;
use crate::operation::active::enter;

/// Calls `body` with the operation of `slot`, if any, current.
///
/// Taking `FnOnce` here is what lets a body return a borrow of a captured `&mut`: a closure that is called on the spot would be
/// inferred `FnMut`, which may not.
#[inline]
pub fn once<T>(slot: &mut Slot, body: impl FnOnce() -> T) -> T {
    let mut entered = if slot.is_some() { enter(slot) } else { None };
    let out = body();
    if let Some(entered) = &mut entered {
        entered.left(true);
    }
    out
}
