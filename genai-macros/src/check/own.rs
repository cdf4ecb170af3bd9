//! `#[genai::span]`: an operation of the user's own. It has a name in place of keys, and any attribute.

use syn::ext::IdentExt as _;
use syn::{Expr, Lit, Signature};

use super::{bare, options, types};
use crate::args::{Key, Raw};
use crate::diag::{At, Diag, nearest, text};
use crate::ir::Call;
use crate::registry;

/// Words of the built-in operations that mean nothing here, and why.
const OTHERS: [(&str, &str); 8] = [
    ("request", "it has no keys that a request could fill"),
    (
        "response",
        "it has no keys that a response could fill; call `genai::current().attribute(..)` in the body",
    ),
    (
        "metric_attributes",
        "it records no metric; use `genai::metrics::counter` and `genai::metrics::histogram`",
    ),
    ("operation", "it is named by `name = ..`"),
    ("span_name", "it is named by `name = ..`"),
    ("capture", "it has no content"),
    ("chunk_timing", "it records no metric"),
    ("streaming", "it has no chunks"),
];

/// What may stand there.
pub(crate) const WORDS: [&str; 8] = [
    "name",
    "attributes",
    "properties",
    "error",
    "stream",
    "returns",
    "span_kind",
    "crate",
];

/// Whether the word has a meaning of its own here.
pub(super) fn takes(word: &str) -> bool {
    word == "name" || OTHERS.iter().any(|(other, _)| *other == word)
}

/// A word that has one.
pub(super) fn option(raw: Raw, call: &mut Call, diag: &mut Diag) {
    if let Some((word, why)) = OTHERS.iter().find(|(word, _)| *word == raw.key.text) {
        diag.error(
            raw.key.at,
            format!("`{word}` is not for an operation of your own: {why}"),
        );
        return;
    }
    call.operation_name = name(raw, diag);
}

/// `name = v`.
fn name(raw: Raw, diag: &mut Diag) -> Option<Expr> {
    let expr = options::value(raw, "name = \"app.step\"", diag)?;
    types::control_flow(&expr, diag)?;
    if let Expr::Lit(literal) = bare(&expr) {
        match &literal.lit {
            Lit::Str(name) if !name.value().is_empty() => {}
            Lit::Str(_) => {
                diag.error(
                    At::first(&expr),
                    "a span needs a name; remove `name` to name it after the function",
                );
                return None;
            }
            _ => {
                diag.error(At::all(&expr), "`name` expects a string");
                return None;
            }
        }
    }
    Some(expr)
}

/// The function's name.
pub(super) fn name_of(sig: &Signature) -> Expr {
    let name = sig.ident.unraw().to_string();
    syn::parse_quote_spanned!(sig.ident.span()=> #name)
}

/// A key among the entries.
pub(super) fn refuse(key: &Key, diag: &mut Diag) {
    if key.literal {
        diag.error(
            key.at,
            "quoted keys go into `attributes(..)` or `properties(..)`",
        );
        return;
    }
    let word = key.text.as_str();
    let message = if registry::find(word).is_some() || word.contains('.') {
        format!("an operation of your own has no keys; write `attributes({word} = ..)`")
    } else if let Some(full) = full_name(word) {
        format!("an operation of your own has no keys; write `attributes({full} = ..)`")
    } else {
        text::unknown_key(word, nearest(word, WORDS), "span")
    };
    diag.error(key.at, message);
}

/// What a short name of the built-in operations stands for, if it may be an attribute here.
fn full_name(short: &str) -> Option<&'static str> {
    let mut uses = registry::OPERATIONS.iter().flat_map(|o| o.uses);
    let used = uses.find(|u| u.short == short && !u.is_content())?;
    used.attribute().map(|a| a.key)
}
