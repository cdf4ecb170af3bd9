//! What a thread that ends still owns of others: it goes in from the destructors of thread-locals, and is dropped on a thread that
//! goes on.
//!
//! A configuration holds providers, hooks and exporters of the application. Whoever owns it last runs their destructors, and one
//! that asks OpenTelemetry for its context while the thread-locals are gone panics there, which ends the process.

use std::any::Any;
use std::sync::Mutex;

use super::call_out::{CallOut, contained};

/// What waits to be dropped.
static RETIRED: Mutex<Vec<Box<dyn Any + Send>>> = Mutex::new(Vec::new());

/// More than this wait only where nothing goes on.
const MOST: usize = 1024;

/// Keeps `value` to be dropped later. Where that cannot be it is leaked.
pub(crate) fn retire(value: impl Any + Send) {
    // Boxed before the lock is taken: an allocator may be another's.
    let value: Box<dyn Any + Send> = Box::new(value);
    match RETIRED.try_lock() {
        Ok(mut retired) if retired.len() < MOST => retired.push(value),
        _ => std::mem::forget(value),
    }
}

/// Drops what has been retired.
pub(crate) fn drop_retired() {
    let retired = match RETIRED.try_lock() {
        Ok(mut retired) => std::mem::take(&mut *retired),
        Err(_) => return,
    };
    for value in retired {
        dropped(value);
    }
}

/// Drops `value`, which may be the last owner of what others made.
pub(crate) fn dropped<T>(value: T) {
    contained(CallOut::Drop, || drop(value));
}
