//! What users call and what the macros expand to.

#[doc(hidden)]
pub mod __rt;
pub(crate) mod attempt;
#[cfg(any(feature = "aws-bedrock-1", feature = "rig-0_44"))]
pub mod clients;
pub(crate) mod context;
pub mod evaluation;
#[doc(hidden)]
pub mod hints;
pub mod invocation;
pub mod mcp;
pub mod metrics;
pub(crate) mod process;
#[cfg(feature = "tower")]
pub mod services;
pub(crate) mod telemetry;
