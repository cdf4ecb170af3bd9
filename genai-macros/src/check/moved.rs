//! Arguments that are gone after the call: naming one in `response(..)` or `error(..)` is a mistake that shows in the syntax.

use quote::ToTokens;

use super::scope::Scope;
use super::uses::uses;
use crate::diag::{Diag, text};

pub(super) fn check(value: &impl ToTokens, scope: &Scope, diag: &mut Diag) {
    if scope.moved.is_empty() {
        return;
    }
    for name in uses(value.to_token_stream()) {
        if let Some((name_text, ty)) = scope.moved.iter().find(|(n, _)| name == n) {
            diag.error(name.span(), text::moved(name_text, ty));
        }
    }
}
