//! The pieces an [`Accumulator`](crate::Accumulator) is made of: token counts and the drafts of messages.

pub(crate) mod body;
pub(crate) mod draft;
pub(crate) mod usage;
