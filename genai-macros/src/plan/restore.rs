//! A pattern that leaves a part of its argument unbound: what the attribute reads of it is taken out and put back.
//!
//! The part without a name must get into the body with the rest, or it would be dropped after the operation and out of order. So
//! the argument gets a name of ours as a whole, the pattern takes it apart where the attribute reads, every part that was moved
//! is assigned back to its place, and the body takes the whole apart once more.

use syn::{Index, Member, Pat, Path, Type};

use super::step::Part;
use crate::shape::bare;

/// What makes an argument whole again after `pat` took it apart; `None` if a part has no place that can be written.
pub(super) fn restored(pat: &Pat, ty: &Type) -> Option<Vec<Part>> {
    let mut moved = Vec::new();
    part(pat, &[], Some(ty), &mut moved)?;
    Some(moved)
}

fn part(pat: &Pat, place: &[Member], ty: Option<&Type>, moved: &mut Vec<Part>) -> Option<()> {
    let ty = ty.map(bare);
    match pat {
        Pat::Ident(p) if p.by_ref.is_none() => {
            moved.push(Part {
                place: place.to_vec(),
                name: p.ident.clone(),
            });
            Some(())
        }
        // What is bound by reference, or through one, was not moved.
        Pat::Ident(_) | Pat::Reference(_) | Pat::Wild(_) | Pat::Rest(_) => Some(()),
        Pat::Paren(p) => part(&p.pat, place, ty, moved),
        _ if matches!(ty, Some(Type::Reference(_))) => Some(()),
        Pat::Tuple(p) => {
            let Some(Type::Tuple(ty)) = ty else {
                return None;
            };
            let types: Vec<&Type> = ty.elems.iter().collect();
            parts(p.elems.iter(), place, &types, moved)
        }
        Pat::TupleStruct(p) if is_of(&p.path, ty) => parts(p.elems.iter(), place, &[], moved),
        Pat::Struct(p) if is_of(&p.path, ty) => p.fields.iter().try_for_each(|field| {
            part(
                &field.pat,
                &inside(place, field.member.clone()),
                None,
                moved,
            )
        }),
        _ => None,
    }
}

/// The parts of a tuple; those after `..` are counted from the end, which only the type shows.
fn parts<'a>(
    patterns: impl ExactSizeIterator<Item = &'a Pat>,
    place: &[Member],
    types: &[&Type],
    moved: &mut Vec<Part>,
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
        let member = Member::Unnamed(Index::from(index));
        part(
            pat,
            &inside(place, member),
            types.get(index).copied(),
            moved,
        )?;
    }
    Some(())
}

fn inside(place: &[Member], member: Member) -> Vec<Member> {
    let mut place = place.to_vec();
    place.push(member);
    place
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
