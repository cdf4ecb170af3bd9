//! The implementations.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{DeriveInput, Generics, Member, Path, WherePredicate};

use super::container::Container;
use super::fields::{Field, Shape, What};
use crate::diag::At;
use crate::ir::{Format, Value};
use crate::registry::Place;

pub(super) fn implementations(
    place: Place,
    container: &Container,
    shape: &Shape,
    input: &DeriveInput,
) -> TokenStream {
    let krate = &container.krate;
    let name = &input.ident;
    let wanted = Ident::new(place.trait_name(), Span::call_site());
    let generics = bounded(place, container, shape, &input.generics);
    let (of_impl, of_type, of_where) = generics.split_for_impl();
    let recorder = Ident::new("recorder", Span::mixed_site());
    let body = match shape {
        Shape::Struct(fields) => {
            let one = |f: &Field| {
                let member = &f.member;
                record(place, container, f, quote!(self.#member), &recorder)
            };
            fields.iter().map(one).collect()
        }
        Shape::Enum(variants) if variants.is_empty() => quote!(match *self {}),
        Shape::Enum(variants) => {
            let arms = variants.iter().map(|(variant, fields)| {
                // A field with several keys is bound once.
                let mut members: Vec<&Member> = Vec::new();
                let mut records = TokenStream::new();
                for field in fields {
                    let known = members.iter().position(|member| **member == field.member);
                    let index = known.unwrap_or_else(|| {
                        members.push(&field.member);
                        members.len() - 1
                    });
                    let name = bound(index);
                    records.extend(record(place, container, field, quote!(*#name), &recorder));
                }
                let names = (0..members.len()).map(bound);
                quote!(Self::#variant { #(#members: #names,)* .. } => { #records })
            });
            quote!(match self { #(#arms)* })
        }
    };
    let method = Ident::new(place.method_name(), Span::call_site());
    let whole = container.format.map(|format| {
        let value = Ident::new("self", Span::call_site()).into_token_stream();
        in_format(place, krate, format, &value, &recorder)
    });
    let mut tokens = quote! {
        #[automatically_derived]
        #[allow(deprecated, unused_variables, clippy::all, clippy::pedantic, clippy::restriction)]
        impl #of_impl #krate::#wanted for #name #of_type #of_where {
            fn #method(&self, #recorder: &mut #krate::Recorder<'_>) { #body #whole }
        }
    };
    if let (Place::Entries, Some(provider)) = (place, provider(container, shape)) {
        tokens.extend(quote! {
            #[automatically_derived]
            #[allow(deprecated, clippy::all, clippy::pedantic, clippy::restriction)]
            impl #of_impl #krate::ProviderRequest for #name #of_type #of_where {
                fn provider(&self) -> ::std::borrow::Cow<'_, ::core::primitive::str> { #provider }
            }
        });
    }
    tokens
}

/// The name of a field of a variant.
fn bound(index: usize) -> Ident {
    format_ident!("field_{}", index, span = Span::mixed_site())
}

/// The statement that records one field; `place` is where the field is.
fn record(
    place: Place,
    container: &Container,
    field: &Field,
    member: TokenStream,
    recorder: &Ident,
) -> TokenStream {
    let krate = &container.krate;
    let Some(value) = &field.value else {
        let at = At::first(&field.ty);
        let value = quote_spanned!(ours(at)=> &#member);
        return recorded(place, krate, field.what, at, &value, recorder);
    };
    let value = match value {
        Value::Expr(value) => value.to_token_stream(),
        Value::Str(text, _) => text.to_token_stream(),
        _ => TokenStream::new(),
    };
    let at = At::first(&value);
    let mut group = Group::new(Delimiter::Parenthesis, value);
    group.set_span(ours(at));
    let value = quote_spanned!(ours(at)=> &#group);
    // The expression knows the field by its name.
    let name = match &field.member {
        Member::Named(name) => name.clone(),
        Member::Unnamed(_) => Ident::new("field", Span::call_site()),
    };
    let recorded = recorded(place, krate, field.what, at, &value, recorder);
    quote!({ let #name = &#member; #recorded })
}

/// The place of a value, with names that are ours: one of the wrong type is reported there.
fn ours(at: At) -> Span {
    at.start.resolved_at(Span::mixed_site())
}

/// The statement that records a value, which is a reference.
fn recorded(
    place: Place,
    krate: &Path,
    what: What,
    at: At,
    value: &TokenStream,
    recorder: &Ident,
) -> TokenStream {
    let at = ours(at);
    let name = |text: &str| Ident::new(text, at);
    match what {
        What::Key(method, _) if method.is_content => {
            let method = name(method.name);
            quote_spanned!(at=> if #recorder.wants_content() { #krate::__rt::fields(#recorder).#method(#value); })
        }
        What::Key(method, id) => {
            let method = name(method.name);
            quote_spanned!(at=> #krate::__rt::fields(#recorder).#method(#id, #value);)
        }
        What::Provider(id) => {
            quote_spanned!(at=> #krate::__rt::fields(#recorder).string(#id, #value);)
        }
        What::Flatten => {
            let wanted = name(place.trait_name());
            let method = name(place.method_name());
            quote_spanned!(at=> #krate::#wanted::#method(#value, #recorder);)
        }
        What::FlattenAs(format) => in_format(place, krate, format, value, recorder),
    }
}

/// The statement that records a value, which is a reference, by what it serialises to.
fn in_format(
    place: Place,
    krate: &Path,
    format: Format,
    value: &TokenStream,
    recorder: &Ident,
) -> TokenStream {
    let at = format.span.resolved_at(Span::mixed_site());
    let method = match place {
        Place::Entries => "wire_request",
        Place::Response => "wire_response",
    };
    let (method, format) = (Ident::new(method, at), Ident::new(format.name, at));
    quote_spanned!(at=> #krate::__rt::Serialises::#method(#value, #krate::__rt::WireFormat::#format, #recorder);)
}

/// The body of `ProviderRequest::provider`, if the provider is known.
fn provider(container: &Container, shape: &Shape) -> Option<TokenStream> {
    let krate = &container.krate;
    match &container.provider {
        Some(Value::Str(text, span)) => {
            return Some(quote_spanned!(*span=> ::std::borrow::Cow::Borrowed(#text)));
        }
        Some(Value::Expr(value)) => return Some(quote!(::core::convert::Into::into(#value))),
        _ => {}
    }
    let Shape::Struct(fields) = shape else {
        return None;
    };
    let field = fields
        .iter()
        .find(|f| matches!(f.what, What::Provider(_)))?;
    let member = &field.member;
    let at = At::first(&field.ty).start.resolved_at(Span::mixed_site());
    // The receiver is the method's own, whose name has the span of the call.
    let value = quote!(&self.#member);
    let text = quote_spanned!(at=> #krate::__rt::StrValue::str_value(#value).unwrap_or_default());
    Some(quote!(::std::borrow::Cow::Borrowed(#text)))
}

/// The generics, with what the fields' types need where they name a parameter.
fn bounded(place: Place, container: &Container, shape: &Shape, generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    let params: Vec<String> = generics
        .type_params()
        .map(|p| p.ident.to_string())
        .collect();
    let fields: Vec<&Field> = match shape {
        Shape::Struct(fields) => fields.iter().collect(),
        Shape::Enum(variants) => variants.iter().flat_map(|(_, fields)| fields).collect(),
    };
    let krate = &container.krate;
    if container.format.is_some() && !params.is_empty() {
        let predicate: Result<WherePredicate, _> =
            syn::parse2(quote!(Self: #krate::__rt::Serialises));
        generics.make_where_clause().predicates.extend(predicate);
    }
    for field in fields {
        if field.value.is_some() || !mentions(field.ty.to_token_stream(), &params) {
            continue;
        }
        let needed = match field.what {
            What::Flatten => Ident::new(place.trait_name(), Span::call_site()).into_token_stream(),
            What::FlattenAs(_) => quote!(__rt::Serialises),
            What::Provider(_) => quote!(__rt::StrValue),
            What::Key(method, _) => {
                let bound = Ident::new(method.bound, Span::call_site());
                quote!(__rt::#bound)
            }
        };
        let ty = &field.ty;
        let predicate: Result<WherePredicate, _> = syn::parse2(quote!(#ty: #krate::#needed));
        generics.make_where_clause().predicates.extend(predicate);
    }
    generics
}

/// Whether one of the names is among the tokens.
fn mentions(tokens: TokenStream, names: &[String]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => names.iter().any(|n| ident == n),
        TokenTree::Group(group) => mentions(group.stream(), names),
        _ => false,
    })
}
