//! The conversation across services: layers for servers and clients.
//!
//! A request that leaves carries the trace (W3C `traceparent` and `tracestate`, and whatever OpenTelemetry's global propagator
//! writes) and, where [`TelemetryBuilder::baggage`](crate::TelemetryBuilder::baggage) names keys to send, the conversation and
//! properties as `baggage`. A request that arrives is handled below the span that it names, in a scope with the conversation
//! and the properties that are accepted.
//!
//! ```
//! use genai::context::Baggage;
//!
//! genai::Telemetry::builder()
//!     .baggage(Baggage::new().send(["gen_ai.conversation.id"]).accept(["gen_ai.conversation.id"]))
//!     .install();
//! // In the service that is called: `Router::new()..layer(..)` of axum, or `Server::builder().layer(..)` of tonic.
//! let incoming = genai::services::server().conversation_header("x-conversation-id");
//! // In the service that calls: around any client that is a `tower::Service`, such as `reqwest::Client`.
//! let outgoing = genai::services::client();
//! // Or, with a client that is none:
//! let headers = genai::services::headers();
//! # let _ = (incoming, outgoing, headers);
//! ```
//!
//! What a service itself has set comes before what is opened here, and that before what came as baggage. The header `baggage` is
//! read for the accepted keys alone; nothing else of it gets into OpenTelemetry's baggage. A span that is current already, since another
//! layer around this one made it, stays the parent.
//!
//! Neither layer makes a span of its own, and none changes a request's body, an answer or an error. Without a provider, or without
//! anything to send, they allocate nothing.

mod body;
mod client;
mod fields;
#[cfg(feature = "reqwest-middleware-0_5")]
mod middleware;
mod server;

pub use body::{InBody, InBodyFuture, InBodyLayer, Peeked, conversation_in_body};
pub use client::{Client, ClientLayer, Outgoing, client, headers};
pub use server::{Answer, Answering, Head, Server, ServerLayer, server};
