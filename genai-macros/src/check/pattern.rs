//! The patterns of `response(|..| ..)` and `error(|..| ..)`: a pattern enters, what certainly does not match every value is reported.
//!
//! Enums of the user's are the compiler's business, which says the same of them at the same place.

use syn::Pat;

use crate::diag::{At, Diag, text};
use crate::patterns::parts;

/// Reports the first part that is refutable by its looks.
pub(super) fn irrefutable(pat: &Pat, diag: &mut Diag) {
    let mut todo = vec![pat];
    while let Some(pat) = todo.pop() {
        if is_refutable(pat) {
            diag.error(At::all(pat), text::refutable(&name(pat)));
            return;
        }
        // Of cases that are alternatives, every one may be refutable.
        if !matches!(pat, Pat::Or(_)) {
            todo.extend(parts(pat));
        }
    }
}

fn is_refutable(pat: &Pat) -> bool {
    match pat {
        Pat::Lit(_) | Pat::Range(_) => true,
        Pat::Ident(_) | Pat::Path(_) | Pat::TupleStruct(_) => {
            matches!(name(pat).as_str(), "Some" | "None" | "Ok" | "Err")
        }
        _ => false,
    }
}

/// The last word of what the pattern names.
fn name(pat: &Pat) -> String {
    let path = match pat {
        Pat::Ident(p) => return p.ident.to_string(),
        Pat::Path(p) => &p.path,
        Pat::TupleStruct(p) => &p.path,
        _ => return String::new(),
    };
    (path.segments.last()).map_or_else(String::new, |s| s.ident.to_string())
}
