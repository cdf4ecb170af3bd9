//! `#[genai::context]` around the body: no span, the ambient conversation and properties for what runs inside.

use proc_macro2::{Group, Ident, TokenStream};
use quote::{ToTokens as _, quote};

use super::around::{Around, Tail};
use super::body::{Made, in_its_braces, wrapped};
use super::spans::name;
use super::value;
use crate::ir::Context;
use crate::shape::{Runs, Shape, Stream, erased};

/// The context around `body`, which captured the arguments.
pub(super) fn around(
    rt: &TokenStream,
    context: &Context,
    shape: &Shape,
    body: &TokenStream,
) -> Around {
    let slot = name("context");
    let (output, future) = (name("output"), name("future"));
    let streams = |stream: &Stream| stream_tail(rt, &slot, shape, stream, &output);
    let answered = shape.is_answer.then(|| quote!(#slot.answered(&#output);));
    let answer = answered.as_ref().map(|answered| Tail {
        statements: answered.clone(),
        value: output.to_token_stream(),
    });
    let (run, output, tail) = match (&shape.runs, &shape.stream) {
        (Runs::Async, None) if answer.is_some() => (quote!(#slot.around(#body)), output, answer),
        (Runs::Async, None) => (quote!(#slot.future(#body)), output, None),
        (Runs::Async, Some(stream)) => {
            let tail = streams(stream);
            (quote!(#slot.around(#body)), output, Some(tail.into()))
        }
        (Runs::Now, stream) => {
            let tail = stream.as_ref().map(|stream| streams(stream).into());
            (quote!(#slot.call(#body)), output, tail)
        }
        (Runs::Later(wrap, result), stream) => {
            let last = match stream {
                None => match &answered {
                    None => quote!(#slot.future(#future)),
                    Some(answered) => {
                        quote!(#slot.future_then(#future, move |#slot, #output| { #answered #output }))
                    }
                },
                Some(stream) => {
                    let result = result.as_deref().map(erased);
                    let typed = result.as_ref().map(|ty| quote!(: #ty));
                    let arrow = result.as_ref().map(|ty| quote!(-> #ty));
                    let tail = streams(stream);
                    quote!(#slot.future_then(#future, move |#slot, #output #typed| #arrow { #tail }))
                }
            };
            let last = wrapped(rt, *wrap, last, shape.output_span, Made::Future);
            (quote!(#slot.call(#body)), future, Some(last.into()))
        }
    };
    let filled = filled(context, &slot);
    let is_plain = matches!((&shape.runs, &shape.stream), (Runs::Async, None)) && tail.is_none();
    Around {
        value: value(rt, context),
        run,
        // What is set in the body is for what it gives.
        is_changed: !filled.is_empty() || !is_plain,
        is_kept: false,
        filled,
        slot,
        output,
        tail,
    }
}

/// The context around a body that stays where it is.
pub(super) fn of_call(rt: &TokenStream, context: &Context, body: &Group) -> Around {
    let (slot, guard) = (name("context"), name("_guard"));
    let filled = filled(context, &slot);
    Around {
        value: value(rt, context),
        is_changed: !filled.is_empty(),
        filled: quote!(#filled let #guard = #slot.attach();),
        run: in_its_braces(body),
        is_kept: false,
        slot,
        output: name("output"),
        tail: None,
    }
}

fn value(rt: &TokenStream, context: &Context) -> TokenStream {
    let replace = context.replace;
    quote!(#rt::context(#replace))
}

fn filled(context: &Context, slot: &Ident) -> TokenStream {
    let id = context.conversation_id.as_ref();
    let id = id.map(|id| value::setting(slot, "conversation_id", id));
    let properties = context.properties.iter();
    let properties = properties.map(|named| value::named(slot, "property", named));
    quote!(#id #(#properties)*)
}

fn stream_tail(
    rt: &TokenStream,
    slot: &Ident,
    shape: &Shape,
    stream: &Stream,
    output: &Ident,
) -> TokenStream {
    let in_context = |inner: &Ident| {
        let inside = quote!(#slot.stream(#inner));
        wrapped(rt, stream.wrap, inside, shape.output_span, Made::Stream)
    };
    if !stream.in_result {
        return in_context(output);
    }
    let (inner, error) = (name("stream"), name("error"));
    let inside = in_context(&inner);
    quote! {
        match #output {
            #rt::Ok(#inner) => #rt::Ok(#inside),
            #rt::Err(#error) => #rt::Err(#error),
        }
    }
}
