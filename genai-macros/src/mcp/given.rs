//! What the attribute is expanded with: its entries and the path of the runtime go in, what the forms write of them comes out.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Path};

use super::entries::Entries;
use crate::diag::Diag;

/// Attributes that change nothing of what they stand on.
const INERT: [&str; 14] = [
    "allow",
    "cfg",
    "cold",
    "deny",
    "deprecated",
    "doc",
    "expect",
    "forbid",
    "inline",
    "must_use",
    "rustfmt",
    "clippy",
    "track_caller",
    "warn",
];

/// What the attribute is expanded with.
pub(super) struct Given {
    pub(super) entries: Entries,
    pub(super) krate: Path,
}

impl Given {
    /// Whether attributes are left that have to be expanded before this one.
    pub(super) fn has_attributes_to_expand(&self, attrs: &[Attribute]) -> bool {
        !self.entries.is_last && attrs.iter().any(|attr| !is_inert(attr))
    }

    /// The attribute below all others.
    pub(super) fn below(&self) -> TokenStream {
        let Self { entries, krate } = self;
        let entries = entries.again();
        quote!(#[#krate::mcp(last, #entries)])
    }

    /// What the connection is said to run over.
    pub(super) fn transport(&self, rt: &TokenStream) -> TokenStream {
        match self.entries.variant() {
            Some(variant) => quote!(#rt::Some(#rt::Transport::#variant)),
            None => quote!(#rt::None),
        }
    }

    /// Whether the runtime has what the expansion calls.
    pub(super) fn has_runtime(diag: &mut Diag) -> bool {
        let has_runtime = cfg!(feature = "rmcp");
        if !has_runtime && diag.is_empty() {
            diag.error(
                Span::call_site(),
                "`#[genai::mcp]` needs the feature `rmcp-3` of `genai-runtime`",
            );
        }
        has_runtime
    }
}

fn is_inert(attr: &Attribute) -> bool {
    let first = attr.path().segments.first();
    first.is_some_and(|first| INERT.iter().any(|known| first.ident == known))
}
