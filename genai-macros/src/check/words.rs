//! Bare well-known values: `openai`, `aws.bedrock`.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::{Expr, Member};

use super::bare;
use super::scope::Scope;
use crate::diag::{At, Diag, nearest, text};
use crate::ir::Value;
use crate::registry::Attribute;

/// What bare words turned out to be.
pub(crate) enum Words {
    /// A well-known value.
    Known(Value),
    /// Not one, which was reported.
    Wrong,
    /// An expression like any other.
    Expression,
}

/// Looks at a value of an attribute with well-known values.
pub(crate) fn well_known(
    attribute: &Attribute,
    expr: &Expr,
    scope: &Scope,
    diag: &mut Diag,
) -> Words {
    if attribute.members.is_empty() {
        return Words::Expression;
    }
    let Some((words, span)) = dotted(expr) else {
        return Words::Expression;
    };
    let first = words.first().map_or("", String::as_str);
    if scope.binds(first)
        || matches!(first, "self" | "Self" | "crate" | "super")
        || is_constant(first)
    {
        return Words::Expression;
    }
    let value = words.join(".");
    match attribute.members.iter().find(|m| **m == value) {
        Some(known) => Words::Known(Value::Str((*known).to_owned(), span)),
        None if scope.open => Words::Expression,
        None => {
            let meant =
                alias(&value).or_else(|| nearest(&value, attribute.members.iter().copied()));
            diag.error(
                At::all(expr),
                text::unknown_value(&value, attribute.key, meant, first),
            );
            Words::Wrong
        }
    }
}

/// Names people use for a value that is spelled otherwise.
fn alias(value: &str) -> Option<&'static str> {
    Some(match value.to_ascii_lowercase().as_str() {
        "bedrock" | "aws" | "amazon" => "aws.bedrock",
        "gemini" | "google" => "gcp.gemini",
        "vertex" | "vertexai" => "gcp.vertex_ai",
        "azure" | "azure_openai" => "azure.ai.openai",
        "claude" => "anthropic",
        "mistral" => "mistral_ai",
        "watsonx" => "ibm.watsonx.ai",
        "grok" => "x_ai",
        "gpt" | "chatgpt" => "openai",
        _ => return None,
    })
}

/// The words of `a` or `a.b.c`.
fn dotted(expr: &Expr) -> Option<(Vec<String>, Span)> {
    let mut words = Vec::new();
    let mut expr = bare(expr);
    loop {
        match expr {
            Expr::Field(f) => {
                let Member::Named(name) = &f.member else {
                    return None;
                };
                words.push(name.to_string());
                expr = bare(&f.base);
            }
            Expr::Path(p) if p.qself.is_none() && p.attrs.is_empty() => {
                let first = p.path.get_ident()?;
                words.push(first.to_string());
                words.reverse();
                return Some((words, first.span()));
            }
            _ => return None,
        }
    }
}

/// The words of tokens that are nothing else, a last dot allowed.
pub(crate) fn path(tokens: TokenStream) -> Option<Vec<Ident>> {
    let mut words = Vec::new();
    let mut is_word = false;
    for token in tokens {
        match token {
            TokenTree::Ident(word) if !is_word => words.push(word),
            TokenTree::Punct(p) if is_word && p.as_char() == '.' => {}
            _ => return None,
        }
        is_word = !is_word;
    }
    (!words.is_empty()).then_some(words)
}

/// Whether a name is written as constants are.
fn is_constant(name: &str) -> bool {
    name.chars().any(|c| c.is_ascii_uppercase()) && name.chars().all(|c| !c.is_lowercase())
}
