//! What kind of function it is, by its signature: a call, an `async fn`, something that returns a future or a stream.
//!
//! Syntax decides, since an attribute sees no types: `impl Future`, `Pin<Box<dyn Future>>`, `BoxFuture` are futures; the same
//! for streams, also inside a `Result`. `returns = ..` says it for types whose name does not.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    GenericArgument, PathArguments, PathSegment, ReturnType, Signature, Type, TypeInfer,
    TypeParamBound,
};

use crate::ir::Returns;

/// How what the body gives becomes what the signature says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrap {
    /// `impl Future`, `impl Stream`: as it is.
    Opaque,
    /// `Pin<Box<..>>`: boxed again.
    Boxed,
    /// A name of the user's: a trait of the runtime's knows how, or says that it cannot.
    ByType,
}

/// When the body runs.
pub(crate) enum Runs {
    /// In the call.
    Now,
    /// In the future of an `async fn`.
    Async,
    /// In a future that the body makes, with its output if the signature shows it.
    Later(Wrap, Option<Box<Type>>),
}

/// A stream in the result.
pub(crate) struct Stream {
    pub(crate) wrap: Wrap,
    pub(crate) in_result: bool,
    /// The type of its items, if the signature shows it.
    pub(crate) item: Option<Type>,
}

/// The shape of a function.
pub(crate) struct Shape {
    pub(crate) runs: Runs,
    /// The stream it returns, if that matters.
    pub(crate) stream: Option<Stream>,
    /// The return type, `impl Trait` in it replaced by `_`; `None` is `()`.
    pub(crate) output: Option<Type>,
    /// The same where its name leaves open whether it is a future.
    may_be_future: Option<Type>,
    returns: Option<Returns>,
    /// Whether the result, by its name, may be the answer to a request, of which the body is written later.
    pub(crate) is_answer: bool,
    /// `-> !`
    pub(crate) is_never: bool,
    /// Where the return type stands; the function's name if it has none.
    pub(crate) output_span: Span,
}

impl Shape {
    /// Reads `sig`; `is_stream` says that the operation lasts as long as the returned stream.
    pub(crate) fn of(sig: &Signature, is_stream: bool, returns: Option<Returns>) -> Self {
        let declared = match &sig.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(bare(ty)),
        };
        let is_async = sig.asyncness.is_some();
        let future = declared.and_then(future);
        let runs = match (is_async, returns, future) {
            (true, ..) => Runs::Async,
            (false, Some(Returns::Value | Returns::Stream), _) | (false, None, None) => Runs::Now,
            (false, _, Some((wrap, output))) => Runs::Later(wrap, output.cloned().map(Box::new)),
            (false, Some(Returns::Future), None) => Runs::Later(Wrap::ByType, None),
        };
        let result = match &runs {
            Runs::Later(_, output) => output.as_deref().map(bare),
            Runs::Now | Runs::Async => declared,
        };
        let is_stream = is_stream || returns == Some(Returns::Stream);
        let stream = is_stream.then(|| {
            result.map_or(
                Stream {
                    wrap: Wrap::ByType,
                    in_result: false,
                    item: None,
                },
                any_stream,
            )
        });
        Self {
            stream,
            may_be_future: declared.filter(|ty| is_open(ty)).cloned(),
            is_answer: result.is_some_and(is_answer),
            is_never: matches!(declared, Some(Type::Never(_))),
            output: declared.map(erased),
            returns,
            output_span: declared.map_or_else(|| sig.ident.span(), first_span),
            runs,
        }
    }

    /// The type that the function returns as a value, where it could be a future all the same.
    pub(crate) fn may_be_future(&self) -> Option<&Type> {
        match (&self.runs, self.returns, &self.stream) {
            (Runs::Now | Runs::Async, None, None) => self.may_be_future.as_ref(),
            _ => None,
        }
    }

    /// The same for `#[genai::context]`, to which a stream matters wherever one can be seen.
    pub(crate) fn of_context(sig: &Signature, returns: Option<Returns>) -> Self {
        let mut shape = Self::of(sig, returns != Some(Returns::Value), returns);
        if returns != Some(Returns::Stream) {
            shape.stream = shape.stream.filter(|s| s.wrap != Wrap::ByType);
        }
        shape
    }
}

/// Whether the name of a type leaves open what it is: neither one of the standard library's that everybody knows, nor one that
/// cannot be written in a body.
fn is_open(ty: &Type) -> bool {
    const KNOWN: [&str; 22] = [
        "String", "Vec", "Option", "Result", "bool", "char", "str", "u8", "u16", "u32", "u64",
        "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64", "Value",
    ];
    let Some(last) = last(ty) else { return false };
    !KNOWN.iter().any(|known| last.ident == known) && !has_impl(ty.to_token_stream())
}

/// Whether there is an `impl Trait` among the tokens of a type.
fn has_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "impl",
        TokenTree::Group(group) => has_impl(group.stream()),
        _ => false,
    })
}

/// Whether a type is named as what handlers of web frameworks return.
fn is_answer(ty: &Type) -> bool {
    const ANSWERS: [&str; 5] = ["Sse", "Response", "Body", "JsonLines", "IntoResponse"];
    match bare(ty) {
        Type::Tuple(parts) => parts.elems.last().is_some_and(is_answer),
        Type::ImplTrait(opaque) => bound(&opaque.bounds, &ANSWERS).is_some(),
        named => last(named).is_some_and(|segment| {
            // Also an application's own alias of `Result`.
            let is_result = segment.ident.to_string().ends_with("Result");
            ANSWERS.iter().any(|name| segment.ident == name)
                || is_result && types(segment).first().is_some_and(|ty| is_answer(ty))
        }),
    }
}

/// The span of a type's first token.
fn first_span(ty: &Type) -> Span {
    ty.to_token_stream()
        .into_iter()
        .next()
        .map_or_else(|| ty.span(), |t| t.span())
}

/// A type without the groups and parentheses around it.
pub(crate) fn bare(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(t) => &t.elem,
            Type::Paren(t) => &t.elem,
            other => return other,
        };
    }
}

/// The last segment of a type that is a path.
pub(crate) fn last(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// The types among the arguments of a segment.
pub(crate) fn types(segment: &PathSegment) -> Vec<&Type> {
    match &segment.arguments {
        PathArguments::AngleBracketed(args) => args
            .args
            .iter()
            .filter_map(|a| {
                if let GenericArgument::Type(t) = a {
                    Some(bare(t))
                } else {
                    None
                }
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The bounds of `Pin<Box<dyn ..>>` or `Pin<Box<impl ..>>`.
fn pinned(ty: &Type) -> Option<&Punctuated<TypeParamBound, syn::Token![+]>> {
    let pin = last(ty).filter(|s| s.ident == "Pin")?;
    let boxed = *types(pin).first()?;
    let boxed = last(boxed).filter(|s| s.ident == "Box")?;
    match *types(boxed).first()? {
        Type::TraitObject(object) => Some(&object.bounds),
        Type::ImplTrait(opaque) => Some(&opaque.bounds),
        _ => None,
    }
}

/// The bound of one of these names.
fn bound<'a>(
    bounds: &'a Punctuated<TypeParamBound, syn::Token![+]>,
    names: &[&str],
) -> Option<&'a PathSegment> {
    bounds.iter().find_map(|b| match b {
        TypeParamBound::Trait(t) => t
            .path
            .segments
            .last()
            .filter(|s| names.iter().any(|n| s.ident == n)),
        _ => None,
    })
}

fn future(ty: &Type) -> Option<(Wrap, Option<&Type>)> {
    if let Type::ImplTrait(opaque) = ty {
        return Some((
            Wrap::Opaque,
            associated(
                bound(&opaque.bounds, &["Future", "FusedFuture"])?,
                &["Output"],
            ),
        ));
    }
    if let Some(bounds) = pinned(ty) {
        return Some((
            Wrap::Boxed,
            associated(bound(bounds, &["Future"])?, &["Output"]),
        ));
    }
    let named = last(ty).filter(|s| s.ident == "BoxFuture" || s.ident == "LocalBoxFuture")?;
    Some((Wrap::Boxed, types(named).last().copied()))
}

/// The `Output` of a future's bound, the `Item` of a stream's.
pub(crate) fn associated<'a>(segment: &'a PathSegment, names: &[&str]) -> Option<&'a Type> {
    match &segment.arguments {
        PathArguments::AngleBracketed(args) => args.args.iter().find_map(|a| match a {
            GenericArgument::AssocType(a) if names.iter().any(|n| a.ident == n) => Some(&a.ty),
            _ => None,
        }),
        _ => None,
    }
}

/// The stream that `ty` is or has as its success; by its type where the name does not say.
fn any_stream(ty: &Type) -> Stream {
    let named = |is_result: fn(&str) -> bool| {
        let segment = last(ty).filter(|s| is_result(&s.ident.to_string()))?;
        types(segment).first().copied()
    };
    // In an application's own alias (`ApiResult<..>`) only a stream that can be seen: else the type says what it is.
    let own = named(|name| name.ends_with("Result")).filter(|value| stream(value).is_some());
    let value = named(|name| name == "Result").or(own);
    let (wrap, item) = stream(value.unwrap_or(ty)).unwrap_or((Wrap::ByType, None));
    Stream {
        wrap,
        in_result: value.is_some(),
        item: item.map(erased),
    }
}

fn stream(ty: &Type) -> Option<(Wrap, Option<&Type>)> {
    let names = ["Stream", "TryStream", "FusedStream"];
    if let Type::ImplTrait(opaque) = ty {
        return bound(&opaque.bounds, &names).map(|s| (Wrap::Opaque, associated(s, &["Item"])));
    }
    if let Some(bounds) = pinned(ty) {
        return bound(bounds, &names).map(|s| (Wrap::Boxed, associated(s, &["Item"])));
    }
    last(ty)
        .filter(|s| s.ident == "BoxStream" || s.ident == "LocalBoxStream")
        .map(|s| (Wrap::Boxed, types(s).last().copied()))
}

/// A type with `_` for every `impl Trait` in it.
pub(crate) fn erased(ty: &Type) -> Type {
    let mut ty = ty.clone();
    erase(&mut ty);
    ty
}

fn erase(ty: &mut Type) {
    match ty {
        Type::ImplTrait(opaque) => {
            *ty = Type::Infer(TypeInfer {
                attrs: Vec::new(),
                underscore_token: syn::Token![_](opaque.span()),
            })
        }
        Type::Array(t) => erase(&mut t.elem),
        Type::Group(t) => erase(&mut t.elem),
        Type::Paren(t) => erase(&mut t.elem),
        Type::Ptr(t) => erase(&mut t.elem),
        Type::Reference(t) => erase(&mut t.elem),
        Type::Slice(t) => erase(&mut t.elem),
        Type::Tuple(t) => t.elems.iter_mut().for_each(erase),
        Type::Path(t) => t.path.segments.iter_mut().for_each(erase_segment),
        Type::TraitObject(t) => {
            for bound in &mut t.bounds {
                if let TypeParamBound::Trait(bound) = bound {
                    bound.path.segments.iter_mut().for_each(erase_segment);
                }
            }
        }
        _ => {}
    }
}

fn erase_segment(segment: &mut PathSegment) {
    if let PathArguments::AngleBracketed(args) = &mut segment.arguments {
        for arg in &mut args.args {
            match arg {
                GenericArgument::Type(ty) => erase(ty),
                GenericArgument::AssocType(assoc) => erase(&mut assoc.ty),
                _ => {}
            }
        }
    }
}
