//! Peers of rmcp: whom requests are sent to goes in, and comes out with a CLIENT span around each of them.

#![allow(
    deprecated,
    reason = "sampling and roots are what servers of today ask"
)]

use std::fmt;
use std::ops::Deref;

use rmcp_3::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CancelTaskParams, ClientRequest,
    ClientResult, CompleteRequestParams, CompleteResult, CreateMessageRequest,
    CreateMessageRequestParams, CreateMessageResult, DiscoverResult, ElicitRequest,
    ElicitRequestParams, ElicitResult, GetMeta, GetPromptRequestParams, GetPromptResponse,
    GetPromptResult, GetTaskParams, GetTaskResult, JsonObject, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListRootsRequest, ListRootsResult,
    ListToolsResult, PaginatedRequestParams, Prompt, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, RequestMetaObject, RequestParamsMeta, Resource,
    ResourceTemplate, ServerRequest, ServerResult, SubscriptionFilter, Tool, UpdateTaskParams,
};
use rmcp_3::service::{
    Peer, PeerRequestOptions, RoleClient, RoleServer, ServiceError, ServiceRole, Subscription,
};

use super::facts::{self, Answer, Received as _, finish, observed};
use super::fits::{Asks as _, Fits, Fitting};
use super::settings::Settings;
use crate::api::mcp::call;
use crate::api::mcp::transport::Transport;
use crate::api::telemetry::Telemetry;
use crate::context::w3c;
use crate::extract::observe::observe;
use crate::operation::{Op, Slot};
use crate::semconv::kind::Kind;

/// A peer of rmcp with a CLIENT span and `mcp.client.operation.duration` for each request that is sent to it.
///
/// It has the methods of [`Peer`] that send requests, by the same names and with the same results; what else a peer has, such as
/// notifications, is reached through it and not recorded.
pub struct ObservedPeer<R: ServiceRole> {
    peer: Peer<R>,
    settings: Settings,
}

/// Observes the requests to a peer: those of a client to its server, and those of a server to its client (sampling, elicitation,
/// roots).
///
/// ```
/// use rmcp_3::service::{Peer, RoleClient, ServiceError};
///
/// async fn count_tools(peer: Peer<RoleClient>) -> Result<usize, ServiceError> {
///     let peer = genai::mcp::observe_peer(peer);
///     Ok(peer.list_all_tools().await?.len())
/// }
/// ```
pub fn observe_peer<R: ServiceRole>(peer: Peer<R>) -> ObservedPeer<R> {
    ObservedPeer {
        peer,
        settings: Settings::default(),
    }
}

impl<R: ServiceRole> Clone for ObservedPeer<R> {
    fn clone(&self) -> Self {
        Self {
            peer: self.peer.clone(),
            settings: self.settings.clone(),
        }
    }
}

impl<R: ServiceRole> Deref for ObservedPeer<R> {
    type Target = Peer<R>;

    fn deref(&self) -> &Peer<R> {
        &self.peer
    }
}

impl<R: ServiceRole> fmt::Debug for ObservedPeer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObservedPeer").finish_non_exhaustive()
    }
}

/// Writes the trace into the `_meta` of a request that has an operation, or none.
fn inject(slot: &Slot, meta: &mut JsonObject) {
    match slot {
        Some(op) => op.mcp_inject(meta),
        None => call::inject(meta),
    }
}

/// The same where the object need not be there: none is made that stays empty.
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

impl<R: ServiceRole> ObservedPeer<R> {
    /// What the connection runs over.
    pub fn transport(mut self, transport: Transport) -> Self {
        self.settings.transport = Some(transport);
        self
    }

    /// The host or the URL of the server: `server.address` and `server.port`. Nothing for stdio.
    pub fn server_address(mut self, address: impl AsRef<str>) -> Self {
        self.settings.address = Some(address.as_ref().into());
        self
    }

    /// Where telemetry goes, if not to the process default.
    pub fn telemetry(mut self, telemetry: &Telemetry) -> Self {
        self.settings.telemetry = Some(telemetry.inner.clone());
        self
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn settings_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }
}

/// Sends any request in its operation; rmcp says its id, which it does for no other method.
async fn asked<R: ServiceRole<PeerResp: Answer + Fitting>>(
    mut slot: Slot,
    peer: &Peer<R>,
    request: R::Req,
    fits: Option<Fits>,
) -> Result<R::PeerResp, ServiceError> {
    let mut id = None;
    let sending = async {
        let options = PeerRequestOptions::no_options();
        let handle = peer.send_cancellable_request(request, options).await?;
        id = Some(handle.id.clone());
        let answer = handle.await_response().await?;
        match fits {
            Some(fits) if !answer.is_fit(fits) => Err(ServiceError::UnexpectedResponse),
            _ => Ok(answer),
        }
    };
    let result = observe(&mut slot, sending).await;
    if let Some(mut op) = slot {
        if let Some(id) = &id {
            facts::id(&mut op, id);
        }
        finish(op, &result);
    }
    result
}

impl ObservedPeer<RoleClient> {
    /// The operation of a request, started.
    fn begin(&self, method: &'static str, about: impl FnOnce(&mut Op)) -> Slot {
        let mut op = self.settings.begin(Kind::McpClient, || method.into())?;
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
        $name:ident($method:literal, $params:ty $(, |$op:ident, $asked:ident| $about:expr)?) -> $result:ty;
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
                observed(slot, self.peer.$name(params)).await
            }
        )*}
    };
}

requests! {
    call_tool("tools/call", CallToolRequestParams, |op, asked| facts::tool(op, asked)) -> CallToolResult;
    call_tool_once("tools/call", CallToolRequestParams, |op, asked| facts::tool(op, asked)) -> CallToolResponse;
    get_prompt("prompts/get", GetPromptRequestParams, |op, asked| op.mcp_prompt(&asked.name)) -> GetPromptResult;
    get_prompt_once("prompts/get", GetPromptRequestParams, |op, asked| op.mcp_prompt(&asked.name)) -> GetPromptResponse;
    read_resource("resources/read", ReadResourceRequestParams, |op, asked| op.mcp_resource(&asked.uri)) -> ReadResourceResult;
    read_resource_once("resources/read", ReadResourceRequestParams, |op, asked| op.mcp_resource(&asked.uri)) -> ReadResourceResponse;
    complete("completion/complete", CompleteRequestParams, |op, asked| facts::completed(op, &asked.r#ref)) -> CompleteResult;
    get_task("tasks/get", GetTaskParams) -> GetTaskResult;
    update_task("tasks/update", UpdateTaskParams) -> ();
    cancel_task("tasks/cancel", CancelTaskParams) -> ();
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
    pub async fn send_request(
        &self,
        mut request: ClientRequest,
    ) -> Result<ServerResult, ServiceError> {
        let mut slot = self
            .settings
            .begin(Kind::McpClient, || facts::Received::method(&request));
        if let Some(op) = &mut slot {
            if let Some(info) = self.peer.peer_info() {
                facts::protocol(op, &info.protocol_version);
            }
            request.record(op);
            op.start();
        }
        inject_request(&slot, &mut request);
        asked(slot, &self.peer, request, None).await
    }
}

/// Nothing is made of a request that would carry no trace.
fn inject_request(slot: &Slot, request: &mut impl GetMeta<Metadata = RequestMetaObject>) {
    let mut fields = JsonObject::new();
    inject(slot, &mut fields);
    if !fields.is_empty() {
        let meta = &mut request.get_meta_mut().0.0;
        meta.remove(w3c::STATE);
        meta.extend(fields);
    }
}

impl ObservedPeer<RoleServer> {
    /// [`Peer::send_request`], recorded as what it sends.
    ///
    /// # Errors
    ///
    /// Those of rmcp's method.
    pub async fn send_request(&self, request: ServerRequest) -> Result<ClientResult, ServiceError> {
        self.ask(request, None).await
    }

    /// Sends a request; an answer that does not fit is an error.
    async fn ask(
        &self,
        mut request: ServerRequest,
        fits: Option<Fits>,
    ) -> Result<ClientResult, ServiceError> {
        let mut slot = self.settings.begin(Kind::McpClient, || request.method());
        if let Some(op) = &mut slot {
            if let Some(info) = self.peer.peer_info() {
                facts::protocol(op, &info.protocol_version);
            }
            op.start();
        }
        inject_request(&slot, &mut request);
        asked(slot, &self.peer, request, fits).await
    }

    /// Asks the client's model, recorded as `sampling/createMessage`.
    ///
    /// # Errors
    ///
    /// Those of rmcp's `Peer::create_message`, which checks the client's capabilities; this sends what it is given.
    pub async fn create_message(
        &self,
        params: CreateMessageRequestParams,
    ) -> Result<CreateMessageResult, ServiceError> {
        let request = ServerRequest::CreateMessageRequest(CreateMessageRequest::new(params));
        let fits = Some(request.fits());
        match self.ask(request, fits).await? {
            ClientResult::CreateMessageResult(result) => Ok(*result),
            _ => Err(ServiceError::UnexpectedResponse),
        }
    }

    /// Asks the client's user, recorded as `elicitation/create`.
    ///
    /// # Errors
    ///
    /// Those of rmcp's `Peer::create_elicitation`.
    pub async fn create_elicitation(
        &self,
        params: ElicitRequestParams,
    ) -> Result<ElicitResult, ServiceError> {
        let request = ServerRequest::ElicitRequest(ElicitRequest::new(params));
        let fits = Some(request.fits());
        match self.ask(request, fits).await? {
            ClientResult::ElicitResult(result) => Ok(result),
            _ => Err(ServiceError::UnexpectedResponse),
        }
    }

    /// Asks for the client's roots, recorded as `roots/list`.
    ///
    /// # Errors
    ///
    /// Those of rmcp's `Peer::list_roots`.
    pub async fn list_roots(&self) -> Result<ListRootsResult, ServiceError> {
        let request = ServerRequest::ListRootsRequest(ListRootsRequest::default());
        let fits = Some(request.fits());
        match self.ask(request, fits).await? {
            ClientResult::ListRootsResult(result) => Ok(result),
            _ => Err(ServiceError::UnexpectedResponse),
        }
    }
}
