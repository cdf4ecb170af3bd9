//! `#[genai::mcp]` on what serves requests of MCP with rmcp: an `impl ServerHandler` block or a `#[tool]` method goes in, and comes
//! out with a SERVER span around each request.
//!
//! rmcp's own attributes add methods to the block and make a tool's method another one, so this one is expanded after them,
//! wherever it is written: while others are left it moves below them.

mod block;
mod entries;
mod given;
mod methods;
mod tool;
mod wrapped;

use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::dependency;
use crate::depth;
use crate::diag::{self, Diag};
use crate::ide;
use entries::Entries;
use given::Given;

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
