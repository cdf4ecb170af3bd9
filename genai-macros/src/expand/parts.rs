//! A pattern that leaves a part of its argument unbound: what the attribute reads of it is taken out and put back.
//!
//! The part without a name must get into the body with the rest, or it would be dropped after the operation and out of order. So
//! the argument gets a name of ours as a whole, the pattern takes it apart where the attribute reads, every part that was moved
//! is assigned back to its place, and the body takes the whole apart once more.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Index, Pat, Path, Type};

use crate::shape::bare;

/// The assignments that make `name` whole again after `pat` took it apart; `None` if a part has no place that can be written.
pub(super) fn restored(name: &Ident, pat: &Pat, ty: &Type) -> Option<TokenStream> {
    let mut assignments = TokenStream::new();
    part(pat, quote!(#name), Some(ty), &mut assignments)?;
    Some(assignments)
}

fn part(pat: &Pat, place: TokenStream, ty: Option<&Type>, out: &mut TokenStream) -> Option<()> {
    let ty = ty.map(bare);
    match pat {
        Pat::Ident(p) if p.by_ref.is_none() => {
            let name = &p.ident;
            out.extend(quote!(#place = #name;));
            Some(())
        }
        // What is bound by reference, or through one, was not moved.
        Pat::Ident(_) | Pat::Reference(_) | Pat::Wild(_) | Pat::Rest(_) => Some(()),
        Pat::Paren(p) => part(&p.pat, place, ty, out),
        _ if matches!(ty, Some(Type::Reference(_))) => Some(()),
        Pat::Tuple(p) => {
            let Some(Type::Tuple(ty)) = ty else {
                return None;
            };
            let types: Vec<&Type> = ty.elems.iter().collect();
            parts(p.elems.iter(), &place, &types, out)
        }
        Pat::TupleStruct(p) if is_of(&p.path, ty) => parts(p.elems.iter(), &place, &[], out),
        Pat::Struct(p) if is_of(&p.path, ty) => p.fields.iter().try_for_each(|field| {
            let member = &field.member;
            part(&field.pat, quote!(#place.#member), None, out)
        }),
        _ => None,
    }
}

/// The parts of a tuple; those after `..` are counted from the end, which only the type tells.
fn parts<'a>(
    patterns: impl ExactSizeIterator<Item = &'a Pat>,
    place: &TokenStream,
    types: &[&Type],
    out: &mut TokenStream,
) -> Option<()> {
    let count = patterns.len();
    let mut is_after_rest = false;
    for (at, pat) in patterns.enumerate() {
        let index = match pat {
            Pat::Wild(_) => continue,
            Pat::Rest(_) => {
                is_after_rest = true;
                continue;
            }
            _ if is_after_rest => (at + types.len()).checked_sub(count)?,
            _ => at,
        };
        let member = Index::from(index);
        part(pat, quote!(#place.#member), types.get(index).copied(), out)?;
    }
    Some(())
}

/// Whether a path of a pattern names the argument's type itself, and no variant of it.
fn is_of(path: &Path, ty: Option<&Type>) -> bool {
    let Some(Type::Path(ty)) = ty else {
        return false;
    };
    match (path.segments.last(), ty.path.segments.last()) {
        (Some(named), Some(ty)) => named.ident == ty.ident,
        _ => false,
    }
}
