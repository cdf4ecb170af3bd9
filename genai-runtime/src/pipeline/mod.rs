//! Where telemetry goes: configuration, providers, instruments, events, hooks, uploads, prices, and whether anything listens.

pub(crate) mod admission;
pub(crate) mod binding;
pub(crate) mod blueprint;
pub(crate) mod compat;
pub(crate) mod config;
pub(crate) mod current;
pub(crate) mod event;
pub(crate) mod exporting;
pub mod hook;
pub(crate) mod instruments;
pub(crate) mod listening;
pub(crate) mod metric;
#[cfg(loom)]
#[cfg(test)]
mod models;
pub mod pricing;
mod published;
pub(crate) mod spans;
pub(crate) mod stages;
pub(crate) mod state;
#[cfg(feature = "upload")]
pub mod upload;
