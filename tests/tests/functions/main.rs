//! An annotated function is the function: its shapes, arguments, lints and names are what they are without the attribute.
// A group of lints that can only be set for a crate as a whole; `lints` has the others.
#![deny(future_incompatible)]

mod arguments;
mod derived;
mod expansion;
mod formats;
mod hygiene;
mod lints;
mod request_stream;
mod restriction;
mod shapes;
mod tool_arguments;
