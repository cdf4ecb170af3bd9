//! Peers of rmcp: whom requests are sent to goes in, and comes out with a CLIENT span around each of them.

#![allow(
    deprecated,
    reason = "sampling and roots are what servers of today ask"
)]

use std::fmt;
use std::ops::Deref;

use rmcp_3::model::{
    ClientResult, CreateMessageRequest, CreateMessageRequestParams, CreateMessageResult,
    ElicitRequest, ElicitRequestParams, ElicitResult, GetMeta, JsonObject, ListRootsRequest,
    ListRootsResult, RequestMetaObject, ServerRequest,
};
use rmcp_3::service::{Peer, PeerRequestOptions, RoleServer, ServiceError, ServiceRole};

use super::facts::{self, Answer, Received as _, finish};
use super::fits::{Asks as _, Fits, Fitting};
use super::sent;
use super::settings::Settings;
use crate::api::mcp::call;
use crate::api::mcp::transport::Transport;
use crate::api::telemetry::Telemetry;
use crate::context::w3c;
use crate::extract::observe::observe;
use crate::operation::Slot;
use crate::semconv::kind::Kind;

/// A peer of rmcp with a CLIENT span and `mcp.client.operation.duration` for each request that is sent to it.
///
/// It has the methods of [`Peer`] that send requests, by the same names and with the same results; what else a peer has, such as
/// notifications, is reached through it and not recorded.
pub struct ObservedPeer<R: ServiceRole> {
    pub(super) peer: Peer<R>,
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
pub(super) fn inject(slot: &Slot, meta: &mut JsonObject) {
    match slot {
        Some(op) => op.mcp_inject(meta),
        None => call::inject(meta),
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

/// Sends any request in its operation.
pub(super) async fn asked<R: ServiceRole<PeerResp: Answer + Fitting>>(
    mut slot: Slot,
    peer: &Peer<R>,
    request: R::Req,
    options: PeerRequestOptions,
    fits: Option<Fits>,
) -> Result<R::PeerResp, ServiceError> {
    let sending = async {
        let handle = peer.send_cancellable_request(request, options).await?;
        sent::identified(&handle.id);
        let answer = handle.await_response().await?;
        match fits {
            Some(fits) if !answer.is_fit(fits) => Err(ServiceError::UnexpectedResponse),
            _ => Ok(answer),
        }
    };
    let result = observe(&mut slot, sending).await;
    if let Some(op) = slot {
        finish(op, &result);
    }
    result
}

/// Nothing is made of a request that would carry no trace.
pub(super) fn inject_request(
    slot: &Slot,
    request: &mut impl GetMeta<Metadata = RequestMetaObject>,
) {
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
        self.ask(request, PeerRequestOptions::no_options(), None)
            .await
    }

    /// The same with options of rmcp's, such as a timeout, by which the request is `timeout` when it has passed.
    ///
    /// # Errors
    ///
    /// Those of rmcp's [`send_request_with_option`](Peer::send_request_with_option) and of its handle.
    pub async fn send_request_with_options(
        &self,
        request: ServerRequest,
        options: PeerRequestOptions,
    ) -> Result<ClientResult, ServiceError> {
        self.ask(request, options, None).await
    }

    /// Sends a request; an answer that does not fit is an error.
    async fn ask(
        &self,
        mut request: ServerRequest,
        options: PeerRequestOptions,
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
        asked(slot, &self.peer, request, options, fits).await
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
        match self
            .ask(request, PeerRequestOptions::no_options(), fits)
            .await?
        {
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
        match self
            .ask(request, PeerRequestOptions::no_options(), fits)
            .await?
        {
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
        match self
            .ask(request, PeerRequestOptions::no_options(), fits)
            .await?
        {
            ClientResult::ListRootsResult(result) => Ok(result),
            _ => Err(ServiceError::UnexpectedResponse),
        }
    }
}
