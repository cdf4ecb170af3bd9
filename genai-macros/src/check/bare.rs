//! An expression goes in, what it is without wrapping comes out.

use syn::{Expr, Ident};

/// The expression without the groups that `macro_rules!` puts around fragments, and without parentheses.
pub(crate) fn bare(expr: &Expr) -> &Expr {
    let mut expr = expr;
    loop {
        match expr {
            Expr::Group(g) => expr = &g.expr,
            Expr::Paren(p) => expr = &p.expr,
            other => return other,
        }
    }
}

/// The word where it stands, if the expression is a single one.
pub(crate) fn ident(expr: &Expr) -> Option<&Ident> {
    match bare(expr) {
        Expr::Path(p) if p.qself.is_none() && p.attrs.is_empty() => p.path.get_ident(),
        _ => None,
    }
}

/// The word, if the expression is a single one.
pub(crate) fn word(expr: &Expr) -> Option<String> {
    ident(expr).map(ToString::to_string)
}
