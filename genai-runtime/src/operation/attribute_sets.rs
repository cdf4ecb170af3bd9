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

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Instant;

    use opentelemetry::metrics::MeterProvider as _;

    use super::super::name::Name;
    use super::*;
    use crate::diag::alone::on_a_thread;

    fn labels(model: &str) -> Labels {
        Labels {
            model: Name::Other(model.to_owned().into()),
            ..Labels::default()
        }
    }

    fn model_of(labels: &Labels) -> StringValue {
        labels.model.value().expect("a model")
    }

    /// How often sets were made.
    #[derive(Default)]
    struct Made(Cell<usize>);

    impl Made {
        /// Whether there are sets for these labels, be they made now.
        fn has(&self, instruments: u64, labels: &Labels, now: Instant) -> bool {
            let _ = now;
            let wanted = Wanted {
                instruments,
                labels,
                attributes: || {
                    self.0.set(self.0.get() + 1);
                    vec![KeyValue::new("model", model_of(labels))]
                },
                #[cfg(feature = "bound")]
                now,
            };
            let mut is_seen = false;
            let is_there = wanted.with(|sets| {
                let model = || KeyValue::new("model", model_of(labels));
                let of_type =
                    |word: &'static str| vec![model(), KeyValue::new("gen_ai.token.type", word)];
                assert_eq!(sets.duration.attributes, [model()]);
                assert_eq!(sets.input.attributes, of_type("input"));
                assert_eq!(sets.output.attributes, of_type("output"));
                #[cfg(feature = "bound")]
                assert_eq!(sets.chunk.attributes, [model()]);
                is_seen = true;
            });
            assert_eq!(is_there, is_seen);
            is_there
        }

        fn has_now(&self, instruments: u64, labels: &Labels) -> bool {
            self.has(instruments, labels, Instant::now())
        }
    }

    #[test]
    fn a_set_is_made_when_it_is_wanted_the_second_time_and_then_kept() {
        on_a_thread(|| {
            let made = Made::default();
            let (a, b) = (labels("a"), labels("bb"));
            assert!(!made.has_now(1, &a) && !made.has_now(1, &b));
            assert_eq!(made.0.get(), 0);
            for _ in 0..3 {
                assert!(made.has_now(1, &a) && made.has_now(1, &b));
            }
            assert_eq!(made.0.get(), 2);
            // Other instruments have others.
            assert!(!made.has_now(2, &a));
            assert!(made.has_now(2, &a) && made.has_now(1, &a));
            assert_eq!(made.0.get(), 3);
        });
    }

    #[test]
    fn of_the_sets_of_a_thread_the_oldest_goes_first() {
        on_a_thread(|| {
            let made = Made::default();
            let all: Vec<Labels> = (0..=SETS).map(|n| labels(&format!("model-{n}"))).collect();
            let (last, all) = all.split_last().expect("labels");
            let wanted = |labels: &Labels| {
                assert!((0..3).filter(|_| made.has_now(1, labels)).count() > 0);
            };
            all.iter().for_each(wanted);
            all.iter().for_each(wanted);
            assert_eq!(made.0.get(), SETS);
            wanted(last);
            assert_eq!(made.0.get(), SETS + 1);
            all[1..].iter().for_each(wanted);
            assert_eq!(made.0.get(), SETS + 1);
            wanted(&all[0]);
            assert_eq!(made.0.get(), SETS + 2);
        });
    }

    /// One that was made while the SDK had too many sets counts to the overflow: it is not used for ever.
    #[cfg(feature = "bound")]
    #[test]
    fn a_binding_is_made_again_after_a_minute() {
        on_a_thread(|| {
            let (made, a, now) = (Made::default(), labels("a"), Instant::now());
            let has = |seconds| made.has(1, &a, now + Duration::from_secs(seconds));
            assert!(!has(0) && has(0) && has(60));
            assert_eq!(made.0.get(), 1);
            assert!(has(61) && has(120));
            assert_eq!(made.0.get(), 2);
        });
    }

    /// What was bound is dropped on a thread that goes on.
    #[cfg(feature = "bound")]
    #[test]
    fn what_was_bound_on_a_thread_that_ends_is_dropped_elsewhere() {
        use std::sync::Arc;
        use std::sync::mpsc::{Sender, channel};
        use std::thread::{ThreadId, current};

        use opentelemetry::metrics::{BoundSyncInstrument, SyncInstrument};

        struct Bound(Sender<ThreadId>);
        impl BoundSyncInstrument<f64> for Bound {
            fn measure(&self, _: f64) {}
        }
        impl Drop for Bound {
            fn drop(&mut self) {
                let _ = self.0.send(current().id());
            }
        }
        struct Instrument(Sender<ThreadId>);
        impl SyncInstrument<f64> for Instrument {
            fn measure(&self, _: f64, _: &[KeyValue]) {}
            fn bind(&self, _: &[KeyValue]) -> Box<dyn BoundSyncInstrument<f64> + Send + Sync> {
                Box::new(Bound(self.0.clone()))
            }
        }
        let (sender, by) = channel();
        let thread = std::thread::spawn(move || {
            let histogram = Histogram::new(Arc::new(Instrument(sender)));
            let labels = labels("a");
            let wanted = Wanted {
                instruments: 1,
                labels: &labels,
                attributes: Vec::new,
                now: Instant::now(),
            };
            let record = |sets: &AttributeSets| sets.duration.record(&histogram, 1.0, true);
            assert!(!wanted.with(record) && wanted.with(record));
            current().id()
        });
        let id = thread.join().expect("no panic");
        crate::diag::retired::drop_retired();
        // Another test may be the one that drops it.
        let by = by.recv_timeout(Duration::from_secs(10));
        assert!(by.is_ok_and(|by| by != id));
    }

    #[test]
    fn a_set_is_recorded_bound_or_not() {
        let provider = opentelemetry_sdk::metrics::SdkMeterProvider::builder().build();
        let histogram = provider.meter("test").f64_histogram("h").build();
        let set = Ready::new(Vec::new());
        set.record(&histogram, 1.0, false);
        #[cfg(feature = "bound")]
        assert!(set.bound.get().is_none());
        set.record(&histogram, 1.0, true);
        #[cfg(feature = "bound")]
        assert!(set.bound.get().is_some());
    }
}
