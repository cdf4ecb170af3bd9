//! Uploads: the content of operations as files in a store, and references to them on spans and events.
//!
//! In come finished operations, through the [`CompletionHook`](crate::CompletionHook); out come up to four files each, for what is not
//! empty:
//!
//! | file | reference |
//! |---|---|
//! | `{uuid}_inputs.json` | `gen_ai.input.messages_ref` |
//! | `{uuid}_outputs.json` | `gen_ai.output.messages_ref` |
//! | `{hash}_system_instruction.json` | `gen_ai.system_instructions_ref` |
//! | `{hash}_tool.definitions.json` | `gen_ai.tool.definitions_ref` |
//!
//! One UUID serves an operation. Instructions that are all text, and tools, are named by a SHA-256 hash instead, so that
//! operations share them: an object that is there is left alone, and one known to be there is not queued again.
//!
//! Content is uploaded whatever the content mode, and uncut, unless the operation forbids it with `capture = none`. A
//! reference is set only for a file the queue has accepted; it resolves once the worker has stored it, or the file is counted
//! as failed.
//!
//! Nothing here blocks the application. Files are rendered on the thread that finishes the operation, and only if the queue
//! has room, then stored by one thread that starts with the first upload. See [`UploadHook`] for the metrics.

mod base;
mod builder;
#[cfg(any(
    feature = "upload-s3",
    feature = "upload-gcs",
    feature = "upload-azure"
))]
mod cloud;
mod error;
mod format;
mod hook;
mod known;
mod local;
mod memory;
#[cfg(loom)]
#[cfg(test)]
mod models;
mod names;
mod queue;
mod render;
mod report;
mod store;
#[cfg(test)]
mod tests;
mod weight;
mod worker;

pub use builder::Builder;
#[cfg(any(
    feature = "upload-s3",
    feature = "upload-gcs",
    feature = "upload-azure"
))]
pub use cloud::CloudStore;
pub use error::{Error, ErrorKind};
pub use format::Format;
pub use hook::UploadHook;
pub use memory::Memory;
pub use report::{Stats, Tally};
pub use store::{Object, Put, Store, StoreError, StoreFuture};
