//! What follows the body, written out: what its result says is recorded, then the operation ends, or moves into the returned
//! stream.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};

use super::around::Tail;
use super::body::{Made, wrapped};
use super::spans::{at, first, located, name};
use super::{start, value};
use crate::plan::{ByType, Ending, Response};
use crate::shape::{Runs, Shape, Stream, Wrap};

/// The statements and the value of the function.
pub(super) fn tail(
    rt: &TokenStream,
    ending: &Ending<'_>,
    shape: &Shape,
    operation: &Ident,
    output: &Ident,
) -> Tail {
    let names = Names {
        rt,
        operation,
        output,
        result: name("result"),
    };
    match &shape.stream {
        Some(stream) => of_stream(&names, ending, shape, stream).into(),
        None => of_value(&names, ending, shape),
    }
}

/// The variables of the function.
struct Names<'a> {
    rt: &'a TokenStream,
    operation: &'a Ident,
    output: &'a Ident,
    /// What the output is asked through.
    result: Ident,
}

fn of_value(names: &Names<'_>, ending: &Ending<'_>, shape: &Shape) -> Tail {
    let Names {
        rt,
        operation,
        output,
        result,
    } = names;
    let (response, error) = (response(names, ending), error(names, ending));
    let by_type = match ending.by_type {
        ByType::Nothing => None,
        ByType::IfAny => Some(quote!(#result.response_if_any(&mut #operation);)),
        ByType::Expected => {
            let method = Ident::new("response", at(shape.output_span));
            Some(quote!(#result.#method(&mut #operation);))
        }
        ByType::Client => {
            let method = Ident::new("client_response", at(shape.output_span));
            Some(quote!((&&&&#result).#method(&mut #operation);))
        }
        // It was read.
        ByType::Format(_) => None,
    };
    // In an `async fn` the operation is taken out of its slot: a slot that is moved needs a drop flag in the future.
    let taken = matches!(shape.runs, Runs::Async).then(|| quote!(.take()));
    let statements = quote! {
        if let #rt::Some(mut #operation) = #operation #taken {
            use #rt::probes::*;
            let #result = #operation.returned(&#output);
            #response
            #by_type
            #error
            (&&&&&&#result).end(#operation);
        }
    };
    Tail {
        statements,
        value: output.to_token_stream(),
    }
}

fn of_stream(
    names: &Names<'_>,
    ending: &Ending<'_>,
    shape: &Shape,
    stream: &Stream,
) -> TokenStream {
    let Names {
        rt,
        operation,
        output,
        result,
    } = names;
    let (items, error_name) = (name("items"), name("error"));
    let read = ending.is_read().then(|| {
        let (response, error) = (response(names, ending), error(names, ending));
        quote! {
            if let #rt::Some(#operation) = &mut #operation {
                let #result = #operation.returned(&#output);
                #response
                #error
            }
        }
    });
    let at_output = at(shape.output_span);
    let taken = |method: &str, items: TokenStream| {
        let method = Ident::new(method, at_output);
        quote!(#items.#method())
    };
    let take = match ending.by_type {
        ByType::Nothing => quote!(#items.nothing()),
        ByType::IfAny => taken("chunk_if_any", quote!(#items)),
        ByType::Expected => taken("chunk", quote!(#items)),
        ByType::Client => taken("client_chunk", quote!((&&&&&#items))),
        ByType::Format(format) => {
            let span = at(format.span);
            let (format, there) = (Ident::new(format.name, span), located(rt, span));
            quote_spanned!(span=> (&&&&#items).wire::<{ #there::WireFormat::#format as u8 }>())
        }
    };
    let ty = stream.item.as_ref().map(|ty| quote!(: #rt::Items<#ty>));
    let observed = |stream_name: &Ident| {
        // What is no stream is reported at the type.
        let there = located(rt, at_output);
        let inner = Ident::new(&stream_name.to_string(), at_output);
        let (kind, whole) = (name("kind"), name("whole"));
        let (source, of_inner) = match stream.wrap {
            // Its name does not say that it is one.
            Wrap::ByType => (
                Some(quote_spanned!(at_output=>
                    let #inner = #there::source(#inner);
                    let (#kind, #whole) = ((&#inner).kind(), #inner.whole());
                )),
                quote_spanned!(at_output=> #kind.items(&#inner)),
            ),
            Wrap::Opaque | Wrap::Boxed => {
                (None, quote_spanned!(at_output=> #there::items(&#inner)))
            }
        };
        let how = quote!(#take, (&&&&&&#items).class());
        let observed = match stream.wrap {
            Wrap::ByType => {
                let whole = quote!((&&&&&&#whole).class());
                quote_spanned!(at_output=> #kind.observed(#inner, #operation, #how, #whole))
            }
            Wrap::Opaque | Wrap::Boxed => {
                quote_spanned!(at_output=> #there::stream(#operation, #inner, #how))
            }
        };
        let observed = wrapped(rt, stream.wrap, observed, shape.output_span, Made::Stream);
        (quote!(#source let #items #ty = #of_inner;), observed)
    };
    if !stream.in_result {
        let (items, observed) = observed(output);
        return quote!({ use #rt::probes::*; #read #items #observed });
    }
    let stream_name = name("stream");
    let (items, observed) = observed(&stream_name);
    quote! {
        {
            use #rt::probes::*;
            #read
            match #output {
                #rt::Ok(#stream_name) => { #items #rt::Ok(#observed) }
                #rt::Err(#error_name) => {
                    let #output = #rt::Err(#error_name);
                    if let #rt::Some(mut #operation) = #operation {
                        let #result = #operation.returned(&#output);
                        (&&&&&&#result).end(#operation);
                    }
                    #output
                }
            }
        }
    }
}

/// `response(..)`: the closure's pattern becomes one of a `let`, so that there is no closure to compile, and a pattern that
/// may not match is refused.
fn response(names: &Names<'_>, ending: &Ending<'_>) -> Option<TokenStream> {
    let Names {
        rt,
        operation,
        result,
        ..
    } = names;
    let success = name("value");
    let read = match ending.response.as_ref()? {
        Response::Entries {
            pattern,
            plain,
            content,
            failure,
        } => {
            let plain = plain.iter().map(|entry| value::entry(rt, operation, entry));
            let content = start::content(rt, operation, content.iter().copied());
            let failure = failure.map(|class| value::setting(operation, "failed_value", class));
            quote!(let #pattern = #success; #(#plain)* #content #failure)
        }
        Response::Path(path) => {
            let span = at(first(path));
            quote_spanned!(span=> #operation.record_with(#success, #path);)
        }
        Response::Format(format) => {
            let span = at(format.span);
            let (format, there) = (Ident::new(format.name, span), located(rt, span));
            let operation = Ident::new(&operation.to_string(), span);
            let success = Ident::new(&success.to_string(), span);
            quote_spanned!(span=> #operation.record_in(#there::WireFormat::#format, #success);)
        }
    };
    Some(quote!(if let #rt::Some(#success) = #result.ok() { #read }))
}

/// `error(|e| type = ..)`
fn error(names: &Names<'_>, ending: &Ending<'_>) -> Option<TokenStream> {
    let Names {
        rt,
        operation,
        result,
        ..
    } = names;
    let error = name("error");
    let (pattern, class) = ending.error?;
    let class = value::setting(operation, "error_type", class);
    Some(quote!(if let #rt::Some(#error) = #result.err() { let #pattern = #error; #class }))
}
