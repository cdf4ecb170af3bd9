//! Types of clients by the name that is written: a type enters, whether its name is a client's leaves.
//!
//! What stands there may be another type of the same name, so the name only decides what the compiler is asked.

use syn::{GenericArgument, Path, PathArguments, Type, TypeParamBound};

use crate::client_types::CLIENT_TYPES;

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
            Type::ImplTrait(t) => match associated(t.bounds.iter()) {
                Some(inner) => inner,
                None => return false,
            },
            Type::TraitObject(t) => match associated(t.bounds.iter()) {
                Some(inner) => inner,
                None => return false,
            },
            Type::Path(t) => match held(&t.path) {
                Some(inner) => inner,
                None => return is_named(&t.path, sides),
            },
            _ => return false,
        };
    }
}

/// The `Output` or `Item` among bounds.
fn associated<'a>(mut bounds: impl Iterator<Item = &'a TypeParamBound>) -> Option<&'a Type> {
    bounds.find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else {
            return None;
        };
        let PathArguments::AngleBracketed(args) = &bound.path.segments.last()?.arguments else {
            return None;
        };
        args.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(a) if a.ident == "Output" || a.ident == "Item" => {
                Some(&a.ty)
            }
            _ => None,
        })
    })
}

/// What a type of the standard library or of futures holds.
fn held(path: &Path) -> Option<&Type> {
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
    let last = path.segments.last()?;
    let PathArguments::AngleBracketed(args) = &last.arguments else {
        return None;
    };
    if !HOLDERS.iter().any(|holder| last.ident == holder) {
        return None;
    }
    args.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
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
