//! Writes the instrumented function.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::ir::Instrument;

/// The instrumented function.
pub(crate) fn expand(instrument: &Instrument) -> TokenStream {
    let item = &instrument.item;
    let (attrs, vis, sig, body) = (&item.attrs, &item.vis, &item.sig, &item.body);
    quote!(#(#attrs)* #vis #sig #body).into_token_stream()
}
