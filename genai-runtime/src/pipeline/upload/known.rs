//! Which hashed objects the store has already: a set of the 1,024 used last.
//!
//! In go hashes of objects that were stored; out comes whether one of them was.

use std::collections::{BTreeMap, HashMap};

use super::names::Hash;

/// What a hashed object holds; two kinds may have one hash, but not one name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    System,
    Tools,
}

/// A hashed object's identity.
pub(super) type Hashed = (Kind, Hash);

/// The objects known to be stored, the one used least lately forgotten first.
pub(super) struct Known {
    limit: usize,
    clock: u64,
    used: HashMap<Hashed, u64>,
    order: BTreeMap<u64, Hashed>,
}

impl Known {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            clock: 0,
            used: HashMap::new(),
            order: BTreeMap::new(),
        }
    }

    /// Whether `object` is known; if so it is now the one used last.
    pub(super) fn touch(&mut self, object: &Hashed) -> bool {
        let Some(used) = self.used.get_mut(object) else {
            return false;
        };
        self.clock += 1;
        self.order.remove(used);
        *used = self.clock;
        self.order.insert(self.clock, *object);
        true
    }

    /// Remembers `object`.
    pub(super) fn insert(&mut self, object: Hashed) {
        if self.touch(&object) {
            return;
        }
        if self.used.len() >= self.limit {
            if let Some((_, oldest)) = self.order.pop_first() {
                self.used.remove(&oldest);
            }
        }
        self.clock += 1;
        self.used.insert(object, self.clock);
        self.order.insert(self.clock, object);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(n: u32) -> Hashed {
        let mut hash = Hash::default();
        hash[..4].copy_from_slice(&n.to_be_bytes());
        (Kind::Tools, hash)
    }

    #[test]
    fn forgets_the_one_used_least_lately() {
        let mut known = Known::new(3);
        for n in 0..3 {
            known.insert(object(n));
        }
        assert!(known.touch(&object(0)));
        known.insert(object(3));
        assert!(!known.touch(&object(1)));
        assert!([0, 2, 3].into_iter().all(|n| known.touch(&object(n))));
        assert!(!known.touch(&(Kind::System, object(0).1)));
    }

    #[test]
    fn stays_within_its_limit() {
        let mut known = Known::new(1024);
        for n in 0..10_000 {
            known.insert(object(n % 3000));
        }
        assert_eq!((known.used.len(), known.order.len()), (1024, 1024));
    }
}
