//! What is recorded of MCP, and how its messages carry the trace: settings from code, else the defaults.

use crate::context::propagation::Propagation;

/// The settings of MCP.
#[derive(Clone, Copy, Debug)]
pub(crate) struct McpConfig {
    pub(crate) propagation: Propagation,
    /// Whether notifications have spans too.
    pub(crate) notifications: bool,
    /// Whether a tool and the call of the same tool directly around or inside it are one span.
    pub(crate) one_span_per_tool: bool,
    /// Whether the URI of a resource stands in the name of a span.
    pub(crate) resource_in_names: bool,
    /// Whether it labels metrics.
    pub(crate) resource_in_metrics: bool,
    /// Whether baggage goes along in `_meta`, as far as the process sends and accepts any.
    pub(crate) baggage: bool,
    /// Whether what is merged in the conventions, and not released, holds.
    pub(crate) unreleased: bool,
}

impl Default for McpConfig {
    fn default() -> Self {
        Self {
            propagation: Propagation::default(),
            notifications: false,
            one_span_per_tool: true,
            resource_in_names: false,
            resource_in_metrics: false,
            baggage: false,
            unreleased: false,
        }
    }
}
