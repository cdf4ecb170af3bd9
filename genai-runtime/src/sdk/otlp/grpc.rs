//! The runtime of the gRPC transport.
//!
//! The transport lives on an asynchronous runtime, and must go on when the program has none, or blocks its only thread in
//! the flush. So it gets one of its own.

use tokio::runtime::{Builder, Handle};

use super::Error;
use super::config::{Export, Protocol};

/// A runtime with one thread that may be dropped anywhere, inside another runtime too.
#[derive(Debug)]
pub(super) struct Runtime(Option<tokio::runtime::Runtime>);

impl Runtime {
    /// Starts one when any of the exports goes over gRPC.
    pub(super) fn needed(exports: [&Option<Export>; 3]) -> Result<Option<Self>, Error> {
        if !exports
            .into_iter()
            .flatten()
            .any(|export| export.protocol == Protocol::Grpc)
        {
            return Ok(None);
        }
        Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("genai-otlp")
            .enable_all()
            .build()
            .map(|runtime| Some(Runtime(Some(runtime))))
            .map_err(|error| Error::build("gRPC", error))
    }

    pub(super) fn handle(&self) -> Option<Handle> {
        self.0.as_ref().map(|runtime| runtime.handle().clone())
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            // An ordinary drop waits, which another runtime does not allow.
            runtime.shutdown_background();
        }
    }
}
