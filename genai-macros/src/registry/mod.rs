//! Look-ups in the generated table: names, nearest names, sides, operations.

/// The type of an attribute's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Str,
    Int,
    Double,
    Bool,
    Strs,
    Content,
}

/// An operation of the conventions.
pub(crate) struct Operation {
    /// The attribute's name, such as `chat`.
    pub(crate) name: &'static str,
    /// The index by which expansion and runtime know it: chat 0, embeddings 1, agent 2, tool 3, workflow 4, retrieval 5.
    pub(crate) index: u8,
}
