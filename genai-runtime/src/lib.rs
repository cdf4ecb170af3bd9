//! OpenTelemetry for LLM applications, by annotation.
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

#[doc(hidden)]
#[path = "hints.rs"]
pub mod __hints;
#[doc(hidden)]
pub mod __rt;
mod accumulator;
mod ambient;
mod compat;
mod config;
#[cfg(feature = "console")]
pub mod console;
mod content;
mod context;
mod event;
mod gate;
mod guard;
mod hook;
mod instruments;
mod invocation;
mod known;
mod limits;
pub mod message;
mod metric;
mod observe;
mod op;
#[cfg(feature = "otlp")]
pub mod otlp;
pub mod pricing;
mod process;
#[cfg(any(feature = "console", feature = "otlp", feature = "testing"))]
mod providers;
mod recorder;
mod redact;
mod registry;
mod stream;
mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
mod traits;
#[cfg(feature = "upload")]
pub mod upload;
mod value;
mod warn;
mod wire;

pub use genai_macros::{
    Request, Response, agent, chat, context, embeddings, retrieval, span, tool, workflow,
};

pub use accumulator::Accumulator;
pub use compat::{Compat, CompatError};
pub use config::{ContentCapture, ContextInMetrics};
pub use context::{
    ContextScope, GenAiContext, PropertyValue, Scoped, clear_context, context, set_context,
};
pub use hook::hooks::register_hook;
pub use hook::{Completion, CompletionHook, Event};
pub use invocation::*;
pub use limits::Limits;
pub use metric::{
    Counter, CounterBuilder, Histogram, HistogramBuilder, InstrumentError, counter, histogram,
};
pub use process::{
    captures_content, content_capture, emits_events, flush, is_experimental, shutdown,
};
pub use recorder::Recorder;
pub use redact::Redact;
pub use registry::keys;
pub use registry::{Bool, Content, Double, Int, Key, Str, Strs};
pub use telemetry::{Telemetry, TelemetryBuilder};
pub use traits::{Chunk, ErrorType, ProviderRequest, Request, Response};
pub use wire::{ByteAccumulator, Wire};
