//! What a client asks of its server: the parameters of a request go in, and its answer comes out of a CLIENT span.

#![allow(deprecated, reason = "what servers of today serve")]

use rmcp_3::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CancelTaskParams, ClientRequest,
    CompleteRequestParams, CompleteResult, DiscoverResult, GetPromptRequestParams,
    GetPromptResponse, GetPromptResult, GetTaskParams, GetTaskResult, JsonObject,
    ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult,
    PaginatedRequestParams, Prompt, ReadResourceRequestParams, ReadResourceResponse,
    ReadResourceResult, Request, RequestMetaObject, RequestParamsMeta, Resource, ResourceTemplate,
    ServerResult, SetLevelRequestParams, SubscribeRequestParams, SubscriptionFilter, Tool,
    UnsubscribeRequestParams, UpdateTaskParams,
};
#[allow(unused_imports, reason = "the documentation links to it")]
use rmcp_3::service::Peer;
use rmcp_3::service::{PeerRequestOptions, RoleClient, ServiceError, Subscription};

use super::facts::{self, Received as _, observed};
use super::peer::{ObservedPeer, asked, inject, inject_request};
use super::sent::{read, sent};
use crate::operation::{Op, Slot};
use crate::semconv::kind::Kind;

/// Writes the trace into a `_meta` that need not be there: none is made that stays empty.
fn inject_into(slot: &Slot, meta: &mut Option<RequestMetaObject>) {
    match meta {
        Some(meta) => inject(slot, &mut meta.0.0),
        None => {
            let mut fields = JsonObject::new();
            inject(slot, &mut fields);
            if !fields.is_empty() {
                let mut made = RequestMetaObject::new();
                made.0.0 = fields;
                *meta = Some(made);
            }
        }
    }
}

impl ObservedPeer<RoleClient> {
    /// The operation of a request, started.
    fn begin(&self, method: &'static str, about: impl FnOnce(&mut Op)) -> Slot {
        let mut op = self.settings().begin(Kind::McpClient, || method.into())?;
        if let Some(info) = self.peer.peer_info() {
            facts::protocol(&mut op, &info.protocol_version);
        }
        about(&mut op);
        op.start();
        Some(op)
    }
}

macro_rules! requests {
    ($(
        $(#[$meta:meta])*
        $name:ident($method:literal, $params:ty, $request:ident $(, |$op:ident, $asked:ident| $about:expr)?)
            -> $result:ty: $read:expr;
    )*) => {
        impl ObservedPeer<RoleClient> {$(
            #[doc = concat!("[`Peer::", stringify!($name), "`], recorded as `", $method, "`.")]
            ///
            /// # Errors
            ///
            /// Those of rmcp's method.
            $(#[$meta])*
            pub async fn $name(&self, mut params: $params) -> Result<$result, ServiceError> {
                let slot = self.begin($method, |_op| {
                    $(
                        let ($op, $asked) = (_op, &params);
                        $about
                    )?
                });
                inject_into(&slot, params.meta_mut());
                if slot.is_none() {
                    return self.peer.$name(params).await;
                }
                let request = ClientRequest::$request(Request::new(params));
                observed(slot, sent(&self.peer, request, $read)).await
            }
        )*}
    };
}

requests! {
    call_tool("tools/call", CallToolRequestParams, CallToolRequest, |op, asked| facts::tool(op, asked))
        -> CallToolResult: read::tool;
    call_tool_once("tools/call", CallToolRequestParams, CallToolRequest, |op, asked| facts::tool(op, asked))
        -> CallToolResponse: read::tool_once;
    get_prompt("prompts/get", GetPromptRequestParams, GetPromptRequest, |op, asked| facts::prompt(op, asked))
        -> GetPromptResult: read::prompt;
    get_prompt_once("prompts/get", GetPromptRequestParams, GetPromptRequest, |op, asked| facts::prompt(op, asked))
        -> GetPromptResponse: read::prompt_once;
    complete("completion/complete", CompleteRequestParams, CompleteRequest, |op, asked| facts::completed(op, &asked.r#ref))
        -> CompleteResult: read::completion;
    subscribe("resources/subscribe", SubscribeRequestParams, SubscribeRequest, |op, asked| op.mcp_resource(&asked.uri))
        -> (): read::nothing;
    unsubscribe("resources/unsubscribe", UnsubscribeRequestParams, UnsubscribeRequest, |op, asked| op.mcp_resource(&asked.uri))
        -> (): read::nothing;
    set_level("logging/setLevel", SetLevelRequestParams, SetLevelRequest) -> (): read::nothing;
    get_task("tasks/get", GetTaskParams, GetTaskRequest) -> GetTaskResult: read::task;
    update_task("tasks/update", UpdateTaskParams, UpdateTaskRequest) -> (): read::acknowledgement;
    cancel_task("tasks/cancel", CancelTaskParams, CancelTaskRequest) -> (): read::acknowledgement;
}

/// What rmcp may answer from its cache is left to its own methods, which say no id.
macro_rules! cached {
    ($($name:ident -> $result:ty;)*) => {
        impl ObservedPeer<RoleClient> {$(
            #[doc = concat!("[`Peer::", stringify!($name), "`], recorded as `resources/read`.")]
            ///
            /// # Errors
            ///
            /// Those of rmcp's method.
            pub async fn $name(
                &self,
                mut params: ReadResourceRequestParams,
            ) -> Result<$result, ServiceError> {
                let slot = self.begin("resources/read", |op| op.mcp_resource(&params.uri));
                inject_into(&slot, params.meta_mut());
                observed(slot, self.peer.$name(params)).await
            }
        )*}
    };
}

cached! {
    read_resource -> ReadResourceResult;
    read_resource_once -> ReadResourceResponse;
}

macro_rules! lists {
    ($($name:ident, $all:ident($method:literal) -> $result:ident.$items:ident: $item:ty;)*) => {
        impl ObservedPeer<RoleClient> {$(
            #[doc = concat!("[`Peer::", stringify!($name), "`], recorded as `", $method, "`.")]
            ///
            /// # Errors
            ///
            /// Those of rmcp's method.
            pub async fn $name(
                &self,
                params: Option<PaginatedRequestParams>,
            ) -> Result<$result, ServiceError> {
                let slot = self.begin($method, |_| {});
                let mut params = params;
                let mut meta = params.as_mut().and_then(|params| params.meta.take());
                inject_into(&slot, &mut meta);
                if meta.is_some() {
                    params.get_or_insert_default().meta = meta;
                }
                observed(slot, self.peer.$name(params)).await
            }

            #[doc = concat!("[`Peer::", stringify!($all), "`]: each page is recorded as `", $method, "`.")]
            ///
            /// # Errors
            ///
            /// Those of rmcp's method.
            pub async fn $all(&self) -> Result<Vec<$item>, ServiceError> {
                let mut page = self.$name(Some(PaginatedRequestParams::default())).await?;
                let mut items = page.$items;
                while let Some(cursor) = page.next_cursor {
                    let params = PaginatedRequestParams::default().with_cursor(Some(cursor));
                    page = self.$name(Some(params)).await?;
                    items.extend(page.$items);
                }
                Ok(items)
            }
        )*}
    };
}

lists! {
    list_tools, list_all_tools("tools/list") -> ListToolsResult.tools: Tool;
    list_prompts, list_all_prompts("prompts/list") -> ListPromptsResult.prompts: Prompt;
    list_resources, list_all_resources("resources/list") -> ListResourcesResult.resources: Resource;
    list_resource_templates, list_all_resource_templates("resources/templates/list")
        -> ListResourceTemplatesResult.resource_templates: ResourceTemplate;
}

impl ObservedPeer<RoleClient> {
    /// [`Peer::discover`], recorded as `server/discover`.
    ///
    /// # Errors
    ///
    /// Those of rmcp's method.
    pub async fn discover(
        &self,
        mut meta: RequestMetaObject,
    ) -> Result<DiscoverResult, ServiceError> {
        let slot = self.begin("server/discover", |_| {});
        inject(&slot, &mut meta.0.0);
        observed(slot, self.peer.discover(meta)).await
    }

    /// [`Peer::listen`], recorded as `subscriptions/listen` until the server has acknowledged it.
    ///
    /// # Errors
    ///
    /// Those of rmcp's method.
    pub async fn listen(
        &self,
        notifications: SubscriptionFilter,
    ) -> Result<Subscription, ServiceError> {
        let slot = self.begin("subscriptions/listen", |_| {});
        observed(slot, self.peer.listen(notifications)).await
    }

    /// [`Peer::send_request`], recorded as what it sends.
    ///
    /// # Errors
    ///
    /// Those of rmcp's method.
    pub async fn send_request(&self, request: ClientRequest) -> Result<ServerResult, ServiceError> {
        let options = PeerRequestOptions::no_options();
        self.send_request_with_options(request, options).await
    }

    /// The same with options of rmcp's, such as a timeout, by which the request is `timeout` when it has passed.
    ///
    /// # Errors
    ///
    /// Those of rmcp's [`send_request_with_option`](Peer::send_request_with_option) and of its handle.
    pub async fn send_request_with_options(
        &self,
        mut request: ClientRequest,
        options: PeerRequestOptions,
    ) -> Result<ServerResult, ServiceError> {
        let mut slot = self
            .settings()
            .begin(Kind::McpClient, || facts::Received::method(&request));
        if let Some(op) = &mut slot {
            if let Some(info) = self.peer.peer_info() {
                facts::protocol(op, &info.protocol_version);
            }
            request.record(op);
            op.start();
        }
        inject_request(&slot, &mut request);
        asked(slot, &self.peer, request, options, None).await
    }
}
