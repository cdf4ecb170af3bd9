//! OpenTelemetry for programs that call language models, by annotation.
//!
//! An attribute above a function records each call as a span with its metrics and, where they are switched on, its event and
//! content, in the names and types of the GenAI semantic conventions 1.41.1. In come calls; out go spans, metrics and events
//! through whatever OpenTelemetry providers the program has. Without any, an annotated function costs no allocation.
//!
#![cfg_attr(feature = "testing", doc = "```")]
#![cfg_attr(not(feature = "testing"), doc = "```ignore")]
//! use genai::testing::Harness;
//!
//! struct Reply {
//!     text: String,
//!     prompt_tokens: u32,
//! }
//!
//! #[genai::chat(
//!     provider = openai,
//!     model = model,
//!     temperature = 0.2,
//!     input = genai::message::user(prompt),
//!     response(|r| input_tokens = r.prompt_tokens, finish_reasons = "stop", output = r.text),
//! )]
//! fn ask(model: &str, prompt: &str) -> Result<Reply, std::io::Error> {
//!     // Call a model here.
//!     Ok(Reply { text: format!("You said: {prompt}"), prompt_tokens: 3 })
//! }
//!
//! #[genai::context(conversation_id = conversation, properties(user.id = user))]
//! fn handle(conversation: &str, user: &str) -> Result<Reply, std::io::Error> {
//!     ask("gpt-5", "Hello")
//! }
//!
//! # fn main() -> Result<(), std::io::Error> {
//! // In a program: `genai::console::init()` or `genai::otlp::init()?`. Here, in memory:
//! let harness = Harness::install();
//! handle("conv-1", "alice")?;
//!
//! let span = harness.span("chat gpt-5");
//! assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(3));
//! assert_eq!(span.str("gen_ai.conversation.id"), Some("conv-1"));
//! assert_eq!(span.str("gen_ai.association.properties.user.id"), Some("alice"));
//! // The prompt is named above, but content is switched off.
//! assert_eq!(span.str("gen_ai.input.messages"), None);
//! # Ok(())
//! # }
//! ```
//!
//! # What there is
//!
//! | for | there is |
//! |---|---|
//! | annotating functions | [`macro@chat`], [`macro@embeddings`], [`macro@agent`], [`macro@tool`], [`macro@workflow`], [`macro@retrieval`] |
//! | conversation, user, tenant of everything below | [`macro@context`], [`GenAiContext`], [`set_context`] |
//! | inside an annotated function | [`current()`] |
//! | a handle on a call, for what is known of it later | [`SpanRef`], [`observed`], [`observed_sync`] |
//! | types that say what is recorded of them | [`Request`], [`Response`], [`Chunk`], [`ErrorType`], and derives of the first two |
//! | without attributes | [`chat()`] and its like, [`Invocation`](invocation::Invocation), [`observe_stream`] |
//! | retries and fallbacks | [`attempt`], [`attempt_with`], [`attempt_sync`] |
//! | evaluations and feedback | [`macro@evaluation`], [`Evaluation`], [`feedback`] |
//! | the Model Context Protocol | [`mcp`](mod@mcp): requests, sessions, the trace in `_meta`; rmcp with the feature `rmcp-3` |
//! | settings, and providers of your own | [`Telemetry`], [`ContentCapture`], [`Limits`] |
//! | content | [`message`], [`Redact`] |
//! | finished operations, handed to code of yours | [`CompletionHook`] |
//! | seeing, exporting, testing | `console`, `otlp`, `testing` |
//!
//! A key has a short name (`model`) and a full one (`gen_ai.request.model`); the page of each attribute lists its keys.
//!
//! # Features
//!
//! | feature | what |
//! |---|---|
//! | `internal-logs` (default) | the library's own diagnostics, in OpenTelemetry's internal log |
//! | `console` | finished traces, events and a summary of the metrics on the terminal |
//! | `otlp`, `otlp-grpc` | export over OTLP, set up in one line; the latter adds the gRPC transport |
//! | `opentelemetry-0_27` .. `opentelemetry-0_32` | what is recorded goes to the providers of the OpenTelemetry that an application has, where it is an older one |
//! | `redact` | [rules of redaction](https://docs.rs/genai-runtime/latest/genai/redact/) that are ready: addresses, numbers, keys, patterns of your own |
//! | `tower` | [layers for servers and clients](https://docs.rs/genai-runtime/latest/genai/services/): the trace and the conversation from service to service |
//! | `reqwest-middleware-0_5` | the layer for clients as a middleware of reqwest-middleware 0.5, for reqwest 0.13 |
//! | `testing` | the in-memory harness for tests |
//! | `bound` | histograms bound to their attributes, half of the instructions of a call; implied by `console`, `otlp` and `testing` |
//! | `upload`, `upload-s3`, `upload-gcs`, `upload-azure` | content as files on a disk or in a store |
//! | `rmcp-3` | servers, clients and transports of rmcp 3, observed; Rust 1.88 |
//! | `async-openai-0_43`, `aws-bedrock-1`, `claudius-0_33`, `genai-client-0_7`, `ollama-rs-0_3`, `reqwest-0_13`, `rig-0_44` | the types of these clients, in this version, are known as requests, responses, chunks and errors |
//!
//! # Clients
//!
//! With a client's feature a function that takes the client's request and returns its answer needs `provider` and `request`
//! only (`provider` not where the client has but one), and `model` where the request names none (genai, rig). Any other type that
//! serialises to a provider's JSON goes through [`Wire`].
//!
//! The client `genai` with its feature `otel`, and `rig`, make `tracing` spans of their own. Where a layer such as
//! tracing-opentelemetry exports those too, a call is there twice: ours, and theirs below it. No metric and no event is there
//! twice. A filter on that layer keeps theirs out, in the words of `EnvFilter`:
//! `info,genai::otel=off,rig::completions=off,rig::modalities=off`.
//!
//! # What it promises
//!
//! * The result of a function, its errors, panics and drops are what they are without the attribute.
//! * It does not panic, and does not block. What it holds is bounded; see [`Limits`].
//! * Nothing is recorded that is not named in the attribute or given by a type. Content needs [`TelemetryBuilder::capture`] or
//!   its environment variable on top.
//! * What hooks, redactors, exporters and implementations of this library's traits do wrong is caught, and reported once.
//!
//! A program that depends on the client of language models called `genai` as well renames this library and writes
//! `crate = ::name` in each attribute.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::missing_errors_doc,
        clippy::missing_panics_doc
    )
)]

mod api;
#[cfg(not(any(
    feature = "opentelemetry-0_27",
    feature = "opentelemetry-0_28",
    feature = "opentelemetry-0_29",
    feature = "opentelemetry-0_30",
    feature = "opentelemetry-0_31",
    feature = "opentelemetry-0_32",
)))]
mod bridge;
#[cfg(any(
    feature = "opentelemetry-0_27",
    feature = "opentelemetry-0_28",
    feature = "opentelemetry-0_29",
    feature = "opentelemetry-0_30",
    feature = "opentelemetry-0_31",
    feature = "opentelemetry-0_32",
))]
pub mod bridge;
mod content;
pub mod context;
mod diag;
mod extract;
mod operation;
mod pipeline;
#[cfg(any(feature = "console", feature = "otlp", feature = "testing"))]
mod sdk;
mod semconv;

pub use opentelemetry;

#[cfg(any(feature = "aws-bedrock-1", feature = "rig-0_44"))]
pub use api::clients;
#[cfg(feature = "tower")]
pub use api::services;
#[doc(hidden)]
pub use api::{__rt, hints as __hints};
pub use api::{evaluation, invocation, mcp, metrics};
pub use content::message;
#[cfg(feature = "redact")]
pub use content::rules as redact;
pub use pipeline::{hook, pricing};
pub use semconv::registry::keys;

#[cfg(feature = "upload")]
pub use pipeline::upload;
#[cfg(feature = "console")]
pub use sdk::console;
#[cfg(feature = "otlp")]
pub use sdk::otlp;
#[cfg(feature = "testing")]
pub use sdk::testing;

pub use genai_macros::{
    Request, Response, agent, chat, context, embeddings, evaluation, mcp, retrieval, span, tool,
    workflow,
};

pub use api::attempt::{attempt, attempt_sync, attempt_with};
pub use api::context::{clear_context, set_context};
pub use api::evaluation::{Evaluation, feedback};
pub use api::invocation::builder::{agent, chat, embeddings, retrieval, tool, workflow};
pub use api::invocation::current::current;
pub use api::invocation::custom::span;
pub use api::invocation::observed::{observed, observed_sync};
pub use api::invocation::stream::{
    observe_bytes, observe_stream, observe_stream_as, observe_stream_with,
};
pub use api::process::{
    captures_content, content_capture, emits_events, flush, is_experimental, shutdown,
};
pub use api::telemetry::{Telemetry, TelemetryBuilder};
pub use content::limits::Limits;
pub use content::redact::Redact;
pub use context::{
    GenAiContext, Inherited, SpanRef, SpanRefError, context, inherited, inherited_fn,
    inherited_stream,
};
pub use extract::accumulator::Accumulator;
pub use extract::failure::Failure;
pub use extract::recorder::Recorder;
pub use extract::traits::{Chunk, ErrorType, ProviderRequest, Request, Response};
pub use extract::wire::{ByteAccumulator, Wire, WireFormat};
pub use pipeline::compat::{Compat, CompatError};
pub use pipeline::config::{ContentCapture, ContextInMetrics};
pub use pipeline::hook::CompletionHook;
