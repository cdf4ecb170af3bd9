//! What distinguishes the kinds of operations beside their attributes.

use super::registry::{Id, keys};

pub(crate) use super::registry::Kind;

impl Kind {
    /// The attribute that stands in the span's name after the operation's.
    pub(crate) fn subject(self) -> Option<Id> {
        Some(match self {
            Self::Chat | Self::Embeddings => keys::GEN_AI_REQUEST_MODEL.id(),
            Self::Agent => keys::GEN_AI_AGENT_NAME.id(),
            Self::Tool | Self::McpClient | Self::McpServer => keys::GEN_AI_TOOL_NAME.id(),
            Self::Workflow => keys::GEN_AI_WORKFLOW_NAME.id(),
            Self::Retrieval => keys::GEN_AI_DATA_SOURCE_ID.id(),
            Self::Custom => return None,
        })
    }

    /// Whether an operation of this kind inside another of it is the same call seen twice.
    pub(crate) fn is_suppressed_in_itself(self) -> bool {
        matches!(self, Self::Chat | Self::Embeddings | Self::Retrieval)
    }

    /// Whether it is a message of MCP.
    #[inline]
    pub(crate) fn is_mcp(self) -> bool {
        matches!(self, Self::McpClient | Self::McpServer)
    }

    /// Whether a completion hook sees it.
    pub(crate) fn has_hook(self) -> bool {
        matches!(self, Self::Chat | Self::Agent | Self::Workflow)
    }
}
