//! What the signature and the other attributes of the function rule out, and what they make doubtful.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{GenericArgument, Path, PathArguments, ReturnType, Type, TypeParamBound};

use crate::attributes::ours;
use crate::diag::{At, Diag};
use crate::ir::{Call, Returns};
use crate::item::Function;

/// Checks the function around the attribute `name`.
pub(crate) fn function(name: &str, function: &Function, krate: &Path, diag: &mut Diag) {
    for attribute in &function.attrs {
        if let Some(other) = ours(attribute.path(), krate) {
            // An evaluation makes no span, and a judge may give several.
            if name == "evaluation" || other == "evaluation" {
                continue;
            }
            let contexts = usize::from(name == "context") + usize::from(other == "context");
            if contexts != 1 {
                let fix = match contexts {
                    2 => "merge their entries".to_owned(),
                    _ => "split the function, so that each part is one operation".to_owned(),
                };
                let at = attribute
                    .path()
                    .segments
                    .last()
                    .map_or_else(|| At::all(attribute), |s| s.ident.span().into());
                diag.error(
                    at,
                    format!("`#[genai::{name}]` is already on this function; {fix}"),
                );
            }
        }
        if function.sig.asyncness.is_none()
            && name != "context"
            && attribute.path().is_ident("track_caller")
        {
            diag.error(
                At::all(attribute.path()),
                format!("`#[track_caller]` does not reach through `#[genai::{name}]`, the caller would be lost; put `#[genai::{name}]` on a function that this one calls"),
            );
        }
    }
}

/// Checks the return type against `stream`.
pub(crate) fn stream(call: &Call, function: &Function, diag: &mut Diag) {
    if call.stream.is_none() && call.returns != Some(Returns::Stream) {
        return;
    }
    let message = |found: &str| {
        format!(
            "`stream` needs a stream to wrap, and {found} is none; return `impl Stream`, `Pin<Box<dyn Stream>>` or a `Result` of one; a function that passes its chunks on itself, to a callback or a channel, says `streaming` in place of `stream`, and `genai::current().chunk(&item)` for each of them"
        )
    };
    match &function.sig.output {
        ReturnType::Default => diag.error(function.sig.ident.span(), message("`()`")),
        ReturnType::Type(_, ty) => {
            if let Some(found) = no_stream(inside(ty)) {
                diag.error(At::first(inside(ty)), message(found));
            }
        }
    }
}

/// Words for a type that is certainly no stream, of those that [`inside`] gives.
fn no_stream(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Never(_) => Some("`!`"),
        Type::Tuple(t) if t.elems.is_empty() => Some("`()`"),
        Type::Tuple(_) => Some("a tuple"),
        Type::Array(_) | Type::Slice(_) => Some("an array"),
        Type::Ptr(_) => Some("a pointer"),
        Type::Reference(t) if t.mutability.is_none() => Some("a shared reference"),
        Type::ImplTrait(t) => t.bounds.iter().any(is_iterator).then_some("an iterator"),
        Type::TraitObject(t) => t.bounds.iter().any(is_iterator).then_some("an iterator"),
        Type::Path(t) => {
            let last = t.path.segments.last()?;
            match last.ident.to_string().as_str() {
                "String" => Some("a `String`"),
                "Vec" => Some("a `Vec`"),
                "bool" | "char" | "str" => Some("this"),
                "u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "isize"
                | "f32" | "f64" => Some("a number"),
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_iterator(bound: &TypeParamBound) -> bool {
    matches!(bound, TypeParamBound::Trait(t) if t.path.segments.last().is_some_and(|s| s.ident == "Iterator"))
}

/// The type that would be the stream: the value of a `Result`, the output of a future, what is in a box or a pin.
fn inside(ty: &Type) -> &Type {
    let mut ty = ty;
    loop {
        ty = match ty {
            Type::Group(t) => &t.elem,
            Type::Paren(t) => &t.elem,
            Type::ImplTrait(t) => match bound_output(t.bounds.iter()) {
                Some(output) => output,
                None => return ty,
            },
            Type::TraitObject(t) => match bound_output(t.bounds.iter()) {
                Some(output) => output,
                None => return ty,
            },
            Type::Path(t) => match t
                .path
                .segments
                .last()
                .map(|s| (s.ident.to_string(), &s.arguments))
            {
                Some((name, PathArguments::AngleBracketed(args)))
                    if matches!(
                        name.as_str(),
                        "Result" | "Pin" | "Box" | "BoxFuture" | "LocalBoxFuture" | "Option"
                    ) =>
                {
                    let first = args.args.iter().find_map(|a| {
                        if let GenericArgument::Type(t) = a {
                            Some(t)
                        } else {
                            None
                        }
                    });
                    match first {
                        Some(first) => first,
                        None => return ty,
                    }
                }
                _ => return ty,
            },
            _ => return ty,
        };
    }
}

/// The `Output` of a future among the bounds.
fn bound_output<'a>(bounds: impl Iterator<Item = &'a TypeParamBound>) -> Option<&'a Type> {
    for bound in bounds {
        let TypeParamBound::Trait(bound) = bound else {
            continue;
        };
        let last = bound.path.segments.last()?;
        let PathArguments::AngleBracketed(args) = &last.arguments else {
            continue;
        };
        if last.ident != "Future" {
            continue;
        }
        let output = args.args.iter().find_map(|a| match a {
            GenericArgument::AssocType(a) if a.ident == "Output" => Some(&a.ty),
            _ => None,
        });
        if output.is_some() {
            return output;
        }
    }
    None
}

/// Whether a type is a stream by its name.
pub(crate) fn looks_like_stream(ty: &Type) -> bool {
    let is = |bound: &TypeParamBound| matches!(bound, TypeParamBound::Trait(t) if t.path.segments.last().is_some_and(|s| matches!(s.ident.to_string().as_str(), "Stream" | "TryStream")));
    match inside(ty) {
        Type::ImplTrait(t) => t.bounds.iter().any(is),
        Type::TraitObject(t) => t.bounds.iter().any(is),
        Type::Path(t) => t.path.segments.last().is_some_and(|s| {
            let name = s.ident.to_string();
            matches!(name.as_str(), "BoxStream" | "LocalBoxStream")
                || name.ends_with("ResponseStream")
                || name.ends_with("CompletionStream")
        }),
        _ => false,
    }
}

/// A warning for a stream that is returned without `stream`: a statement for the function, spanned at the return type.
pub(crate) fn stream_warning(
    call: &Call,
    function: &Function,
    krate: &Path,
) -> Option<TokenStream> {
    let ReturnType::Type(_, ty) = &function.sig.output else {
        return None;
    };
    if call.stream.is_some() || call.returns.is_some() || !looks_like_stream(ty) {
        return None;
    }
    let at: Span = At::first(ty).start;
    let krate = krate.to_token_stream();
    Some(quote_spanned!(at=> let _ = #krate::__hints::STREAM_WITHOUT_STREAM;))
}
