//! What is known before the call: literals as data, the rest as one statement each, evaluated only if something listens.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::Expr;

use super::{Names, at, name, value};
use crate::ir::{Call, Entry, Value};
use crate::registry::{ATTRIBUTES, Kind, Type};

/// The start of an operation.
pub(super) struct Before {
    /// The slot's value, `;`, and the statements that fill it.
    pub(super) tokens: TokenStream,
    /// The user's expressions among them.
    pub(super) reads: TokenStream,
}

impl Before {
    /// `is_later` says that the operation starts when the future is polled.
    pub(super) fn new(names: &Names, call: &Call, function: &Ident, is_later: bool) -> Self {
        let Names { rt, op, .. } = names;
        let kind = Literal::u8_unsuffixed(call.operation.kind as u8);
        let mut provider = String::new();
        let mut literals = Vec::new();
        let mut code = Vec::new();
        for entry in &call.before {
            match (&entry.value, key(entry.id)) {
                (Value::Str(text, _), "gen_ai.provider.name") => provider.clone_from(text),
                (Value::Expr(_), _) => code.push(entry),
                _ => literals.push(literal(rt, entry)),
            }
        }
        let has_name = call.before.iter().any(|e| key(e.id) == "gen_ai.tool.name");
        if call.operation.kind == Kind::Tool && !has_name {
            let id = ATTRIBUTES
                .iter()
                .position(|a| a.key == "gen_ai.tool.name")
                .and_then(|id| u8::try_from(id).ok());
            let id = id.map(Literal::u8_unsuffixed);
            let function = syn::ext::IdentExt::unraw(function).to_string();
            literals.push(quote!((#id, #rt::Lit::S(#function))));
        }
        let statements = statements(call, &code);
        let reads = reads(call, &code);
        let is_simple = statements.is_empty() && call.content.is_empty() && !is_later;
        let tokens = match &call.request {
            Some(request) if is_simple => {
                let (span, request) = (at(value::first(request)), reference(request));
                let literals = quote_spanned!(span=> &[#(#literals),*]);
                let rt = located(rt, span);
                if call.provider_from_request {
                    quote_spanned!(span=> #rt::begin_for(#kind, #literals, #request);)
                } else {
                    quote_spanned!(span=> #rt::begin_with(#kind, #provider, #literals, #request);)
                }
            }
            None if is_simple => quote!(#rt::begun(#kind, #provider, &[#(#literals),*]);),
            request => {
                let o = name("o");
                let request = request.as_ref().map(|r| {
                    let (span, reference) = (at(value::first(r)), reference(r));
                    let function = if call.provider_from_request {
                        "request_for"
                    } else {
                        "request"
                    };
                    let (rt, function) = (located(rt, span), Ident::new(function, span));
                    quote_spanned!(span=> #rt::#function(#o, #reference);)
                });
                let start = (!is_later).then(|| quote!(#o.begun();));
                let content = content(&o, &call.content);
                let begin = if is_later {
                    quote!(begin_later)
                } else {
                    quote!(begin)
                };
                quote! {
                    #rt::#begin(#kind, #provider, &[#(#literals),*]);
                    if let #rt::Some(#o) = &mut #op { #statements #request #start #content }
                }
            }
        };
        Self { tokens, reads }
    }
}

/// Content, evaluated only if a sink wants it.
pub(super) fn content(o: &Ident, entries: &[Entry]) -> Option<TokenStream> {
    let entries: Vec<_> = entries.iter().map(|e| value::content(o, e)).collect();
    (!entries.is_empty()).then(|| quote!(if #o.content() { #(#entries)* }))
}

fn statements(call: &Call, code: &[&Entry]) -> TokenStream {
    let o = &name("o");
    let mut statements = TokenStream::new();
    let is_stream = call.stream.is_some() || call.returns == Some(crate::ir::Returns::Stream);
    let (remote, none, untimed) = (call.remote, call.capture_none, call.chunk_timing_off);
    if remote || none || is_stream || untimed {
        statements.extend(quote!(#o.switches(#remote, #none, #is_stream, #untimed);));
    }
    if let Some(is_client) = call.span_kind_client {
        statements.extend(quote!(#o.client(#is_client);));
    }
    statements.extend(
        call.operation_name
            .as_ref()
            .map(|v| value::setting(o, "named", v)),
    );
    statements.extend(
        call.span_name
            .as_ref()
            .map(|v| value::setting(o, "titled", v)),
    );
    statements.extend(code.iter().map(|e| value::entry(o, e)));
    let lists = [
        (&call.properties, "prop"),
        (&call.attributes, "attr"),
        (&call.metric_attributes, "metric"),
    ];
    for (list, method) in lists {
        statements.extend(list.iter().map(|n| value::named(o, method, n)));
    }
    statements
}

/// Every expression of the user's that is evaluated before the call.
fn reads(call: &Call, code: &[&Entry]) -> TokenStream {
    let entries = code.iter().copied().chain(&call.content);
    let entries = entries.filter_map(|e| {
        if let Value::Expr(expr) = &e.value {
            Some(expr)
        } else {
            None
        }
    });
    let named = [&call.properties, &call.attributes, &call.metric_attributes]
        .into_iter()
        .flatten()
        .map(|n| &n.value);
    let settings = [&call.request, &call.operation_name, &call.span_name]
        .into_iter()
        .flatten();
    let mut tokens = TokenStream::new();
    for expr in entries.chain(named).chain(settings) {
        expr.to_tokens(&mut tokens);
    }
    tokens
}

/// The same tokens at another place: what they mean stays, what is wrong is reported there.
pub(super) fn located(tokens: &TokenStream, place: Span) -> TokenStream {
    let located = tokens.clone().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(place));
        token
    });
    located.collect()
}

/// A request by reference; of a tuple, its parts, since a tuple of places would move them.
fn reference(request: &Expr) -> TokenStream {
    match request {
        Expr::Tuple(tuple) => {
            let parts = tuple.elems.iter().map(value::borrowed);
            let span = at(value::first(request));
            quote_spanned!(span=> &(#(#parts,)*))
        }
        Expr::Group(group) => reference(&group.expr),
        _ => value::borrowed(request),
    }
}

fn key(id: u8) -> &'static str {
    ATTRIBUTES.get(usize::from(id)).map_or("", |a| a.key)
}

fn literal(rt: &TokenStream, entry: &Entry) -> TokenStream {
    let id = Literal::u8_unsuffixed(entry.id);
    let value = match (&entry.value, entry.ty) {
        (Value::Str(text, _), Type::Strs) => quote!(L(#text)),
        (Value::Str(text, _), _) => quote!(S(#text)),
        (Value::Int(number, _), Type::Double) => {
            #[expect(clippy::cast_precision_loss, reason = "the key is a double")]
            let number = value::float(*number as f64);
            quote!(F(#number))
        }
        (Value::Int(number, _), _) => {
            let number = proc_macro2::Literal::i64_unsuffixed(
                number.unsigned_abs().try_into().unwrap_or(i64::MAX),
            );
            let sign = matches!(&entry.value, Value::Int(n, _) if *n < 0).then(|| quote!(-));
            quote!(I(#sign #number))
        }
        (Value::Double(number, _), _) => {
            let number = value::float(*number);
            quote!(F(#number))
        }
        (Value::Bool(flag, _), _) => quote!(B(#flag)),
        (Value::Expr(_), _) => return TokenStream::new(),
    };
    quote!((#id, #rt::Lit::#value))
}

/// Whether an operation's result is expected to tell something: a chat's, that of embeddings, an agent's.
pub(super) const fn expects_response(kind: Kind) -> bool {
    matches!(kind, Kind::Chat | Kind::Embeddings | Kind::Agent)
}
