//! What is said of a connection beside its messages: where telemetry goes, what it runs over, which server it is to.

use std::borrow::Cow;
use std::sync::Arc;

use crate::api::mcp::transport::Transport;
use crate::operation::{Op, Slot};
use crate::pipeline::state::Handle;
use crate::pipeline::{current, listening};
use crate::semconv::kind::Kind;
use crate::semconv::registry::keys;

/// The settings of one connection.
#[derive(Clone, Default)]
pub(super) struct Settings {
    pub(super) telemetry: Option<Handle>,
    pub(super) transport: Option<Transport>,
    pub(super) address: Option<Arc<str>>,
}

impl Settings {
    /// An operation that knows of the connection what was said of it.
    pub(super) fn begin(&self, kind: Kind, method: impl FnOnce() -> Cow<'static, str>) -> Slot {
        let mut op = self.begin_unnamed(kind)?;
        op.mcp_method(method());
        self.record(&mut op);
        Some(op)
    }

    /// The operation that stands for a session.
    pub(super) fn begin_session(&self, kind: Kind) -> Slot {
        let mut op = self.begin_unnamed(kind)?;
        op.mcp_session();
        self.record(&mut op);
        Some(op)
    }

    /// Whether notifications are recorded.
    pub(super) fn records_notifications(&self) -> bool {
        match &self.telemetry {
            Some(telemetry) => telemetry.config.mcp.notifications,
            None => !listening::is_off() && current::default().config.mcp.notifications,
        }
    }

    fn begin_unnamed(&self, kind: Kind) -> Slot {
        let mut op = match &self.telemetry {
            Some(telemetry) => Op::begin_with(kind, telemetry.clone())?,
            None => Op::begin(kind as u8)?,
        };
        op.wait_for_start();
        Some(op)
    }

    fn record(&self, op: &mut Op) {
        if let Some(transport) = self.transport {
            transport.record(op);
        }
        if let Some(address) = &self.address {
            op.fill_str(keys::SERVER_ADDRESS.id(), address);
        }
    }
}
