//! What the patterns of arguments bind: a pattern enters, its names leave, or it loses its `mut`s.

use proc_macro2::Ident;
use syn::{Pat, Token};

use crate::patterns::parts;

/// The names that `pat` binds, in order; whether nothing that has to be dropped is left without one.
pub(super) fn bind(pat: &Pat, names: &mut Vec<(Ident, Option<Token![mut]>)>) -> bool {
    match pat {
        Pat::Ident(p) => {
            names.push((p.ident.clone(), p.mutability));
            // `a @ X(..)` takes all of it, and what stands behind the `@` is a copy.
            if let Some((_, copied)) = &p.subpat {
                bind(copied, names);
            }
            p.by_ref.is_none()
        }
        Pat::Paren(p) => bind(&p.pat, names),
        Pat::Reference(p) => {
            bind(&p.pat, names);
            true
        }
        Pat::Tuple(p) => bind_all(p.elems.iter(), names),
        Pat::TupleStruct(p) => bind_all(p.elems.iter(), names),
        Pat::Slice(p) => bind_all(p.elems.iter(), names),
        Pat::Struct(p) => bind_all(p.fields.iter().map(|f| &*f.pat), names) && p.rest.is_none(),
        // Every case binds the same names.
        Pat::Or(p) => {
            bind_all(p.cases.iter().take(1), names);
            false
        }
        _ => false,
    }
}

/// The same for several patterns; every one is visited.
fn bind_all<'a>(
    patterns: impl Iterator<Item = &'a Pat>,
    names: &mut Vec<(Ident, Option<Token![mut]>)>,
) -> bool {
    let mut are_whole = true;
    for pattern in patterns {
        are_whole &= bind(pattern, names);
    }
    are_whole
}

/// Whether a macro makes a part of the pattern.
pub(super) fn has_macro(pat: &Pat) -> bool {
    matches!(pat, Pat::Macro(_)) || parts(pat).into_iter().any(has_macro)
}

/// Takes the `mut` off the names that are bound again.
pub(super) fn strip_mut(pat: &mut Pat, moves: &dyn Fn(&Ident) -> bool) {
    match pat {
        Pat::Ident(p) if moves(&p.ident) => p.mutability = None,
        Pat::Paren(p) => strip_mut(&mut p.pat, moves),
        Pat::Or(p) => p.cases.iter_mut().for_each(|p| strip_mut(p, moves)),
        Pat::Reference(p) => strip_mut(&mut p.pat, moves),
        Pat::Tuple(p) => p.elems.iter_mut().for_each(|p| strip_mut(p, moves)),
        Pat::TupleStruct(p) => p.elems.iter_mut().for_each(|p| strip_mut(p, moves)),
        Pat::Slice(p) => p.elems.iter_mut().for_each(|p| strip_mut(p, moves)),
        Pat::Struct(p) => p
            .fields
            .iter_mut()
            .for_each(|f| strip_mut(&mut f.pat, moves)),
        _ => {}
    }
}
