//! `|pattern| key = value, ..`: the inside of `response(..)` and `error(..)`.

use proc_macro2::{Span, TokenStream};
use syn::parse::{ParseStream, Parser};
use syn::{Pat, Token};

use super::{Raw, entries};
use crate::diag::{At, Diag};

/// A pattern and the entries that use it.
pub(crate) struct Lambda {
    pub(crate) pat: Pat,
    pub(crate) entries: Vec<Raw>,
}

/// Parses the inside of the parentheses after `word`; what is wrong is reported, and `None` if nothing can be made of it.
pub(crate) fn lambda(
    word: &str,
    example: &str,
    tokens: TokenStream,
    end: Span,
    diag: &mut Diag,
) -> Option<Lambda> {
    let written = format!("`{word}` is written `{example}`");
    let mut found = None;
    let parser = |input: ParseStream<'_>| {
        if input.peek(Token![||]) {
            diag.error(
                input.span(),
                format!("a name for the value is missing: {written}"),
            );
        } else if !input.peek(Token![|]) {
            let at = if input.is_empty() {
                At::from(end)
            } else {
                At::from(input.span())
            };
            diag.error(at, format!("the pattern is missing: {written}"));
        } else {
            found = after_bar(input, &written, end, diag);
        }
        // What is left was taken, or is of no use.
        input.parse::<TokenStream>().map(drop)
    };
    let _ = parser.parse2(tokens);
    let (pat, rest) = found?;
    Some(Lambda {
        pat,
        entries: entries(rest, end, diag),
    })
}

fn after_bar(
    input: ParseStream<'_>,
    written: &str,
    end: Span,
    diag: &mut Diag,
) -> Option<(Pat, TokenStream)> {
    input.parse::<Token![|]>().ok()?;
    let pat = match Pat::parse_single(input) {
        Ok(pat) => pat,
        Err(e) => {
            let at = if input.is_empty() { end } else { e.span() };
            diag.error(at, format!("the pattern cannot be read: {written}"));
            return None;
        }
    };
    if input.peek(Token![:]) {
        diag.error(
            input.span(),
            "the type is known from the function; remove it",
        );
        return None;
    }
    if input.peek(Token![,]) {
        diag.error(
            input.span(),
            "there is one value here; take it apart with a pattern, as in `|(a, b)|`",
        );
        return None;
    }
    if !input.peek(Token![|]) {
        let at = if input.is_empty() { end } else { input.span() };
        diag.error(at, format!("expected `|` after the pattern: {written}"));
        return None;
    }
    input.parse::<Token![|]>().ok()?;
    // A comma after the pattern is a slip of no consequence, as at the end of a list.
    let _ = input.parse::<Option<Token![,]>>();
    Some((pat, input.parse().unwrap_or_default()))
}
