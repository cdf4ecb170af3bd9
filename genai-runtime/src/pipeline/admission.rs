//! The bound on the values of one label: a value comes in, whether it is one of the few that have points of their own goes out.
//!
//! Some labels are whatever the other side answers: the model that answered, the code of an error. Without a bound a provider, or
//! whoever stands between, decides how many points a metric has. Only hashes are kept, in a table of a fixed size that takes no
//! lock.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use crate::diag::locks::Made;
use crate::diag::warn::warning;

/// What stands on metrics in place of a value too many.
pub(crate) const OTHER: &str = "_OTHER";

/// The bounds of the labels that the other side chooses.
pub(crate) struct LabelCaps {
    models: Admission,
    errors: Admission,
    mcp: Admission,
}

impl LabelCaps {
    /// Each label has `bound` values.
    pub(crate) fn new(bound: usize) -> Self {
        Self {
            models: Admission::new(bound),
            errors: Admission::new(bound),
            mcp: Admission::new(bound),
        }
    }

    /// Whether a model that answered has points of its own.
    pub(crate) fn admits_model(&self, model: &str) -> bool {
        self.models.admits_or_says(model, "gen_ai.response.model")
    }

    /// Whether a class of errors has points of its own.
    pub(crate) fn admits_error(&self, error_type: &str) -> bool {
        self.errors.admits_or_says(error_type, "error.type")
    }

    /// Whether what the other side of MCP says, such as the name of a tool, has points of its own. All of its labels share the bound.
    pub(crate) fn admits_mcp(&self, key: &str, label: &str) -> bool {
        self.mcp.admits_or_says(label, key)
    }
}

/// More values than this are not kept apart whatever is asked for: the table has eight bytes for each, twice.
const MOST: usize = 1 << 16;

/// The values of one label.
struct Admission {
    bound: usize,
    /// Seeded, so that no values can be made to share a hash.
    state: RandomState,
    admitted: AtomicUsize,
    has_overflowed: AtomicBool,
    /// Hashes by open addressing; 0 is free. It is never more than half full.
    /// It is made for the first value.
    table: Made<Box<[AtomicU64]>>,
}

impl Admission {
    fn new(bound: usize) -> Self {
        let bound = bound.min(MOST);
        Self {
            bound,
            state: RandomState::new(),
            admitted: AtomicUsize::new(0),
            has_overflowed: AtomicBool::new(false),
            table: Made::new(),
        }
    }

    /// As [`admits`](Self::admits); the first time that it does not is said.
    fn admits_or_says(&self, value: &str, label: &str) -> bool {
        let is_admitted = self.admits(value);
        if !is_admitted && !self.has_overflowed.swap(true, Ordering::Relaxed) {
            warning(&format!(
                "the label {label} has {} values on metrics; points with further ones have {OTHER} (Limits::label_values)",
                self.bound
            ));
        }
        is_admitted
    }

    /// Whether `value` is one of those that have points of their own. The first ones are, for good.
    fn admits(&self, value: &str) -> bool {
        let hash = self.state.hash_one(value).max(1);
        let slots = self.bound.saturating_mul(2).next_power_of_two();
        let empty = || (0..slots).map(|_| AtomicU64::new(0)).collect();
        let Some(table) = self.table.get_or_make(empty) else {
            // The child of a fork that came at the first value: it has no bound of ours, and what it reports is right.
            return true;
        };
        let first = usize::try_from(hash % slots as u64).unwrap_or(0);
        for at in (first..slots).chain(0..first) {
            let Some(slot) = table.get(at) else {
                return false;
            };
            let mut found = slot.load(Ordering::Relaxed);
            if found == 0 {
                if self.admitted.load(Ordering::Relaxed) >= self.bound {
                    return false;
                }
                let put = slot.compare_exchange(0, hash, Ordering::Relaxed, Ordering::Relaxed);
                match put {
                    Ok(_) => {
                        self.admitted.fetch_add(1, Ordering::Relaxed);
                        return true;
                    }
                    // Another thread was faster.
                    Err(theirs) => found = theirs,
                }
            }
            if found == hash {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_values_stay_and_further_ones_stay_out() {
        let admission = Admission::new(100);
        let first: Vec<String> = (0..100).map(|n| format!("m{n}")).collect();
        assert!(first.iter().all(|value| admission.admits(value)));
        assert!((100..100_000).all(|n| !admission.admits(&format!("m{n}"))));
        assert!(first.iter().all(|value| admission.admits(value)));
        assert!(!Admission::new(0).admits("any"));
    }

    #[test]
    fn threads_that_come_at_once_are_admitted_once() {
        let admission = Admission::new(64);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..64).for_each(|n| assert!(admission.admits(&format!("m{n}")))));
            }
        });
        assert_eq!(admission.admitted.load(Ordering::Relaxed), 64);
        assert!(!admission.admits("another"));
    }
}
