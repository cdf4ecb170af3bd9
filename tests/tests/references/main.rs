//! The project against what it is held to: the conventions, the reference scenarios, its documented variables, floors and compiler.

mod environment;
mod oracle;
mod registry;
mod rust_version;
