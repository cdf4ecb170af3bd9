//! What serving has in common, whatever is wrapped: messages that were received go in, operations around their handling come out.

use std::sync::{Mutex, PoisonError};

use opentelemetry::Context;
use rmcp_3::ErrorData;
use rmcp_3::model::{ClientRequest, Extensions, InitializeResult, JsonObject, RequestId};
use rmcp_3::service::{NotificationContext, RequestContext, RoleClient, RoleServer, ServiceRole};

use super::facts::{self, Received, finish};
use super::settings::Settings;
use crate::api::mcp::session::Session;
use crate::api::mcp::transport::Transport;
use crate::context::{GenAiContext, ambient};
use crate::extract::observe::lazy;
use crate::operation::{Op, Slot};
use crate::semconv::kind::Kind;
use crate::semconv::registry::keys;

/// What a wrapper of a handler has beside it.
#[derive(Default)]
pub(super) struct Serving {
    pub(super) settings: Settings,
    /// From `initialize` to the end of the connection, which drops this.
    session: Mutex<Option<Session>>,
}

impl Serving {
    pub(super) fn of(settings: Settings) -> Self {
        Self {
            settings,
            session: Mutex::default(),
        }
    }

    /// The operation of a request to a server, started.
    pub(super) fn asked(
        &self,
        method: &'static str,
        context: &RequestContext<RoleServer>,
        record: impl FnOnce(&mut Op),
    ) -> Slot {
        let op = self.settings.begin(Kind::McpServer, || method.into())?;
        Some(begun(op, context, record))
    }

    /// The same of a request whose method rmcp does not know.
    pub(super) fn custom(&self, method: &str, context: &RequestContext<RoleServer>) -> Slot {
        let method = || method.to_owned().into();
        let op = self.settings.begin(Kind::McpServer, method)?;
        Some(begun(op, context, |_| {}))
    }

    /// The same of a request as the service gets it.
    pub(super) fn received(
        &self,
        request: &ClientRequest,
        context: &RequestContext<RoleServer>,
    ) -> Slot {
        let op = self
            .settings
            .begin(Kind::McpServer, || Received::method(request))?;
        Some(begun(op, context, |op| request.record(op)))
    }

    /// The operation of a request to a client, started.
    pub(super) fn asked_back(
        &self,
        request: &impl Received,
        context: &RequestContext<RoleClient>,
    ) -> Slot {
        let mut op = self.settings.begin(Kind::McpServer, || request.method())?;
        about(&mut op, &context.id, &context.meta.0.0);
        if let Some(info) = context.peer.peer_info() {
            facts::protocol(&mut op, &info.protocol_version);
        }
        op.start();
        Some(op)
    }

    /// That of a notification, where these are recorded.
    pub(super) fn notified<R: ServiceRole>(
        &self,
        message: &impl Received,
        context: &NotificationContext<R>,
    ) -> Slot {
        if !self.settings.records_notifications() {
            return None;
        }
        let mut op = self.settings.begin(Kind::McpServer, || message.method())?;
        let _around = around(&context.extensions);
        op.mcp_meta(&context.meta.0.0);
        message.record(&mut op);
        op.start();
        Some(op)
    }

    /// What a session begins with that is none until it is [answered](Self::keep_session): what `initialize` came in.
    pub(super) fn begin_session(&self, context: &RequestContext<RoleServer>) -> Slot {
        let mut op = self.settings.begin_session(Kind::McpServer)?;
        if let Some(parts) = context.extensions.get::<http::request::Parts>() {
            network(&mut op, parts, false);
        }
        Some(op)
    }

    pub(super) fn keep_session(&self, begun: Slot, answer: &InitializeResult) {
        let session = Session::of(begun).protocol_version(answer.protocol_version.as_str());
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
    }
}

/// Makes the context current that the HTTP request of a message was handled in, where a layer of its server has put it there: rmcp
/// handles the message in a task of its own. Not where something is current.
fn around(extensions: &Extensions) -> Option<ambient::Kept> {
    let parts = extensions.get::<http::request::Parts>()?;
    let cx = parts.extensions.get::<Context>()?;
    let is_bare = ambient::map_current(|here| !ambient::has_span(here))
        && GenAiContext::current() == GenAiContext::new();
    is_bare.then(|| ambient::Kept::new(cx))
}

fn about(op: &mut Op, id: &RequestId, meta: &JsonObject) {
    op.mcp_meta(meta);
    facts::id(op, id);
}

fn begun(
    mut op: Box<Op>,
    context: &RequestContext<RoleServer>,
    record: impl FnOnce(&mut Op),
) -> Box<Op> {
    let _around = around(&context.extensions);
    about(&mut op, &context.id, &context.meta.0.0);
    record(&mut op);
    let version = context.protocol_version();
    if let Some(version) = &version {
        facts::protocol(&mut op, version);
    }
    if let Some(parts) = context.extensions.get::<http::request::Parts>() {
        let has_session = version.is_none_or(|version| version.has_initialize());
        network(&mut op, parts, has_session);
    }
    op.start();
    op
}

/// What the HTTP request says that a message came in.
fn network(op: &mut Op, parts: &http::request::Parts, has_session: bool) {
    let (transport, version) = match parts.version {
        http::Version::HTTP_10 => (Transport::Http, "1.0"),
        http::Version::HTTP_2 => (Transport::Http, "2"),
        http::Version::HTTP_3 => (Transport::Http3, "3"),
        _ => (Transport::Http, "1.1"),
    };
    transport.record(op);
    op.fill_static(keys::NETWORK_PROTOCOL_VERSION.id(), version);
    let id = parts.headers.get("mcp-session-id").filter(|_| has_session);
    if let Some(id) = id.and_then(|id| id.to_str().ok()) {
        op.fill_str(keys::MCP_SESSION_ID.id(), id);
    }
}

/// Handles a notification in its operation; it has no answer.
pub(super) fn heard(slot: Slot, handling: impl Future<Output = ()>) -> impl Future<Output = ()> {
    lazy(slot, handling, |slot, ()| {
        if let Some(op) = slot {
            finish::<(), ErrorData>(op, &Ok(()));
        }
    })
}
