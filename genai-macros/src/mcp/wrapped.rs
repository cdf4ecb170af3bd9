//! Arguments that are looked at before the body has them: a signature goes in, the same with names of ours comes out, and the
//! statements that bind the user's patterns again.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{FnArg, Pat, Signature, Token, parse_quote_spanned};

/// A name that no name of the user's is.
pub(super) fn own(text: &str) -> Ident {
    Ident::new(text, Span::mixed_site())
}

/// A signature whose arguments have names of ours.
pub(super) struct Renamed {
    pub(super) sig: Signature,
    /// The names, without `self`.
    pub(super) names: Vec<Ident>,
    /// Binds what the user calls them.
    pub(super) bound: TokenStream,
}

/// Renames the arguments but `self`.
pub(super) fn renamed(sig: &Signature) -> Renamed {
    let mut sig = sig.clone();
    let (mut names, mut bound) = (Vec::new(), TokenStream::new());
    let mut inputs: Punctuated<FnArg, Token![,]> = Punctuated::new();
    for (at, input) in sig.inputs.iter().enumerate() {
        let mut input = input.clone();
        if let FnArg::Typed(typed) = &mut input {
            let name = own(&format_ident!("argument{at}").to_string());
            let pattern: Pat = (*typed.pat).clone();
            bound.extend(quote!(let #pattern = #name;));
            *typed.pat = parse_quote_spanned!(pattern.span()=> #name);
            names.push(name);
        }
        inputs.push(input);
    }
    sig.inputs = inputs;
    Renamed { sig, names, bound }
}
