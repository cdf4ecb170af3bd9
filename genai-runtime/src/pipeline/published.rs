//! A value that is replaced as a whole: a new one goes in, the one of now comes out with the generation that it is of.
//!
//! Whoever keeps a copy asks for the generation alone, which takes no lock.

use crate::diag::locks::{read, write};
use crate::diag::sync::RwLock;
use crate::diag::sync::atomic::{AtomicU64, Ordering};

/// The value, and how often it was replaced. Both change under the lock of the value; see [`locks`](crate::diag::locks) for where
/// that cannot be had.
pub(super) struct Published<T> {
    pub(super) generation: AtomicU64,
    pub(super) value: RwLock<Option<T>>,
}

/// The lock stays taken.
pub(super) struct Stuck;

impl<T: Clone> Published<T> {
    /// Changes whenever the value is replaced.
    #[inline]
    pub(super) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The value after its generation, if there is one.
    pub(super) fn get(&self) -> Result<Option<(u64, T)>, Stuck> {
        let value = read(&self.value).ok_or(Stuck)?;
        Ok(value.clone().map(|value| (self.generation(), value)))
    }

    /// The value after its generation; `made` where there was none.
    pub(super) fn get_or_insert(&self, made: T) -> Result<(u64, T), Stuck> {
        let mut value = write(&self.value).ok_or(Stuck)?;
        let value = value.get_or_insert(made).clone();
        Ok((self.generation(), value))
    }

    /// Replaces the value and gives the one before. `first` runs before anybody sees the new one, `last` before it is replaced again.
    pub(super) fn replace(
        &self,
        value: T,
        first: impl FnOnce(),
        last: impl FnOnce(),
    ) -> Result<Option<T>, Stuck> {
        let mut place = write(&self.value).ok_or(Stuck)?;
        first();
        let before = self.put(&mut place, value);
        last();
        Ok(before)
    }

    /// Replaces the value of this generation and gives it; gives `value` back where another one is there meanwhile.
    pub(super) fn replace_of(&self, generation: u64, value: T) -> Result<Option<T>, T> {
        let Some(mut place) = write(&self.value) else {
            return Err(value);
        };
        if self.generation() != generation {
            return Err(value);
        }
        Ok(self.put(&mut place, value))
    }

    fn put(&self, place: &mut Option<T>, value: T) -> Option<T> {
        let before = place.replace(value);
        self.generation.fetch_add(1, Ordering::Release);
        before
    }
}

#[cfg(not(loom))]
#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn a_value_is_replaced_as_a_whole_and_only_that_of_the_generation_that_is_named() {
        let published = Published {
            generation: AtomicU64::new(5),
            value: RwLock::new(None),
        };
        let now = || published.get().ok().flatten();
        assert_eq!(now(), None);
        assert!(matches!(published.get_or_insert("a"), Ok((5, "a"))));
        assert!(matches!(published.get_or_insert("b"), Ok((5, "a"))));
        let order = RefCell::new(Vec::new());
        let notes = |what| {
            let generation = published.generation();
            order.borrow_mut().push((what, generation));
        };
        let before = published.replace("c", || notes("first"), || notes("last"));
        assert!(matches!(before, Ok(Some("a"))));
        assert_eq!(*order.borrow(), [("first", 5), ("last", 6)]);
        assert_eq!(now(), Some((6, "c")));
        assert_eq!(published.replace_of(5, "d"), Err("d"));
        assert_eq!(published.replace_of(6, "e"), Ok(Some("c")));
        assert_eq!(now(), Some((7, "e")));
    }
}
