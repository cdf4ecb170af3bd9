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
