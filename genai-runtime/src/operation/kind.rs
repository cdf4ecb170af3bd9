//! The kind of an operation: a number of the registry in; what sets kinds apart out.

use crate::semconv::registry::{Id, keys};

/// The kind of an operation; the numbers are the indexes of the registry's operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Chat = 0,
    Embeddings = 1,
    Agent = 2,
    Tool = 3,
    Workflow = 4,
    Retrieval = 5,
    /// An operation of the user's own: no key of the conventions belongs to it.
    Custom = 6,
}

impl Kind {
    pub(crate) const fn from_index(index: u8) -> Self {
        match index {
            0 => Self::Chat,
            1 => Self::Embeddings,
            2 => Self::Agent,
            3 => Self::Tool,
            4 => Self::Workflow,
            5 => Self::Retrieval,
            _ => Self::Custom,
        }
    }

    /// The attribute that stands in the span's name after the operation's.
    pub(super) fn subject(self) -> Option<Id> {
        Some(match self {
            Self::Chat | Self::Embeddings => keys::GEN_AI_REQUEST_MODEL.id(),
            Self::Agent => keys::GEN_AI_AGENT_NAME.id(),
            Self::Tool => keys::GEN_AI_TOOL_NAME.id(),
            Self::Workflow => keys::GEN_AI_WORKFLOW_NAME.id(),
            Self::Retrieval => keys::GEN_AI_DATA_SOURCE_ID.id(),
            Self::Custom => return None,
        })
    }

    /// Whether an operation of this kind inside another of it is the same call seen twice.
    pub(super) fn is_suppressed_in_itself(self) -> bool {
        matches!(self, Self::Chat | Self::Embeddings | Self::Retrieval)
    }

    /// Whether a completion hook sees it.
    pub(super) fn has_hook(self) -> bool {
        matches!(self, Self::Chat | Self::Agent | Self::Workflow)
    }
}
