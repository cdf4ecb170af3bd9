//! `arguments(a, b = v)`: the names of arguments, or names with values, as the fields of one object.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Expr, parse_quote};

use super::types::control_flow;
use crate::args::{self, Form, Key};
use crate::diag::{Diag, text};
use crate::ir::{Named, Value};

/// Reads the list; what is wrong in it is reported.
pub(super) fn object(of: &Key, tokens: TokenStream, end: Span, diag: &mut Diag) -> Value {
    let mut fields: Vec<Named> = Vec::new();
    for raw in args::entries(tokens, end, diag) {
        let key = raw.key;
        if fields.iter().any(|field| field.key == key.text) {
            diag.error(key.at, text::duplicate(&key.text, &key.text));
            continue;
        }
        let value = match raw.form {
            Form::Value(value) => control_flow(&value, diag).map(|()| *value),
            Form::Flag => variable(&key, diag),
            Form::List(..) => {
                diag.error(key.at, format!("`{key}` needs a value: `{key} = ..`"));
                None
            }
            Form::Wrong => None,
        };
        if let Some(value) = value {
            fields.push(Named {
                key: key.text,
                value,
            });
        }
    }
    Value::Object(fields, of.span())
}

/// The variable of this name.
fn variable(key: &Key, diag: &mut Diag) -> Option<Expr> {
    let name = key.text.rsplit('.').next().unwrap_or(&key.text);
    if key.literal || name.len() < key.text.len() {
        let written = if key.literal {
            format!("{:?} = ..", key.text)
        } else {
            format!("{name} = {key}")
        };
        diag.error(
            key.at,
            format!("only a variable is its own name; write `{written}`"),
        );
        return None;
    }
    let is_word = name == "self" || syn::parse_str::<Ident>(name).is_ok();
    let variable = if is_word {
        Ident::new(name, key.span())
    } else {
        Ident::new_raw(name, key.span())
    };
    Some(parse_quote!(#variable))
}
