//! Several attributes on one function: which of them are ours, and that the context is around the operation.
//!
//! The upper attribute is expanded first, so its code stands inside that of the lower one. A context above an operation therefore
//! steps below it before it is expanded: a checked [`Instrument`] enters, the same function with its attributes in the other order leaves.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{Attribute, MacroDelimiter, Meta, Path, Signature, Token, parse_quote};

use crate::attributes::ours;
use crate::diag::Diag;
use crate::ir::{Call, Instrument, Returns, What};
use crate::item::Function;
use crate::registry::Operation;
use crate::shape::{Runs, Shape, Wrap};
use crate::{args, check, depth};

/// The function with this context below its operations; `None` if no operation is below it. `attr` are the context's entries.
pub(crate) fn below(instrument: &Instrument, attr: &TokenStream) -> Option<TokenStream> {
    let Instrument { item, krate, .. } = instrument;
    if !matches!(instrument.what, What::Context(_)) {
        return None;
    }
    let is_operation = |a: &Attribute| is_operation(&a.meta, &item.sig, krate);
    let last = item.attrs.iter().rposition(is_operation)?;
    let (above, below) = item.attrs.split_at_checked(last + 1)?;
    let Function { vis, sig, body, .. } = item;
    Some(quote!(#(#above)* #[#krate::context(#attr)] #(#below)* #vis #sig #body))
}

/// Whether an attribute is an operation's: one whose path is an operation's, or one of that name whose entries can be read as its own,
/// since what `#[tool]` was imported from is not to be seen. Those that depend on a `cfg` count as if it held.
fn is_operation(meta: &Meta, sig: &Signature, krate: &Path) -> bool {
    if meta.path().is_ident("cfg_attr") {
        let Meta::List(list) = meta else { return false };
        let parsed = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
        return parsed.is_ok_and(|metas| metas.iter().skip(1).any(|m| is_operation(m, sig, krate)));
    }
    if let Some(name) = ours(meta.path(), krate) {
        return name != "context";
    }
    if let Some(is_evaluation) = is_evaluation(meta, sig) {
        return is_evaluation;
    }
    let Some((operation, entries)) = (meta.path().segments.last())
        .and_then(|last| Operation::find(&last.ident.to_string()))
        .zip(entries(meta))
    else {
        return false;
    };
    let mut diag = Diag::default();
    let raw = args::entries(entries, Span::call_site(), &mut diag);
    check::operation(operation, raw, Some(sig), &mut diag);
    diag.is_empty()
}

/// Whether an attribute of that name is an evaluation; `None` of any other name.
fn is_evaluation(meta: &Meta, sig: &Signature) -> Option<bool> {
    let last = meta.path().segments.last()?;
    if last.ident != "evaluation" {
        return None;
    }
    let mut diag = Diag::default();
    let raw = args::entries(entries(meta)?, Span::call_site(), &mut diag);
    check::evaluation(raw, Some(sig), &mut diag);
    Some(diag.is_empty())
}

/// Whether an attribute is a context: by its path, or by its name and entries.
fn is_context(meta: &Meta, krate: &Path) -> bool {
    if let Some(name) = ours(meta.path(), krate) {
        return name == "context";
    }
    let is_named = (meta.path().segments.last()).is_some_and(|last| last.ident == "context");
    let Some(entries) = entries(meta).filter(|entries| is_named && !entries.is_empty()) else {
        return false;
    };
    let mut diag = Diag::default();
    let raw = args::entries(entries, Span::call_site(), &mut diag);
    check::context(raw, &mut diag);
    diag.is_empty()
}

/// What stands in an attribute's parentheses.
fn entries(meta: &Meta) -> Option<TokenStream> {
    let entries = match meta {
        Meta::Path(_) => TokenStream::new(),
        Meta::List(list) => list.tokens.clone(),
        Meta::NameValue(_) => return None,
    };
    depth::too_deep(entries.clone())
        .is_none()
        .then_some(entries)
}

/// Where one of these attributes is a context, what the operation says of the function's shape holds for it too.
pub(crate) fn give_shape(attrs: &mut [Attribute], krate: &Path, call: &Call, shape: &Shape) {
    let Some(word) = returns(call, shape) else {
        return;
    };
    for attribute in attrs {
        if let Some(shaped) = with_entry(attribute, krate, &word) {
            *attribute = shaped;
        }
    }
}

/// The word of `returns = ..` that the operation's own entries amount to.
fn returns(call: &Call, shape: &Shape) -> Option<Ident> {
    let is_unnamed = |wrap: Wrap| wrap == Wrap::ByType;
    let word = match call.returns {
        Some(Returns::Future) => "future",
        Some(Returns::Stream) => "stream",
        Some(Returns::Value) => "value",
        // A stream inside a returned future has no word, and a context no need of one.
        None if matches!(shape.runs, Runs::Later(..)) => return None,
        None if shape.stream.as_ref().is_some_and(|s| is_unnamed(s.wrap)) => "stream",
        None => return None,
    };
    Some(Ident::new(word, Span::call_site()))
}

fn with_entry(attribute: &Attribute, krate: &Path, word: &Ident) -> Option<Attribute> {
    if !is_context(&attribute.meta, krate) {
        return None;
    }
    let entries = entries(&attribute.meta)?;
    let mut diag = Diag::default();
    let raw = args::entries(entries.clone(), Span::call_site(), &mut diag);
    if raw.iter().any(|raw| raw.key.text == "returns") {
        return None;
    }
    let path = attribute.path();
    let list = parse_quote!(#path(returns = #word, #entries));
    let mut shaped = attribute.clone();
    shaped.meta = Meta::List(syn::MetaList {
        delimiter: MacroDelimiter::Paren(syn::token::Paren::default()),
        ..list
    });
    Some(shaped)
}
