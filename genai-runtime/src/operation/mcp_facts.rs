//! What an operation of MCP has beside any other, from its start to its end.

use opentelemetry::{Context, KeyValue};

use super::name::Name;
use crate::context::GenAiContext;

/// What an operation of MCP has beside any other.
#[derive(Default)]
pub(super) struct Mcp {
    pub(super) method: Name,
    /// What stands after the method in the span's name where it is no tool.
    pub(super) target: Name,
    /// What labels its metrics.
    pub(super) labels: Vec<KeyValue>,
    /// The context with the span of the other side.
    pub(super) remote: Option<Context>,
    /// What is ambient, with what was accepted from the other side.
    pub(super) accepted: Option<GenAiContext>,
    /// The arguments of a prompt, for its span.
    pub(super) variables: Vec<KeyValue>,
}
