//! An operation around the body: its span is current while the body runs, and it ends with the result.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::around::Around;
use super::body::{Made, wrapped};
use super::ending::tail;
use super::spans::name;
use super::start::{begun, filled};
use crate::plan::{Ending, Start};
use crate::shape::{Runs, Shape, Wrap, erased};

/// The operation around `body`, which captured the arguments.
pub(super) fn around(
    rt: &TokenStream,
    start: &Start<'_>,
    ending: &Ending<'_>,
    shape: &Shape,
    body: &TokenStream,
) -> Around {
    let (slot, output, future) = (name("call"), name("output"), name("future"));
    let tail = tail(rt, ending, shape, &slot, &output);
    let (function, tail, output) = match &shape.runs {
        Runs::Later(wrap, result) => {
            // It changes if something of the result is read before the operation moves into a stream.
            let is_changed = shape.stream.is_some() && ending.is_read();
            let mutability = is_changed.then(|| quote!(mut));
            let result = result.as_deref().map(erased);
            // Where the body leaves a part of its output open, the signature says it before the output is asked what it is.
            let typed = result.as_ref().map(|ty| quote!(: #ty));
            let arrow = result.as_ref().map(|ty| quote!(-> #ty));
            let end = quote!(move |#mutability #slot, #output #typed| #arrow { #tail });
            let lazy = lasting(rt, *wrap, shape, &slot, &future, &end);
            ("prepare", Some(lazy.into()), future)
        }
        // The value of an endless body is no value.
        Runs::Async => ("observe", (!shape.is_never).then_some(tail), output),
        Runs::Now => ("once", (!shape.is_never).then_some(tail), output),
    };
    let function = Ident::new(function, Span::call_site());
    Around {
        value: begun(rt, start),
        filled: filled(rt, start, &slot),
        run: quote!(#rt::#function(&mut #slot, #body)),
        is_changed: true,
        is_kept: true,
        slot,
        output,
        tail,
    }
}

/// The returned future, which takes the operation with it.
fn lasting(
    rt: &TokenStream,
    wrap: Wrap,
    shape: &Shape,
    slot: &Ident,
    future: &Ident,
    end: &TokenStream,
) -> TokenStream {
    let lazy = quote!(#rt::lazy(#slot, #future, #end));
    wrapped(rt, wrap, lazy, shape.output_span, Made::Future)
}
