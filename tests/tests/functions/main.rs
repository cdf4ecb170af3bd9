//! An annotated function is the function: its shapes, arguments, lints and names are what they are without the attribute.

mod arguments;
mod expansion;
mod hygiene;
mod lints;
mod shapes;
