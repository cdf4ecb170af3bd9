//! Names and places: names of ours are hygienic, and what is wrong with a user's value is reported at that value.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Path;

/// A name that no name of the user's is.
pub(super) fn name(text: &str) -> Ident {
    Ident::new(text, Span::mixed_site())
}

/// The place of `span`, with names that are ours.
pub(super) fn at(span: Span) -> Span {
    span.resolved_at(Span::mixed_site())
}

/// The span of the first token.
pub(super) fn first(tokens: &impl ToTokens) -> Span {
    tokens
        .to_token_stream()
        .into_iter()
        .next()
        .map_or_else(Span::call_site, |t| t.span())
}

/// `::genai::__rt`
pub(super) fn runtime(krate: &Path) -> TokenStream {
    quote!(#krate::__rt)
}

/// The same tokens at another place: what they mean stays, what is wrong is reported there.
pub(super) fn located(tokens: &TokenStream, place: Span) -> TokenStream {
    let located = tokens.clone().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(place));
        token
    });
    located.collect()
}
