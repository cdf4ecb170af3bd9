//! Locks on the way of a call: a lock goes in, its guard comes out, or nothing where it stays taken.
//!
//! All of them are held for the time of an assignment. So a lock that is still taken after a few milliseconds is one that another
//! thread held when the process was forked: in the child that thread does not exist, and nobody will ever give the lock back.
//! Whoever asks goes on without what the lock protects.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{self, OnceLock, TryLockError};
use std::time::{Duration, Instant};

use super::sync::{Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// How long a lock is tried.
const PATIENCE: Duration = Duration::from_millis(5);

/// Whether the last lock that was tried for so long stayed taken; the next one is not tried for long.
static IN_VAIN: AtomicBool = AtomicBool::new(false);

pub(crate) fn lock<T>(lock: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    taken(|| lock.try_lock(), || lock.lock().ok())
}

pub(crate) fn read<T>(lock: &RwLock<T>) -> Option<RwLockReadGuard<'_, T>> {
    taken(|| lock.try_read(), || lock.read().ok())
}

pub(crate) fn write<T>(lock: &RwLock<T>) -> Option<RwLockWriteGuard<'_, T>> {
    taken(|| lock.try_write(), || lock.write().ok())
}

/// What `attempt` gives, or `wait` in models. A panic while it was held left nothing half done: nothing in between panics.
#[inline]
fn taken<G>(
    attempt: impl Fn() -> Result<G, TryLockError<G>>,
    wait: impl Fn() -> Option<G>,
) -> Option<G> {
    // In a model nothing is forked, and it finds by itself where a lock stays taken.
    if cfg!(all(test, loom)) {
        return wait();
    }
    match attempt() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => tried_again(attempt),
    }
}

#[cold]
fn tried_again<G>(attempt: impl Fn() -> Result<G, TryLockError<G>>) -> Option<G> {
    let began = Instant::now();
    let mut tries = 0_u32;
    loop {
        match attempt() {
            Ok(guard) => {
                IN_VAIN.store(false, Ordering::Relaxed);
                return Some(guard);
            }
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => {}
        }
        tries = tries.saturating_add(1);
        if tries < 100 {
            std::hint::spin_loop();
        } else if IN_VAIN.load(Ordering::Relaxed) || began.elapsed() > PATIENCE {
            IN_VAIN.store(true, Ordering::Relaxed);
            return None;
        } else {
            // Whoever holds it may have to be given the processor.
            std::thread::yield_now();
        }
    }
}

/// A value that the first who asks makes. Unlike with a cell alone nobody waits for a thread that was making it when the process was
/// forked.
pub(crate) struct Made<T> {
    value: OnceLock<T>,
    /// Held while the value is put in, so that the cell itself never waits.
    putting: sync::Mutex<()>,
}

impl<T> Made<T> {
    pub(crate) const fn new() -> Self {
        Self {
            value: OnceLock::new(),
            putting: sync::Mutex::new(()),
        }
    }

    /// The value, which `make` makes if there is none; nothing where the lock stays taken.
    /// Of what several threads make at once one is kept.
    #[inline]
    pub(crate) fn get_or_make(&self, make: impl FnOnce() -> T) -> Option<&T> {
        match self.value.get() {
            Some(value) => Some(value),
            None => self.put(make()),
        }
    }

    #[cold]
    fn put(&self, made: T) -> Option<&T> {
        let _putting = taken(|| self.putting.try_lock(), || self.putting.lock().ok())?;
        Some(self.value.get_or_init(|| made))
    }
}

#[cfg(not(loom))]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_once_and_waited_for_by_nobody() {
        let made = Made::new();
        let forked = made.putting.lock().unwrap();
        assert_eq!(made.get_or_make(|| 1), None);
        drop(forked);
        // What is being made is not waited for.
        let inner = |made: &Made<i32>| made.get_or_make(|| 2).copied();
        assert_eq!(
            made.get_or_make(|| inner(&made).map_or(0, |n| n + 1)),
            Some(&2)
        );
        assert_eq!(made.get_or_make(|| 3), Some(&2));
    }

    #[test]
    fn a_lock_that_stays_taken_is_given_up_and_others_are_not() {
        let (stuck, rw) = (Mutex::new(1), RwLock::new(1));
        let held = stuck.lock().unwrap();
        let held_rw = rw.write().unwrap();
        let began = Instant::now();
        for _ in 0..100 {
            assert!(lock(&stuck).is_none());
            assert!(read(&rw).is_none());
            assert!(write(&rw).is_none());
        }
        assert!(began.elapsed() < Duration::from_secs(2));
        drop((held, held_rw));
        assert_eq!(lock(&stuck).map(|n| *n), Some(1));
        assert_eq!(read(&rw).map(|n| *n), Some(1));
        assert_eq!(write(&rw).map(|n| *n), Some(1));
    }

    #[test]
    fn many_threads_get_their_turn() {
        let count = Mutex::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        // The other test may have shortened the patience of the process.
                        while lock(&count).map(|mut count| *count += 1).is_none() {}
                    }
                });
            }
        });
        assert_eq!(*count.lock().unwrap(), 4000);
    }
}
