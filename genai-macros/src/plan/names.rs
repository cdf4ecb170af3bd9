//! The names in tokens: whatever may be a variable, for a question that syntax alone can answer.

use std::collections::HashSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;

/// Every identifier in the tokens, at any depth.
pub(super) fn names(tokens: &TokenStream) -> HashSet<String> {
    let mut found = HashSet::new();
    let mut pending = vec![tokens.clone().into_iter()];
    while let Some(tokens) = pending.last_mut() {
        match tokens.next() {
            None => {
                pending.pop();
            }
            Some(TokenTree::Ident(ident)) => {
                found.insert(ident.to_string());
            }
            Some(TokenTree::Group(group)) => pending.push(group.stream().into_iter()),
            Some(_) => {}
        }
    }
    found
}

/// Every identifier in these expressions.
pub(super) fn names_of<'a, T: ToTokens + 'a>(
    expressions: impl IntoIterator<Item = &'a T>,
) -> HashSet<String> {
    let mut tokens = TokenStream::new();
    for expression in expressions {
        expression.to_tokens(&mut tokens);
    }
    names(&tokens)
}
