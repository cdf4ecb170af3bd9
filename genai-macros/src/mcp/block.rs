//! An `impl ServerHandler` block: each of its methods that serves a request gets a span around its body.
//!
//! The bodies are not parsed. What rmcp answers by itself is not in the block, and is not recorded.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Signature, Token, Visibility};

use super::given::Given;
use super::methods::{self, Serves};
use super::wrapped::{Renamed, own, renamed};
use crate::depth::too_deep_before_body;
use crate::diag::{At, Diag, text};
use crate::item;

/// Whether it is an `impl` block, and no function.
pub(super) fn is_one(item: &TokenStream) -> bool {
    let parser = |input: ParseStream<'_>| {
        let _ = input.call(Attribute::parse_outer)?;
        let is_one =
            input.peek(Token![impl]) || input.peek(Token![unsafe]) && input.peek2(Token![impl]);
        let _: TokenStream = input.parse()?;
        Ok(is_one)
    };
    parser.parse2(item.clone()).unwrap_or_default()
}

/// The block as written.
struct Block {
    attrs: Vec<Attribute>,
    /// From `impl` to the end of the bounds.
    head: Vec<TokenTree>,
    body: Group,
}

pub(super) fn expand(given: &Given, item: TokenStream, diag: &mut Diag) -> Option<TokenStream> {
    if let Some(span) = too_deep_before_body(&item) {
        diag.error(span, text::ITEM_TOO_DEEP);
        return None;
    }
    if let Some(name) = &given.entries.name {
        diag.error(
            At::all(name),
            "`name` is for one tool; a block serves several, whose names are in their requests",
        );
    }
    let block = match parse(item) {
        Ok(block) => block,
        Err(error) => {
            diag.error(error.span(), error.to_string());
            return None;
        }
    };
    check_head(&block, diag);
    if !diag.is_empty() {
        return None;
    }
    let Block { attrs, head, body } = &block;
    if given.has_attributes_to_expand(attrs) {
        let below = given.below();
        return Some(quote!(#(#attrs)* #below #(#head)* #body));
    }
    let mut count = 0;
    let inside = items(given, body, &mut count);
    let inside = match inside {
        Ok(inside) => inside,
        Err(error) => {
            diag.error(error.span(), error.to_string());
            return None;
        }
    };
    if count == 0 {
        diag.error(
            At::all(&quote!(#(#head)*)),
            "no method here serves a request, so nothing would be recorded; write one, such as `call_tool`, add `#[tool_handler]`, \
             or observe what rmcp answers by itself with `genai::mcp::observe(..)`",
        );
        return None;
    }
    if !Given::has_runtime(diag) {
        return None;
    }
    let mut body = Group::new(Delimiter::Brace, inside);
    body.set_span(block.body.span());
    Some(quote!(#(#attrs)* #(#head)* #body))
}

fn parse(item: TokenStream) -> syn::Result<Block> {
    let parser = |input: ParseStream<'_>| {
        let attrs = input.call(Attribute::parse_outer)?;
        let mut head = Vec::new();
        loop {
            match input.parse::<TokenTree>()? {
                TokenTree::Group(body)
                    if body.delimiter() == Delimiter::Brace && input.is_empty() =>
                {
                    return Ok(Block { attrs, head, body });
                }
                token => head.push(token),
            }
        }
    };
    parser.parse2(item)
}

/// Reports a block of something else than a server's handler.
fn check_head(block: &Block, diag: &mut Diag) {
    let is = |token: &TokenTree, word: &str| matches!(token, TokenTree::Ident(i) if i == word);
    let before_for = block.head.iter().position(|token| is(token, "for"));
    let head = before_for.and_then(|at| block.head.get(..at));
    let of_server = head.is_some_and(|head| head.iter().any(|token| is(token, "ServerHandler")));
    if of_server {
        return;
    }
    let head = &block.head;
    let message = match before_for {
        None => {
            "`#[genai::mcp]` goes on the `impl ServerHandler` block, or on the single methods with `#[tool]`"
        }
        Some(_) if head.iter().any(|token| is(token, "ClientHandler")) => {
            "`#[genai::mcp]` records what servers serve; what a client answers is recorded by `genai::mcp::observe(..)`"
        }
        Some(_) => {
            "`#[genai::mcp]` goes on an `impl ServerHandler` block or on a method with `#[tool]`; this implements another trait"
        }
    };
    diag.error(At::all(&quote!(#(#head)*)), message);
}

/// The items of the block, with spans around what serves; `count` is how many do.
fn items(given: &Given, body: &Group, count: &mut usize) -> syn::Result<TokenStream> {
    let parser = |input: ParseStream<'_>| {
        let mut items = TokenStream::new();
        while !input.is_empty() {
            let attrs = input.call(Attribute::parse_inner)?;
            items.extend(attrs.iter().map(Attribute::to_token_stream));
            if input.is_empty() {
                break;
            }
            let attrs = input.call(Attribute::parse_outer)?;
            items.extend(attrs.iter().map(Attribute::to_token_stream));
            let ahead = input.fork();
            let has_method =
                ahead.parse::<Visibility>().is_ok() && ahead.parse::<Signature>().is_ok();
            if has_method && ahead.peek(syn::token::Brace) {
                let (vis, sig): (Visibility, Signature) = (input.parse()?, input.parse()?);
                let TokenTree::Group(body) = input.parse()? else {
                    return Err(input.error("expected the body of the method"));
                };
                let recorded = method(given, &sig, &body);
                *count += usize::from(recorded.is_some());
                let method = recorded.unwrap_or_else(|| quote!(#sig #body));
                items.extend(quote!(#vis #method));
            } else {
                rest(input, &mut items)?;
            }
        }
        Ok(items)
    };
    parser.parse2(body.stream())
}

/// An item that is no method: up to its semicolon, or its braces.
fn rest(input: ParseStream<'_>, items: &mut TokenStream) -> syn::Result<()> {
    loop {
        let token: TokenTree = input.parse()?;
        let is_end = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            _ => false,
        };
        items.extend([token]);
        if is_end || input.is_empty() {
            return Ok(());
        }
    }
}

/// The method with its span; `None` of one that serves nothing.
fn method(given: &Given, sig: &Signature, body: &Group) -> Option<TokenStream> {
    let serves = methods::find(&sig.ident.to_string())?;
    let Renamed {
        sig: renamed_sig,
        names,
        bound,
    } = renamed(sig);
    // With other arguments it is not the trait's method, which the compiler says.
    if names.len() != serves.arguments() {
        return None;
    }
    let krate = &given.krate;
    let rt = quote!(#krate::__rt::mcp);
    let transport = given.transport(&rt);
    let (about, context) = match names.as_slice() {
        [about, context] => (quote!(&#about), quote!(&#context)),
        [context] => (quote!(&()), quote!(&#context)),
        _ => return None,
    };
    let begun = match serves {
        Serves::Request(method) | Serves::Bare(method) => {
            quote!(#rt::asked(#method, #transport, #context, #about))
        }
        Serves::Custom => quote!(#rt::custom(#transport, #context, #about)),
        Serves::Notification(method) | Serves::BareNotification(method) => {
            quote!(#rt::notified(#method, #transport, #context))
        }
        Serves::CustomNotification => {
            quote!(#rt::notified_custom(#transport, #context, #about))
        }
    };
    let (outer, body) = item::split(body);
    let slot = own("slot");
    let inside = if sig.asyncness.is_some() {
        let output = match &sig.output {
            syn::ReturnType::Default => quote!(()),
            syn::ReturnType::Type(_, ty) => quote!(#ty),
        };
        quote! {
            let #slot = #begun;
            #rt::served::<#output, _>(#slot, async move { #bound #body }).await
        }
    } else {
        // It makes a future.
        quote!(async move { let #slot = #begun; #rt::served(#slot, { #bound #body }).await })
    };
    let mut braces = Group::new(Delimiter::Brace, inside);
    braces.set_span(body.span());
    Some(quote!(#outer #renamed_sig #braces))
}
