//! Checks an attribute: its entries, with their spans, and the signature enter; the intermediate representation leaves, or the list of
//! mistakes.

mod bare;
pub(crate) mod context;
pub(crate) mod evaluation;
pub(crate) mod formats;
mod keys;
mod moved;
mod named;
mod object;
mod operation;
pub(crate) mod options;
pub(crate) mod own;
mod pattern;
mod plain;
mod request;
mod response;
pub(crate) mod scope;
pub(crate) mod signature;
pub(crate) mod types;
pub(crate) mod uses;
pub(crate) mod words;

pub(crate) use bare::{bare, ident, word};
pub(crate) use context::context;
pub(crate) use evaluation::evaluation;
pub(crate) use keys::Keys;
pub(crate) use operation::operation;
pub(crate) use options::krate;
pub(crate) use plain::plain_value;
