//! `#[genai(key)]` on fields.

use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Expr, Fields, Ident, Member, Type as Ty};

use super::container::{self, Container, entries};
use crate::args::{Form, Raw};
use crate::check::{Keys, bare, formats, types};
use crate::diag::Diag;
use crate::ir::{Format, Value};
use crate::methods::Method;
use crate::registry::Place;

/// What is recorded, by the form of the type.
pub(super) enum Shape {
    Struct(Vec<Field>),
    Enum(Vec<(Ident, Vec<Field>)>),
}

/// One recorded field.
pub(super) struct Field {
    pub(super) member: Member,
    pub(super) ty: Ty,
    pub(super) what: What,
    /// `key = expression`: what is recorded in place of the field itself.
    pub(super) value: Option<Value>,
}

/// What a field is.
#[derive(Clone, Copy)]
pub(super) enum What {
    /// A value of the attribute of this index.
    Key(Method, u8),
    /// A value that knows its own fields.
    Flatten,
    /// A value that serialises to a format.
    FlattenAs(Format),
    /// The provider.
    Provider(u8),
}

const WORDS: [&str; 2] = ["message", "flatten"];

pub(super) fn read(
    place: Place,
    container: &Container,
    input: &DeriveInput,
    diag: &mut Diag,
) -> Shape {
    let shape = match &input.data {
        Data::Struct(data) => Shape::Struct(fields(place, container, &data.fields, diag)),
        Data::Enum(data) => {
            let variant = |v: &syn::Variant, diag: &mut Diag| {
                for raw in entries(&v.attrs, diag) {
                    diag.error(raw.key.at, "a variant has no keys; mark its fields");
                }
                (v.ident.clone(), fields(place, container, &v.fields, diag))
            };
            Shape::Enum(data.variants.iter().map(|v| variant(v, diag)).collect())
        }
        Data::Union(data) => {
            diag.error(
                data.union_token.span,
                "the fields of a union cannot be read; use a struct or an enum",
            );
            return Shape::Struct(Vec::new());
        }
    };
    let none = match &shape {
        Shape::Struct(fields) => fields.is_empty(),
        Shape::Enum(variants) => variants.iter().all(|(_, fields)| fields.is_empty()),
    };
    let is_read_whole = container.format.is_some();
    if none && container.provider.is_none() && !is_read_whole && diag.is_empty() {
        container::nothing(place, input.ident.span(), diag);
    }
    shape
}

fn fields(place: Place, container: &Container, fields: &Fields, diag: &mut Diag) -> Vec<Field> {
    let mut keys = Keys::new(container.operation, place, true, &WORDS);
    keys.fields = true;
    let mut found = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        for raw in entries(&field.attrs, diag) {
            let Some((what, value)) = what(place, raw, &mut keys, diag) else {
                continue;
            };
            let member = match &field.ident {
                Some(name) if name == "_" => {
                    diag.error(name.span(), "a field needs a name to be recorded");
                    continue;
                }
                Some(name) => Member::Named(name.clone()),
                None => Member::Unnamed(syn::Index {
                    index: u32::try_from(index).unwrap_or(u32::MAX),
                    span: field.ty.span(),
                }),
            };
            found.push(Field {
                member,
                ty: field.ty.clone(),
                what,
                value,
            });
        }
    }
    found
}

fn what(
    place: Place,
    raw: Raw,
    keys: &mut Keys<'_>,
    diag: &mut Diag,
) -> Option<(What, Option<Value>)> {
    let is_field = |raw: &Raw, diag: &mut Diag| {
        diag.error(
            raw.key.at,
            format!("the field is the value; write `#[genai({})]`", raw.key),
        );
    };
    if raw.key.literal {
        diag.error(
            raw.key.at,
            format!("write the key without quotes: `#[genai({})]`", raw.key),
        );
        return None;
    }
    let is_whole = matches!(
        raw.key.text.as_str(),
        "flatten" | "provider" | "gen_ai.provider.name"
    );
    match &raw.form {
        Form::Flag => {}
        Form::Value(value) if raw.key.text == "flatten" => {
            let format = formats::given(value, "flatten", diag)?;
            return Some((What::FlattenAs(format), None));
        }
        Form::Wrong => return None,
        // A literal says nothing of the field.
        Form::Value(value) if !is_whole && !matches!(bare(value), Expr::Lit(_)) => {}
        Form::Value(_) | Form::List(..) => {
            is_field(&raw, diag);
            return None;
        }
    }
    if raw.key.text == "flatten" {
        return Some((What::Flatten, None));
    }
    let mut key = raw.key;
    if key.text == "message" {
        key.text = if place == Place::Entries {
            "input"
        } else {
            "output"
        }
        .to_owned();
    }
    let used = keys.find(&key, diag)?;
    if used.short == "provider" {
        return Some((What::Provider(used.id), None));
    }
    let value = match raw.form {
        Form::Value(value) => Some(types::value(used.attribute()?, *value, diag)?),
        _ => None,
    };
    Some((What::Key(Method::of(used.id), used.id), value))
}
