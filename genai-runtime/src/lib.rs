//! OpenTelemetry for LLM applications, by annotation.

mod accumulator;
#[cfg(feature = "console")]
pub mod console;
mod hook;
pub mod message;
mod op;
#[cfg(feature = "otlp")]
pub mod otlp;
#[cfg(any(feature = "console", feature = "otlp", feature = "testing"))]
mod providers;
mod recorder;
mod registry;
#[cfg(feature = "testing")]
pub mod testing;
mod traits;
mod value;

pub use accumulator::Accumulator;
pub use hook::{Completion, CompletionHook, Event};
pub use recorder::Recorder;
pub use registry::keys;
pub use registry::{Bool, Content, Double, Int, Key, Str, Strs};
pub use traits::{Chunk, ErrorType, ProviderRequest, Request, Response};
