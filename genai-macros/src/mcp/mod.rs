//! `#[genai::mcp]` on what serves requests of MCP with rmcp: an `impl ServerHandler` block or a `#[tool]` method goes in, and comes
//! out with a SERVER span around each request.
//!
//! rmcp's own attributes add methods to the block and make a tool's method another one, so this one is expanded after them,
//! wherever it is written: while others are left it moves below them.

mod block;
mod entries;
mod methods;
mod tool;
mod wrapped;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Path};

use crate::dependency;
use crate::depth;
use crate::diag::{self, Diag};
use crate::ide;
use entries::Entries;

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
struct Given {
    entries: Entries,
    krate: Path,
}

/// Expands the attribute.
pub(crate) fn run(attr: TokenStream, item: TokenStream) -> TokenStream {
    let mut diag = Diag::default();
    if let Some(tokens) = expand(attr, item.clone(), &mut diag) {
        if diag.is_empty() && !ide::is_editor() {
            return tokens;
        }
    }
    // An editor completes in the item as it was written.
    let errors = diag.into_tokens();
    quote!(#item #errors)
}

/// The expansion; `None` where something was reported.
pub(crate) fn expand(attr: TokenStream, item: TokenStream, diag: &mut Diag) -> Option<TokenStream> {
    if let Some(span) = depth::too_deep(attr.clone()) {
        diag.error(span, diag::text::TOO_DEEP);
        return None;
    }
    let entries = Entries::read(attr, diag);
    let krate = match entries.krate.clone().map_or_else(dependency::path, Ok) {
        Ok(krate) => krate,
        Err(message) => {
            diag.error(Span::call_site(), message);
            return None;
        }
    };
    let given = Given { entries, krate };
    if block::is_one(&item) {
        block::expand(&given, item, diag)
    } else {
        tool::expand(&given, item, diag)
    }
}

impl Given {
    /// Whether attributes are left that have to be expanded before this one.
    fn has_others(&self, attrs: &[Attribute]) -> bool {
        !self.entries.is_last && attrs.iter().any(|attr| !is_inert(attr))
    }

    /// The attribute below all others.
    fn below(&self) -> TokenStream {
        let Self { entries, krate } = self;
        let entries = entries.again();
        quote!(#[#krate::mcp(last, #entries)])
    }

    /// Whether the runtime has what the expansion calls.
    fn has_runtime(diag: &mut Diag) -> bool {
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
