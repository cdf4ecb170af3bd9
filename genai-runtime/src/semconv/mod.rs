//! The semantic conventions as data: keys, kinds of operations, and the values that attributes take.

pub(crate) mod bits;
pub(crate) mod coerce;
pub(crate) mod entry_values;
pub(crate) mod kind;
pub(crate) mod registry;
pub(crate) mod value;
