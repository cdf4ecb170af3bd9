//! Types of clients by the name that is written: a type enters, whether its name is a client's leaves.
//!
//! What stands there may be another type of the same name, so the name only decides what the compiler is asked.

use syn::{Path, Type, TypeParamBound};

use crate::client_types::CLIENT_TYPES;
use crate::shape::{associated, last, types};

/// What a type is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Request,
    Response,
    Item,
    Stream,
}

impl Side {
    fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Item => "item",
            Self::Stream => "stream",
        }
    }
}

/// Whether a type, or what is in it where it holds another, has the name of a client's type of one of these sides.
pub(crate) fn is(ty: &Type, sides: &[Side]) -> bool {
    let mut ty = ty;
    loop {
        ty = match ty {
            Type::Group(t) => &t.elem,
            Type::Paren(t) => &t.elem,
            Type::Reference(t) => &t.elem,
            Type::ImplTrait(t) => match output_or_item(&t.bounds) {
                Some(inner) => inner,
                None => return false,
            },
            Type::TraitObject(t) => match output_or_item(&t.bounds) {
                Some(inner) => inner,
                None => return false,
            },
            Type::Path(t) => match held(ty) {
                Some(inner) => inner,
                None => return is_named(&t.path, sides),
            },
            _ => return false,
        };
    }
}

/// The `Output` or `Item` among bounds.
fn output_or_item<'a>(bounds: impl IntoIterator<Item = &'a TypeParamBound>) -> Option<&'a Type> {
    bounds.into_iter().find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            associated(bound.path.segments.last()?, &["Output", "Item"])
        }
        _ => None,
    })
}

/// What a type of the standard library or of futures holds.
fn held(ty: &Type) -> Option<&Type> {
    const HOLDERS: [&str; 11] = [
        "Result",
        "Option",
        "Box",
        "Arc",
        "Rc",
        "Pin",
        "Vec",
        "BoxFuture",
        "LocalBoxFuture",
        "BoxStream",
        "LocalBoxStream",
    ];
    let holder = last(ty).filter(|s| HOLDERS.iter().any(|holder| s.ident == holder))?;
    types(holder).first().copied()
}

fn is_named(path: &Path, sides: &[Side]) -> bool {
    CLIENT_TYPES.iter().any(|(_, name, side, _)| {
        let mut written = path.segments.iter().rev();
        sides.iter().any(|wanted| wanted.word() == *side)
            && name
                .rsplit("::")
                .all(|word| written.next().is_some_and(|s| s.ident == word))
    })
}
