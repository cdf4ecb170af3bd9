//! `#[genai(provider = .., operation = .., crate = ..)]` on the type.

use proc_macro2::{Span, TokenStream};
use syn::{DeriveInput, Path, parse_quote};

use crate::args::{self, Form, Raw};
use crate::check;
use crate::dependency;
use crate::depth;
use crate::diag::{At, Diag, nearest, text};
use crate::ir::{Format, Value};
use crate::registry::{self, OPERATIONS, Operation, Place};

/// What the type says of itself.
pub(super) struct Container {
    pub(super) operation: &'static Operation,
    pub(super) krate: Path,
    pub(super) provider: Option<Value>,
    /// What a value of the type serialises to.
    pub(super) format: Option<Format>,
}

const WORDS: [&str; 4] = ["provider", "operation", "format", "crate"];

pub(super) fn read(place: Place, input: &DeriveInput, diag: &mut Diag) -> Container {
    let mut container = Container {
        operation: &OPERATIONS[0],
        krate: parse_quote!(::genai),
        provider: None,
        format: None,
    };
    let mut seen: Vec<String> = Vec::new();
    for raw in entries(&input.attrs, diag) {
        if seen.contains(&raw.key.text) {
            diag.error(raw.key.at, text::given_twice(&raw.key.text));
            continue;
        }
        seen.push(raw.key.text.clone());
        match raw.key.text.as_str() {
            "crate" => {
                if let Some(path) = check::krate(raw, diag) {
                    container.krate = path;
                }
            }
            "operation" => {
                if let Some(operation) = operation(raw, diag) {
                    container.operation = operation;
                }
            }
            "format" => container.format = format(raw, diag),
            "provider" if place == Place::Response => {
                diag.error(raw.key.at, "the provider is known before the call; write it on the request, or in the attribute");
            }
            "provider" => container.provider = provider(raw, diag),
            other => {
                let message = match nearest(other, WORDS) {
                    Some(meant) => format!("unknown `{other}`; did you mean `{meant}`?"),
                    None => format!(
                        "unknown `{other}`; a type has {}, its fields have keys",
                        text::choices(&WORDS)
                    ),
                };
                diag.error(raw.key.at, message);
            }
        }
    }
    // One that is given and wrong has its message; the usual one stays.
    if !seen.iter().any(|key| key == "crate") {
        match dependency::path() {
            Ok(path) => container.krate = path,
            Err(message) => diag.error(Span::call_site(), message),
        }
    }
    container
}

/// The entries of every `#[genai(..)]`.
pub(super) fn entries(attrs: &[syn::Attribute], diag: &mut Diag) -> Vec<Raw> {
    let mut all = Vec::new();
    for attribute in attrs.iter().filter(|a| a.path().is_ident("genai")) {
        match attribute.meta.require_list() {
            Ok(list) => {
                let tokens: TokenStream = list.tokens.clone();
                let end = list.delimiter.span().close();
                if tokens.is_empty() {
                    diag.error(
                        At::all(attribute.path()),
                        "`#[genai(..)]` names a key, as in `#[genai(model)]`",
                    );
                }
                match depth::too_deep(tokens.clone()) {
                    Some(span) => diag.error(span, text::TOO_DEEP),
                    None => all.extend(args::entries(tokens, end, diag)),
                }
            }
            Err(_) => diag.error(
                At::all(attribute.path()),
                "`genai` is written `#[genai(..)]` here",
            ),
        }
    }
    all
}

fn operation(raw: Raw, diag: &mut Diag) -> Option<&'static Operation> {
    let names = OPERATIONS.each_ref().map(|o| o.name);
    let Form::Value(value) = raw.form else {
        diag.error(
            raw.key.at,
            text::syntax("operation", "operation = embeddings"),
        );
        return None;
    };
    let found = check::word(&value);
    let operation = found.as_deref().and_then(Operation::find);
    if operation.is_none() {
        let meant = found.as_deref().and_then(|f| nearest(f, names));
        diag.error(At::first(&value), text::one_of("operation", &names, meant));
    }
    operation
}

/// `format = openai`.
fn format(raw: Raw, diag: &mut Diag) -> Option<Format> {
    match raw.form {
        Form::Value(value) => check::formats::given(&value, &raw.key.text, diag),
        Form::Wrong => None,
        Form::Flag | Form::List(..) => {
            diag.error(raw.key.at, text::syntax("format", "format = openai"));
            None
        }
    }
}

fn provider(raw: Raw, diag: &mut Diag) -> Option<Value> {
    let Form::Value(value) = raw.form else {
        diag.error(raw.key.at, text::syntax("provider", "provider = openai"));
        return None;
    };
    let (_, attribute) = registry::find("gen_ai.provider.name")?;
    check::plain_value(attribute, *value, diag)
}

/// A message for a type that would record nothing.
pub(super) fn nothing(place: Place, at: Span, diag: &mut Diag) {
    let name = place.trait_name();
    let example = match place {
        Place::Entries => "#[genai(model)]",
        Place::Response => "#[genai(input_tokens)]",
    };
    diag.error(
        at,
        format!(
            "no field is recorded by this `{name}`; mark those that are to be, as in `{example}`"
        ),
    );
}
