//! OpenTelemetry for LLM applications, by annotation.

mod accumulator;
mod hook;
pub mod message;
mod op;
mod recorder;
mod registry;
mod stream;
mod traits;
mod value;
mod wire;

pub use accumulator::Accumulator;
pub use hook::{Completion, CompletionHook, Event};
pub use recorder::Recorder;
pub use registry::keys;
pub use registry::{Bool, Content, Double, Int, Key, Str, Strs};
#[cfg(feature = "testing")]
#[doc(hidden)]
pub use wire::seam as __wire;
pub use wire::{ByteAccumulator, Wire};
pub use traits::{Chunk, ErrorType, ProviderRequest, Request, Response};
