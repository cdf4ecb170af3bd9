//! Whether the histograms of a meter provider may be bound to their attributes: what the program says of its provider goes in, or a
//! recording asks the provider itself; the answer comes out, for all recordings that follow.
//!
//! A provider that does not know of binding drops what is recorded that way, and of one from the OpenTelemetry globals the type is not
//! known. But whoever binds keeps the attributes, or they could not be exported, while the no-op binding of the API lets go of
//! them at once. So the first recording of a set is bound with texts of its own: are they still held after that, it goes through the
//! binding, else it is recorded as ever. Nothing is recorded twice, and nothing else than what the program recorded is exported.

use std::sync::atomic::{AtomicU8, Ordering};

use opentelemetry::KeyValue;
use opentelemetry::metrics::Histogram;

/// What is known of a meter provider before anything was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Binds {
    /// Nothing: it is asked.
    #[default]
    Unknown,
    /// It binds.
    #[cfg_attr(not(feature = "bound"), allow(dead_code))]
    Yes,
    /// It does not, or is not to.
    #[cfg_attr(not(feature = "bound"), allow(dead_code))]
    No,
}

/// The answer of one meter provider.
pub(crate) struct Binding(AtomicU8);

const YES: u8 = u8::MAX;
const NO: u8 = 0;
/// How many recordings ask. A set that others recorded before is one that the provider keeps already, and says nothing.
#[cfg(feature = "bound")]
const QUESTIONS: u8 = 8;

impl Binding {
    #[cfg(feature = "bound")]
    pub(crate) fn new(binds: Binds) -> Self {
        Self(AtomicU8::new(match binds {
            Binds::Unknown => QUESTIONS,
            Binds::Yes => YES,
            Binds::No => NO,
        }))
    }

    #[cfg(not(feature = "bound"))]
    pub(crate) fn new(_: Binds) -> Self {
        Self(AtomicU8::new(NO))
    }

    /// Whether histograms may be bound.
    #[inline]
    pub(crate) fn may_bind(&self) -> bool {
        self.0.load(Ordering::Relaxed) == YES
    }

    /// Records `value` for attributes that are not known to have been recorded before, and asks where the answer is missing.
    #[inline]
    pub(crate) fn record(&self, histogram: &Histogram<f64>, value: f64, attributes: &[KeyValue]) {
        match self.0.load(Ordering::Relaxed) {
            YES | NO => histogram.record(value, attributes),
            questions => self.ask(questions, histogram, value, attributes),
        }
    }

    #[cfg(not(feature = "bound"))]
    fn ask(&self, _: u8, histogram: &Histogram<f64>, value: f64, attributes: &[KeyValue]) {
        histogram.record(value, attributes);
    }

    #[cfg(feature = "bound")]
    #[cold]
    fn ask(&self, questions: u8, histogram: &Histogram<f64>, value: f64, attributes: &[KeyValue]) {
        let (own, marks) = marked(attributes);
        let bound = histogram.bind(&own);
        drop(own);
        if marks.iter().any(|mark| mark.strong_count() != 0) {
            bound.record(value);
            self.0.store(YES, Ordering::Relaxed);
            return;
        }
        drop(bound);
        histogram.record(value, attributes);
        // Not over the answer that another thread may have got meanwhile.
        let _ = self.0.compare_exchange(
            questions,
            questions.saturating_sub(1),
            Ordering::Relaxed,
            Ordering::Relaxed,
        );
    }
}

/// The same attributes with texts that nobody else has, and what knows whether somebody still holds one.
#[cfg(feature = "bound")]
fn marked(attributes: &[KeyValue]) -> (Vec<KeyValue>, Vec<std::sync::Weak<str>>) {
    use std::sync::Arc;

    use opentelemetry::{StringValue, Value};

    let mut marks = Vec::new();
    let own = attributes.iter().map(|attribute| {
        let value = match &attribute.value {
            Value::String(text) => {
                let text: Arc<str> = Arc::from(text.as_str());
                marks.push(Arc::downgrade(&text));
                Value::String(StringValue::from(text))
            }
            other => other.clone(),
        };
        KeyValue::new(attribute.key.clone(), value)
    });
    (own.collect(), marks)
}

#[cfg(feature = "bound")]
#[cfg(test)]
mod tests {
    use opentelemetry::metrics::{MeterProvider, NoopMeterProvider};
    use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};

    use super::*;

    fn histogram(provider: &dyn MeterProvider) -> Histogram<f64> {
        provider.meter("test").f64_histogram("h").build()
    }

    #[test]
    fn what_the_program_says_of_a_provider_is_not_asked_again() {
        for (binds, may_bind) in [(Binds::Yes, true), (Binds::No, false)] {
            let binding = Binding::new(binds);
            assert_eq!(binding.may_bind(), may_bind);
            let other = histogram(&NoopMeterProvider::new());
            binding.record(&other, 1.0, &[KeyValue::new("k", "v")]);
            assert_eq!(binding.may_bind(), may_bind);
        }
    }

    #[test]
    fn a_provider_that_holds_texts_binds_and_one_that_never_does_is_asked_eight_times() {
        let text = [KeyValue::new("k", "v"), KeyValue::new("n", 1)];
        let binding = Binding::new(Binds::Unknown);
        let provider = SdkMeterProvider::builder()
            .with_periodic_exporter(InMemoryMetricExporter::default())
            .build();
        let real = histogram(&provider);
        assert!(!binding.may_bind());
        // Without a text there is nothing that could be held.
        binding.record(&real, 1.0, &text[1..]);
        assert!(!binding.may_bind());
        binding.record(&real, 1.0, &text);
        assert!(binding.may_bind());

        let binding = Binding::new(Binds::Unknown);
        let none = histogram(&NoopMeterProvider::new());
        for left in (0..QUESTIONS).rev() {
            binding.record(&none, 1.0, &text);
            assert_eq!(binding.0.load(Ordering::Relaxed), left);
        }
        binding.record(&none, 1.0, &text);
        binding.record(&real, 1.0, &text);
        assert!(!binding.may_bind(), "the answer is there");
    }

    #[test]
    fn marked_attributes_are_the_same_with_texts_of_their_own() {
        let attributes = [
            KeyValue::new("a", "x"),
            KeyValue::new("b", 2),
            KeyValue::new("c", "y"),
        ];
        let (own, marks) = marked(&attributes);
        assert_eq!(own, attributes);
        let held = |marks: &[std::sync::Weak<str>]| -> Vec<usize> {
            marks.iter().map(std::sync::Weak::strong_count).collect()
        };
        assert_eq!(held(&marks), [1, 1]);
        drop(own);
        assert_eq!(held(&marks), [0, 0]);
    }
}
