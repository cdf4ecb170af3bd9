//! What follows the body: its result is asked what it tells, then the operation ends, or moves into the returned stream.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use super::{Names, at, before, name, value, wrapped};
use crate::ir::{Call, Entry, ResponseSpec, Value};
use crate::shape::{Shape, Stream};

/// The statements and the value of the function.
pub(super) fn tail(names: &Names, call: &Call, shape: &Shape) -> TokenStream {
    match &shape.stream {
        Some(stream) => stream_tail(names, call, shape, stream),
        None => value_tail(names, call, shape),
    }
}

/// Whether the tail reads something of a result before the operation moves on.
pub(super) fn changes_slot(call: &Call, shape: &Shape) -> bool {
    shape.stream.is_some() && (is_asked(call) || call.error.is_some())
}

fn is_asked(call: &Call) -> bool {
    matches!(
        call.response,
        ResponseSpec::Path(_) | ResponseSpec::Entries(..)
    )
}

/// Every expression of the user's that is evaluated after the call.
pub(super) fn names(call: &Call) -> TokenStream {
    use quote::ToTokens as _;
    let mut tokens = TokenStream::new();
    if let ResponseSpec::Entries(_, entries) = &call.response {
        for entry in entries {
            if let Value::Expr(expr) = &entry.value {
                expr.to_tokens(&mut tokens);
            }
        }
    }
    if let Some((_, class)) = &call.error {
        class.to_tokens(&mut tokens);
    }
    tokens
}

fn value_tail(names: &Names, call: &Call, shape: &Shape) -> TokenStream {
    let Names { rt, op, out } = names;
    let (o, t) = (name("o"), name("t"));
    let response = response(names, &o, &t, call);
    let known = match (
        &call.response,
        before::expects_response(call.operation.kind),
    ) {
        (ResponseSpec::Nothing | ResponseSpec::Path(_), _) => None,
        (ResponseSpec::FromType, true) => {
            let method = Ident::new("response", at(shape.output_span));
            Some(quote!(#t.#method(&mut #o);))
        }
        _ => Some(quote!(#t.response_if_any(&mut #o);)),
    };
    let error = error(names, &o, &t, call);
    quote! {
        if let #rt::Some(mut #o) = #op {
            use #rt::tags::*;
            let #t = #o.out(&#out);
            #response
            #known
            #error
            (&&&&#t).end(#o);
        }
        #out
    }
}

fn stream_tail(names: &Names, call: &Call, shape: &Shape, stream: &Stream) -> TokenStream {
    let Names { rt, op, out } = names;
    let (o, t, s, e) = (name("o"), name("t"), name("s"), name("e"));
    let told = changes_slot(call, shape).then(|| {
        let response = response(names, &o, &t, call);
        let error = error(names, &o, &t, call);
        quote!(if let #rt::Some(#o) = &mut #op { let #t = #o.out(&#out); #response #error })
    });
    let is_warned = matches!(call.response, ResponseSpec::FromType)
        && before::expects_response(call.operation.kind);
    let at_output = at(shape.output_span);
    let chunk = Ident::new(if is_warned { "chunk" } else { "chunk_if_any" }, at_output);
    let take = if matches!(call.response, ResponseSpec::Nothing) {
        quote!(#t.nothing())
    } else {
        quote!(#t.#chunk())
    };
    let item = stream.item.as_ref().map(|ty| quote!(: #rt::Items<#ty>));
    let wrap = |inner: &str| {
        // What is no stream is reported at the type.
        let there = before::located(rt, at_output);
        let inner = Ident::new(inner, at_output);
        let items = quote_spanned!(at_output=> #there::items(&#inner));
        let observed =
            quote_spanned!(at_output=> #there::stream(#op, #inner, #take, (&&&&#t).class()));
        let observed = wrapped(
            rt,
            stream.wrap,
            observed,
            shape.output_span,
            "FromStream",
            "from_stream",
        );
        (items, observed)
    };
    if !stream.in_result {
        let (items, observed) = wrap("out");
        return quote!({ use #rt::tags::*; #told let #t #item = #items; #observed });
    }
    let (items, observed) = wrap("s");
    quote! {
        {
            use #rt::tags::*;
            #told
            match #out {
                #rt::Ok(#s) => { let #t #item = #items; #rt::Ok(#observed) }
                #rt::Err(#e) => {
                    let #out = #rt::Err(#e);
                    if let #rt::Some(mut #o) = #op { let #t = #o.out(&#out); (&&&&#t).end(#o); }
                    #out
                }
            }
        }
    }
}

/// `response(|r| ..)`: the closure's pattern becomes one of a `let`, so that there is no closure to compile, and a pattern that
/// may not match is refused.
fn response(names: &Names, o: &Ident, t: &Ident, call: &Call) -> Option<TokenStream> {
    let (rt, r) = (&names.rt, name("r"));
    match &call.response {
        ResponseSpec::Entries(pattern, entries) => {
            let (content, plain): (Vec<&Entry>, Vec<&Entry>) =
                entries.iter().partition(|e| value::is_content(e));
            let plain = plain.into_iter().map(|e| value::entry(o, e));
            let content: Vec<_> = content.into_iter().map(|e| value::content(o, e)).collect();
            let content = (!content.is_empty()).then(|| quote!(if #o.content() { #(#content)* }));
            Some(quote!(if let #rt::Some(#r) = #t.ok() { let #pattern = #r; #(#plain)* #content }))
        }
        ResponseSpec::Path(path) => {
            let span = at(first(path));
            let call = quote_spanned!(span=> #o.path(#r, #path););
            Some(quote!(if let #rt::Some(#r) = #t.ok() { #call }))
        }
        ResponseSpec::FromType | ResponseSpec::Nothing => None,
    }
}

fn first(path: &syn::Path) -> Span {
    use quote::ToTokens as _;
    path.to_token_stream()
        .into_iter()
        .next()
        .map_or_else(Span::call_site, |t| t.span())
}

/// `error(|e| type = ..)`
fn error(names: &Names, o: &Ident, t: &Ident, call: &Call) -> Option<TokenStream> {
    let (rt, e) = (&names.rt, name("e"));
    let (pattern, class) = call.error.as_ref()?;
    let class = value::setting(o, "class", class);
    Some(quote!(if let #rt::Some(#e) = #t.err() { let #pattern = #e; #class }))
}
