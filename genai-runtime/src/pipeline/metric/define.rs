//! Definitions of instruments: what the user asks for goes in, a checked one, made once per name, comes out.

use std::borrow::Cow;

use super::InstrumentError;
use crate::content::limits::prefix;
use crate::semconv::registry;

/// Label sets per instrument, unless the user says otherwise.
const SERIES: usize = 1_000;
/// As OpenTelemetry has them.
const NAME: usize = 255;
const UNIT: usize = 63;
/// Buckets of a histogram; each point has them all.
const BUCKETS: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Counter,
    Histogram,
}

/// What the user asked for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Definition {
    pub(crate) name: Cow<'static, str>,
    pub(crate) ty: Type,
    pub(crate) unit: Option<Cow<'static, str>>,
    pub(crate) description: Option<Cow<'static, str>>,
    pub(crate) boundaries: Option<Vec<f64>>,
    pub(crate) series: usize,
}

impl Definition {
    pub(crate) fn new(name: Cow<'static, str>, ty: Type) -> Self {
        Self {
            name,
            ty,
            unit: None,
            description: None,
            boundaries: None,
            series: SERIES,
        }
    }

    pub(super) fn check(&self) -> Result<(), InstrumentError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_units_and_buckets_have_their_bounds() {
        let with = |change: &dyn Fn(&mut Definition)| {
            let mut definition = Definition::new("app.cost".into(), Type::Histogram);
            change(&mut definition);
            definition.check()
        };
        let unit = |unit: String| with(&|d| d.unit = Some(unit.clone().into()));
        assert_eq!(unit("x".repeat(UNIT)), Ok(()));
        let long = "x".repeat(UNIT + 1);
        let cut = InstrumentError::Unit("x".repeat(UNIT));
        assert_eq!(unit(long), Err(cut));
        assert_eq!(unit("€".into()), Err(InstrumentError::Unit("€".into())));

        let boundaries = |list: Vec<f64>| with(&|d| d.boundaries = Some(list.clone()));
        let rising = |count: u32| (0..count).map(f64::from).collect::<Vec<f64>>();
        assert_eq!(boundaries(Vec::new()), Ok(()));
        assert_eq!(boundaries(rising(1_000)), Ok(()));
        for wrong in [
            rising(1_001),
            vec![1.0, 1.0],
            vec![2.0, 1.0],
            vec![1.0, f64::INFINITY],
        ] {
            assert_eq!(boundaries(wrong), Err(InstrumentError::Boundaries));
        }
        assert_eq!(with(&|d| d.series = 1), Ok(()));
        assert_eq!(with(&|d| d.series = 0), Err(InstrumentError::NoSeries));
        assert_eq!(check_name(&"n".repeat(NAME)), Ok(()));
        let cut = InstrumentError::Name("n".repeat(NAME));
        assert_eq!(check_name(&"n".repeat(NAME + 1)), Err(cut));
    }
}
