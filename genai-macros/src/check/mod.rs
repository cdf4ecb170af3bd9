//! The rules: spanned entries and the signature enter, the intermediate representation leaves, or the mistakes are noted.

pub(crate) mod context;
mod keys;
mod moved;
mod named;
mod operation;
pub(crate) mod options;
pub(crate) mod own;
mod pattern;
mod response;
pub(crate) mod scope;
pub(crate) mod signature;
pub(crate) mod types;
pub(crate) mod words;

pub(crate) use context::context;
pub(crate) use keys::Keys;
pub(crate) use operation::operation;
pub(crate) use options::krate;

use syn::Expr;

use crate::diag::Diag;
use crate::ir::Value;
use crate::registry::Attribute;

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

/// The word, if the expression is a single one.
pub(crate) fn word(expr: &Expr) -> Option<String> {
    match bare(expr) {
        Expr::Path(p) if p.qself.is_none() && p.attrs.is_empty() => {
            p.path.get_ident().map(ToString::to_string)
        }
        _ => None,
    }
}

/// A value where there are no arguments: a bare well-known one, a literal, a constant.
pub(crate) fn plain_value(attribute: &Attribute, expr: Expr, diag: &mut Diag) -> Option<Value> {
    match words::well_known(attribute, &expr, &scope::Scope::default(), diag) {
        words::Words::Known(value) => Some(value),
        words::Words::Wrong => None,
        words::Words::Expression => types::value(attribute, expr, diag),
    }
}
