//! The arguments: moved into the body so that they are dropped when, and in the order in which, they would be without us.
//!
//! Captures are dropped in the order they are captured in, after the locals of the body. So naming all of them at the start of
//! the body, last first, gives the order of a plain function without a copy. That counts as a use: where the body does not
//! mention an argument, all are bound again instead, first to last, which keeps the compiler's warning.

use std::collections::HashSet;

use proc_macro2::{Ident, Span};
use quote::{ToTokens as _, format_ident};
use syn::{Attribute, FnArg, Pat, PatType, ReceiverKind, Signature, Token, Type};

use super::bindings::{bind, has_macro, strip_mut};
use super::names::names;
use super::restore::restored;
use super::step::{Does, Part, Step};

/// What is done with the arguments of a function, after its signature was made ready for it.
#[derive(Default)]
pub(crate) struct Arguments {
    /// At the very start.
    pub(crate) first: Vec<Step>,
    /// Before the body is captured: those that the attribute reads are bound again, so that their first place is free when the
    /// body waits.
    pub(crate) outside: Vec<Step>,
    /// After the attribute has read and before the body is captured.
    pub(crate) back: Vec<Step>,
    /// At the start of the body.
    pub(crate) inside: Vec<Step>,
}

/// The names that an attribute and a body use.
pub(super) struct Used {
    pub(super) body: HashSet<String>,
    /// In what the attribute evaluates before the call.
    pub(super) before: HashSet<String>,
    /// In what it evaluates after the call.
    pub(super) after: HashSet<String>,
}

impl Used {
    fn in_attribute(&self, name: &str) -> bool {
        self.before.contains(name) || self.after.contains(name)
    }

    /// Whether the attribute alone uses it: then it is not unused.
    fn only_in_attribute(&self, name: &Ident) -> bool {
        let name = name.to_string();
        self.in_attribute(&name) && !self.body.contains(&name)
    }
}

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
    /// What was moved, to be put back.
    moved: Vec<Part>,
    /// Whether they are named after the call too.
    is_used_after: bool,
}

impl Owned {
    fn is_said_unused(&self) -> bool {
        self.name.to_string().starts_with('_')
    }

    fn rebound(&self, mutability: Option<Token![mut]>, is_said_unused: bool) -> Step {
        self.step(Does::Rebind {
            name: self.name.clone(),
            mutability,
            is_said_unused,
        })
    }

    fn taken_apart(&self, pattern: &Pat) -> Step {
        self.step(Does::TakeApart {
            whole: self.name.clone(),
            pattern: Box::new(pattern.clone()),
        })
    }

    fn used(&self, name: &Ident) -> Step {
        self.step(Does::Use { name: name.clone() })
    }

    fn step(&self, does: Does) -> Step {
        Step::new(&self.cfg, does)
    }
}

/// Prepares the arguments of `sig` for a body that captures them; `is_kept` says that the places outside the body last as long
/// as the body.
pub(super) fn capture(sig: &mut Signature, used: &Used, is_kept: bool) -> Arguments {
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
                argument(index, arg, used, &mut owned);
                places.push(index);
            }
        }
    }
    let is_named = |o: &Owned| o.is_ours || used.body.contains(&o.name.to_string());
    let can_mention = owned
        .iter()
        .all(|o| is_named(o) && o.cfg.is_empty() && o.pattern.is_none());
    let is_outside = |o: &Owned| is_kept && !o.is_ours && used.before.contains(&o.name.to_string());
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
    let mut steps = Arguments::default();
    for o in owned.iter().filter(|o| is_outside(o)) {
        let mutability = o.mutability.filter(|_| can_mention);
        (steps.outside).push(o.rebound(mutability, o.is_said_unused()));
    }
    for o in &owned {
        let Some(shown) = &o.shown else { continue };
        let place = if shown.is_used_after {
            &mut steps.first
        } else {
            &mut steps.outside
        };
        place.push(o.taken_apart(&shown.pattern));
        if !shown.moved.is_empty() {
            steps.back.push(o.step(Does::PutBack {
                whole: o.name.clone(),
                parts: shown.moved.clone(),
            }));
        }
    }
    if can_mention {
        steps.inside.extend(mention(&owned, receiver));
    } else {
        steps.inside.extend(mention(&[], receiver));
        for o in &owned {
            rebind(o, used, &mut steps.inside);
        }
    }
    steps
}

/// `let _ = (&c, &b, &a, &self);`
fn mention(owned: &[Owned], receiver: Option<Token![self]>) -> Option<Step> {
    if owned.is_empty() && receiver.is_none() {
        return None;
    }
    let names = owned.iter().rev().map(|o| o.name.clone()).collect();
    Some(Step::new(&[], Does::Capture { names, receiver }))
}

/// `let a = a;`
fn rebind(o: &Owned, used: &Used, steps: &mut Vec<Step>) {
    let mutability = o.mutability.filter(|_| o.pattern.is_none());
    steps.push(o.rebound(mutability, !o.is_ours && o.is_said_unused()));
    if let Some(pattern) = &o.pattern {
        steps.push(o.taken_apart(pattern));
        let parts = o.shown.iter().flat_map(|shown| &shown.names);
        steps.extend(
            parts
                .filter(|part| used.only_in_attribute(part))
                .map(|part| o.used(part)),
        );
    } else if o.is_ours || used.only_in_attribute(&o.name) {
        // Its author called it `_`, or the attribute uses it.
        steps.push(o.used(&o.name));
    }
}

/// Finds what an argument binds by value, and gives it a name where it has none.
fn argument(index: usize, arg: &mut PatType, used: &Used, owned: &mut Vec<Owned>) {
    let is_cfg = |a: &&Attribute| a.path().is_ident("cfg");
    let cfg: Vec<Attribute> = arg.attrs.iter().filter(is_cfg).cloned().collect();
    let mut bindings = Vec::new();
    let is_whole = bind(&arg.pat, &mut bindings);
    let is_any = |is: &dyn Fn(&str) -> bool| {
        let mut bindings = bindings.iter();
        bindings.any(|(name, _)| is(&name.to_string()))
    };
    let is_named = is_any(&|name| used.in_attribute(name));
    let is_used_after = is_any(&|name| used.after.contains(name));
    let mut all = names(&arg.pat.to_token_stream()).into_iter();
    if has_macro(&arg.pat) && all.any(|name| used.in_attribute(&name)) {
        // It binds what the attribute names, or so it seems; what else it binds is not known.
        return;
    }
    let name = format_ident!(
        "argument_{}",
        index,
        span = first(&arg.pat).resolved_at(Span::mixed_site())
    );
    let shown = if is_named && !is_whole {
        show(arg, &bindings, is_used_after)
    } else {
        None
    };
    if is_whole || (is_named && shown.is_none()) {
        owned.extend(bindings.into_iter().map(|(name, mutability)| Owned {
            name,
            mutability,
            cfg: cfg.clone(),
            pattern: None,
            is_ours: false,
            shown: None,
        }));
        return;
    }
    // Something of the argument is bound by no name: it must get into the body as a whole.
    let mutability = shown.as_ref().filter(|shown| !shown.moved.is_empty());
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
        cfg,
        pattern,
        is_ours: true,
        shown,
    });
}

/// How the attribute gets at the parts it names; not at all where they could not be put back.
fn show(
    arg: &PatType,
    bindings: &[(Ident, Option<Token![mut]>)],
    is_used_after: bool,
) -> Option<Shown> {
    let mut pattern = arg.pat.clone();
    // A reference to a part does not outlast the whole, which moves into the body.
    if is_used_after && names(&pattern.to_token_stream()).contains("ref") {
        return None;
    }
    let moved = restored(&pattern, &arg.ty)?;
    strip_mut(&mut pattern, &|_| true);
    Some(Shown {
        pattern,
        names: bindings.iter().map(|(name, _)| name.clone()).collect(),
        moved,
        is_used_after,
    })
}

fn first(pat: &Pat) -> Span {
    pat.to_token_stream()
        .into_iter()
        .next()
        .map_or_else(Span::mixed_site, |t| t.span())
}

/// Whether dropping a value of this type does nothing, as far as its syntax shows.
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
