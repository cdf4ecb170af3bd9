//! OpenTelemetry for LLM applications, by annotation.

#[doc(hidden)]
pub mod __rt;
mod accumulator;
mod context;
mod known;
mod limits;
pub mod message;
mod observe;
mod op;
mod recorder;
mod registry;
mod traits;
mod value;
mod warn;

pub use accumulator::Accumulator;
pub use context::{ContextScope, GenAiContext, PropertyValue, Scoped, clear_context, context, set_context};

pub use recorder::Recorder;
pub use registry::keys;
pub use registry::{Bool, Content, Double, Int, Key, Str, Strs};
pub use traits::{Chunk, ErrorType, ProviderRequest, Request, Response};
