//! `#[derive(genai::Request)]` and `#[derive(genai::Response)]`: a type of the user's enters, an implementation of the trait leaves.
//!
//! Fields say by `#[genai(key)]` what they are; fields that say nothing are not recorded. Names are checked as in the attributes. On a
//! mistake the errors leave beside the implementation of what was right, so that nothing else fails for want of it.

mod container;
mod emit;
mod fields;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::depth::too_deep;
use crate::diag::{Diag, text};
use crate::registry::Place;

/// Derives the trait of this side.
pub(crate) fn run(place: Place, input: TokenStream) -> TokenStream {
    if let Some(span) = too_deep(input.clone()) {
        let mut diag = Diag::default();
        diag.error(span, text::ITEM_TOO_DEEP);
        return diag.into_tokens();
    }
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(e) => return e.to_compile_error(),
    };
    let mut diag = Diag::default();
    let container = container::read(place, &input, &mut diag);
    let shape = fields::read(place, &container, &input, &mut diag);
    let mut tokens = emit::implementations(place, &container, &shape, &input);
    tokens.extend(diag.into_tokens());
    tokens
}
