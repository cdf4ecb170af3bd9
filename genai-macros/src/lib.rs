//! The attribute macros of `genai-runtime`; use them through that crate.

mod ir;
mod item;
mod registry;
