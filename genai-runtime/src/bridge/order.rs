//! Which of two contexts is the one that somebody attached last: the seats of the contexts that this library attached go in, in the
//! order they are entered and left; out comes the innermost one.
//!
//! A seat is a number for a context of this version of OpenTelemetry together with those of older versions that belong to it.
//! Whoever finds another seat than the innermost one in a current context knows that others attached it.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};

thread_local! {
    static ENTERED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// The seat of a context that has none.
pub(crate) const NONE: u64 = 0;

/// A new seat.
pub(crate) fn seat() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(NONE + 1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The innermost seat of this thread; `None` on one that is torn down.
pub(crate) fn innermost() -> Option<u64> {
    let innermost = ENTERED.try_with(|all| all.try_borrow().ok()?.last().copied());
    innermost.ok().map(|seat| seat.unwrap_or(NONE))
}

/// A seat is entered until this is dropped, in whatever order.
#[derive(Debug)]
pub(crate) struct Entered(u64);

impl Entered {
    pub(crate) fn new(seat: u64) -> Self {
        if seat != NONE {
            change(|all| all.push(seat));
        }
        Self(seat)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if self.0 != NONE {
            change(|all| {
                // Mostly the last one.
                if let Some(at) = all.iter().rposition(|seat| *seat == self.0) {
                    all.remove(at);
                }
            });
        }
    }
}

thread_local! {
    static STARTS: Cell<bool> = const { Cell::new(false) };
}

/// Whether a span is being started whose context gets a seat right afterwards.
#[allow(dead_code, reason = "for the versions that are on")]
pub(crate) fn starts() -> bool {
    STARTS.try_with(Cell::get).unwrap_or(false)
}

/// A span is being started until this is dropped.
#[derive(Debug)]
pub(crate) struct Starting(());

impl Starting {
    pub(crate) fn new() -> Self {
        let _ = STARTS.try_with(|starts| starts.set(true));
        Self(())
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        let _ = STARTS.try_with(|starts| starts.set(false));
    }
}

fn change(f: impl FnOnce(&mut Vec<u64>)) {
    let _ = ENTERED.try_with(|all| {
        if let Ok(mut all) = all.try_borrow_mut() {
            f(&mut all);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_is_the_last_one_that_is_not_left_whatever_the_order() {
        assert_eq!(innermost(), Some(NONE));
        let (one, two) = (seat(), seat());
        assert_ne!(one, two);
        let outer = Entered::new(one);
        let none = Entered::new(NONE);
        let inner = Entered::new(two);
        let again = Entered::new(one);
        assert_eq!(innermost(), Some(one));
        drop(again);
        assert_eq!(innermost(), Some(two));
        drop(outer);
        assert_eq!(innermost(), Some(two));
        drop((none, inner));
        assert_eq!(innermost(), Some(NONE));
    }
}
