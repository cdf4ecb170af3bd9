//! The project against what it is held to: the conventions, the reference scenarios and the documented variables.

mod environment;
mod oracle;
mod registry;
