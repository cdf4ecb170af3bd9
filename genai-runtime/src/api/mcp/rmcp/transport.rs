//! Transports of rmcp: one goes in, and comes out with a CLIENT span around each request that it carries away.
//!
//! For frameworks that own the client. The task that sends has no context of whoever asked, so the parent is the span that the
//! request names in its `_meta`; the request then names the one that was made here.

use std::borrow::Cow;
use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry::StringValue;
use rmcp_3::model::{
    CancelledNotificationParam, ClientNotification, ClientRequest, GetMeta as _, JsonRpcMessage,
    ProtocolVersion, RequestId, ServerNotification, ServerRequest, ServerResult,
};
use rmcp_3::service::{RequestHandle, RoleClient, RoleServer, RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp_3::transport::Transport as Carries;

use super::facts::{self, UNEXPECTED, finish};
use super::fits::{Asks as _, Fits, Fitting};
use super::settings::Settings;
use crate::api::mcp::session::Session;
use crate::api::mcp::transport::Transport;
use crate::api::telemetry::Telemetry;
use crate::context::w3c;
use crate::extract::clients::rmcp::unsent;
use crate::operation::{Op, Outcome, Slot};
use crate::semconv::kind::Kind;

/// What rmcp says of a request whose time has passed.
const TIMEOUTS: [&str; 2] = [
    RequestHandle::<RoleClient>::REQUEST_TIMEOUT_REASON,
    RequestHandle::<RoleClient>::REQUEST_MAX_TOTAL_TIMEOUT_REASON,
];

/// Requests that wait for an answer; further ones are not recorded.
const MOST: usize = 4096;

/// The operations of requests that wait for an answer. Whoever sends a request may find that it was refused.
#[derive(Clone, Default)]
struct Pending(Arc<Mutex<HashMap<RequestId, Waiting>>>);

/// A request that waits, and what fits it as an answer.
struct Waiting {
    op: Box<Op>,
    fits: Fits,
}

impl Pending {
    fn lock(&self) -> MutexGuard<'_, HashMap<RequestId, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, id: &RequestId) -> Option<Waiting> {
        self.lock().remove(id)
    }

    /// Sends a message; the operation of a request that does not get away ends.
    async fn sent<E: Error + 'static>(
        self,
        id: Option<RequestId>,
        sending: impl Future<Output = Result<(), E>>,
    ) -> Result<(), E> {
        let result = sending.await;
        if let (Some(id), Err(error)) = (id, &result) {
            if let Some(waiting) = self.take(&id) {
                fail(waiting.op, unsent(error));
            }
        }
        result
    }
}

/// Ends a request that no answer comes to.
fn fail(mut op: Box<Op>, error_type: impl Into<Cow<'static, str>>) {
    op.complete();
    op.finish(Outcome::Error {
        error_type: StringValue::from(error_type.into()),
        message: None,
    });
}

/// A transport of rmcp with a CLIENT span and `mcp.client.operation.duration` for each request that it sends, with the request's id.
pub struct ObservedTransport<T> {
    transport: T,
    settings: Settings,
    pending: Pending,
    version: Option<ProtocolVersion>,
    /// What a session begins with that is none until `initialize` is answered.
    opening: Slot,
    session: Option<Session>,
}

/// Observes the requests that leave through a transport, for frameworks that own the client. Not together with
/// [`observe_client`](super::observe_client) or [`observe_peer`](super::observe_peer), which record the same requests.
///
/// The parent of a request's span is the one that its `_meta` names, as [`inject`](crate::mcp::inject) writes it; without one the
/// span is the root of a trace, which the server's is part of.
///
/// ```
/// # async fn connect<T>(transport: T) -> Result<(), Box<dyn std::error::Error>>
/// # where T: rmcp_3::transport::Transport<rmcp_3::RoleClient> + 'static {
/// # use rmcp_3 as rmcp;
/// use rmcp::ServiceExt;
///
/// let client = ().serve(genai::mcp::observe_transport(transport)).await?;
/// let tools = client.list_all_tools().await?;
/// # Ok(())
/// # }
/// ```
pub fn observe_transport<T>(transport: T) -> ObservedTransport<T> {
    ObservedTransport {
        transport,
        settings: Settings::default(),
        pending: Pending::default(),
        version: None,
        opening: None,
        session: None,
    }
}

impl<T> ObservedTransport<T> {
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

    /// A request was given up by the one who asked, who may have waited long enough.
    fn cancelled(&mut self, cancelled: &CancelledNotificationParam) {
        let Some(waiting) = (cancelled.request_id.as_ref()).and_then(|id| self.pending.take(id))
        else {
            return;
        };
        if (cancelled.reason.as_deref()).is_some_and(|reason| TIMEOUTS.contains(&reason)) {
            fail(waiting.op, "timeout");
        }
        // Dropped unfinished it is cancelled.
    }

    fn answered<A: facts::Answer + Fitting>(
        &mut self,
        id: &RequestId,
        result: &Result<&A, &rmcp_3::ErrorData>,
    ) {
        match (self.pending.take(id), result) {
            (Some(waiting), Ok(answer)) if !answer.is_fit(waiting.fits) => {
                fail(waiting.op, UNEXPECTED);
            }
            (Some(waiting), result) => finish(waiting.op, result),
            (None, _) => {}
        }
    }

    /// The connection is gone, and with it every answer.
    fn closed(&mut self) {
        let all = std::mem::take(&mut *self.pending.lock());
        for waiting in all.into_values() {
            fail(waiting.op, "connection_closed");
        }
        self.session = None;
    }
}

macro_rules! sent {
    ($self:ident, $request:ident) => {{
        let message = &mut $request.request;
        let mut id = None;
        if $self.pending.lock().len() < MOST {
            let method = || facts::Received::method(message);
            if let Some(mut op) = $self.settings.begin(Kind::McpClient, method) {
                let asked = &message.get_meta().0.0;
                match facts::Received::params_meta(message) {
                    Some(meta) if !asked.contains_key(w3c::PARENT) => op.mcp_meta(meta),
                    _ => op.mcp_meta(asked),
                }
                facts::id(&mut op, &$request.id);
                let version = message.get_meta().protocol_version();
                if let Some(version) = version.as_ref().or($self.version.as_ref()) {
                    facts::protocol(&mut op, version);
                }
                facts::Received::record(message, &mut op);
                op.start();
                let mut fields = rmcp_3::model::JsonObject::new();
                op.mcp_inject(&mut fields);
                if !fields.is_empty() {
                    let meta = &mut message.get_meta_mut().0.0;
                    meta.remove(w3c::STATE);
                    meta.extend(fields);
                }
                // An id that is used again was not answered.
                let fits = message.fits();
                let waiting = Waiting { op, fits };
                let before = $self.pending.lock().insert($request.id.clone(), waiting);
                drop(before);
                id = Some($request.id.clone());
            }
        }
        id
    }};
}

impl<T: Carries<RoleClient>> Carries<RoleClient> for ObservedTransport<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        mut item: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let mut id = None;
        match &mut item {
            JsonRpcMessage::Request(request) => {
                if let ClientRequest::InitializeRequest(_) = &request.request {
                    self.opening = self.settings.begin_session(Kind::McpClient);
                }
                id = sent!(self, request);
            }
            JsonRpcMessage::Notification(notification) => {
                if let ClientNotification::CancelledNotification(cancelled) =
                    &notification.notification
                {
                    self.cancelled(&cancelled.params);
                }
            }
            _ => {}
        }
        let sending = self.transport.send(item);
        self.pending.clone().sent(id, sending)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        let item = self.transport.receive().await;
        match &item {
            Some(JsonRpcMessage::Response(response)) => {
                if let ServerResult::InitializeResult(answer) = &response.result {
                    let version = answer.protocol_version.clone();
                    if let Some(begun) = self.opening.take() {
                        let session = Session::of(Some(begun));
                        self.session = Some(session.protocol_version(version.as_str()));
                    }
                    self.version = Some(version);
                }
                self.answered(&response.id, &Ok(&response.result));
            }
            Some(JsonRpcMessage::Error(error)) => {
                if let Some(id) = &error.id {
                    self.answered::<ServerResult>(id, &Err(&error.error));
                }
            }
            Some(JsonRpcMessage::Notification(notification)) => {
                if let ServerNotification::SubscriptionsAcknowledgedNotification(_) =
                    &notification.notification
                {
                    // A subscription is answered when it is acknowledged.
                    let id = notification.notification.get_meta().subscription_id();
                    if let Some(id) = id {
                        self.answered::<()>(&id, &Ok(&()));
                    }
                }
            }
            None => self.closed(),
            _ => {}
        }
        item
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.closed();
        self.transport.close().await
    }
}

impl<T: Carries<RoleServer>> Carries<RoleServer> for ObservedTransport<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        mut item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let mut id = None;
        match &mut item {
            JsonRpcMessage::Request(request) => {
                let _: &ServerRequest = &request.request;
                id = sent!(self, request);
            }
            JsonRpcMessage::Notification(notification) => {
                if let ServerNotification::CancelledNotification(cancelled) =
                    &notification.notification
                {
                    self.cancelled(&cancelled.params);
                }
            }
            _ => {}
        }
        let sending = self.transport.send(item);
        self.pending.clone().sent(id, sending)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        let item = self.transport.receive().await;
        match &item {
            Some(JsonRpcMessage::Response(response)) => {
                self.answered(&response.id, &Ok(&response.result));
            }
            Some(JsonRpcMessage::Error(error)) => {
                if let Some(id) = &error.id {
                    self.answered::<()>(id, &Err(&error.error));
                }
            }
            None => self.closed(),
            _ => {}
        }
        item
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.closed();
        self.transport.close().await
    }
}

impl<T: fmt::Debug> fmt::Debug for ObservedTransport<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ObservedTransport")
            .field(&self.transport)
            .finish()
    }
}
