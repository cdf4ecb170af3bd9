//! Why an instrument is refused.

use std::fmt;

/// How many instruments there may be. They are never dropped, since their points are not either.
pub(super) const INSTRUMENTS: usize = 1_000;

/// Why a counter or histogram cannot be made.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstrumentError {
    /// OpenTelemetry refuses the name.
    Name(String),
    /// The name is one of the conventions' metrics, which the operations record.
    Reserved(String),
    /// OpenTelemetry refuses the unit.
    Unit(String),
    /// The boundaries of the buckets are not finite numbers that rise.
    Boundaries,
    /// No label set at all was allowed.
    NoSeries,
    /// An instrument of this name exists with another kind, unit, description, boundaries or bound.
    Different(String),
    /// There are as many instruments as there may be.
    TooMany,
}

impl fmt::Display for InstrumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(
                f,
                "{name:?} is no name of a metric: it starts with a letter and has at most 255 letters, digits, `_`, `.`, `-` and `/`"
            ),
            Self::Reserved(name) => write!(
                f,
                "{name:?} is a metric of the GenAI conventions; choose a name of your own"
            ),
            Self::Unit(unit) => {
                write!(f, "{unit:?} is no unit: it has at most 63 ASCII characters")
            }
            Self::Boundaries => f.write_str(
                "the boundaries of a histogram are finite numbers, each above the one before",
            ),
            Self::NoSeries => f.write_str("max_series is at least 1"),
            Self::Different(name) => write!(
                f,
                "{name:?} was defined with another kind, unit, description, boundaries or bound"
            ),
            Self::TooMany => write!(
                f,
                "there are {} counters and histograms already; make them once, not per call",
                INSTRUMENTS
            ),
        }
    }
}

/// As the text, which is what a program shows that returns the error from `main`.
impl fmt::Debug for InstrumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for InstrumentError {}
