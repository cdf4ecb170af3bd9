//! rmcp 3: handlers, peers, clients and transports go in, and come out observed.

#[doc(hidden)]
pub mod attribute;
mod client;
mod facts;
mod fits;
mod handler;
mod peer;
mod requests;
mod sent;
mod service;
mod serving;
mod settings;
mod transport;

pub use client::{ObservedClient, observe_client};
pub use handler::{ObservedHandler, observe_handler};
pub use peer::{ObservedPeer, observe_peer};
pub use service::{Observed, observe};
pub use transport::{ObservedTransport, observe_transport};
