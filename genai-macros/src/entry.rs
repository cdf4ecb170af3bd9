//! One attribute from tokens to tokens: read, check, expand; on a mistake the errors and the item as it was.

use proc_macro2::{Group, Span, TokenStream};
use syn::Path;

use crate::args;
use crate::check;
use crate::diag::{self, Diag};
use crate::expand;
use crate::ir::{Instrument, What};
use crate::item;
use crate::registry::Operation;

/// Expands the attribute `name` with the arguments `attr` on `item`.
pub(crate) fn run(name: &str, attr: TokenStream, item: TokenStream) -> TokenStream {
    let mut diag = Diag::default();
    match instrument(name, attr, item.clone(), &mut diag) {
        Some(instrument) if diag.is_empty() => expand::expand(&instrument),
        _ => {
            let mut tokens = diag.into_tokens();
            tokens.extend(item);
            tokens
        }
    }
}

/// Reads and checks; the result is of use only if nothing was reported.
pub(crate) fn instrument(
    name: &str,
    attr: TokenStream,
    item: TokenStream,
    diag: &mut Diag,
) -> Option<Instrument> {
    let function = match item::parse(name, item) {
        Ok(function) => Some(function),
        Err(refused) => {
            diag.error(refused.at, refused.message);
            None
        }
    };
    if let Some(span) = args::too_deep(&attr) {
        diag.error(span, diag::text::TOO_DEEP);
        return None;
    }
    let raw = args::entries(attr, Span::call_site(), diag);
    let sig = function.as_ref().map(|f| &f.sig);
    let (what, krate) = match Operation::find(name) {
        Some(operation) => {
            let (call, krate) = check::operation(operation, raw, sig, diag);
            (What::Operation(Box::new(call)), krate)
        }
        None => {
            let (context, krate) = check::context(raw, diag);
            (What::Context(context), krate)
        }
    };
    let mut function = function?;
    check::signature::function(name, &function, krate.as_ref(), diag);
    let krate = krate.unwrap_or_else(default_path);
    if let What::Operation(call) = &what {
        check::signature::stream(call, &function, diag);
        if let Some(warning) = check::signature::stream_warning(call, &function, &krate) {
            function.body = with_first(&function.body, warning);
        }
    }
    Some(Instrument {
        item: function,
        krate,
        what,
    })
}

/// `::genai`.
pub(crate) fn default_path() -> Path {
    syn::parse_quote!(::genai)
}

/// The body with a statement in front, after its inner attributes.
fn with_first(body: &Group, statement: TokenStream) -> Group {
    use proc_macro2::TokenTree;
    let mut tokens = body.stream().into_iter().peekable();
    let mut out = TokenStream::new();
    while matches!(tokens.peek(), Some(TokenTree::Punct(p)) if p.as_char() == '#') {
        out.extend(tokens.next());
        if !matches!(tokens.peek(), Some(TokenTree::Punct(p)) if p.as_char() == '!') {
            break;
        }
        out.extend(tokens.next());
        out.extend(tokens.next());
    }
    // An outer attribute belongs to the user's first statement: the warning goes before it.
    let outer = out
        .clone()
        .into_iter()
        .last()
        .filter(|t| matches!(t, TokenTree::Punct(p) if p.as_char() == '#'));
    let mut whole: TokenStream = match &outer {
        Some(_) => {
            let mut kept: Vec<TokenTree> = out.into_iter().collect();
            kept.pop();
            kept.into_iter().collect()
        }
        None => out,
    };
    whole.extend(statement);
    whole.extend(outer);
    whole.extend(tokens);
    let mut group = Group::new(body.delimiter(), whole);
    group.set_span(body.span());
    group
}
