//! The arguments: moved into the body so that they are dropped when, and in the order in which, they would be without us.
//!
//! Captures are dropped in the order they are captured in, after the locals of the body. So naming all of them at the start of
//! the body, last first, gives the order of a plain function without a copy. That counts as a use: where the body does not
//! mention an argument, all are bound again instead, first to last, which keeps the compiler's warning.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote};
use syn::{Attribute, FnArg, Pat, PatType, ReceiverKind, Signature, Token, Type};

use super::bindings::{bind, has_macro, strip_mut};
use super::{at, parts};

/// An argument that the body owns.
struct Owned {
    name: Ident,
    mutability: Option<Token![mut]>,
    cfg: Vec<Attribute>,
    /// The pattern to take it apart by, in the body.
    pattern: Option<Box<Pat>>,
    /// Whether its name is ours.
    is_ours: bool,
    /// The parts of it that the attribute names.
    shown: Option<Shown>,
}

/// Parts of an argument that is ours as a whole, for as long as the attribute reads them.
struct Shown {
    /// Takes it apart, moving nothing that could not be put back.
    pattern: Box<Pat>,
    names: Vec<Ident>,
    /// Assigns the parts to where they came from.
    back: TokenStream,
    /// Whether they are named after the call too.
    is_told: bool,
}

/// The arguments of a function, after its signature was made ready.
pub(crate) struct Arguments {
    /// Statements at the very start.
    pub(crate) first: TokenStream,
    /// Statements before the body is captured: those that the attribute reads are bound again, so that their first place is
    /// free when the body waits.
    pub(crate) outside: TokenStream,
    /// Statements after the attribute has read and before the body is captured.
    pub(crate) back: TokenStream,
    /// Statements at the start of the body.
    pub(crate) inside: TokenStream,
}

/// Prepares the arguments of `sig` for a body that captures them. `read` is what the attribute reads of them before the call, `told` what it
/// names after it;
/// `is_kept` says that the places outside the body last as long as the body.
pub(crate) fn capture(
    sig: &mut Signature,
    body: &TokenStream,
    read: &TokenStream,
    told: &TokenStream,
    is_kept: bool,
) -> Arguments {
    let used = names(body);
    let (read, told) = (names(read), names(told));
    let named: HashSet<String> = read.union(&told).cloned().collect();
    let mut owned = Vec::new();
    let mut receiver = None;
    let mut places = Vec::new();
    for (index, arg) in sig.inputs.iter_mut().enumerate() {
        match arg {
            FnArg::Receiver(r) => {
                if !is_borrowed_receiver(r) {
                    receiver = Some(r.self_token);
                }
            }
            FnArg::Typed(arg) => {
                if is_plain(&arg.ty) {
                    continue;
                }
                let cfg: Vec<Attribute> = arg
                    .attrs
                    .iter()
                    .filter(|a| a.path().is_ident("cfg"))
                    .cloned()
                    .collect();
                argument(index, arg, &cfg, &named, &told, &mut owned);
                places.push(index);
            }
        }
    }
    let is_named = |o: &Owned| o.is_ours || used.contains(&o.name.to_string());
    let can_mention = owned
        .iter()
        .all(|o| is_named(o) && o.cfg.is_empty() && o.pattern.is_none());
    let is_outside = |o: &Owned| is_kept && !o.is_ours && read.contains(&o.name.to_string());
    // A `mut` goes where the last binding is.
    for index in places {
        if let Some(FnArg::Typed(arg)) = sig.inputs.get_mut(index) {
            let moves = |name: &Ident| {
                owned
                    .iter()
                    .any(|o| !o.is_ours && o.name == *name && (!can_mention || is_outside(o)))
            };
            strip_mut(&mut arg.pat, &moves);
        }
    }
    let (mut first, mut back) = (TokenStream::new(), TokenStream::new());
    let mut outside = TokenStream::new();
    for Owned {
        name,
        mutability,
        cfg,
        ..
    } in owned.iter().filter(|o| is_outside(o))
    {
        let mutability = mutability.filter(|_| can_mention);
        let quiet = name.to_string().starts_with('_').then(quiet);
        outside.extend(quote!(#(#cfg)* #quiet let #mutability #name = #name;));
    }
    for Owned {
        name, cfg, shown, ..
    } in &owned
    {
        let Some(shown) = shown else { continue };
        let pattern = &shown.pattern;
        let taken = quote!(#(#cfg)* let #pattern = #name;);
        let place = if shown.is_told {
            &mut first
        } else {
            &mut outside
        };
        place.extend(taken);
        let assignments = &shown.back;
        back.extend(if cfg.is_empty() {
            quote!(#assignments)
        } else {
            quote!(#(#cfg)* { #assignments })
        });
    }
    let inside = if can_mention {
        mention(&owned, receiver)
    } else {
        rebind(&owned, receiver, &used, &named)
    };
    Arguments {
        first,
        outside,
        back,
        inside,
    }
}

/// It is not the user who uses what was named as unused.
fn quiet() -> TokenStream {
    quote!(#[allow(clippy::used_underscore_binding, clippy::no_effect_underscore_binding)])
}

/// `let _ = (&c, &b, &a, &self);`
fn mention(owned: &[Owned], receiver: Option<Token![self]>) -> TokenStream {
    if owned.is_empty() && receiver.is_none() {
        return TokenStream::new();
    }
    let names = owned
        .iter()
        .rev()
        .map(|o| o.name.to_token_stream())
        .chain(receiver.map(|r| r.to_token_stream()));
    quote!(let _ = (#(&#names,)*);)
}

/// `let _ = (&self,); let a = a; let b = b;`
fn rebind(
    owned: &[Owned],
    receiver: Option<Token![self]>,
    used: &HashSet<String>,
    named: &HashSet<String>,
) -> TokenStream {
    let mut statements = mention(&[], receiver);
    // The attribute names it: it is not unused.
    let is_only_named = |name: &Ident| {
        let name = name.to_string();
        named.contains(&name) && !used.contains(&name)
    };
    for Owned {
        name,
        mutability,
        cfg,
        pattern,
        is_ours,
        shown,
    } in owned
    {
        let first = mutability.filter(|_| pattern.is_none());
        let quiet = (!is_ours && name.to_string().starts_with('_')).then(quiet);
        statements.extend(quote!(#(#cfg)* #quiet let #first #name = #name;));
        if let Some(pattern) = pattern {
            statements.extend(quote!(#(#cfg)* let #pattern = #name;));
            let parts = shown.iter().flat_map(|shown| &shown.names);
            for part in parts.filter(|part| is_only_named(part)) {
                statements.extend(quote!(#(#cfg)* let _ = &#part;));
            }
        } else if *is_ours || is_only_named(name) {
            // Its author called it `_`, or the attribute uses it.
            statements.extend(quote!(#(#cfg)* let _ = &#name;));
        }
    }
    statements
}

/// Finds what an argument binds by value, and gives it a name where it has none.
fn argument(
    index: usize,
    arg: &mut PatType,
    cfg: &[Attribute],
    named: &HashSet<String>,
    told: &HashSet<String>,
    owned: &mut Vec<Owned>,
) {
    let mut bindings = Vec::new();
    let is_whole = bind(&arg.pat, &mut bindings);
    let are_among = |names: &HashSet<String>| {
        let mut bindings = bindings.iter();
        bindings.any(|(name, _)| names.contains(&name.to_string()))
    };
    let (is_named, is_told) = (are_among(named), are_among(told));
    if has_macro(&arg.pat) && !names(&arg.pat.to_token_stream()).is_disjoint(named) {
        // It binds what the attribute names, or so it seems; what else it binds is not known.
        return;
    }
    let name = format_ident!("__genai_arg{}", index, span = at(first(&arg.pat)));
    let shown = if is_named && !is_whole {
        show(&name, arg, &bindings, is_told)
    } else {
        None
    };
    if is_whole || (is_named && shown.is_none()) {
        owned.extend(bindings.into_iter().map(|(name, mutability)| Owned {
            name,
            mutability,
            cfg: cfg.to_vec(),
            pattern: None,
            is_ours: false,
            shown: None,
        }));
        return;
    }
    // Something of the argument is bound by no name: it must get into the body as a whole.
    let mutability = shown.as_ref().filter(|shown| !shown.back.is_empty());
    let whole = Pat::Ident(syn::PatIdent {
        attrs: Vec::new(),
        by_ref: None,
        mutability: mutability.map(|_| Token![mut](name.span())),
        ident: name.clone(),
        subpat: None,
    });
    let pattern = std::mem::replace(&mut *arg.pat, whole);
    let pattern = (!matches!(pattern, Pat::Wild(_))).then(|| Box::new(pattern));
    owned.push(Owned {
        name,
        mutability: None,
        cfg: cfg.to_vec(),
        pattern,
        is_ours: true,
        shown,
    });
}

/// How the attribute gets at the parts it names; not at all where they could not be put back.
fn show(
    name: &Ident,
    arg: &PatType,
    bindings: &[(Ident, Option<Token![mut]>)],
    is_told: bool,
) -> Option<Shown> {
    let mut pattern = arg.pat.clone();
    // A reference to a part does not outlast the whole, which moves into the body.
    if is_told && names(&pattern.to_token_stream()).contains("ref") {
        return None;
    }
    let back = parts::restored(name, &pattern, &arg.ty)?;
    strip_mut(&mut pattern, &|_| true);
    Some(Shown {
        pattern,
        names: bindings.iter().map(|(name, _)| name.clone()).collect(),
        back,
        is_told,
    })
}

fn first(pat: &Pat) -> Span {
    pat.to_token_stream()
        .into_iter()
        .next()
        .map_or_else(Span::mixed_site, |t| t.span())
}

/// Whether dropping a value of this type does nothing, as far as its syntax tells.
fn is_plain(ty: &Type) -> bool {
    match ty {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) | Type::Never(_) => true,
        Type::Group(t) => is_plain(&t.elem),
        Type::Paren(t) => is_plain(&t.elem),
        Type::Path(path) => path.path.get_ident().is_some_and(|ident| {
            let name = ident.to_string();
            matches!(
                name.as_str(),
                "bool"
                    | "char"
                    | "u8"
                    | "u16"
                    | "u32"
                    | "u64"
                    | "u128"
                    | "usize"
                    | "i8"
                    | "i16"
                    | "i32"
                    | "i64"
                    | "i128"
                    | "isize"
                    | "f32"
                    | "f64"
            )
        }),
        _ => false,
    }
}

fn is_borrowed_receiver(receiver: &syn::Receiver) -> bool {
    match &receiver.kind {
        ReceiverKind::Reference(..) => true,
        ReceiverKind::Typed(_, ty) => is_plain(ty),
        _ => false,
    }
}

/// Every identifier in the tokens, at any depth.
fn names(tokens: &TokenStream) -> HashSet<String> {
    let mut found = HashSet::new();
    let mut pending = vec![tokens.clone().into_iter()];
    while let Some(tokens) = pending.last_mut() {
        match tokens.next() {
            None => {
                pending.pop();
            }
            Some(TokenTree::Ident(ident)) => {
                found.insert(ident.to_string());
            }
            Some(TokenTree::Group(group)) => pending.push(group.stream().into_iter()),
            Some(_) => {}
        }
    }
    found
}
