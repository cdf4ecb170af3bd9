//! Shared pieces of the examples.

pub mod http;
pub mod provider;
mod telemetry;

pub use telemetry::{Guard, telemetry};
