//! The semantic conventions as data: keys, kinds of operations, and the values that attributes take.

pub(crate) mod bits;
pub(crate) mod coerce;
pub(crate) mod entry_values;
pub(crate) mod kind;
pub(crate) mod registry;
pub(crate) mod value;

/// What the conventions have in place of an error type, or of any other value, that is not known or one too many.
pub(crate) const OTHER: &str = "_OTHER";
