//! A cache of attribute sets: labels go in, the lists that the conventions' histograms are recorded with come out.
//!
//! They are kept ready per thread, in the order in which the SDK has seen them before, so that a recording allocates nothing. With
//! bound instruments they are looked up in the SDK once. A doorkeeper (admission filter) stands before the cache: a set is kept
//! when it is wanted for the second time, so that names seen only once evict nothing.

use std::cell::RefCell;
#[cfg(feature = "bound")]
use std::time::{Duration, Instant};

use opentelemetry::metrics::Histogram;
use opentelemetry::{KeyValue, StringValue};

use super::labels::Labels;
use crate::semconv::registry::keys;
use crate::semconv::value::attribute;

/// Attribute sets per thread.
const SETS: usize = 16;
/// Hashes the doorkeeper remembers.
const SEEN: usize = 32;

/// The attribute sets of one (instruments, labels).
pub(super) struct AttributeSets {
    instruments: u64,
    labels: Labels,
    pub(super) duration: Ready<f64>,
    pub(super) input: Ready<u64>,
    pub(super) output: Ready<u64>,
    #[cfg(feature = "bound")]
    pub(super) chunk: Ready<f64>,
    /// When it is made again.
    #[cfg(feature = "bound")]
    ends: Option<Instant>,
}

/// Attributes ready to record with. Where instruments are bound they are looked up in the SDK once: at the first recording, since
/// a binding alone is a point in the export.
pub(super) struct Ready<T> {
    attributes: Vec<KeyValue>,
    #[cfg(feature = "bound")]
    bound: std::cell::OnceCell<opentelemetry::metrics::BoundHistogram<T>>,
    #[cfg(not(feature = "bound"))]
    bound: std::marker::PhantomData<T>,
}

impl<T> Ready<T> {
    fn new(attributes: Vec<KeyValue>) -> Self {
        Self {
            attributes,
            bound: Default::default(),
        }
    }

    #[cfg(feature = "bound")]
    #[inline]
    pub(super) fn bound(
        &self,
        histogram: &Histogram<T>,
    ) -> &opentelemetry::metrics::BoundHistogram<T> {
        self.bound.get_or_init(|| histogram.bind(&self.attributes))
    }

    /// Records `value`, bound if the instruments may be.
    #[inline]
    pub(super) fn record(&self, histogram: &Histogram<T>, value: T, may_bind: bool) {
        #[cfg(feature = "bound")]
        if may_bind {
            self.bound(histogram).record(value);
            return;
        }
        let _ = may_bind;
        histogram.record(value, &self.attributes);
    }
}

/// How long a binding is used. One made while the SDK had too many attribute sets counts to the overflow for as long as it lives.
#[cfg(feature = "bound")]
const BOUND_FOR: Duration = Duration::from_secs(60);

struct Cache {
    sets: Vec<AttributeSets>,
    /// The one that was wanted last, and the one that is replaced next.
    last: usize,
    next: usize,
    /// The doorkeeper: hashes of labels that were missed.
    seen: [u64; SEEN],
}

thread_local! {
    static CACHE: RefCell<Cache> = const { RefCell::new(Cache { sets: Vec::new(), last: 0, next: 0, seen: [0; SEEN] }) };
}

/// What is looked for: the sets of `labels` for the instruments of this number, and how the attributes are made if they are to
/// be kept.
pub(super) struct Wanted<'a, F> {
    pub(super) instruments: u64,
    pub(super) labels: &'a Labels,
    pub(super) attributes: F,
    #[cfg(feature = "bound")]
    pub(super) now: Instant,
}

impl<F: Fn() -> Vec<KeyValue>> Wanted<'_, F> {
    /// Hands the attribute sets to `f`; whether there are any.
    #[inline]
    pub(super) fn with(&self, f: impl FnOnce(&AttributeSets)) -> bool {
        let found = CACHE.try_with(|cache| {
            let mut cache = cache.try_borrow_mut().ok()?;
            // Mostly that of the call before.
            if !cache.sets.get(cache.last).is_some_and(|set| self.is(set)) {
                cache.last = cache.find(self)?;
            }
            let last = cache.last;
            let set = cache.sets.get_mut(last)?;
            #[cfg(feature = "bound")]
            if set.ends.is_some_and(|ends| self.now > ends) {
                *set = self.make();
            }
            f(set);
            Some(())
        });
        matches!(found, Ok(Some(())))
    }

    #[inline(always)]
    fn is(&self, set: &AttributeSets) -> bool {
        set.instruments == self.instruments && set.labels.is(self.labels)
    }

    fn make(&self) -> AttributeSets {
        let shared = (self.attributes)();
        let with = |token_type: &'static str| {
            let mut attributes = shared.clone();
            attributes.push(attribute(
                keys::GEN_AI_TOKEN_TYPE.id(),
                StringValue::from(token_type),
            ));
            Ready::new(attributes)
        };
        AttributeSets {
            instruments: self.instruments,
            labels: self.labels.clone(),
            input: with("input"),
            output: with("output"),
            #[cfg(feature = "bound")]
            chunk: Ready::new(shared.clone()),
            duration: Ready::new(shared),
            #[cfg(feature = "bound")]
            ends: self.now.checked_add(BOUND_FOR),
        }
    }
}

/// What the SDK bound is the SDK's to drop, and not while the thread is torn down.
#[cfg(feature = "bound")]
impl Drop for Cache {
    fn drop(&mut self) {
        if !self.sets.is_empty() {
            crate::diag::retired::retire(std::mem::take(&mut self.sets));
        }
    }
}

impl Cache {
    /// Where the wanted sets are, be they made now.
    #[inline(never)]
    fn find<F: Fn() -> Vec<KeyValue>>(&mut self, wanted: &Wanted<'_, F>) -> Option<usize> {
        let known = self.sets.iter().position(|set| wanted.is(set));
        known.or_else(|| self.keep(wanted))
    }

    /// Makes the wanted sets if they were missed before, and says where they are. Labels that share a hash with others are kept a
    /// call too early.
    fn keep<F: Fn() -> Vec<KeyValue>>(&mut self, wanted: &Wanted<'_, F>) -> Option<usize> {
        let hash = wanted.labels.quick_hash(wanted.instruments);
        let at = usize::try_from(hash % SEEN as u64).unwrap_or(0);
        let seen = self.seen.get_mut(at)?;
        if *seen != hash {
            *seen = hash;
            return None;
        }
        let set = wanted.make();
        let at = self.next;
        self.next = (self.next + 1) % SETS;
        match self.sets.get_mut(at) {
            Some(old) => *old = set,
            None => self.sets.push(set),
        }
        Some(at)
    }
}
