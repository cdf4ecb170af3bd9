//! OpenTelemetry for LLM applications, by annotation.

mod accumulator;
mod content;
mod guard;
mod hook;
mod limits;
pub mod message;
mod op;
mod recorder;
mod redact;
mod registry;
mod traits;
#[cfg(feature = "upload")]
pub mod upload;
mod value;

pub use accumulator::Accumulator;
pub use hook::{Completion, CompletionHook, Event};
pub use limits::Limits;
pub use recorder::Recorder;
pub use redact::Redact;
pub use registry::keys;
pub use registry::{Bool, Content, Double, Int, Key, Str, Strs};
pub use traits::{Chunk, ErrorType, ProviderRequest, Request, Response};
