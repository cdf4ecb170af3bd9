//! Wire formats: reads the JSON of providers, or any type that serializes to it.
//!
//! In comes a request, a response or a chunk (a client's type, a `serde_json::Value`, or JSON text); out go typed facts on a
//! [`Recorder`] or an [`Accumulator`]. A format is two tables: what is wanted of a request, and of a response or chunk.

/// Takes a string attribute.
macro_rules! text {
    ($key:ident) => {
        $crate::extract::wire::walk::Want::Take(|asked, value| {
            asked.text($crate::semconv::registry::keys::$key, value)
        })
    };
}
/// Takes an integer attribute.
macro_rules! whole {
    ($key:ident) => {
        $crate::extract::wire::walk::Want::Take(|asked, value| {
            asked.whole($crate::semconv::registry::keys::$key, value)
        })
    };
}
/// Takes a double attribute.
macro_rules! real {
    ($key:ident) => {
        $crate::extract::wire::walk::Want::Take(|asked, value| {
            asked.real($crate::semconv::registry::keys::$key, value)
        })
    };
}

mod anthropic;
mod asked;
mod build;
mod bytes;
pub(crate) mod capture;
mod cohere;
mod common;
mod conversations;
mod converse;
pub(crate) mod error;
mod fault;
mod framer;
mod gemini;
mod interactions;
mod invoke;
pub(crate) mod json;
mod large;
mod lexer;
mod ollama;
mod openai;
mod openai_messages;
mod partial;
mod predictions;
#[cfg(test)]
mod probe;
mod quiet;
mod read;
mod responses;
mod ser;
mod sniff;
mod source;
mod tables;
mod take;
mod text;
pub(crate) mod visit;
mod walk;
mod word;
mod wrap;

#[cfg(test)]
mod tests;

pub use bytes::ByteAccumulator;
#[cfg(any(feature = "genai-client-0_7", feature = "rig-0_44"))]
pub(crate) use read::facts;
#[cfg(feature = "aws-bedrock-1")]
pub(crate) use read::{chunk_bytes, request_bytes, response_bytes};
pub use wrap::{Wire, WireFormat};
