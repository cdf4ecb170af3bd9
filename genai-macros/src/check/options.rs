//! Entries that are no keys: one word each, with the few values they take.

use syn::{Expr, Lit, Path};

use super::{bare, word};
use crate::args::{Form, Raw};
use crate::diag::{At, Diag, nearest, text};
use crate::ir::Returns;
use crate::registry::{Kind, OPERATIONS, Operation};

/// The words of operations.
pub(crate) const WORDS: [&str; 17] = [
    "request",
    "response",
    "error",
    "properties",
    "attributes",
    "metric_attributes",
    "capture",
    "stream",
    "streaming",
    "returns",
    "operation",
    "remote",
    "replace",
    "chunk_timing",
    "span_name",
    "span_kind",
    "crate",
];

/// A word without a value.
pub(super) fn flag(raw: &Raw, diag: &mut Diag) -> bool {
    match &raw.form {
        Form::Flag => true,
        Form::Wrong => false,
        Form::Value(_) | Form::List(..) => {
            diag.error(
                raw.key.at,
                format!("`{0}` takes no value; write `{0}` alone", raw.key),
            );
            false
        }
    }
}

/// The value of `word = value`.
pub(super) fn value(raw: Raw, example: &str, diag: &mut Diag) -> Option<Expr> {
    match raw.form {
        Form::Value(value) => Some(*value),
        Form::Wrong => None,
        Form::Flag | Form::List(..) => {
            diag.error(raw.key.at, text::syntax(&raw.key.text, example));
            None
        }
    }
}

/// `word = one of choices`; the index of the choice.
fn choice(raw: Raw, choices: &[&str], diag: &mut Diag) -> Option<usize> {
    let name = raw.key.text.clone();
    let expr = value(raw, &format!("{name} = {}", choices.join(" | ")), diag)?;
    let found = word(&expr);
    let index = choices.iter().position(|c| found.as_deref() == Some(*c));
    if index.is_none() {
        let meant = found
            .as_deref()
            .and_then(|f| nearest(f, choices.iter().copied()));
        diag.error(At::first(&expr), text::one_of(&name, choices, meant));
    }
    index
}

/// `capture = none`.
pub(super) fn capture(raw: Raw, diag: &mut Diag) -> bool {
    let Some(expr) = value(raw, "capture = none", diag) else {
        return false;
    };
    let none = word(&expr).as_deref() == Some("none");
    if !none {
        diag.error(At::first(&expr), "`capture` can only be `none`: an attribute narrows what the process captures, and never widens it");
    }
    none
}

/// `returns = ..`.
pub(super) fn returns(raw: Raw, diag: &mut Diag) -> Option<Returns> {
    match choice(raw, &["future", "stream", "value"], diag)? {
        0 => Some(Returns::Future),
        1 => Some(Returns::Stream),
        _ => Some(Returns::Value),
    }
}

/// `span_kind = ..`; true is CLIENT.
pub(super) fn span_kind(raw: Raw, diag: &mut Diag) -> Option<bool> {
    choice(raw, &["client", "internal"], diag).map(|index| index == 0)
}

/// `chunk_timing = false`.
pub(super) fn chunk_timing(raw: Raw, diag: &mut Diag) -> bool {
    let Some(expr) = value(raw, "chunk_timing = false", diag) else {
        return false;
    };
    match bare(&expr) {
        Expr::Lit(l) if matches!(&l.lit, Lit::Bool(b) if !b.value) => true,
        Expr::Lit(l) if matches!(&l.lit, Lit::Bool(_)) => {
            diag.error(At::first(&expr), "chunks are timed unless the process says otherwise; write `chunk_timing = false`, or remove it");
            false
        }
        _ => {
            diag.error(At::first(&expr), "`chunk_timing` can only be `false`");
            false
        }
    }
}

/// `operation = ..`, as an expression of the name.
pub(super) fn operation_name(raw: Raw, operation: &Operation, diag: &mut Diag) -> Option<Expr> {
    let example = format!(
        "operation = {}",
        operation.names.last().unwrap_or(&operation.name)
    );
    let expr = value(raw, &example, diag)?;
    let at = At::first(&expr);
    let (name, bare_word) = match (word(&expr), bare(&expr)) {
        (Some(name), _) => (name, true),
        (None, Expr::Lit(l)) => match &l.lit {
            Lit::Str(s) => (s.value(), false),
            _ => {
                diag.error(at, text::one_of("operation", operation.names, None));
                return None;
            }
        },
        // Inference has an open set of names.
        _ if operation.kind == Kind::Chat => return Some(expr),
        _ => {
            diag.error(at, text::one_of("operation", operation.names, None));
            return None;
        }
    };
    if operation.names.contains(&name.as_str()) {
        return Some(syn::parse_quote_spanned!(at.start=> #name));
    }
    let other = OPERATIONS
        .iter()
        .find(|o| o.names.contains(&name.as_str()) || (bare_word && o.name == name));
    let message = match other {
        Some(other) => format!(
            "`{name}` is an operation of its own; use `#[genai::{}]`",
            other.name
        ),
        None if operation.kind == Kind::Chat && !bare_word && !name.is_empty() => {
            return Some(expr);
        }
        None => {
            let meant = nearest(&name, operation.names.iter().copied());
            let custom = if operation.kind == Kind::Chat {
                ", or a string of your own"
            } else {
                ""
            };
            text::one_of("operation", operation.names, meant) + custom
        }
    };
    diag.error(at, message);
    None
}

/// `span_name = v`.
pub(super) fn span_name(raw: Raw, diag: &mut Diag) -> Option<Expr> {
    let expr = value(raw, "span_name = \"..\"", diag)?;
    super::types::control_flow(&expr, diag)?;
    match bare(&expr) {
        Expr::Lit(l) => match &l.lit {
            Lit::Str(s) if s.value().is_empty() => {
                diag.error(
                    At::first(&expr),
                    "a span needs a name; remove `span_name` for the conventions' one",
                );
                None
            }
            Lit::Str(_) => Some(expr),
            _ => {
                diag.error(At::all(&expr), "`span_name` expects a string");
                None
            }
        },
        _ => Some(expr),
    }
}

/// `crate = ::path`.
pub(crate) fn krate(raw: Raw, diag: &mut Diag) -> Option<Path> {
    let expr = value(raw, "crate = ::path", diag)?;
    match bare(&expr) {
        Expr::Path(p)
            if p.qself.is_none()
                && p.attrs.is_empty()
                && p.path.segments.iter().all(|s| s.arguments.is_none()) =>
        {
            let first = p
                .path
                .segments
                .first()
                .map(|s| s.ident.to_string())
                .unwrap_or_default();
            let rooted = p.path.leading_colon.is_some()
                || matches!(first.as_str(), "crate" | "self" | "super" | "$crate");
            if rooted {
                return Some(p.path.clone());
            }
            diag.error(
                At::first(&expr),
                format!("a path from the root is needed here; write `crate = ::{first}`"),
            );
        }
        Expr::Lit(l) => match &l.lit {
            Lit::Str(s) => {
                diag.error(
                    At::first(&expr),
                    format!(
                        "write the path without quotes: `crate = ::{}`",
                        s.value().trim_start_matches("::")
                    ),
                );
            }
            _ => diag.error(At::first(&expr), "expected a path, as in `crate = ::tel`"),
        },
        _ => diag.error(At::first(&expr), "expected a path, as in `crate = ::tel`"),
    }
    None
}
