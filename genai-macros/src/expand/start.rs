//! The start of an operation, written out.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::Expr;

use super::spans::{at, first, located};
use super::value;
use crate::ir::Entry;
use crate::plan::{Setting, Start};

/// The operation, perhaps none, as an expression.
pub(super) fn begun(rt: &TokenStream, start: &Start<'_>) -> TokenStream {
    let kind = Literal::u8_unsuffixed(start.kind as u8);
    let provider = start.provider;
    let literals = start.literals.iter().filter_map(|e| value::literal(rt, e));
    let Some(request) = start.request.filter(|_| start.is_immediate()) else {
        let start = if start.is_immediate() {
            quote!(start)
        } else if start.is_lazy {
            quote!(begin_later)
        } else {
            quote!(begin)
        };
        return quote!(#rt::#start(#kind, #provider, &[#(#literals),*]));
    };
    let (span, request) = (at(first(request)), reference(request));
    let literals = quote_spanned!(span=> &[#(#literals),*]);
    let rt = located(rt, span);
    if start.provider_from_request {
        quote_spanned!(span=> #rt::start_for(#kind, #literals, #request))
    } else {
        quote_spanned!(span=> #rt::start_with(#kind, #provider, #literals, #request))
    }
}

/// The statements by which it gets to know the rest and starts.
pub(super) fn filled(rt: &TokenStream, start: &Start<'_>, operation: &Ident) -> TokenStream {
    if start.is_immediate() {
        return TokenStream::new();
    }
    let settings = start.settings.iter().map(|s| setting(rt, operation, s));
    let request = start.request.map(|request| {
        let (span, reference) = (at(first(request)), reference(request));
        let name = if start.provider_from_request {
            "request_for"
        } else {
            "request"
        };
        let name = Ident::new(name, span);
        let rt = located(rt, span);
        quote_spanned!(span=> #rt::#name(#operation, #reference);)
    });
    let starts = (!start.is_lazy).then(|| quote!(#operation.start();));
    let content = content(rt, operation, start.content.iter());
    quote! {
        if let #rt::Some(#operation) = &mut #operation { #(#settings)* #request #starts #content }
    }
}

/// Content, evaluated only if something wants it.
pub(super) fn content<'a>(
    rt: &TokenStream,
    operation: &Ident,
    entries: impl Iterator<Item = &'a Entry>,
) -> Option<TokenStream> {
    let mut entries = entries.map(|e| value::entry(rt, operation, e)).peekable();
    entries.peek()?;
    Some(quote!(if #operation.wants_content() { #(#entries)* }))
}

fn setting(rt: &TokenStream, operation: &Ident, setting: &Setting<'_>) -> TokenStream {
    match setting {
        Setting::Switch(method) => {
            let method = Ident::new(method, operation.span());
            quote!(#operation.#method();)
        }
        Setting::SpanKind(is_client) => quote!(#operation.span_is_client(#is_client);),
        Setting::Value(method, value) => value::setting(operation, method, value),
        Setting::Entry(entry) => value::entry(rt, operation, entry),
        Setting::Named(method, named) => value::named(operation, method, named),
    }
}

/// A request by reference; of a tuple, its parts, since a tuple of places would move them.
fn reference(request: &Expr) -> TokenStream {
    match request {
        Expr::Tuple(tuple) => {
            let parts = tuple.elems.iter().map(value::borrowed);
            let span = at(first(request));
            quote_spanned!(span=> &(#(#parts,)*))
        }
        Expr::Group(group) => reference(&group.expr),
        _ => value::borrowed(request),
    }
}
