//! Calls of code that is not ours: a closure goes in, what it returns comes out, or nothing if it panicked.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `code`; `None` if it panics. The payload is never read.
#[inline]
pub(crate) fn guard<R>(code: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(code)) {
        Ok(value) => Some(value),
        Err(payload) => {
            discard(payload);
            None
        }
    }
}

/// A payload may panic when it is dropped; what that panics with is leaked, for there is no end to it.
#[cold]
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(again);
    }
}

#[cfg(test)]
mod tests {
    use super::guard;

    #[test]
    fn payloads_that_panic_do_not_get_out() {
        struct Again;
        impl Drop for Again {
            fn drop(&mut self) {
                std::panic::panic_any(1);
            }
        }
        assert_eq!(guard(|| -> u8 { std::panic::panic_any(Again) }), None);
        assert_eq!(guard(|| 2), Some(2));
    }
}
