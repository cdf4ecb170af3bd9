//! What is done with arguments around and inside the body, one statement each.

use proc_macro2::Ident;
use syn::{Attribute, Member, Pat, Token};

/// A statement about one argument, there where its `cfg` holds.
pub(crate) struct Step {
    pub(crate) cfg: Vec<Attribute>,
    pub(crate) does: Does,
}

/// What it does.
pub(crate) enum Does {
    /// `let a = a;`
    Rebind {
        name: Ident,
        mutability: Option<Token![mut]>,
        /// Its author says by `_` that it is unused: it is not they who use it.
        is_said_unused: bool,
    },
    /// `let (a, _) = whole;`
    TakeApart { whole: Ident, pattern: Box<Pat> },
    /// `whole.0 = a;`, for each part that was taken.
    PutBack { whole: Ident, parts: Vec<Part> },
    /// `let _ = &a;`
    Use { name: Ident },
    /// `let _ = (&b, &a, &self);`: captures whole arguments, in this order.
    Capture {
        names: Vec<Ident>,
        receiver: Option<Token![self]>,
    },
}

/// A part of an argument that was moved out of it.
#[derive(Clone)]
pub(crate) struct Part {
    /// The fields that lead to it.
    pub(crate) place: Vec<Member>,
    pub(crate) name: Ident,
}

impl Step {
    pub(super) fn new(cfg: &[Attribute], does: Does) -> Self {
        Self {
            cfg: cfg.to_vec(),
            does,
        }
    }
}
