//! What rmcp's requests, results and errors say: they go in, attributes of an operation and how it ended come out.

#![allow(
    deprecated,
    reason = "sampling and roots are what servers of today ask"
)]

use std::borrow::Cow;
use std::io::Write as _;

use opentelemetry::StringValue;
use rmcp_3::ErrorData;
use rmcp_3::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ClientNotification, ClientRequest,
    ClientResult, CompleteResult, CreateMessageResult, CustomNotification, CustomResult,
    DiscoverResult, ElicitResult, GetPromptRequestParams, GetPromptResponse, GetPromptResult,
    GetSkillResult, GetTaskResult, InitializeResult, JsonObject, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListRootsResult, ListSkillsResult,
    ListToolsResult, ProtocolVersion, ReadResourceResponse, ReadResourceResult, Reference,
    RequestId, RequestParamsMeta as _, ServerNotification, ServerRequest, ServerResult,
};
use rmcp_3::service::{ServiceError, Subscription};

use crate::api::mcp::call::{rpc_outcome, tool_outcome};
use crate::extract::observe::lazy;
use crate::extract::traits::ErrorType as _;
use crate::operation::{Op, Outcome, Slot};
use crate::semconv::registry::keys;

/// An answer to another request, as rmcp's own error is called.
pub(super) const UNEXPECTED: &str = "unexpected_response";

/// A request in the hands of its receiver.
pub(super) trait Received {
    fn method(&self) -> Cow<'static, str>;
    /// What it is about.
    fn record(&self, op: &mut Op);

    /// The `_meta` of its parameters, which the message gets when it is written.
    fn params_meta(&self) -> Option<&JsonObject> {
        None
    }
}

/// A message of which the method is all that counts.
pub(super) struct Named(pub(super) &'static str);

impl Received for Named {
    fn method(&self) -> Cow<'static, str> {
        Cow::Borrowed(self.0)
    }

    fn record(&self, _: &mut Op) {}
}

impl Received for CustomNotification {
    fn method(&self) -> Cow<'static, str> {
        Cow::Owned(self.method.clone())
    }

    fn record(&self, _: &mut Op) {}
}

impl Received for ClientRequest {
    fn method(&self) -> Cow<'static, str> {
        Cow::Owned(ClientRequest::method(self).to_owned())
    }

    fn record(&self, op: &mut Op) {
        match self {
            Self::CallToolRequest(request) => tool(op, &request.params),
            Self::GetPromptRequest(request) => prompt(op, &request.params),
            Self::CompleteRequest(request) => completed(op, &request.params.r#ref),
            Self::ReadResourceRequest(request) => op.mcp_resource(&request.params.uri),
            Self::ReadResourceDirectoryRequest(request) => op.mcp_resource(&request.params.uri),
            Self::SubscribeRequest(request) => op.mcp_resource(&request.params.uri),
            Self::UnsubscribeRequest(request) => op.mcp_resource(&request.params.uri),
            _ => {}
        }
    }

    fn params_meta(&self) -> Option<&JsonObject> {
        let meta = match self {
            Self::CallToolRequest(request) => request.params.meta(),
            Self::CompleteRequest(request) => request.params.meta(),
            Self::GetPromptRequest(request) => request.params.meta(),
            Self::GetTaskRequest(request) => request.params.meta(),
            Self::InitializeRequest(request) => request.params.meta(),
            Self::ReadResourceRequest(request) => request.params.meta(),
            Self::ListPromptsRequest(request) => request.params.as_ref()?.meta(),
            Self::ListResourcesRequest(request) => request.params.as_ref()?.meta(),
            Self::ListResourceTemplatesRequest(request) => request.params.as_ref()?.meta(),
            Self::ListToolsRequest(request) => request.params.as_ref()?.meta(),
            _ => None,
        };
        meta.map(|meta| &meta.0.0)
    }
}

impl Received for ServerRequest {
    fn method(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::PingRequest(_) => "ping",
            Self::CreateMessageRequest(_) => "sampling/createMessage",
            Self::ListRootsRequest(_) => "roots/list",
            Self::ElicitRequest(_) => "elicitation/create",
            Self::CustomRequest(request) => return Cow::Owned(request.method.clone()),
            _ => "unknown",
        })
    }

    fn record(&self, _: &mut Op) {}

    fn params_meta(&self) -> Option<&JsonObject> {
        let meta = match self {
            Self::CreateMessageRequest(request) => request.params.meta(),
            Self::ElicitRequest(request) => request.params.meta(),
            _ => None,
        };
        meta.map(|meta| &meta.0.0)
    }
}

impl Received for ClientNotification {
    fn method(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::CancelledNotification(_) => "notifications/cancelled",
            Self::ProgressNotification(_) => "notifications/progress",
            Self::InitializedNotification(_) => "notifications/initialized",
            Self::RootsListChangedNotification(_) => "notifications/roots/list_changed",
            Self::CustomNotification(notification) => {
                return Cow::Owned(notification.method.clone());
            }
            _ => "unknown",
        })
    }

    fn record(&self, _: &mut Op) {}
}

impl Received for ServerNotification {
    fn method(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::CancelledNotification(_) => "notifications/cancelled",
            Self::ProgressNotification(_) => "notifications/progress",
            Self::LoggingMessageNotification(_) => "notifications/message",
            Self::ResourceUpdatedNotification(_) => "notifications/resources/updated",
            Self::ResourceListChangedNotification(_) => "notifications/resources/list_changed",
            Self::ToolListChangedNotification(_) => "notifications/tools/list_changed",
            Self::PromptListChangedNotification(_) => "notifications/prompts/list_changed",
            Self::SubscriptionsAcknowledgedNotification(_) => {
                "notifications/subscriptions/acknowledged"
            }
            Self::TaskStatusNotification(_) => "notifications/tasks",
            Self::CustomNotification(notification) => {
                return Cow::Owned(notification.method.clone());
            }
            _ => "unknown",
        })
    }

    fn record(&self, op: &mut Op) {
        if let Self::ResourceUpdatedNotification(notification) = self {
            op.mcp_resource(&notification.params.uri);
        }
    }
}

/// What answers a request.
pub(super) trait Answer {
    /// Records it; how the call ended.
    fn record(&self, op: &mut Op) -> Outcome;
}

impl Answer for ServerResult {
    fn record(&self, op: &mut Op) -> Outcome {
        match self {
            Self::CallToolResult(result) => return result.record(op),
            Self::InitializeResult(result) => return result.record(op),
            _ => {}
        }
        Outcome::Ok
    }
}

impl Answer for ClientResult {
    fn record(&self, _: &mut Op) -> Outcome {
        Outcome::Ok
    }
}

impl Answer for () {
    fn record(&self, _: &mut Op) -> Outcome {
        Outcome::Ok
    }
}

macro_rules! answers {
    ($($ty:ty),* $(,)?) => {$(
        impl Answer for $ty {
            fn record(&self, _: &mut Op) -> Outcome {
                Outcome::Ok
            }
        }
    )*};
}
answers!(
    CompleteResult,
    CreateMessageResult,
    DiscoverResult,
    ElicitResult,
    GetPromptResponse,
    GetPromptResult,
    GetTaskResult,
    ListPromptsResult,
    ListResourceTemplatesResult,
    ListResourcesResult,
    ListRootsResult,
    ListToolsResult,
    ReadResourceResponse,
    ReadResourceResult,
    CustomResult,
    GetSkillResult,
    ListSkillsResult,
);

/// It is acknowledged, and goes on.
impl Answer for Subscription {
    fn record(&self, op: &mut Op) -> Outcome {
        id(op, self.id());
        Outcome::Ok
    }
}

/// A task or a question is a success, as is a result that does not say that it is an error.
impl Answer for CallToolResponse {
    fn record(&self, op: &mut Op) -> Outcome {
        match self {
            Self::Complete(result) => result.record(op),
            _ => Outcome::Ok,
        }
    }
}

impl Answer for InitializeResult {
    fn record(&self, op: &mut Op) -> Outcome {
        protocol(op, &self.protocol_version);
        Outcome::Ok
    }
}

impl Answer for CallToolResult {
    fn record(&self, op: &mut Op) -> Outcome {
        if op.executes_tool() && op.wants_content() {
            op.result(self);
        }
        if self.is_error == Some(true) {
            tool_outcome()
        } else {
            Outcome::Ok
        }
    }
}

impl<T: Answer> Answer for &T {
    fn record(&self, op: &mut Op) -> Outcome {
        (**self).record(op)
    }
}

impl<E: Failed> Failed for &E {
    fn outcome(&self, op: &mut Op) -> Outcome {
        (**self).outcome(op)
    }
}

/// What can go wrong.
pub(super) trait Failed {
    fn outcome(&self, op: &mut Op) -> Outcome;
}

impl Failed for ErrorData {
    fn outcome(&self, op: &mut Op) -> Outcome {
        rpc_outcome(op, i64::from(self.code.0), &self.message)
    }
}

impl Failed for ServiceError {
    fn outcome(&self, op: &mut Op) -> Outcome {
        match self {
            Self::McpError(error) => error.outcome(op),
            other => Outcome::Error {
                error_type: StringValue::from(other.error_type().into_owned()),
                message: None,
            },
        }
    }
}

/// Ends the operation as the call did.
pub(super) fn finish<T: Answer, E: Failed>(mut op: Box<Op>, result: &Result<T, E>) {
    op.complete();
    let outcome = match result {
        Ok(answer) => answer.record(&mut op),
        Err(error) => error.outcome(&mut op),
    };
    op.finish(outcome);
}

/// Sends or handles a request in its operation.
///
/// No `async fn`: such a one holds the future that it is given twice, as its argument and where it waits for it, and rmcp's are
/// thousands of bytes that are moved with every call.
pub(super) fn observed<T: Answer, E: Failed>(
    slot: Slot,
    request: impl Future<Output = Result<T, E>>,
) -> impl Future<Output = Result<T, E>> {
    lazy(slot, request, |slot, result| {
        if let Some(op) = slot {
            finish(op, &result);
        }
        result
    })
}

/// The tool that is called, and with what.
pub(super) fn tool(op: &mut Op, params: &CallToolRequestParams) {
    op.fill_str(keys::GEN_AI_TOOL_NAME.id(), &params.name);
    if op.wants_content() {
        let none = JsonObject::new();
        op.arguments(params.arguments.as_ref().unwrap_or(&none));
    }
}

/// The prompt that is got, and with what.
pub(super) fn prompt(op: &mut Op, params: &GetPromptRequestParams) {
    op.mcp_prompt(&params.name);
    if let Some(arguments) = &params.arguments {
        op.prompt_arguments(arguments);
    }
}

/// What is completed: an argument of a prompt, or of a resource.
pub(super) fn completed(op: &mut Op, of: &Reference) {
    match of {
        Reference::Prompt(prompt) => op.mcp_prompt(&prompt.name),
        Reference::Resource(resource) => op.mcp_resource(&resource.uri),
        #[allow(unreachable_patterns, reason = "a later version may have more")]
        _ => {}
    }
}

pub(super) fn id(op: &mut Op, id: &RequestId) {
    match id {
        RequestId::Number(number) => {
            // As long as the longest there is; each request has one.
            let mut text = [0; 20];
            let mut rest = text.as_mut_slice();
            let is_written = write!(rest, "{number}").is_ok();
            let written = 20_usize.saturating_sub(rest.len());
            let text = text.get(..written).filter(|_| is_written);
            if let Some(text) = text.and_then(|text| std::str::from_utf8(text).ok()) {
                op.set_str(keys::JSONRPC_REQUEST_ID.id(), text);
            }
        }
        RequestId::String(text) => op.set_str(keys::JSONRPC_REQUEST_ID.id(), text),
    }
}

pub(super) fn protocol(op: &mut Op, version: &ProtocolVersion) {
    op.fill_str(keys::MCP_PROTOCOL_VERSION.id(), version.as_str());
}
