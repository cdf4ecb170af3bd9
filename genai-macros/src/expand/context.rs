//! `#[genai::context]`: no span, the ambient conversation and properties for what runs inside.

use proc_macro2::{Group, TokenStream};
use quote::{ToTokens as _, quote};
use syn::{Path, Signature};

use super::{Body, args, arrow, body_tokens, hint, name, runtime, value, wrapped};
use crate::ir::Context;
use crate::shape::{Runs, Shape, Stream, Wrap};

/// The new body.
pub(super) fn expand(
    krate: &Path,
    context: &Context,
    sig: &mut Signature,
    body: &Group,
) -> TokenStream {
    let rt = &runtime(krate);
    let shape = Shape::of_context(sig, context.returns);
    let (scope, out) = (&name("scope"), name("out"));
    let mut entries = TokenStream::new();
    entries.extend(
        context
            .conversation_id
            .as_ref()
            .map(|v| value::setting(scope, "id", v)),
    );
    entries.extend(
        context
            .properties
            .iter()
            .map(|n| value::named(scope, "prop", n)),
    );
    let mut reads = TokenStream::new();
    for expr in context
        .conversation_id
        .iter()
        .chain(context.properties.iter().map(|n| &n.value))
    {
        expr.to_tokens(&mut reads);
    }
    let mutability = (!entries.is_empty()).then(|| quote!(mut));
    let replace = context.replace;
    let begin = quote!(let #mutability #scope = #rt::scope(#replace); #entries);
    let tail = |stream: &Stream| stream_tail(rt, &shape, stream);
    match &shape.runs {
        Runs::Async => {
            let args::Arguments {
                outside,
                back,
                inside,
                ..
            } = args::capture(sig, &body.stream(), &reads, &TokenStream::new(), true);
            let hint = hint(rt, &shape);
            let block = Body { body, inside }.deferred(hint);
            let run = |scope: TokenStream| quote!(#scope.future(#block));
            match &shape.stream {
                Some(stream) => {
                    let (run, tail) = (run(quote!(#scope.clone())), tail(stream));
                    quote!(#outside #begin #back let #out = #run.await; #tail)
                }
                None if outside.is_empty() && back.is_empty() => {
                    let run = run(quote!(#scope));
                    quote!(#begin #run.await)
                }
                None => {
                    let run = run(quote!(#scope));
                    quote!({ #outside #begin #back #run }.await)
                }
            }
        }
        Runs::Now => match &shape.stream {
            None => {
                let guard = name("_guard");
                let tokens = body_tokens(body);
                quote!(#begin let #guard = #scope.attach(); #tokens)
            }
            Some(stream) => {
                let args::Arguments {
                    outside,
                    back,
                    inside,
                    ..
                } = args::capture(sig, &body.stream(), &reads, &TokenStream::new(), false);
                let closure = Body { body, inside }.called(arrow(shape.output.as_ref()));
                let tail = tail(stream);
                quote!(#outside #begin #back let #out = #scope.call(#closure); #tail)
            }
        },
        Runs::Later(wrap, _) => {
            let args::Arguments {
                outside,
                back,
                inside,
                ..
            } = args::capture(sig, &body.stream(), &reads, &TokenStream::new(), false);
            let closure = Body { body, inside }.called(arrow(shape.output.as_ref()));
            let future = name("future");
            let scoped = quote!(#scope.future(#future));
            let scoped = wrapped(
                rt,
                *wrap,
                scoped,
                shape.output_span,
                "FromFuture",
                "from_future",
            );
            quote!(#outside #begin #back let #future = #scope.call(#closure); #scoped)
        }
    }
}

fn stream_tail(rt: &TokenStream, shape: &Shape, stream: &Stream) -> TokenStream {
    let (scope, out, s, e) = (name("scope"), name("out"), name("s"), name("e"));
    let wrap = |inner| {
        let scoped = quote!(#scope.stream(#inner));
        if stream.wrap == Wrap::Opaque {
            scoped
        } else {
            wrapped(
                rt,
                stream.wrap,
                scoped,
                shape.output_span,
                "FromStream",
                "from_stream",
            )
        }
    };
    if !stream.in_result {
        return wrap(&out);
    }
    let scoped = wrap(&s);
    quote! {
        match #out {
            #rt::Ok(#s) => #rt::Ok(#scoped),
            #rt::Err(#e) => #rt::Err(#e),
        }
    }
}
