//! Operations without the macros: a builder per operation, an invocation that is finished, failed or dropped.
//!
//! The attributes do what this does. The scalar setters are generated from the registry, so that an operation has the keys of
//! the conventions with their types and no other.

pub(crate) mod builder;
mod content;
pub(crate) mod current;
pub(crate) mod custom;
pub(crate) mod observed;
mod running;
pub(crate) mod stream;
#[rustfmt::skip]
mod setters;

use opentelemetry::{Array, Value};

pub use crate::api::attempt::Attempt;
pub use crate::extract::failure::IntoFailure;
pub use crate::extract::observe::ObservedStream;
pub use builder::Builder;
pub use current::{Current, ValueOf};
pub use observed::Observed;
pub use running::{Attachment, InScope, Invocation};

/// An inference: `chat`, `generate_content`, `text_completion`.
#[derive(Debug)]
pub enum Chat {}
/// `embeddings`.
#[derive(Debug)]
pub enum Embeddings {}
/// `invoke_agent` and `create_agent`.
#[derive(Debug)]
pub enum Agent {}
/// `execute_tool`.
#[derive(Debug)]
pub enum Tool {}
/// `invoke_workflow`.
#[derive(Debug)]
pub enum Workflow {}
/// `retrieval`.
#[derive(Debug)]
pub enum Retrieval {}

/// An operation of the user's own; see [`span`](crate::span()).
#[derive(Debug)]
pub enum Custom {}

/// A list of strings as a value; well-known words are not copied.
fn strings(values: impl IntoIterator<Item = impl AsRef<str>>) -> Value {
    Value::Array(Array::String(
        values
            .into_iter()
            .map(|v| crate::semconv::value::word(v.as_ref()))
            .collect(),
    ))
}
