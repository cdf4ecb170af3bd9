//! The bound on label sets: attributes go in, "known or new and within the bound" or "overflow" comes out.
//!
//! Only hashes are kept, so the memory is the bound times eight bytes, whatever the labels are.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use opentelemetry::{KeyValue, Value};

use crate::diag::locks::{read, write};
use crate::diag::sync::RwLock;
use crate::diag::sync::atomic::{AtomicU64, Ordering};

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

#[cfg(not(loom))]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_every_type_make_sets_of_their_own_within_the_bound() {
        let pairs = [
            (Value::from("a"), Value::from("b")),
            (Value::from(true), Value::from(false)),
            (Value::from(1), Value::from(2)),
            (Value::from(0.0), Value::from(-0.0)),
            (Value::from(1), Value::from(true)),
            (Value::from(1), Value::from(f64::from_bits(1))),
            (Value::from("1"), Value::from(1)),
        ];
        for (one, other) in pairs {
            let of = |value: &Value| [KeyValue::new("k", value.clone())];
            let labels = Labels::new(1);
            assert_eq!(labels.admit(&of(&one)), (true, false));
            assert_eq!(
                labels.admit(&of(&other)),
                (false, true),
                "{one:?} {other:?}"
            );
            assert_eq!(labels.admit(&of(&other)), (false, false));
            assert_eq!(labels.admit(&of(&one)), (true, false));
            assert_eq!(labels.overflowed(), 2);
        }
    }

    #[test]
    fn the_order_of_attributes_makes_no_other_set_but_keys_and_counts_do() {
        let labels = Labels::new(2);
        let (a, b) = (KeyValue::new("a", 1), KeyValue::new("b", 1));
        assert_eq!(labels.admit(&[a.clone(), b.clone()]), (true, false));
        assert_eq!(labels.admit(&[b.clone(), a.clone()]), (true, false));
        assert_eq!(labels.admit(&[]), (true, false));
        assert_eq!(labels.admit(&[a]), (false, true));
        assert_eq!(labels.admit(&[b]), (false, false));
        assert_eq!(labels.overflowed(), 2);
    }
}

#[cfg(loom)]
#[cfg(test)]
mod models {
    use std::sync::Arc;

    use loom::thread;

    use super::*;
    use crate::diag::sync::every_order;

    #[test]
    fn label_sets_have_room_for_as_many_as_the_bound_says() {
        every_order("room for one of two label sets", || {
            let labels = Arc::new(Labels::new(1));
            let asks = |value: i64| {
                let labels = Arc::clone(&labels);
                thread::spawn(move || labels.admit(&[KeyValue::new("n", value)]))
            };
            let (one, other) = (asks(1), asks(2));
            let (one, other) = (one.join().unwrap(), other.join().unwrap());
            assert!(one.0 != other.0, "one has room");
            assert!(one.1 != other.1, "the first overflow is one");
            assert_eq!(labels.overflowed(), 1);
            let admitted = if one.0 { 1 } else { 2 };
            let again = labels.admit(&[KeyValue::new("n", admitted)]);
            assert_eq!(again, (true, false));
        });
    }
}
