//! Reads requests, responses, chunks and errors of any type: values go in, attributes and content of the operation come out.

pub(crate) mod accumulator;
pub(crate) mod budget;
pub(crate) mod causes;
pub(crate) mod clients;
pub(crate) mod failure;
pub(crate) mod format;
pub(crate) mod known;
pub(crate) mod observe;
pub(crate) mod parts;
pub(crate) mod pending;
pub(crate) mod pushed;
pub(crate) mod record;
pub(crate) mod recorder;
pub(crate) mod stream;
pub(crate) mod traits;
pub(crate) mod wire;
pub(crate) mod words;
