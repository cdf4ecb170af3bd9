//! What users call and what the macros expand to.

#[doc(hidden)]
pub mod __rt;
#[doc(hidden)]
pub mod hints;
pub(crate) mod invocation;
pub(crate) mod metrics;
pub(crate) mod process;
pub(crate) mod telemetry;
