//! The Model Context Protocol: requests of clients and servers as operations, and the trace in the `_meta` of their messages.
//!
//! What is here needs no SDK of MCP: it is for loops written by hand, and for SDKs that are not known. For `rmcp` there is the
//! feature `rmcp-3`, which does all of it.
//!
//! A client names the method, and what it calls; it writes the trace into `_meta`, and ends as the answer says:
//!
#![cfg_attr(feature = "testing", doc = "```")]
#![cfg_attr(not(feature = "testing"), doc = "```ignore")]
//! use genai::mcp::{self, Transport};
//! # let harness = genai::testing::Harness::install();
//!
//! let mut meta = serde_json::Map::new();
//! let mut call = mcp::client("tools/call").tool("get_weather").request_id(1).transport(Transport::Stdio).start();
//! call.inject(&mut meta);
//! // Send the request here, with `meta` as `params._meta`; an error that comes back ends the call:
//! call.rpc_error(-32602, "no such city");
//!
//! // The other side reads it, and its span is in the same trace.
//! let served = mcp::server("tools/call").meta(&meta).tool("get_weather").request_id(1).start();
//! served.finish();
//!
//! let spans = harness.spans();
//! let (client, server) = (&spans[0], &spans[1]);
//! assert_eq!(client.name, "tools/call get_weather");
//! assert_eq!(client.str("error.type"), Some("-32602"));
//! assert_eq!(server.parent_span_id, Some(client.span_id));
//! ```
//!
//! What a call takes and gives is content: [`arguments`](crate::invocation::Invocation::arguments) and its like are recorded only
//! where content is switched on.

mod call;
#[cfg(feature = "rmcp-3")]
pub(super) mod rmcp;
mod session;
mod transport;

pub use crate::context::propagation::Propagation;
pub use call::{Client, Server, client, extract, inject, server};
#[cfg(feature = "rmcp-3")]
pub use rmcp::{
    Observed, ObservedClient, ObservedHandler, ObservedPeer, ObservedTransport, observe,
    observe_client, observe_handler, observe_peer, observe_transport,
};
pub use session::{Session, client_session, server_session};
pub use transport::Transport;
