//! The instruments by name: a definition goes in, the instrument that is made once comes out, and records where the meter
//! provider of the moment is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::KeyValue;

use super::define::Definition;
use super::error::{INSTRUMENTS, InstrumentError};
use super::labels::Labels;
use super::record::{Bound, Made, Measurement, clean};
use crate::diag::locks::{read, write};
use crate::diag::sync::RwLock;
use crate::diag::warn::warning;
use crate::pipeline::blueprint::Blueprint;
use crate::pipeline::config::Config;

/// The attribute of the point that takes what is beyond the bound, as the SDK names it.
const OVERFLOW: &str = "otel.metric.overflow";

/// A made instrument.
pub(crate) struct Core {
    definition: Definition,
    labels: Labels,
    /// The instrument of the meter provider that was last recorded to.
    bound: RwLock<Option<Bound>>,
}

impl Core {
    /// Records where `blueprint` says, as `config` has it.
    pub(crate) fn record(
        &self,
        config: &Config,
        blueprint: &Blueprint,
        measurement: Measurement,
        attributes: &[KeyValue],
    ) {
        let made = self.made(blueprint);
        let attributes = clean(config, attributes);
        let (is_admitted, is_first_overflow) = self.labels.admit(&attributes);
        if is_admitted {
            made.record(measurement, &attributes);
            return;
        }
        if is_first_overflow {
            warning(&format!(
                "the metric {} has {} label sets; further ones are counted in its point with {OVERFLOW}",
                self.definition.name, self.definition.series
            ));
        }
        made.record(measurement, &[KeyValue::new(OVERFLOW, true)]);
    }

    /// The instrument where the metrics go now.
    fn made(&self, blueprint: &Blueprint) -> Made {
        let provider = blueprint.meter();
        let scope = blueprint.scope();
        if let Some(bound) = read(&self.bound).as_deref().and_then(Option::as_ref) {
            if Arc::ptr_eq(&bound.provider, &provider) && bound.scope == *scope {
                return bound.made.clone();
            }
        }
        let made = Made::new(&self.definition, &*provider, scope.clone());
        let before = write(&self.bound).and_then(|mut bound| {
            bound.replace(Bound {
                provider,
                scope: scope.clone(),
                made: made.clone(),
            })
        });
        // Not while the lock is held: it may be the last owner of a provider.
        drop(before);
        made
    }

    /// The name.
    pub(crate) fn name(&self) -> &str {
        &self.definition.name
    }

    /// How many measurements went into the overflow point.
    pub(crate) fn overflowed(&self) -> u64 {
        self.labels.overflowed()
    }
}

/// The instruments by name; OpenTelemetry's names have no case.
pub(crate) struct Registry(Mutex<Option<HashMap<String, Arc<Core>>>>);

impl Registry {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    pub(crate) fn define(&self, definition: Definition) -> Result<Arc<Core>, InstrumentError> {
        definition.check()?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.get_or_insert_default();
        let name = definition.name.to_ascii_lowercase();
        if let Some(core) = known.get(&name) {
            return if core.definition == definition {
                Ok(Arc::clone(core))
            } else {
                Err(InstrumentError::Different(definition.name.into_owned()))
            };
        }
        if known.len() >= INSTRUMENTS {
            return Err(InstrumentError::TooMany);
        }
        let core = Arc::new(Core {
            labels: Labels::new(definition.series),
            definition,
            bound: RwLock::new(None),
        });
        known.insert(name, Arc::clone(&core));
        Ok(core)
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(not(loom))]
#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use opentelemetry::InstrumentationScope;
    use opentelemetry::metrics::{Meter, MeterProvider, NoopMeterProvider};

    use super::super::define::Type;
    use super::*;
    use crate::pipeline::binding::Binds;
    use crate::pipeline::config::{Environment, Settings};

    /// Counts how often it is asked for a meter.
    #[derive(Default)]
    struct Asked(AtomicUsize);

    impl MeterProvider for Asked {
        fn meter_with_scope(&self, scope: InstrumentationScope) -> Meter {
            self.0.fetch_add(1, Ordering::Relaxed);
            NoopMeterProvider::new().meter_with_scope(scope)
        }
    }

    fn blueprint(scope: &'static str, provider: &Arc<Asked>) -> Blueprint {
        let scope = InstrumentationScope::builder(scope).build();
        let provider = Arc::clone(provider);
        Blueprint::new(scope, None, Some(provider), Binds::default(), 10)
    }

    #[test]
    fn an_instrument_is_made_anew_where_provider_or_scope_is_another() {
        let config = Config::new(Settings::default(), &Environment::default());
        let registry = Registry::new();
        let core = registry
            .define(Definition::new("App.Hits".into(), Type::Counter))
            .unwrap();
        assert_eq!(core.name(), "App.Hits");
        // The same again is the same, and OpenTelemetry's names have no case.
        let again = |name: &'static str, ty| registry.define(Definition::new(name.into(), ty));
        let same = again("App.Hits", Type::Counter).unwrap();
        assert!(Arc::ptr_eq(&core, &same));
        for (name, ty) in [("app.hits", Type::Counter), ("App.Hits", Type::Histogram)] {
            let refused = again(name, ty).err();
            assert_eq!(refused, Some(InstrumentError::Different(name.to_owned())));
        }
        let (one, other) = (Arc::new(Asked::default()), Arc::new(Asked::default()));
        let record = |blueprint: &Blueprint| {
            core.record(&config, blueprint, Measurement::Count(1), &[]);
            core.record(&config, blueprint, Measurement::Count(1), &[]);
            (
                one.0.load(Ordering::Relaxed),
                other.0.load(Ordering::Relaxed),
            )
        };
        assert_eq!(record(&blueprint("a", &one)), (1, 0));
        assert_eq!(record(&blueprint("a", &one)), (1, 0));
        assert_eq!(record(&blueprint("a", &other)), (1, 1));
        assert_eq!(record(&blueprint("b", &other)), (1, 2));
        assert_eq!(record(&blueprint("a", &one)), (2, 2));
        assert_eq!(core.overflowed(), 0);
    }

    #[cfg(feature = "internal-logs")]
    #[test]
    fn the_first_label_set_beyond_the_bound_is_said() {
        let config = Config::new(Settings::default(), &Environment::default());
        let mut definition = Definition::new("app.size".into(), Type::Histogram);
        definition.series = 2;
        let core = Registry::new().define(definition).unwrap();
        let blueprint = blueprint("a", &Arc::default());
        let ((), lines) = crate::diag::heard::heard(|| {
            for n in [1_i64, 2, 3, 4, 1] {
                let labels = [KeyValue::new("n", n)];
                core.record(&config, &blueprint, Measurement::Value(1.0), &labels);
            }
        });
        assert_eq!(
            lines,
            [
                "the metric app.size has 2 label sets; further ones are counted in its point with otel.metric.overflow"
            ]
        );
        assert_eq!(core.overflowed(), 2);
    }

    #[test]
    fn each_refusal_says_what_is_allowed() {
        for (error, text) in [
            (
                InstrumentError::Name("1".into()),
                "\"1\" is no name of a metric: it starts with a letter and has at most 255 letters, digits, `_`, `.`, `-` and `/`",
            ),
            (
                InstrumentError::Reserved("a".into()),
                "\"a\" is a metric of the GenAI conventions; choose a name of your own",
            ),
            (
                InstrumentError::Unit("\u{b5}s".into()),
                "\"\u{b5}s\" is no unit: it has at most 63 ASCII characters",
            ),
            (
                InstrumentError::Boundaries,
                "the boundaries of a histogram are finite numbers, each above the one before",
            ),
            (InstrumentError::NoSeries, "max_series is at least 1"),
            (
                InstrumentError::Different("a".into()),
                "\"a\" was defined with another kind, unit, description, boundaries or bound",
            ),
            (
                InstrumentError::TooMany,
                "there are 1000 counters and histograms already; make them once, not per call",
            ),
        ] {
            assert_eq!(error.to_string(), text);
            assert_eq!(format!("{error:?}"), text);
        }
    }
}
