//! The lists of the user's own keys: `properties(..)`, `attributes(..)`, `metric_attributes(..)`.

use proc_macro2::{Span, TokenStream};

use syn::Expr;

use super::types::{self, control_flow};
use crate::args::{self, Form, Key};
use crate::diag::{Diag, nearest, text};
use crate::ir::Named;
use crate::registry::{self, ATTRIBUTES, Operation, Type};

/// Reads one list.
pub(super) fn named(
    list: &str,
    tokens: TokenStream,
    end: Span,
    operation: Option<&Operation>,
    diag: &mut Diag,
) -> Vec<Named> {
    let mut found: Vec<Named> = Vec::new();
    for raw in args::entries(tokens, end, diag) {
        let key = raw.key;
        let valid = check_key(list, &key, operation, &found, diag);
        let value = match raw.form {
            Form::Value(value) => *value,
            Form::Wrong => continue,
            Form::Flag | Form::List(..) => {
                diag.error(key.at, format!("`{key}` needs a value: `{key} = ..`"));
                continue;
            }
        };
        let fits = match is_convention(list, &key.text, operation) {
            true => has_type(&key.text, &value, diag),
            false => control_flow(&value, diag).is_some(),
        };
        if valid && fits {
            found.push(Named {
                key: key.text,
                value,
            });
        }
    }
    found
}

fn check_key(
    list: &str,
    key: &Key,
    operation: Option<&Operation>,
    found: &[Named],
    diag: &mut Diag,
) -> bool {
    let text = key.text.as_str();
    let message = if text.trim().is_empty() {
        "an empty key is no key; name it, as in `app.feature = ..`".to_owned()
    } else if is_convention(list, text, operation) {
        if !found.iter().any(|n| n.key == text) {
            return true;
        }
        text::duplicate(text, text)
    } else if let Some((id, attribute)) = registry::find(text) {
        if let Some((attribute, by)) = registry::deprecated(text).filter(|(a, _)| a.key == text) {
            diag.error(
                key.at,
                text::deprecated(attribute.key, super::keys::replacement(by, operation)),
            );
            return false;
        }
        let used = operation.and_then(|o| o.by_id(id)).map(|u| u.short);
        let context =
            (operation.is_none() && text == "gen_ai.conversation.id").then_some("conversation_id");
        text::convention_key(attribute.key, list, used.or(context))
    } else if text.starts_with(registry::PROPERTIES) {
        text::association(text)
    } else if let Some(meant) = text
        .starts_with("gen_ai.")
        .then(|| nearest(text, ATTRIBUTES.iter().map(|a| a.key)))
        .flatten()
    {
        text::misspelled_convention(text, meant)
    } else if found.iter().any(|n| n.key == text) {
        text::duplicate(text, text)
    } else {
        return true;
    };
    diag.error(key.at, message);
    false
}

/// Whether this is a key of the conventions where one may stand: among the attributes of an operation of the user's own.
fn is_convention(list: &str, key: &str, operation: Option<&Operation>) -> bool {
    list == "attributes"
        && operation.is_some_and(Operation::is_own)
        && registry::find(key).is_some_and(|(_, a)| a.ty != Type::Content)
}

/// Whether the value can have the conventions' type.
fn has_type(key: &str, value: &Expr, diag: &mut Diag) -> bool {
    registry::find(key)
        .is_none_or(|(_, attribute)| types::value(attribute, value.clone(), diag).is_some())
}
