//! Shared pieces of the examples.

pub mod http;
mod offline;
pub mod provider;
mod telemetry;

pub use offline::offline;
pub use telemetry::{Guard, telemetry};
