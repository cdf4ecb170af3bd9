//! One entry as one call on the running operation, spanned at the value, so that a value of the wrong type is reported there.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::Expr;

use super::at;
use crate::ir::{Entry, Named, Value};
use crate::registry::{ATTRIBUTES, Type};

/// `o.s(37, &value);`
pub(super) fn entry(o: &Ident, entry: &Entry) -> TokenStream {
    let id = Literal::u8_unsuffixed(entry.id);
    let (span, value) = reference(&entry.value, entry.ty);
    let method = Ident::new(method(entry.ty), span);
    let o = Ident::new(&o.to_string(), span);
    quote_spanned!(span=> #o.#method(#id, #value);)
}

/// `o.c_input(&value);`
pub(super) fn content(o: &Ident, entry: &Entry) -> TokenStream {
    let (span, value) = reference(&entry.value, entry.ty);
    let method = Ident::new(content_method(entry.id), span);
    let o = Ident::new(&o.to_string(), span);
    quote_spanned!(span=> #o.#method(#value);)
}

/// `o.prop("user.id", &value);`
pub(super) fn named(o: &Ident, method: &str, named: &Named) -> TokenStream {
    let span = at(first(&named.value));
    let (key, value) = (&named.key, borrowed(&named.value));
    let method = Ident::new(method, span);
    let o = Ident::new(&o.to_string(), span);
    quote_spanned!(span=> #o.#method(#key, #value);)
}

/// `o.named(&value);`
pub(super) fn setting(o: &Ident, method: &str, value: &Expr) -> TokenStream {
    let span = at(first(value));
    let value = borrowed(value);
    let method = Ident::new(method, span);
    let o = Ident::new(&o.to_string(), span);
    quote_spanned!(span=> #o.#method(#value);)
}

/// Whether an entry is content, by its id; the query of a retrieval is, though a string.
pub(super) fn is_content(entry: &Entry) -> bool {
    entry.ty == Type::Content || key(entry.id) == "gen_ai.retrieval.query.text"
}

fn key(id: u8) -> &'static str {
    ATTRIBUTES.get(usize::from(id)).map_or("", |a| a.key)
}

fn method(ty: Type) -> &'static str {
    match ty {
        Type::Str | Type::Content => "s",
        Type::Int => "i",
        Type::Double => "f",
        Type::Bool => "b",
        Type::Strs => "l",
    }
}

fn content_method(id: u8) -> &'static str {
    match key(id) {
        "gen_ai.input.messages" => "c_input",
        "gen_ai.output.messages" => "c_output",
        "gen_ai.system_instructions" => "c_system",
        "gen_ai.tool.definitions" => "c_tools",
        "gen_ai.tool.call.arguments" => "c_arguments",
        "gen_ai.tool.call.result" => "c_result",
        "gen_ai.retrieval.documents" => "c_documents",
        _ => "c_query",
    }
}

/// A value by reference.
fn reference(value: &Value, ty: Type) -> (Span, TokenStream) {
    match value {
        Value::Str(text, span) => (at(*span), text.to_token_stream()),
        Value::Int(number, span) if ty == Type::Double => (at(*span), double(*number)),
        Value::Int(number, span) => {
            let number = Literal::i64_suffixed(*number);
            (at(*span), quote!(&#number))
        }
        Value::Double(number, span) => {
            let number = float(*number);
            (at(*span), quote!(&#number))
        }
        Value::Bool(flag, span) => (at(*span), quote!(&#flag)),
        Value::Expr(expr) => (at(first(expr)), borrowed(expr)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "the key is a double")]
fn double(number: i64) -> TokenStream {
    let number = float(number as f64);
    quote!(&#number)
}

/// A literal; a negative number is a sign and a literal.
pub(super) fn float(number: f64) -> TokenStream {
    if number.is_sign_negative() {
        let number = Literal::f64_suffixed(-number);
        quote!(-#number)
    } else {
        Literal::f64_suffixed(number).into_token_stream()
    }
}

/// `&value`, in parentheses where they are needed. These are a group with the span of the value, since those that `syn` would
/// print stand at the attribute and take the error with them.
pub(super) fn borrowed(expr: &Expr) -> TokenStream {
    let span = at(first(expr));
    match expr {
        // What is around a fragment of `macro_rules!` gets lost on the way to the compiler.
        Expr::Group(group) => borrowed(&group.expr),
        Expr::Path(_)
        | Expr::Field(_)
        | Expr::MethodCall(_)
        | Expr::Call(_)
        | Expr::Index(_)
        | Expr::Macro(_)
        | Expr::Lit(_)
        | Expr::Paren(_)
        | Expr::Try(_) => quote_spanned!(span=> &#expr),
        _ => {
            let mut group = Group::new(Delimiter::Parenthesis, expr.to_token_stream());
            group.set_span(span);
            quote_spanned!(span=> &#group)
        }
    }
}

/// The span of the first token.
pub(super) fn first(expr: &Expr) -> Span {
    expr.to_token_stream()
        .into_iter()
        .next()
        .map_or_else(Span::call_site, |t| t.span())
}
