//! One entry as one call on what is made around the body, spanned at the value, so that a value of the wrong type is reported there.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::Expr;

use super::spans::{at, first, located};
use crate::ir::{Entry, Named, Value};
use crate::methods::Method;
use crate::registry::Type;

/// `call.string(37, &value);`, or for content `call.input_messages(&value);`
pub(super) fn entry(rt: &TokenStream, on: &Ident, entry: &Entry) -> TokenStream {
    let method = Method::of(entry.id);
    let (span, value) = reference(rt, &entry.value, entry.ty);
    let name = Ident::new(method.name, span);
    let on = Ident::new(&on.to_string(), span);
    let id = (!method.is_content).then(|| {
        let id = Literal::u8_unsuffixed(entry.id);
        quote_spanned!(span=> #id,)
    });
    quote_spanned!(span=> #on.#name(#id #value);)
}

/// `call.add_property("user.id", &value);`
pub(super) fn named(on: &Ident, method: &str, named: &Named) -> TokenStream {
    let span = at(first(&named.value));
    let (key, value) = (&named.key, borrowed(&named.value));
    let method = Ident::new(method, span);
    let on = Ident::new(&on.to_string(), span);
    quote_spanned!(span=> #on.#method(#key, #value);)
}

/// `call.name_span(&value);`
pub(super) fn setting(on: &Ident, method: &str, value: &Expr) -> TokenStream {
    let span = at(first(value));
    let value = borrowed(value);
    let method = Ident::new(method, span);
    let on = Ident::new(&on.to_string(), span);
    quote_spanned!(span=> #on.#method(#value);)
}

/// `(37, ::genai::__rt::Literal::Int(3))`; nothing of an expression.
pub(super) fn literal(rt: &TokenStream, entry: &Entry) -> Option<TokenStream> {
    let id = Literal::u8_unsuffixed(entry.id);
    let value = match (&entry.value, entry.ty) {
        (Value::Str(text, _), Type::Strs) => quote!(Texts(#text)),
        (Value::Str(text, _), _) => quote!(Text(#text)),
        (Value::Int(number, _), Type::Double) => {
            let number = float(widened(*number));
            quote!(Double(#number))
        }
        (Value::Int(number, _), _) => {
            let size = i64::try_from(number.unsigned_abs()).unwrap_or(i64::MAX);
            let size = Literal::i64_unsuffixed(size);
            let sign = (*number < 0).then(|| quote!(-));
            quote!(Integer(#sign #size))
        }
        (Value::Double(number, _), _) => {
            let number = float(*number);
            quote!(Double(#number))
        }
        (Value::Bool(flag, _), _) => quote!(Boolean(#flag)),
        (Value::Expr(_) | Value::Object(..), _) => return None,
    };
    Some(quote!((#id, #rt::Literal::#value)))
}

/// A value by reference.
fn reference(rt: &TokenStream, value: &Value, ty: Type) -> (Span, TokenStream) {
    match value {
        Value::Str(text, span) => (at(*span), text.to_token_stream()),
        Value::Int(number, span) if ty == Type::Double => {
            let number = float(widened(*number));
            (at(*span), quote!(&#number))
        }
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
        Value::Object(fields, place) => {
            let fields = fields.iter().map(|field| {
                let span = at(first(&field.value));
                let (name, value) = (&field.key, borrowed(&field.value));
                quote_spanned!(span=> .with(#name, #value))
            });
            let fields: TokenStream = fields.collect();
            let span = at(*place);
            let rt = located(rt, span);
            (span, quote_spanned!(span=> &#rt::object() #fields))
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "the key is a double")]
fn widened(number: i64) -> f64 {
    number as f64
}

/// A literal; a negative number is a sign and a literal.
fn float(number: f64) -> TokenStream {
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
