//! What several threads use at once is made of these types: those of the standard library go in, or loom's in the models that
//! `tests/scripts/models.sh` runs, and the same code comes out.
//!
//! loom runs a test once for every order in which its threads can be at the locks, atomics and condition variables, and with
//! every value that a load may see. So what a model is about takes them from here; nothing else changes.

#[cfg(all(feature = "upload", not(all(test, loom))))]
pub(crate) use std::sync::Condvar;
#[cfg(not(all(test, loom)))]
pub(crate) use std::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic};

#[cfg(all(feature = "upload", test, loom))]
pub(crate) use loom::sync::Condvar;
#[cfg(all(test, loom))]
pub(crate) use loom::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic};

/// Statics that are shared. loom's types are made at run time, and anew for each order.
#[cfg(not(all(test, loom)))]
macro_rules! shared_statics {
    ($($(#[$meta:meta])* static $name:ident: $type:ty = $value:expr;)*) => {
        $($(#[$meta])* static $name: $type = $value;)*
    };
}

#[cfg(all(test, loom))]
macro_rules! shared_statics {
    ($($(#[$meta:meta])* static $name:ident: $type:ty = $value:expr;)*) => {
        loom::lazy_static! { $($(#[$meta])* static ref $name: $type = $value;)* }
    };
}

pub(crate) use shared_statics;

/// Runs `model` in every order and prints how many there were.
#[cfg(all(test, loom))]
pub(crate) fn every_order(name: &str, model: impl Fn() + Send + Sync + 'static) {
    explore(name, None, model);
}

/// As [`every_order`], for models that have too many: those in which a thread is interrupted at most `most` times in all, beside
/// where it waits.
#[cfg(all(test, loom))]
pub(crate) fn orders_within(most: usize, name: &str, model: impl Fn() + Send + Sync + 'static) {
    explore(name, Some(most), model);
}

#[cfg(all(test, loom))]
fn explore(name: &str, most: Option<usize>, model: impl Fn() + Send + Sync + 'static) {
    use std::io::Write as _;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    let orders = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&orders);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = most;
    builder.check(move || {
        count.fetch_add(1, Ordering::Relaxed);
        model();
    });
    let orders = orders.load(Ordering::Relaxed);
    let within = most.map_or(String::new(), |most| {
        format!(", interrupted at most {most} times")
    });
    // Past the capture of tests.
    let _ = writeln!(std::io::stderr(), "{name}: {orders} orders{within}");
    assert!(orders > 1, "{name}: nothing is shared");
}
