//! Metrics of one version: measurements go in, and come out at instruments of the older version.

macro_rules! metrics {
    ($old:ident) => {
        use std::fmt;
        use std::sync::{Arc, Mutex, PoisonError};

        use new::metrics::{
            Counter, Gauge, Histogram, HistogramBuilder, InstrumentBuilder, UpDownCounter,
        };
        use opentelemetry as new;
        use $old as old;

        use super::values::{key_value, scope};
        use $crate::bridge::version::metrics::{Labels, SharedProvider, instrument};

        type Older = Arc<dyn old::metrics::MeterProvider + Send + Sync>;

        /// A meter provider of the older version, as one of this crate's.
        pub struct MeterProvider(pub(super) Older);

        impl fmt::Debug for MeterProvider {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("MeterProvider")
            }
        }

        /// The older version's global provider of now, if it is one that does anything; the same as before while it is.
        pub(super) fn global() -> Option<SharedProvider> {
            static LAST: Mutex<Option<(Older, SharedProvider)>> = Mutex::new(None);
            let older: Older = old::global::meter_provider();
            if size_of_val(&*older) == 0 {
                return None;
            }
            let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, made)) = last.as_ref().filter(|(of, _)| Arc::ptr_eq(of, &older)) {
                return Some(Arc::clone(made));
            }
            let made: SharedProvider = Arc::new(MeterProvider(Arc::clone(&older)));
            let before = last.replace((older, Arc::clone(&made)));
            drop(last);
            // Outside: the end of a provider may be anything.
            drop(before);
            Some(made)
        }

        impl new::metrics::MeterProvider for MeterProvider {
            fn meter_with_scope(&self, of: new::InstrumentationScope) -> new::metrics::Meter {
                let meter = self.0.meter_with_scope(scope(&of));
                new::metrics::Meter::new(Arc::new(Instruments(meter)))
            }
        }

        struct Instruments(old::metrics::Meter);

        impl new::metrics::InstrumentProvider for Instruments {
            instrument!(old, u64_counter(InstrumentBuilder) -> Counter<u64>, add);
            instrument!(old, f64_counter(InstrumentBuilder) -> Counter<f64>, add);
            instrument!(old, i64_up_down_counter(InstrumentBuilder) -> UpDownCounter<i64>, add);
            instrument!(old, f64_up_down_counter(InstrumentBuilder) -> UpDownCounter<f64>, add);
            instrument!(old, u64_gauge(InstrumentBuilder) -> Gauge<u64>, record);
            instrument!(old, i64_gauge(InstrumentBuilder) -> Gauge<i64>, record);
            instrument!(old, f64_gauge(InstrumentBuilder) -> Gauge<f64>, record);
            instrument!(old, f64_histogram(HistogramBuilder) -> Histogram<f64>, record, boundaries);
            instrument!(old, u64_histogram(HistogramBuilder) -> Histogram<u64>, record, boundaries);
        }

        /// An instrument of the older version.
        struct Instrument<F> {
            record: Arc<F>,
            labels: Labels<old::KeyValue>,
        }

        impl<F> Instrument<F> {
            fn new(record: F) -> Arc<Self> {
                Arc::new(Self {
                    record: Arc::new(record),
                    labels: Labels::new(key_value),
                })
            }
        }

        impl<T, F> new::metrics::SyncInstrument<T> for Instrument<F>
        where
            F: Fn(T, &[old::KeyValue]) + Send + Sync + 'static,
        {
            fn measure(&self, value: T, labels: &[new::KeyValue]) {
                (self.record)(value, &self.labels.get(labels));
            }

            #[cfg(feature = "bound")]
            fn bind(
                &self,
                labels: &[new::KeyValue],
            ) -> Box<dyn new::metrics::BoundSyncInstrument<T> + Send + Sync> {
                Box::new(Bound {
                    record: Arc::clone(&self.record),
                    labels: self.labels.get(labels),
                })
            }
        }

        /// An instrument with labels.
        #[cfg(feature = "bound")]
        struct Bound<F> {
            record: Arc<F>,
            labels: Arc<[old::KeyValue]>,
        }

        #[cfg(feature = "bound")]
        impl<T, F> new::metrics::BoundSyncInstrument<T> for Bound<F>
        where
            F: Fn(T, &[old::KeyValue]) + Send + Sync + 'static,
        {
            fn measure(&self, value: T) {
                (self.record)(value, &self.labels);
            }
        }
    };
}

/// One method that makes an instrument.
macro_rules! instrument {
    ($old:ident, $name:ident($builder:ident) -> $kind:ident<$value:ty>, $record:ident $(, $boundaries:ident)?) => {
        fn $name(&self, asked: $builder<'_, $kind<$value>>) -> $kind<$value> {
            let mut builder = self.0.$name(asked.name);
            if let Some(unit) = asked.unit {
                builder = builder.with_unit(unit);
            }
            if let Some(description) = asked.description {
                builder = builder.with_description(description);
            }
            $(if let Some(boundaries) = asked.$boundaries {
                builder = builder.with_boundaries(boundaries);
            })?
            let older = builder.build();
            $kind::new(Instrument::new(move |value: $value, labels: &[$old::KeyValue]| {
                older.$record(value, labels);
            }))
        }
    };
}

use std::sync::{Arc, Mutex};

use opentelemetry::KeyValue;
use opentelemetry::metrics::MeterProvider;

pub(crate) use {instrument, metrics};

pub(crate) type SharedProvider = Arc<dyn MeterProvider + Send + Sync>;

/// How many sets of labels an instrument holds.
const SETS: usize = 8;

/// Labels of one version, and the same of the other.
type Set<K> = (Vec<KeyValue>, Arc<[K]>);

/// The sets of labels that an instrument was last used with, as the other version has them: mostly they come again.
pub(crate) struct Labels<K> {
    convert: fn(KeyValue) -> K,
    last: Mutex<Vec<Set<K>>>,
}

impl<K> Labels<K> {
    pub(crate) const fn new(convert: fn(KeyValue) -> K) -> Self {
        Self {
            convert,
            last: Mutex::new(Vec::new()),
        }
    }

    /// `labels` as the other version has them.
    pub(crate) fn get(&self, labels: &[KeyValue]) -> Arc<[K]> {
        let convert = || {
            labels
                .iter()
                .cloned()
                .map(self.convert)
                .collect::<Arc<[K]>>()
        };
        // Nobody waits for another thread: its labels would be converted meanwhile.
        let Ok(mut last) = self.last.try_lock() else {
            return convert();
        };
        if let Some((_, known)) = last.iter().find(|(of, _)| of == labels) {
            return Arc::clone(known);
        }
        let made = convert();
        last.truncate(SETS - 1);
        last.insert(0, (labels.to_vec(), Arc::clone(&made)));
        made
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_converted_once_while_they_are_among_the_last() {
        let labels = Labels::new(|label: KeyValue| label.key.to_string());
        let of = |n: i64| [KeyValue::new("k", n), KeyValue::new("l", "x")];
        let first = labels.get(&of(0));
        assert_eq!(*first, ["k", "l"]);
        assert!(Arc::ptr_eq(&first, &labels.get(&of(0))));
        assert!(!Arc::ptr_eq(&first, &labels.get(&of(1))));
        for n in 0..100 {
            labels.get(&of(n));
        }
        assert_eq!(labels.last.lock().unwrap().len(), SETS);
        assert!(!Arc::ptr_eq(&first, &labels.get(&of(0))));
        let busy = labels.last.lock().unwrap();
        assert_eq!(*labels.get(&of(0)), ["k", "l"]);
        drop(busy);
    }
}
