//! The bound on the values of one label: a value comes in, whether it is one of the few that have points of their own goes out.
//!
//! Some labels are whatever the other side answers: the model that answered, the code of an error. Without a bound a provider, or
//! whoever stands between, decides how many points a metric has. Only hashes are kept, in a table of a fixed size. A lock is
//! taken for values that are new while there is room, so about as often as the bound says.

use std::hash::{BuildHasher as _, RandomState};

use crate::diag::locks::{Made, lock};
use crate::diag::sync::Mutex;
use crate::diag::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use crate::diag::warn::warning;
use crate::semconv::OTHER;

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
    pub(crate) fn admits_mcp(&self, label: &str, key: &str) -> bool {
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
    /// How many there are; it changes after the table.
    admitted: AtomicUsize,
    /// Whose turn it is to add one.
    adding: Mutex<()>,
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
            adding: Mutex::new(()),
            has_overflowed: AtomicBool::new(false),
            table: Made::new(),
        }
    }

    /// As [`admits`](Self::admits); the first time that it does not is said.
    fn admits_or_says(&self, value: &str, key: &str) -> bool {
        let is_admitted = self.admits(value);
        if !is_admitted && !self.has_overflowed.swap(true, Ordering::Relaxed) {
            warning(&format!(
                "the label {key} has {} values on metrics; points with further ones have {OTHER} (Limits::label_values)",
                self.bound
            ));
        }
        is_admitted
    }

    /// Whether `value` is one of those that have points of their own. The first ones are, for good.
    fn admits(&self, value: &str) -> bool {
        self.admits_hash(self.state.hash_one(value).max(1))
    }

    fn table(&self) -> Option<&[AtomicU64]> {
        let empty = || {
            let slots = self.bound.saturating_mul(2).next_power_of_two();
            (0..slots).map(|_| AtomicU64::new(0)).collect()
        };
        self.table.get_or_make(empty).map(|table| &**table)
    }

    fn admits_hash(&self, hash: u64) -> bool {
        let Some(table) = self.table() else {
            // The child of a fork that came at the first value: it has no bound of ours, and what it reports is right.
            return true;
        };
        // Asked first: who sees that all are there sees all of them.
        let is_full = self.admitted.load(Ordering::Acquire) >= self.bound;
        match find(table, hash) {
            Place::Taken => true,
            Place::Free(_) if !is_full => self.adds(table, hash),
            Place::Free(_) | Place::Nowhere => false,
        }
    }

    /// Adds a value if there is room, unless another thread was faster.
    #[cold]
    fn adds(&self, table: &[AtomicU64], hash: u64) -> bool {
        let Some(_turn) = lock(&self.adding) else {
            // As above, where the fork came at a later one.
            return true;
        };
        let admitted = self.admitted.load(Ordering::Relaxed);
        match find(table, hash) {
            Place::Taken => true,
            Place::Free(slot) if admitted < self.bound => {
                slot.store(hash, Ordering::Relaxed);
                self.admitted.store(admitted + 1, Ordering::Release);
                true
            }
            Place::Free(_) | Place::Nowhere => false,
        }
    }
}

/// Where the hash of a value stands.
enum Place<'a> {
    Taken,
    /// Nowhere yet; this is where it would.
    Free(&'a AtomicU64),
    /// Nowhere, and all is full of others.
    Nowhere,
}

fn find(table: &[AtomicU64], hash: u64) -> Place<'_> {
    let first = usize::try_from(hash % table.len().max(1) as u64).unwrap_or(0);
    for at in (first..table.len()).chain(0..first) {
        let Some(slot) = table.get(at) else {
            break;
        };
        match slot.load(Ordering::Relaxed) {
            0 => return Place::Free(slot),
            found if found == hash => return Place::Taken,
            _ => {}
        }
    }
    Place::Nowhere
}

#[cfg(not(loom))]
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
    fn a_value_stands_where_its_hash_says_or_behind_it() {
        let admission = Admission::new(4);
        for hash in [21, 5, 7, 15] {
            assert!(admission.admits_hash(hash), "{hash}");
        }
        let table = admission.table().unwrap();
        let slots: Vec<u64> = table.iter().map(|at| at.load(Ordering::Relaxed)).collect();
        // Of one hash that is behind the end the search goes on at the beginning.
        assert_eq!(slots, [15, 0, 0, 0, 0, 21, 5, 7]);
        assert!(
            [21, 5, 7, 15]
                .iter()
                .all(|hash| admission.admits_hash(*hash))
        );
        assert!(!admission.admits_hash(1) && !admission.admits_hash(13));
        // Nor where another thread took the last place while this one waited for its turn.
        assert!(!admission.adds(table, 1) && admission.adds(table, 5));
    }

    #[cfg(feature = "internal-logs")]
    #[test]
    fn the_first_value_beyond_the_bound_is_said_for_each_label() {
        let caps = LabelCaps::new(2);
        let (admitted, lines) = crate::diag::heard::heard(|| caps.admits_model("a"));
        assert!(admitted && lines.is_empty(), "{lines:?}");
        let ((), lines) = crate::diag::heard::heard(|| {
            for model in ["a", "b", "c", "d", "a"] {
                assert_eq!(
                    caps.admits_model(model),
                    matches!(model, "a" | "b"),
                    "{model}"
                );
            }
            for error in ["e", "e", "f", "g", "h"] {
                assert_eq!(
                    caps.admits_error(error),
                    matches!(error, "e" | "f"),
                    "{error}"
                );
            }
            for (tool, key) in [("i", "k"), ("j", "l"), ("k", "k"), ("l", "l")] {
                assert_eq!(
                    caps.admits_mcp(tool, key),
                    matches!(tool, "i" | "j"),
                    "{tool}"
                );
            }
        });
        let line = |key: &str| {
            format!(
                "the label {key} has 2 values on metrics; points with further ones have _OTHER (Limits::label_values)"
            )
        };
        assert_eq!(
            lines,
            [line("gen_ai.response.model"), line("error.type"), line("k")]
        );
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

#[cfg(loom)]
#[cfg(test)]
mod models {
    use std::sync::Arc;

    use loom::thread;

    use super::*;
    use crate::diag::sync::{every_order, orders_within};

    /// What `asked` are answered, each on a thread, and how many are kept.
    fn answers<const N: usize>(bound: usize, asked: [u64; N]) -> ([bool; N], usize) {
        let admission = Arc::new(Admission::new(bound));
        // Made by the standard library's types, which are no part of the model.
        assert!(admission.table().is_some());
        let threads = asked.map(|hash| {
            let admission = Arc::clone(&admission);
            thread::spawn(move || admission.admits_hash(hash))
        });
        let answers = threads.map(|thread| thread.join().unwrap());
        for (hash, answer) in asked.into_iter().zip(answers) {
            assert_eq!(admission.admits_hash(hash), answer, "it is for good");
        }
        (answers, admission.admitted.load(Ordering::Relaxed))
    }

    #[test]
    fn two_values_have_no_place_for_one() {
        every_order("one place for two labels", || {
            let (answers, admitted) = answers(1, [2, 3]);
            assert_ne!(answers[0], answers[1]);
            assert_eq!(admitted, 1);
        });
        orders_within(2, "one place for two labels, one of them twice", || {
            let (answers, admitted) = answers(1, [2, 3, 2]);
            assert_eq!(answers[0], answers[2]);
            assert_ne!(answers[0], answers[1]);
            assert_eq!(admitted, 1);
        });
    }

    #[test]
    fn values_that_collide_have_a_place_each() {
        every_order("two places for two labels that collide", || {
            assert_eq!(answers(2, [4, 8]), ([true; 2], 2));
        });
        every_order("two places for one label twice", || {
            assert_eq!(answers(2, [4, 4]), ([true; 2], 1));
        });
    }
}
