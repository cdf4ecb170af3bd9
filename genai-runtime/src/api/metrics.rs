//! Counters and histograms of the user's own: a definition and measurements go in, points of the meter provider that the
//! operations use come out.
//!
//! An instrument is made once per name and follows the process default: where a provider is installed later, the next
//! measurement goes there. The number of its label sets is bounded; what is beyond goes into one point marked
//! `otel.metric.overflow`, so that sums stay right, and is counted.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use opentelemetry::KeyValue;

use super::telemetry::Telemetry;
use crate::context::ambient;
use crate::diag::call_out::{CallOut, contained};
use crate::pipeline::current;
pub use crate::pipeline::metric::InstrumentError;
use crate::pipeline::metric::{Core, Definition, Measurement, Registry, Type};
use crate::pipeline::state::Handle;

static DEFAULT: Registry = Registry::new();

/// A counter named `name`, recorded where the process default's metrics go.
///
/// ```
/// use opentelemetry::KeyValue;
///
/// let interceptions = genai::metrics::counter("app.firewall.interceptions")
///     .unit("{interception}")
///     .description("Items the firewall held back.")
///     .build()?;
/// interceptions.add(1, &[KeyValue::new("app.firewall.reason", "prompt_injection")]);
/// # Ok::<(), genai::metrics::InstrumentError>(())
/// ```
pub fn counter(name: impl Into<Cow<'static, str>>) -> CounterBuilder {
    CounterBuilder {
        definition: Definition::new(name.into(), Type::Counter),
        telemetry: None,
    }
}

/// A histogram named `name`, recorded where the process default's metrics go.
///
/// ```
/// use opentelemetry::KeyValue;
///
/// let candidates = genai::metrics::histogram("app.routing.candidates")
///     .unit("{candidate}")
///     .boundaries([1.0, 2.0, 5.0, 10.0, 20.0, 50.0])
///     .build()?;
/// candidates.record(7.0, &[KeyValue::new(genai::keys::GEN_AI_TOOL_NAME.name(), "search")]);
/// # Ok::<(), genai::metrics::InstrumentError>(())
/// ```
pub fn histogram(name: impl Into<Cow<'static, str>>) -> HistogramBuilder {
    HistogramBuilder {
        definition: Definition::new(name.into(), Type::Histogram),
        telemetry: None,
    }
}

impl Telemetry {
    /// As [`genai::metrics::counter`](counter()), recorded where this handle's metrics go.
    pub fn counter(&self, name: impl Into<Cow<'static, str>>) -> CounterBuilder {
        CounterBuilder {
            telemetry: Some(self.inner.clone()),
            ..counter(name)
        }
    }

    /// As [`genai::metrics::histogram`](histogram()), recorded where this handle's metrics go.
    pub fn histogram(&self, name: impl Into<Cow<'static, str>>) -> HistogramBuilder {
        HistogramBuilder {
            telemetry: Some(self.inner.clone()),
            ..histogram(name)
        }
    }
}

macro_rules! builder {
    ($builder:ident, $instrument:ident, $noun:literal) => {
        #[doc = concat!("Defines a ", $noun, " of your own.")]
        #[must_use = "a builder does nothing until `build`"]
        pub struct $builder {
            definition: Definition,
            telemetry: Option<Handle>,
        }

        impl fmt::Debug for $builder {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($builder))
                    .field("definition", &self.definition)
                    .finish_non_exhaustive()
            }
        }

        impl $builder {
            /// The unit, as UCUM has it (`s`, `By`, `{request}`); none by default. At most 63 ASCII characters.
            pub fn unit(mut self, unit: impl Into<Cow<'static, str>>) -> Self {
                self.definition.unit = Some(unit.into());
                self
            }

            /// What is measured.
            pub fn description(mut self, text: impl Into<Cow<'static, str>>) -> Self {
                self.definition.description = Some(text.into());
                self
            }

            /// How many label sets have points of their own, 1,000 by default; further ones share the overflow point. A meter provider
            /// has a bound of its own (2,000 in the SDK).
            pub fn max_series(mut self, count: usize) -> Self {
                self.definition.series = count;
                self
            }

            /// The instrument. The same definition gives the same instrument again.
            ///
            /// # Errors
            ///
            /// If OpenTelemetry refuses name, unit or boundaries, if the name is one of the conventions' metrics, or if an
            /// instrument of this name was defined otherwise.
            pub fn build(self) -> Result<$instrument, InstrumentError> {
                let registry = match &self.telemetry {
                    Some(handle) => &handle.extras.metrics,
                    None => &DEFAULT,
                };
                Ok($instrument {
                    core: registry.define(self.definition)?,
                    telemetry: self.telemetry,
                })
            }
        }

        impl fmt::Debug for $instrument {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($instrument))
                    .field("name", &self.core.name())
                    .finish_non_exhaustive()
            }
        }

        impl $instrument {
            /// The name.
            pub fn name(&self) -> &str {
                self.core.name()
            }

            /// How many measurements went into the overflow point.
            pub fn overflowed(&self) -> u64 {
                self.core.overflowed()
            }
        }
    };
}

builder!(CounterBuilder, Counter, "counter");
builder!(HistogramBuilder, Histogram, "histogram");

impl HistogramBuilder {
    /// The upper bounds of the buckets, rising; the meter provider's by default.
    pub fn boundaries(mut self, boundaries: impl Into<Vec<f64>>) -> Self {
        self.definition.boundaries = Some(boundaries.into());
        self
    }
}

/// A counter of your own; made by [`counter()`]. Clones are the same counter.
///
/// ```
/// use genai::metrics::{Counter, InstrumentError};
///
/// fn retries() -> Result<Counter, InstrumentError> {
///     genai::metrics::counter("app.retries").unit("{retry}").build()
/// }
/// retries()?.add(1, &[]);
/// # Ok::<(), InstrumentError>(())
/// ```
#[derive(Clone)]
pub struct Counter {
    core: Arc<Core>,
    telemetry: Option<Handle>,
}

/// A histogram of your own; made by [`histogram()`]. Clones are the same histogram.
///
/// ```
/// use genai::metrics::{Histogram, InstrumentError};
///
/// fn depth() -> Result<Histogram, InstrumentError> {
///     genai::metrics::histogram("app.plan.depth").unit("{step}").boundaries([1.0, 2.0, 4.0, 8.0]).build()
/// }
/// depth()?.record(3.0, &[]);
/// # Ok::<(), InstrumentError>(())
/// ```
#[derive(Clone)]
pub struct Histogram {
    core: Arc<Core>,
    telemetry: Option<Handle>,
}

impl Counter {
    /// Adds `value`.
    ///
    /// Attributes may be your own or the conventions' (with the conventions' type). An attribute that has no key, a list as its
    /// value, a key of the conventions with another type or one that holds content is left out with one warning; one longer
    /// than a name may be is left out. What of the [`GenAiContext`](crate::GenAiContext) goes on metrics goes here too.
    pub fn add(&self, value: u64, attributes: &[KeyValue]) {
        record(
            &self.core,
            self.telemetry.as_ref(),
            Measurement::Count(value),
            attributes,
        );
    }
}

impl Histogram {
    /// Records `value`; a value that is not finite is left out. For the attributes see [`Counter::add`].
    pub fn record(&self, value: f64, attributes: &[KeyValue]) {
        if value.is_finite() {
            record(
                &self.core,
                self.telemetry.as_ref(),
                Measurement::Value(value),
                attributes,
            );
        }
    }
}

/// Records on `telemetry`, or on the process default.
fn record(
    core: &Core,
    telemetry: Option<&Handle>,
    measurement: Measurement,
    attributes: &[KeyValue],
) {
    contained(CallOut::Metering, || {
        let default;
        let handle = match telemetry {
            Some(handle) => handle,
            None => {
                default = current::default();
                &default
            }
        };
        if !handle.config.is_disabled && !ambient::is_suppressed() {
            core.record(&handle.config, &handle.blueprint, measurement, attributes);
        }
    });
}
