//! What a connection runs over: a transport in, the attributes of the network out.

use opentelemetry::StringValue;

use crate::operation::Op;
use crate::semconv::registry::keys;

/// What an MCP connection runs over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Transport {
    /// Standard input and output of a child process: `network.transport` = `pipe`.
    Stdio,
    /// Streamable HTTP, or HTTP with server-sent events: `tcp`, and `network.protocol.name` = `http`.
    Http,
    /// The same over QUIC, as HTTP/3: `quic`, and `http`.
    Http3,
    /// A WebSocket: `tcp`, and `websocket`.
    WebSocket,
}

impl Transport {
    pub(super) fn record(self, op: &mut Op) {
        let (transport, protocol) = match self {
            Self::Stdio => ("pipe", None),
            Self::Http => ("tcp", Some("http")),
            Self::Http3 => ("quic", Some("http")),
            Self::WebSocket => ("tcp", Some("websocket")),
        };
        let mut set = |id, text: &'static str| op.set(id, StringValue::from(text).into());
        set(keys::NETWORK_TRANSPORT.id(), transport);
        if let Some(protocol) = protocol {
            set(keys::NETWORK_PROTOCOL_NAME.id(), protocol);
        }
    }
}
