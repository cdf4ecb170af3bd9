//! Definitions of instruments: what the user asks for goes in, a checked one, made once per name, comes out.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::InstrumentError;
use super::labels::Labels;
use super::record::Bound;
use crate::content::limits::prefix;
use crate::semconv::registry;

/// How many instruments there may be. They are never dropped, since their points are not either.
pub(super) const INSTRUMENTS: usize = 1_000;
/// Label sets per instrument, unless the user says otherwise.
const SERIES: usize = 1_000;
/// As OpenTelemetry has them.
const NAME: usize = 255;
const UNIT: usize = 63;
/// Buckets of a histogram; each point has them all.
const BUCKETS: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Counter,
    Histogram,
}

/// What the user asked for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Definition {
    pub(super) name: Cow<'static, str>,
    pub(super) ty: Type,
    pub(super) unit: Option<Cow<'static, str>>,
    pub(super) description: Option<Cow<'static, str>>,
    pub(super) boundaries: Option<Vec<f64>>,
    pub(super) series: usize,
}

impl Definition {
    pub(super) fn new(name: Cow<'static, str>, ty: Type) -> Self {
        Self {
            name,
            ty,
            unit: None,
            description: None,
            boundaries: None,
            series: SERIES,
        }
    }

    fn check(&self) -> Result<(), InstrumentError> {
        check_name(&self.name)?;
        if let Some(unit) = self.unit.as_deref() {
            if unit.len() > UNIT || !unit.is_ascii() {
                return Err(InstrumentError::Unit(prefix(unit, UNIT).to_owned()));
            }
        }
        if let Some(boundaries) = &self.boundaries {
            let is_rising = boundaries
                .iter()
                .zip(boundaries.iter().skip(1))
                .all(|(a, b)| a < b);
            let is_finite = boundaries.iter().all(|b| b.is_finite());
            if !is_rising || !is_finite || boundaries.len() > BUCKETS {
                return Err(InstrumentError::Boundaries);
            }
        }
        if self.series == 0 {
            return Err(InstrumentError::NoSeries);
        }
        Ok(())
    }
}

/// Whether OpenTelemetry takes the name, and it is none of the conventions'.
pub(crate) fn check_name(name: &str) -> Result<(), InstrumentError> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic());
    if !starts_well || name.len() > NAME || !name.chars().all(is_part) {
        return Err(InstrumentError::Name(prefix(name, NAME).to_owned()));
    }
    if registry::METRICS
        .iter()
        .any(|metric| metric.name.eq_ignore_ascii_case(name))
    {
        return Err(InstrumentError::Reserved(name.to_owned()));
    }
    Ok(())
}

/// A made instrument.
pub(super) struct Core {
    pub(super) definition: Definition,
    pub(super) labels: Labels,
    /// The instrument of the meter provider that was last recorded to.
    pub(super) bound: RwLock<Option<Bound>>,
}

impl Core {
    pub(super) fn name(&self) -> &str {
        &self.definition.name
    }

    pub(super) fn overflowed(&self) -> u64 {
        self.labels.overflowed()
    }
}

/// The instruments by name; OpenTelemetry's names have no case.
pub(crate) struct Registry(Mutex<Option<HashMap<String, Arc<Core>>>>);

impl Registry {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    pub(super) fn define(&self, definition: Definition) -> Result<Arc<Core>, InstrumentError> {
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
