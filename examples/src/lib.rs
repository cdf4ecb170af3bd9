//! Shared pieces of the examples.

pub mod http;
mod offline;
pub mod provider;
mod telemetry;
mod tree;

pub use offline::offline;
pub use telemetry::{Guard, telemetry};
pub use tree::{Node, tree};
