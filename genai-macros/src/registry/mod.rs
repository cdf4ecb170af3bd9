//! Look-ups in the generated table: names, nearest names, sides, operations.

#[rustfmt::skip]
#[allow(dead_code, reason = "the same file serves the runtime, which needs other parts of it")]
mod table;

pub(crate) use table::*;
