//! Values of the derives, which have no arguments: an expression goes in, a checked value comes out.

use syn::Expr;

use super::scope::Scope;
use super::types;
use super::words::{Words, well_known};
use crate::diag::Diag;
use crate::ir::Value;
use crate::registry::Attribute;

/// A value where there are no arguments: a bare well-known one, a literal, a constant.
pub(crate) fn plain_value(attribute: &Attribute, expr: Expr, diag: &mut Diag) -> Option<Value> {
    match well_known(attribute, &expr, &Scope::default(), diag) {
        Words::Known(value) => Some(value),
        Words::Wrong => None,
        Words::Expression => types::value(attribute, expr, diag),
    }
}
