//! Writes the instrumented function: an [`Instrument`] goes in, the item with its new body comes out.
//!
//! The operation stands in a slot in the function's frame, the body runs in one `async move` block or closure, and straight
//! lines before and after it say what is known. Names of ours are hygienic, statements of ours carry spans of the attribute
//! or, where a user's value can be of the wrong type, of that value.

mod args;
mod before;
mod bindings;
mod context;
mod parts;
mod tail;
mod value;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{Path, Signature, Type};

use crate::ir::{Call, Instrument, What};
use crate::item::Function;
use crate::order;
use crate::shape::{Runs, Shape, Wrap};

/// The instrumented function.
pub(crate) fn expand(instrument: &Instrument) -> TokenStream {
    let Function {
        attrs,
        vis,
        sig,
        body,
    } = &instrument.item;
    let krate = &instrument.krate;
    let mut sig = sig.clone();
    let (inner, body) = split(body);
    let (attrs, body) = match &instrument.what {
        What::Operation(call) => {
            let shape = Shape::of(&sig, call.stream.is_some(), call.returns);
            let attrs = order::with_shape(attrs, krate, call, &shape);
            (attrs, operation(krate, call, &shape, &mut sig, &body))
        }
        What::Context(context) => (
            quote!(#(#attrs)*),
            context::expand(krate, context, &mut sig, &body),
        ),
    };
    let warning = &instrument.warning;
    let body = braces(&instrument.item.body, quote!(#warning #body));
    quote!(#attrs #inner #vis #sig #body)
}

fn operation(
    krate: &Path,
    call: &Call,
    shape: &Shape,
    sig: &mut Signature,
    body: &Group,
) -> TokenStream {
    let names = Names::new(krate);
    let Names { rt, op, out } = &names;
    let before = before::Before::new(
        &names,
        call,
        &sig.ident,
        matches!(shape.runs, Runs::Later(..)),
    );
    let is_async = matches!(shape.runs, Runs::Async);
    let args::Arguments {
        first,
        outside,
        back,
        inside,
    } = args::capture(
        sig,
        &body.stream(),
        &before.reads,
        &tail::names(call),
        is_async,
    );
    let begin = before.tokens;
    let tail = tail::tail(&names, call, shape);
    let run = Body { body, inside };
    let code = match &shape.runs {
        Runs::Async => {
            let block = run.deferred(hint(rt, shape));
            let run = quote!(#rt::observe(&mut #op, #block));
            // The value of an endless body is no value: its future must be awaited by the last expression.
            match (outside.is_empty() && back.is_empty(), shape.is_never) {
                (true, false) => quote!(let mut #op = #begin let #out = #run.await; #tail),
                (true, true) => quote!(let mut #op = #begin #run.await),
                (false, false) => {
                    quote!(let mut #op; let #out = { #outside #op = #begin #back #run }.await; #tail)
                }
                (false, true) => {
                    quote!(let mut #op; let #out = { #outside #op = #begin #back #run }; #out.await)
                }
            }
        }
        Runs::Now if shape.is_never => {
            let closure = run.called(quote!(-> !));
            quote!(#outside let mut #op = #begin #back #rt::once(&mut #op, #closure))
        }
        Runs::Now => {
            let closure = run.called(arrow(shape.output.as_ref()));
            quote!(#outside let mut #op = #begin #back let #out = #rt::once(&mut #op, #closure); #tail)
        }
        Runs::Later(wrap, result) => {
            let future = Ident::new("future", Span::mixed_site());
            let made = run.called(arrow(shape.output.as_ref()));
            let output = result.as_deref().map(crate::shape::erased);
            // Where the body leaves a part of its output open, the signature says it before the output is asked what it is.
            let typed = output.as_ref().map(|ty| quote!(: #ty));
            let output = output.as_ref().map(|ty| quote!(-> #ty));
            let mutability = tail::changes_slot(call, shape).then(|| quote!(mut));
            let lazy = quote! {
                #rt::lazy(#op, #future, move |#mutability #op, #out #typed| #output { #tail })
            };
            let lazy = wrapped(
                rt,
                *wrap,
                lazy,
                shape.output_span,
                "FromFuture",
                "from_future",
            );
            quote!(#outside let mut #op = #begin #back let #future = #rt::prepare(&mut #op, #made); #lazy)
        }
    };
    quote!(#first #code)
}

/// Names of the expansion: no name of the user's is one of them.
struct Names {
    /// `::genai::__rt`
    rt: TokenStream,
    op: Ident,
    out: Ident,
}

impl Names {
    fn new(krate: &Path) -> Self {
        Self {
            rt: runtime(krate),
            op: name("op"),
            out: name("out"),
        }
    }
}

fn name(text: &str) -> Ident {
    Ident::new(text, Span::mixed_site())
}

/// `::genai::__rt`
fn runtime(krate: &Path) -> TokenStream {
    quote!(#krate::__rt)
}

/// The place of `span`, with names that are ours.
fn at(span: Span) -> Span {
    span.resolved_at(Span::mixed_site())
}

/// The user's body, and the statements that go before it.
struct Body<'a> {
    body: &'a Group,
    inside: TokenStream,
}

impl Body<'_> {
    /// `async move { .. }`
    fn deferred(&self, hint: TokenStream) -> TokenStream {
        let Self { body, inside } = self;
        let inner = body_tokens(body);
        let block = braces(body, quote!(#inside #hint #inner));
        quote_spanned!(body.span()=> async move #block)
    }

    /// `move || -> T { .. }`
    fn called(&self, output: TokenStream) -> TokenStream {
        let Self { body, inside } = self;
        let inner = body_tokens(body);
        let block = braces(body, quote!(#inside #inner));
        let start = quote_spanned!(body.span()=> move ||);
        quote!(#start #output #block)
    }
}

/// Braces that stand where the user's do: lints take what is in them for the user's function, as it is, and debuggers and
/// coverage find it there.
fn braces(body: &Group, tokens: TokenStream) -> Group {
    let mut group = Group::new(Delimiter::Brace, tokens);
    group.set_span(body.span());
    group
}

/// The body in its own braces, inside of those. They are marked as ours, so that they are not taken for needless ones.
fn body_tokens(body: &Group) -> TokenStream {
    let mut body = body.clone();
    body.set_span(at(body.span()));
    body.into_token_stream()
}

/// The inner attributes of a body, as outer ones, and the rest: braces of ours take none.
pub(crate) fn split(body: &Group) -> (TokenStream, Group) {
    let mut outer = TokenStream::new();
    let mut rest = body.stream().into_iter();
    loop {
        let mut ahead = rest.clone();
        match (ahead.next(), ahead.next(), ahead.next()) {
            (
                Some(TokenTree::Punct(hash)),
                Some(TokenTree::Punct(bang)),
                Some(TokenTree::Group(attribute)),
            ) if hash.as_char() == '#'
                && bang.as_char() == '!'
                && attribute.delimiter() == Delimiter::Bracket =>
            {
                outer.extend([TokenTree::Punct(hash), TokenTree::Group(attribute)]);
                rest = ahead;
            }
            _ => break,
        }
    }
    if outer.is_empty() {
        return (outer, body.clone());
    }
    let mut group = Group::new(Delimiter::Brace, rest.collect());
    group.set_span(body.span());
    (outer, group)
}

/// The unreachable `return` that tells the compiler the type of an `async` block.
fn hint(rt: &TokenStream, shape: &Shape) -> TokenStream {
    match &shape.output {
        _ if shape.is_never => TokenStream::new(),
        Some(ty) => quote!(if false { return #rt::ret::<#ty>(); }),
        None => quote!(if false { return #rt::ret::<()>(); }),
    }
}

/// The return type of a closure.
fn arrow(output: Option<&Type>) -> TokenStream {
    match output {
        Some(ty) => quote!(-> #ty),
        None => quote!(-> ()),
    }
}

/// What the runtime wrapped, as what the signature says.
fn wrapped(
    rt: &TokenStream,
    wrap: Wrap,
    value: TokenStream,
    span: Span,
    convert: &str,
    method: &str,
) -> TokenStream {
    match wrap {
        Wrap::Opaque => value,
        Wrap::Boxed => quote!(#rt::Box::pin(#value)),
        Wrap::ByType => {
            let (convert, method) = (Ident::new(convert, at(span)), Ident::new(method, at(span)));
            let rt = before::located(rt, at(span));
            quote!(#rt::#convert::#method(#value))
        }
    }
}
