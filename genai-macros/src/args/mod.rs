//! The grammar of an attribute: tokens enter, spanned entries leave. A mistake is noted and skipped up to the next comma.

mod key;
mod lambda;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Token};

pub(crate) use key::Key;
pub(crate) use lambda::lambda;

use crate::diag::{At, Diag};

/// One entry as written.
#[derive(Clone)]
pub(crate) struct Raw {
    pub(crate) key: Key,
    pub(crate) form: Form,
}

/// What follows the key.
#[derive(Clone)]
pub(crate) enum Form {
    /// Nothing.
    Flag,
    /// `= value`.
    Value(Box<Expr>),
    /// `(..)`; the span is the closing parenthesis.
    List(TokenStream, Span),
    /// Something wrong that has been reported.
    Wrong,
}

/// Parses comma-separated entries, which [`too_deep`](crate::depth::too_deep) must have let through. `end` is where a message about
/// something missing goes.
pub(crate) fn entries(tokens: TokenStream, end: Span, diag: &mut Diag) -> Vec<Raw> {
    let mut found = Vec::new();
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            if let Some(raw) = entry(input, end, diag) {
                found.push(raw);
            }
            separator(input, diag);
        }
        Ok(())
    };
    // The closure consumes everything and reports by itself.
    let _ = parser.parse2(tokens);
    found
}

/// Reads up to and including the comma; anything before it is reported once.
fn separator(input: ParseStream<'_>, diag: &mut Diag) {
    if input.is_empty() {
        return;
    }
    if !input.peek(Token![,]) {
        diag.error(At::first(&rest(input)), "expected `,` between entries");
    }
    skip(input);
}

/// Skips everything up to and including the next comma.
fn skip(input: ParseStream<'_>) {
    while !input.is_empty() {
        let comma = input.peek(Token![,]);
        if input.parse::<TokenTree>().is_err() || comma {
            return;
        }
    }
}

fn rest(input: ParseStream<'_>) -> TokenStream {
    input.fork().parse().unwrap_or_default()
}

fn entry(input: ParseStream<'_>, end: Span, diag: &mut Diag) -> Option<Raw> {
    let key = match Key::parse(input) {
        Ok(key) => key,
        Err((at, message)) => {
            diag.error(at.unwrap_or_else(|| end.into()), message);
            skip_before_comma(input);
            return None;
        }
    };
    let form = form(input, &key, end, diag);
    Some(Raw { key, form })
}

fn form(input: ParseStream<'_>, key: &Key, end: Span, diag: &mut Diag) -> Form {
    if input.is_empty() || input.peek(Token![,]) {
        return Form::Flag;
    }
    if input.peek(syn::token::Paren) {
        return match input.parse::<TokenTree>() {
            Ok(TokenTree::Group(g)) if g.delimiter() == Delimiter::Parenthesis => {
                Form::List(g.stream(), g.span_close())
            }
            _ => Form::Wrong,
        };
    }
    if !input.peek(Token![=]) || input.peek(Token![==]) || input.peek(Token![=>]) {
        diag.error(
            At::first(&rest(input)),
            format!("expected `=` after `{key}`"),
        );
        skip_before_comma(input);
        return Form::Wrong;
    }
    let equals = input.parse::<Token![=]>().map_or(end, |t| t.span);
    if input.is_empty() || input.peek(Token![,]) {
        diag.error(equals, format!("`{key} =` needs a value"));
        return Form::Wrong;
    }
    let start = At::first(&rest(input));
    match input.parse::<Expr>() {
        Ok(value) => Form::Value(Box::new(value)),
        Err(e) => {
            // At the end of the input syn knows no place but the whole attribute.
            let ended = e.to_string().starts_with("unexpected end of input");
            let at = if ended { start } else { At::from(e.span()) };
            diag.error(
                at,
                if ended {
                    format!("the value of `{key}` is incomplete")
                } else {
                    format!("the value of `{key}`: {e}")
                },
            );
            skip_before_comma(input);
            Form::Wrong
        }
    }
}

fn skip_before_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}
