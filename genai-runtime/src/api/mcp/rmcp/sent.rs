//! Requests that are sent so that their ids are known: a request goes in; its id goes on the operation that runs, and what answers it
//! comes out.
//!
//! rmcp's methods for single requests send and wait in one step that says no id. This is that step, with the same request, the same
//! message to the server where whoever waits gives up, and the same reading of answers.

use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Waker};

use rmcp_3::model::{CancelledNotificationParam, ClientRequest, RequestId, ServerResult};
use rmcp_3::service::{Peer, PeerRequestOptions, RoleClient, ServiceError};
use tokio::task::unconstrained;

use super::facts;
use crate::operation::active;
use crate::semconv::kind::Kind;

/// Sends a request; what `read` makes nothing of is unexpected.
pub(super) async fn sent<T>(
    peer: &Peer<RoleClient>,
    request: ClientRequest,
    read: fn(ServerResult) -> Option<T>,
) -> Result<T, ServiceError> {
    let options = PeerRequestOptions::no_options();
    let handle = peer.send_cancellable_request(request, options).await?;
    identified(&handle.id);
    let mut abandoned = Abandoned {
        peer,
        id: Some(handle.id.clone()),
    };
    let result = handle.await_response().await;
    abandoned.id = None;
    read(result?).ok_or(ServiceError::UnexpectedResponse)
}

/// The request of the operation that runs has this id.
pub(super) fn identified(id: &RequestId) {
    active::with_current_quietly(|op| {
        if op.kind() == Kind::McpClient {
            facts::id(op, id);
        }
    });
}

/// A request that is waited for. Dropped before that is over, it is cancelled on the other side, too.
struct Abandoned<'a> {
    peer: &'a Peer<RoleClient>,
    id: Option<RequestId>,
}

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        let Some(id) = self.id.take() else {
            return;
        };
        let reason = Some("request abandoned by the caller".to_owned());
        let params = CancelledNotificationParam::new(Some(id), reason);
        // The message is under way with the first poll, unless there is no room for it; nobody waits for more.
        let saying = pin!(unconstrained(self.peer.notify_cancelled(params)));
        let _ = saying.poll(&mut Context::from_waker(Waker::noop()));
    }
}

/// What answers are read as.
pub(super) mod read {
    use rmcp_3::model::{
        CallToolResponse, CallToolResult, CompleteResult, GetPromptResponse, GetPromptResult,
        GetTaskResult, ServerResult as Is,
    };

    use super::super::fits::only_meta;

    pub(in super::super) fn tool_once(result: Is) -> Option<CallToolResponse> {
        Some(match result {
            Is::CallToolResult(result) => CallToolResponse::Complete(result),
            Is::InputRequiredResult(result) => CallToolResponse::InputRequired(result),
            Is::CreateTaskResult(result) => CallToolResponse::Task(result),
            other => CallToolResponse::Complete(without_content(other)?),
        })
    }

    pub(in super::super) fn tool(result: Is) -> Option<CallToolResult> {
        match tool_once(result)? {
            CallToolResponse::Complete(result) => Some(result),
            _ => None,
        }
    }

    /// A result that has none of what results of tools have.
    fn without_content(result: Is) -> Option<CallToolResult> {
        let mut read = CallToolResult::default();
        read.result_type = None;
        match result {
            Is::EmptyResult(_) => {}
            Is::TaskAckResult(acknowledgement) => {
                read.result_type = Some(acknowledgement.result_type);
                read.meta = acknowledgement.meta;
            }
            Is::CustomResult(custom) => read.meta = Some(only_meta(custom.0)?),
            _ => return None,
        }
        Some(read)
    }

    pub(in super::super) fn prompt_once(result: Is) -> Option<GetPromptResponse> {
        match result {
            Is::GetPromptResult(result) => Some(GetPromptResponse::Complete(result)),
            Is::InputRequiredResult(result) => Some(GetPromptResponse::InputRequired(result)),
            _ => None,
        }
    }

    macro_rules! only {
        ($($name:ident: $result:ident -> $ty:ty;)*) => {$(
            pub(in super::super) fn $name(result: Is) -> Option<$ty> {
                match result {
                    Is::$result(result) => Some(result),
                    _ => None,
                }
            }
        )*};
    }
    only! {
        prompt: GetPromptResult -> GetPromptResult;
        completion: CompleteResult -> CompleteResult;
        task: GetTaskResult -> GetTaskResult;
    }

    pub(in super::super) fn nothing(result: Is) -> Option<()> {
        matches!(result, Is::EmptyResult(_)).then_some(())
    }

    pub(in super::super) fn acknowledgement(result: Is) -> Option<()> {
        matches!(result, Is::TaskAckResult(_) | Is::EmptyResult(_)).then_some(())
    }
}
