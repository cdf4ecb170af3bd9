//! The attributes of the GenAI conventions, from the generated table: typed keys for code, look-up by id for the runtime.

use std::marker::PhantomData;

#[rustfmt::skip]
pub mod keys;
#[rustfmt::skip]
#[allow(dead_code, reason = "the same file serves the macros, which need other parts of it")]
mod table;

pub(crate) use table::*;

/// The index of an attribute in the table.
pub(crate) type Id = u8;

/// Marks a key whose value is a string.
#[derive(Debug)]
pub enum Str {}
/// Marks a key whose value is an integer.
#[derive(Debug)]
pub enum Int {}
/// Marks a key whose value is a double.
#[derive(Debug)]
pub enum Double {}
/// Marks a key whose value is a boolean.
#[derive(Debug)]
pub enum Bool {}
/// Marks a key whose value is a list of strings.
#[derive(Debug)]
pub enum Strs {}
/// Marks a key whose value is content: messages, instructions, tools, arguments, documents.
#[derive(Debug)]
pub enum Content {}

/// A key of the conventions, with the type of its value.
///
/// ```
/// use genai::keys;
///
/// assert_eq!(keys::GEN_AI_REQUEST_MODEL.name(), "gen_ai.request.model");
/// ```
pub struct Key<T> {
    id: Id,
    ty: PhantomData<fn() -> T>,
}

impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Key<T> {}

impl<T> std::fmt::Debug for Key<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl<T> Key<T> {
    const fn new(id: Id) -> Self {
        Self {
            id,
            ty: PhantomData,
        }
    }

    #[inline]
    pub(crate) const fn id(self) -> Id {
        self.id
    }

    /// The full name, such as `gen_ai.request.model`.
    pub fn name(self) -> &'static str {
        key(self.id)
    }
}

/// The full name of the attribute `id`.
pub(crate) fn key(id: Id) -> &'static str {
    ATTRIBUTES.get(usize::from(id)).map_or("", |a| a.key)
}

/// The type of the attribute `id`.
pub(crate) fn ty(id: Id) -> Option<Type> {
    ATTRIBUTES.get(usize::from(id)).map(|a| a.ty)
}

/// The attribute of this full name.
pub(crate) fn find(key: &str) -> Option<Id> {
    let index = ATTRIBUTES.binary_search_by(|a| a.key.cmp(key)).ok()?;
    Id::try_from(index).ok()
}
