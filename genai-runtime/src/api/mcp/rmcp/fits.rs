//! Which results rmcp takes as the answer to a request: a request goes in, a check of its answer comes out. Of whatever else a peer
//! answers, whoever asked learns that it is unexpected.

#![allow(
    deprecated,
    reason = "sampling and roots are what servers of today ask"
)]

use rmcp_3::model::{ClientRequest, ClientResult, MetaObject, ServerRequest, ServerResult};
use serde_json::Value;

/// The check of an answer, of either side.
#[derive(Clone, Copy)]
pub(super) enum Fits {
    OfServer(fn(&ServerResult) -> bool),
    OfClient(fn(&ClientResult) -> bool),
}

/// A request whose answer can be checked.
pub(super) trait Asks {
    fn fits(&self) -> Fits;
}

/// An answer.
pub(super) trait Fitting {
    fn is_fit(&self, fits: Fits) -> bool;
}

macro_rules! is {
    ($side:ident: $($result:pat_param)|+) => {
        Fits::$side(|result| matches!(result, $($result)|+))
    };
}

impl Asks for ClientRequest {
    fn fits(&self) -> Fits {
        use ServerResult as Is;
        match self {
            // One without content is a result, too.
            Self::CallToolRequest(_) => Fits::OfServer(|result| match result {
                Is::CallToolResult(_)
                | Is::InputRequiredResult(_)
                | Is::CreateTaskResult(_)
                | Is::EmptyResult(_)
                | Is::TaskAckResult(_) => true,
                Is::CustomResult(custom) => has_only_meta(&custom.0),
                _ => false,
            }),
            Self::GetPromptRequest(_) => {
                is!(OfServer: Is::GetPromptResult(_) | Is::InputRequiredResult(_))
            }
            Self::ReadResourceRequest(_) => {
                is!(OfServer: Is::ReadResourceResult(_) | Is::InputRequiredResult(_))
            }
            Self::CompleteRequest(_) => is!(OfServer: Is::CompleteResult(_)),
            Self::DiscoverRequest(_) => is!(OfServer: Is::DiscoverResult(_)),
            Self::InitializeRequest(_) => is!(OfServer: Is::InitializeResult(_)),
            Self::ListToolsRequest(_) => is!(OfServer: Is::ListToolsResult(_)),
            Self::ListPromptsRequest(_) => is!(OfServer: Is::ListPromptsResult(_)),
            Self::ListResourcesRequest(_) | Self::ReadResourceDirectoryRequest(_) => {
                is!(OfServer: Is::ListResourcesResult(_))
            }
            Self::ListResourceTemplatesRequest(_) => {
                is!(OfServer: Is::ListResourceTemplatesResult(_))
            }
            Self::ListSkillsRequest(_) => is!(OfServer: Is::ListSkillsResult(_)),
            Self::GetSkillRequest(_) => is!(OfServer: Is::GetSkillResult(_)),
            Self::GetTaskRequest(_) => is!(OfServer: Is::GetTaskResult(_)),
            _ => Fits::OfServer(|_| true),
        }
    }
}

/// Whether it is a result that has `_meta` and nothing else.
fn has_only_meta(result: &Value) -> bool {
    let fields = result.as_object();
    fields.is_some_and(|fields| {
        fields.len() == 1 && fields.get("_meta").is_some_and(Value::is_object)
    })
}

/// The `_meta` of such a result.
pub(super) fn only_meta(mut result: Value) -> Option<MetaObject> {
    if !has_only_meta(&result) {
        return None;
    }
    let meta = result.get_mut("_meta")?.take();
    serde_json::from_value(meta).ok()
}

impl Asks for ServerRequest {
    fn fits(&self) -> Fits {
        use ClientResult as Is;
        match self {
            Self::CreateMessageRequest(_) => is!(OfClient: Is::CreateMessageResult(_)),
            Self::ElicitRequest(_) => is!(OfClient: Is::ElicitResult(_)),
            Self::ListRootsRequest(_) => is!(OfClient: Is::ListRootsResult(_)),
            _ => Fits::OfClient(|_| true),
        }
    }
}

impl Fitting for ServerResult {
    fn is_fit(&self, fits: Fits) -> bool {
        match fits {
            Fits::OfServer(fits) => fits(self),
            Fits::OfClient(_) => true,
        }
    }
}

impl Fitting for ClientResult {
    fn is_fit(&self, fits: Fits) -> bool {
        match fits {
            Fits::OfClient(fits) => fits(self),
            Fits::OfServer(_) => true,
        }
    }
}

/// An acknowledgement.
impl Fitting for () {
    fn is_fit(&self, _: Fits) -> bool {
        true
    }
}
