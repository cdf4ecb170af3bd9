//! How patterns are made of patterns.

use syn::Pat;

/// The patterns right inside of one.
pub(crate) fn parts(pat: &Pat) -> Vec<&Pat> {
    match pat {
        Pat::Ident(p) => p.subpat.iter().map(|(_, p)| &**p).collect(),
        Pat::Or(p) => p.cases.iter().collect(),
        Pat::Paren(p) => vec![&*p.pat],
        Pat::Reference(p) => vec![&*p.pat],
        Pat::Slice(p) => p.elems.iter().collect(),
        Pat::Struct(p) => p.fields.iter().map(|f| &*f.pat).collect(),
        Pat::Tuple(p) => p.elems.iter().collect(),
        Pat::TupleStruct(p) => p.elems.iter().collect(),
        Pat::Type(p) => vec![&*p.pat],
        _ => Vec::new(),
    }
}
