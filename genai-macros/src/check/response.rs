//! The side after the call: `response(..)`, `response = path`, `response = none`, `error(..)`.

use proc_macro2::{Span, TokenStream};
use syn::{Expr, Pat};

use super::keys::Keys;
use super::pattern::irrefutable;
use super::scope::Scope;
use super::words::{Words, well_known};
use super::{bare, formats, moved, types, word};
use crate::args::{self, Form, Raw};
use crate::diag::{At, Diag, text};
use crate::ir::{Entry, ResponseSpec};
use crate::registry::{self, Operation, Place};

const RESPONSE: &str = "response(|r| model = .., input_tokens = ..)";
const ERROR: &str = "error(|e| type = ..)";

/// Reads what follows the word `response`.
pub(super) fn response(
    raw: Raw,
    operation: &'static Operation,
    scope: &Scope,
    diag: &mut Diag,
) -> ResponseSpec {
    match raw.form {
        Form::List(tokens, end) => entries(tokens, end, operation, scope, diag),
        Form::Value(value) => match (word(&value).as_deref(), bare(&value)) {
            (Some("none"), _) => ResponseSpec::Nothing,
            (Some(word), Expr::Path(p)) => {
                let span = At::first(&value).start;
                if let Some(format) = formats::find(word, span) {
                    return ResponseSpec::Format(format);
                }
                if let Some(meant) = formats::meant(word) {
                    diag.error(span, text::format_slip(word, meant, ""));
                    return ResponseSpec::FromType;
                }
                ResponseSpec::Path(p.path.clone())
            }
            (_, Expr::Path(p)) if p.qself.is_none() => ResponseSpec::Path(p.path.clone()),
            (_, Expr::Closure(_)) => {
                diag.error(
                    At::first(&value),
                    format!("a closure of keys goes into parentheses: `{RESPONSE}`"),
                );
                ResponseSpec::FromType
            }
            _ => {
                diag.error(At::first(&value), format!("expected the path of a `fn(&T, &mut genai::Recorder)`, a format such as `openai`, or `none`; or write `{RESPONSE}`"));
                ResponseSpec::FromType
            }
        },
        Form::Flag => {
            diag.error(
                raw.key.at,
                format!(
                    "{}, `response = openai`, `response = path` or `response = none`",
                    text::syntax("response", RESPONSE)
                ),
            );
            ResponseSpec::FromType
        }
        Form::Wrong => ResponseSpec::FromType,
    }
}

fn entries(
    tokens: TokenStream,
    end: Span,
    operation: &'static Operation,
    scope: &Scope,
    diag: &mut Diag,
) -> ResponseSpec {
    let Some(lambda) = args::lambda("response", RESPONSE, tokens, end, diag) else {
        return ResponseSpec::FromType;
    };
    irrefutable(&lambda.pat, diag);
    let scope = scope.with(&lambda.pat);
    let mut keys = Keys::new(operation, Place::Response, true, &[]);
    let (mut found, mut failure) = (Vec::new(), None);
    for raw in lambda.entries {
        if !raw.key.literal && matches!(raw.key.text.as_str(), "error" | "error.type") {
            if failure.is_some() {
                diag.error(raw.key.at, text::duplicate(&raw.key.text, "error.type"));
                continue;
            }
            failure = failed(raw, &scope, diag);
        } else {
            found.extend(entry(raw, &mut keys, &scope, diag));
        }
    }
    ResponseSpec::Entries(lambda.pat, found, failure.map(Box::new))
}

/// `error = class`: the value is a failure if there is one.
fn failed(raw: Raw, scope: &Scope, diag: &mut Diag) -> Option<Expr> {
    let value = match raw.form {
        Form::Value(value) => *value,
        Form::Wrong => return None,
        Form::Flag | Form::List(..) => {
            let example = "error = r.error.as_deref()";
            diag.error(raw.key.at, text::syntax(&raw.key.text, example));
            return None;
        }
    };
    moved::check(&value, scope, diag);
    let (_, attribute) = registry::find("error.type")?;
    types::value(attribute, value.clone(), diag)?;
    Some(value)
}

fn entry(raw: Raw, keys: &mut Keys<'_>, scope: &Scope, diag: &mut Diag) -> Option<Entry> {
    let used = keys.find(&raw.key, diag);
    let value = match raw.form {
        Form::Value(value) => *value,
        Form::Wrong => return None,
        Form::Flag | Form::List(..) => {
            if used.is_some() {
                diag.error(
                    raw.key.at,
                    format!("`{0}` needs a value: `{0} = ..`", raw.key),
                );
            }
            return None;
        }
    };
    moved::check(&value, scope, diag);
    let used = used?;
    let attribute = used.attribute()?;
    let value = match well_known(attribute, &value, scope, diag) {
        Words::Known(value) => value,
        Words::Wrong => return None,
        Words::Expression => types::value(attribute, value, diag)?,
    };
    Some(Entry {
        id: used.id,
        ty: attribute.ty,
        value,
    })
}

/// Reads what follows the word `error`.
pub(super) fn error(raw: Raw, scope: &Scope, diag: &mut Diag) -> Option<(Pat, Expr)> {
    let Form::List(tokens, end) = raw.form else {
        if !matches!(raw.form, Form::Wrong) {
            diag.error(raw.key.at, text::syntax("error", ERROR));
        }
        return None;
    };
    let lambda = args::lambda("error", ERROR, tokens, end, diag)?;
    irrefutable(&lambda.pat, diag);
    let scope = scope.with(&lambda.pat);
    let mut found = None;
    if lambda.entries.is_empty() {
        diag.error(end, format!("`type` is missing: `{ERROR}`"));
    }
    for raw in lambda.entries {
        if !matches!(raw.key.text.as_str(), "type" | "error.type") || raw.key.literal {
            diag.error(
                raw.key.at,
                format!("`error(..)` has one key, `type`: `{ERROR}`"),
            );
            continue;
        }
        if found.is_some() {
            diag.error(raw.key.at, text::duplicate(&raw.key.text, "error.type"));
            continue;
        }
        match raw.form {
            Form::Value(value) => {
                moved::check(&value, &scope, diag);
                let (_, attribute) = registry::find("error.type")?;
                types::value(attribute, (*value).clone(), diag)?;
                found = Some(*value);
            }
            Form::Wrong => return None,
            _ => diag.error(raw.key.at, format!("`type` needs a value: `{ERROR}`")),
        }
    }
    Some((lambda.pat, found?))
}
