//! Look-ups in the generated table: names, nearest names, sides, operations.

#[rustfmt::skip]
#[allow(dead_code, reason = "the same file serves the runtime, which needs other parts of it")]
mod table;

use std::sync::LazyLock;

pub(crate) use table::*;

/// `#[genai::span]`: an operation of the user's own, which no key of the conventions belongs to.
pub(crate) static SPAN: Operation = Operation {
    name: "span",
    kind: Kind::Custom,
    names: &[],
    client: false,
    uses: &[],
};

/// Whether a chat is streamed: `stream` says it of a function that returns the stream, so the table has it for none.
pub(crate) static STREAM: LazyLock<Use> = LazyLock::new(|| Use {
    id: find("gen_ai.request.stream").map_or(u8::MAX, |(id, _)| id),
    short: "gen_ai.request.stream",
    side: Side::Before,
    requirement: Requirement::Conditional,
    only_remote: false,
});

/// The prefix of association properties.
pub(crate) const PROPERTIES: &str = "gen_ai.association.properties.";

/// Where a key stands in an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Among the entries.
    Entries,
    /// Inside `response(..)`.
    Response,
}

impl Place {
    /// The trait that gives what stands here, as derives name it.
    pub(crate) fn trait_name(self) -> &'static str {
        match self {
            Self::Entries => "Request",
            Self::Response => "Response",
        }
    }

    /// The method of that trait.
    pub(crate) fn method_name(self) -> &'static str {
        match self {
            Self::Entries => "record_request",
            Self::Response => "record_response",
        }
    }
}

impl Use {
    /// The attribute itself.
    pub(crate) fn attribute(&self) -> Option<&'static Attribute> {
        ATTRIBUTES.get(usize::from(self.id))
    }

    pub(crate) fn place(&self) -> Place {
        match self.side {
            Side::Before | Side::ContentBefore => Place::Entries,
            Side::After | Side::ContentAfter => Place::Response,
        }
    }

    pub(crate) fn is_content(&self) -> bool {
        matches!(self.side, Side::ContentBefore | Side::ContentAfter)
    }

    /// Whether `key` is one of its two spellings.
    pub(crate) fn is(&self, key: &str) -> bool {
        self.short == key || self.attribute().is_some_and(|a| a.key == key)
    }
}

impl Operation {
    /// The operation of the attribute `name`.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        let own = (name == SPAN.name).then_some(&SPAN);
        OPERATIONS.iter().find(|o| o.name == name).or(own)
    }

    /// Whether this is an operation of the user's own.
    pub(crate) fn is_own(&self) -> bool {
        self.kind == Kind::Custom
    }

    /// The use of `key` in `place`.
    pub(crate) fn get(&self, key: &str, place: Place) -> Option<&'static Use> {
        self.uses.iter().find(|u| u.place() == place && u.is(key))
    }

    /// The use of the attribute `id`, wherever.
    pub(crate) fn by_id(&self, id: u8) -> Option<&'static Use> {
        self.uses.iter().find(|u| u.id == id)
    }
}

/// The attribute of this full name, and its index.
pub(crate) fn find(key: &str) -> Option<(u8, &'static Attribute)> {
    let index = ATTRIBUTES.binary_search_by(|a| a.key.cmp(key)).ok()?;
    Some((u8::try_from(index).ok()?, ATTRIBUTES.get(index)?))
}

/// A deprecated attribute by its full name, or by what would have been its short one.
pub(crate) fn deprecated(key: &str) -> Option<(&'static Attribute, Deprecated)> {
    let named = |a: &&Attribute| {
        a.key == key
            || matches!(a.key.rsplit_once('.'), Some(("gen_ai.usage", last)) if last == key)
    };
    let attribute = ATTRIBUTES
        .iter()
        .filter(|a| a.deprecated.is_some())
        .find(named)?;
    Some((attribute, attribute.deprecated?))
}
