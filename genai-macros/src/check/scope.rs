//! What the signature says of the names that values may use.

use syn::{FnArg, Pat, Signature, Type, TypeParamBound};

use crate::patterns::parts;

/// The names of a function's arguments.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    /// Every name an argument's pattern binds.
    pub(crate) names: Vec<String>,
    /// Those whose type says that they are moved into the body, with words for the type.
    pub(crate) moved: Vec<(String, &'static str)>,
    /// Whether there may be any other name: a pattern holds a macro, or there is no signature.
    pub(crate) open: bool,
}

impl Scope {
    pub(crate) fn new(sig: &Signature) -> Self {
        let mut scope = Self::default();
        for arg in &sig.inputs {
            let FnArg::Typed(arg) = arg else { continue };
            scope.bind(&arg.pat);
            if let (Pat::Ident(name), Some(words)) = (&*arg.pat, moved(&arg.ty)) {
                scope.moved.push((name.ident.to_string(), words));
            }
        }
        for param in sig.generics.const_params() {
            scope.names.push(param.ident.to_string());
        }
        scope
    }

    /// Likewise where the item may be no function: then any name may be an argument.
    pub(crate) fn of(sig: Option<&Signature>) -> Self {
        let open = || Self {
            open: true,
            ..Self::default()
        };
        sig.map_or_else(open, Self::new)
    }

    /// The same with the names that a pattern of `response(..)` binds, which hide arguments.
    pub(crate) fn with(&self, pat: &Pat) -> Self {
        let mut inner = Self {
            names: Vec::new(),
            moved: Vec::new(),
            open: self.open,
        };
        inner.bind(pat);
        let hidden = |name: &String| inner.names.contains(name);
        let moved = self
            .moved
            .iter()
            .filter(|(name, _)| !hidden(name))
            .cloned()
            .collect();
        inner.names.extend(self.names.iter().cloned());
        inner.moved = moved;
        inner
    }

    /// Whether a name is certainly an argument's.
    pub(crate) fn binds(&self, name: &str) -> bool {
        self.names.iter().any(|n| n == name)
    }

    fn bind(&mut self, pat: &Pat) {
        let mut todo = vec![pat];
        while let Some(pat) = todo.pop() {
            match pat {
                Pat::Ident(p) => self.names.push(p.ident.to_string()),
                Pat::Macro(_) => self.open = true,
                _ => {}
            }
            todo.extend(parts(pat));
        }
    }
}

/// Words for a type that is moved for sure.
fn moved(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Group(t) => moved(&t.elem),
        Type::Paren(t) => moved(&t.elem),
        Type::Reference(t) if t.mutability.is_some() => Some("a `&mut`"),
        Type::ImplTrait(t) => {
            let copy = |b: &TypeParamBound| matches!(b, TypeParamBound::Trait(t) if t.path.segments.last().is_some_and(|s| s.ident == "Copy"));
            (!t.bounds.iter().any(copy)).then_some("an `impl Trait`")
        }
        Type::Path(t) => {
            let last = t.path.segments.last()?;
            if last.ident == "String" && last.arguments.is_empty() {
                Some("a `String`")
            } else if last.ident == "Vec" && !last.arguments.is_empty() {
                Some("a `Vec`")
            } else if last.ident == "Box" && !last.arguments.is_empty() {
                Some("a `Box`")
            } else {
                None
            }
        }
        _ => None,
    }
}
