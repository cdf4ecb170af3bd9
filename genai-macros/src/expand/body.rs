//! The user's body in the block or closure that captures the arguments, and as the value that the signature says.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::Type;

use super::spans::{at, located};
use crate::shape::{Runs, Shape, Wrap};

/// The block or closure; `inside` goes before the body.
pub(super) fn captured(
    rt: &TokenStream,
    shape: &Shape,
    body: &Group,
    inside: &TokenStream,
) -> TokenStream {
    let inner = in_its_braces(body);
    if matches!(shape.runs, Runs::Async) {
        let hint = hint(rt, shape);
        let block = braces(body, quote!(#inside #hint #inner));
        return quote_spanned!(body.span()=> async move #block);
    }
    let block = braces(body, quote!(#inside #inner));
    let start = quote_spanned!(body.span()=> move ||);
    let output = match &shape.output {
        _ if shape.is_never => quote!(!),
        Some(ty) => ty.to_token_stream(),
        None => quote!(()),
    };
    quote!(#start -> #output #block)
}

/// Braces that stand where the user's do: lints take what is in them for the user's function, as it is, and debuggers and
/// coverage find it there.
pub(super) fn braces(body: &Group, tokens: TokenStream) -> Group {
    let mut group = Group::new(Delimiter::Brace, tokens);
    group.set_span(body.span());
    group
}

/// The body in its own braces, inside of those. They are marked as ours, so that they are not taken for needless ones.
pub(super) fn in_its_braces(body: &Group) -> TokenStream {
    let mut body = body.clone();
    body.set_span(at(body.span()));
    body.into_token_stream()
}

/// The unreachable `return` that gives the compiler the type of an `async` block.
fn hint(rt: &TokenStream, shape: &Shape) -> TokenStream {
    let unit = quote!(());
    let ty = match &shape.output {
        _ if shape.is_never => return TokenStream::new(),
        Some(ty) => Type::to_token_stream(ty),
        None => unit,
    };
    quote!(if false { return #rt::unreachable::<#ty>(); })
}

/// Asks the returned type whether it is a future, where its name leaves that open; at the type, which is where it is reported.
pub(super) fn question(rt: &TokenStream, shape: &Shape) -> Option<TokenStream> {
    let ty = shape.may_be_future()?;
    let place = at(shape.output_span);
    let there = located(rt, place);
    let question = quote_spanned!(place=> #there::finished(#there::type_of::<#ty>().state()));
    Some(quote!(if false { use #rt::probes::*; #question; }))
}

/// What a returned value is made of.
#[derive(Clone, Copy)]
pub(super) enum Made {
    Future,
    Stream,
}

/// What the runtime wrapped, as what the signature says.
pub(super) fn wrapped(
    rt: &TokenStream,
    wrap: Wrap,
    value: TokenStream,
    span: Span,
    made: Made,
) -> TokenStream {
    match wrap {
        Wrap::Opaque => value,
        Wrap::Boxed => quote!(#rt::Box::pin(#value)),
        Wrap::ByType => {
            let (convert, method) = match made {
                Made::Future => ("FromFuture", "from_future"),
                Made::Stream => ("FromStream", "from_stream"),
            };
            let (convert, method) = (Ident::new(convert, at(span)), Ident::new(method, at(span)));
            let rt = located(rt, at(span));
            quote!(#rt::#convert::#method(#value))
        }
    }
}
