//! The bound on label sets: attributes go in, "known or new and within the bound" or "overflow" comes out.
//!
//! Only hashes are kept, so the memory is the bound times eight bytes, whatever the labels are.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::RwLock;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry::{KeyValue, Value};

use crate::diag::locks::{read, write};

/// The label sets of one instrument.
pub(super) struct Labels {
    bound: usize,
    /// Seeded, so that no input can be made to collide.
    state: RandomState,
    seen: RwLock<HashSet<u64>>,
    overflowed: AtomicU64,
}

impl Labels {
    pub(super) fn new(bound: usize) -> Self {
        Self {
            bound,
            state: RandomState::new(),
            seen: RwLock::new(HashSet::new()),
            overflowed: AtomicU64::new(0),
        }
    }

    pub(super) fn overflowed(&self) -> u64 {
        self.overflowed.load(Ordering::Relaxed)
    }

    /// Whether the label set is within the bound. The first time one is not, the second value is true.
    pub(super) fn admit(&self, attributes: &[KeyValue]) -> (bool, bool) {
        let set = self.hash(attributes);
        if read(&self.seen).is_some_and(|seen| seen.contains(&set)) {
            return (true, false);
        }
        if let Some(mut seen) = write(&self.seen) {
            if seen.len() < self.bound {
                seen.insert(set);
                return (true, false);
            }
            if seen.contains(&set) {
                return (true, false);
            }
        }
        (false, self.overflowed.fetch_add(1, Ordering::Relaxed) == 0)
    }

    /// The same for the same attributes in any order.
    fn hash(&self, attributes: &[KeyValue]) -> u64 {
        attributes
            .iter()
            .map(|a| match &a.value {
                Value::Bool(v) => self.state.hash_one((a.key.as_str(), 0_u8, *v)),
                Value::I64(v) => self.state.hash_one((a.key.as_str(), 1_u8, *v)),
                Value::F64(v) => self.state.hash_one((a.key.as_str(), 2_u8, v.to_bits())),
                Value::String(v) => self.state.hash_one((a.key.as_str(), 3_u8, v.as_str())),
                // Lists were left out before.
                _ => 0,
            })
            .fold(0, u64::wrapping_add)
    }
}
