//! The start of an operation, written out.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::spans::{at, first, located};
use super::value;
use crate::ir::{Asked, AskedFor, Entry, Read};
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
    let span = place(request);
    let literals = quote_spanned!(span=> &[#(#literals),*]);
    let rt = &located(rt, span);
    let reference = reference(rt, request);
    let started = if start.provider_from_request {
        quote_spanned!(span=> #rt::start_for(#kind, #literals, #reference))
    } else {
        quote_spanned!(span=> #rt::start_with(#kind, #provider, #literals, #reference))
    };
    match probes(rt, request) {
        Some(probes) => quote!({ #probes #started }),
        None => started,
    }
}

/// The statements by which it gets to know the rest and starts.
pub(super) fn filled(rt: &TokenStream, start: &Start<'_>, operation: &Ident) -> TokenStream {
    if start.is_immediate() {
        return TokenStream::new();
    }
    let settings = start.settings.iter().map(|s| setting(rt, operation, s));
    let request = start.request.map(|request| {
        let span = place(request);
        let name = if start.provider_from_request {
            "request_for"
        } else {
            "request"
        };
        let name = Ident::new(name, span);
        let rt = &located(rt, span);
        let reference = reference(rt, request);
        let asked = quote_spanned!(span=> #rt::#name(#operation, #reference););
        match probes(rt, request) {
            Some(probes) => quote!({ #probes #asked }),
            None => asked,
        }
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

/// Where a request stands.
fn place(request: &AskedFor) -> Span {
    match request {
        AskedFor::One(one) => at(first(&one.value)),
        AskedFor::Parts(_, span) => at(*span),
    }
}

/// What a request is asked through, where that is needed.
fn probes(rt: &TokenStream, request: &AskedFor) -> Option<TokenStream> {
    let is_by_name = |asked: &Asked| matches!(asked.read, Read::ByName);
    request
        .parts()
        .iter()
        .any(is_by_name)
        .then(|| quote!(use #rt::probes::*;))
}

/// A request by reference; of a tuple, its parts, since a tuple of places would move them.
fn reference(rt: &TokenStream, request: &AskedFor) -> TokenStream {
    match request {
        AskedFor::One(one) => asked(rt, one),
        AskedFor::Parts(parts, span) => {
            let parts = parts.iter().map(|part| asked(rt, part));
            quote_spanned!(at(*span)=> &(#(#parts,)*))
        }
    }
}

/// One value, by reference.
fn asked(rt: &TokenStream, asked: &Asked) -> TokenStream {
    let value = value::borrowed(&asked.value);
    let span = at(first(&asked.value));
    match asked.read {
        Read::ByType => value,
        Read::ByName => quote_spanned!(span=> &(&&#rt::asked(#value)).request()),
        Read::In(format) => {
            let span = at(format.span);
            let (format, rt) = (Ident::new(format.name, span), located(rt, span));
            quote_spanned!(span=> &#rt::wire(#rt::WireFormat::#format, #value))
        }
    }
}
