//! A session of MCP, from `initialize` to the end of the connection: what is known of it goes in, its duration comes out.

use std::borrow::Cow;
use std::fmt;

use opentelemetry::StringValue;

use super::transport::Transport;
use crate::operation::{Op, Slot};
use crate::semconv::kind::Kind;
use crate::semconv::registry::keys;

/// A session of MCP: it has no span, and ends as `mcp.client.session.duration` or `mcp.server.session.duration` when it is
/// dropped, or [ended with an error](Self::fail).
///
/// Only protocol versions with `initialize` have sessions: none is to be made for 2026-07-28 and later.
#[must_use = "a session that is dropped has ended"]
pub struct Session {
    slot: Slot,
}

/// A session as the client sees it, which begins now.
///
/// ```
/// use genai::mcp::{self, Transport};
///
/// let session = mcp::client_session().transport(Transport::Http).server_address("https://tools.example.com/mcp");
/// // .. `initialize` is answered:
/// let session = session.protocol_version("2025-11-25");
/// // .. the connection is closed:
/// drop(session);
/// ```
pub fn client_session() -> Session {
    Session::new(Op::begin(Kind::McpClient as u8))
}

/// A session as the server sees it, which begins now.
pub fn server_session() -> Session {
    Session::new(Op::begin(Kind::McpServer as u8))
}

impl Session {
    fn new(mut slot: Slot) -> Self {
        if let Some(op) = &mut slot {
            // It never starts: a session has no span.
            op.wait_for_start();
            op.mcp_session();
        }
        Self { slot }
    }

    /// The session that an operation stands for.
    #[cfg(feature = "rmcp-3")]
    pub(super) fn of(slot: Slot) -> Self {
        Self { slot }
    }

    /// It is none after all.
    #[cfg(feature = "rmcp-3")]
    pub(super) fn forget(mut self) {
        self.slot = None;
    }

    fn with(mut self, f: impl FnOnce(&mut Op)) -> Self {
        if let Some(op) = &mut self.slot {
            f(op);
        }
        self
    }

    /// The version of MCP that was negotiated.
    pub fn protocol_version(self, version: impl AsRef<str>) -> Self {
        self.with(|op| op.set_str(keys::MCP_PROTOCOL_VERSION.id(), version.as_ref()))
    }

    /// What the connection runs over.
    pub fn transport(self, transport: Transport) -> Self {
        self.with(|op| transport.record(op))
    }

    /// The version of HTTP, such as `1.1` or `2`.
    pub fn http_version(self, version: impl AsRef<str>) -> Self {
        self.with(|op| op.set_str(keys::NETWORK_PROTOCOL_VERSION.id(), version.as_ref()))
    }

    /// The host of the server, or its URL; for the client's side.
    pub fn server_address(self, address: impl AsRef<str>) -> Self {
        self.with(|op| op.set_str(keys::SERVER_ADDRESS.id(), address.as_ref()))
    }

    /// The port of the server; for the client's side.
    pub fn server_port(self, port: u16) -> Self {
        self.with(|op| op.set(keys::SERVER_PORT.id(), i64::from(port).into()))
    }

    /// Ends the session with an error of this class (`error.type`).
    pub fn fail(mut self, error_type: impl Into<Cow<'static, str>>) {
        if let Some(mut op) = self.slot.take() {
            op.record_session(Some(StringValue::from(error_type.into())));
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(mut op) = self.slot.take() {
            op.record_session(None);
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("is_recorded", &self.slot.is_some())
            .finish()
    }
}
