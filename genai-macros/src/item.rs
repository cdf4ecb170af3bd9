//! A function as written: attributes, visibility, signature; the body stays raw tokens, so that half-typed code passes.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Signature, Token, Visibility};

use crate::depth::too_deep_before_body;
use crate::diag::{At, text};

/// A function whose body was not parsed.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// The brace group of the body, with its own spans.
    pub(crate) body: Group,
}

/// The inner attributes of a body, as outer ones, and the rest: braces of ours take none.
pub(crate) fn split(body: &Group) -> (TokenStream, Group) {
    let mut outer = TokenStream::new();
    let mut rest = body.stream().into_iter();
    loop {
        let mut ahead = rest.clone();
        match (ahead.next(), ahead.next(), ahead.next()) {
            (
                Some(TokenTree::Punct(hash)),
                Some(TokenTree::Punct(bang)),
                Some(TokenTree::Group(attribute)),
            ) if hash.as_char() == '#'
                && bang.as_char() == '!'
                && attribute.delimiter() == Delimiter::Bracket =>
            {
                outer.extend([TokenTree::Punct(hash), TokenTree::Group(attribute)]);
                rest = ahead;
            }
            _ => break,
        }
    }
    if outer.is_empty() {
        return (outer, body.clone());
    }
    let mut group = Group::new(Delimiter::Brace, rest.collect());
    group.set_span(body.span());
    (outer, group)
}

/// Why an item is no function that can be instrumented.
pub(crate) struct Refused {
    pub(crate) at: At,
    pub(crate) message: String,
}

/// Reads a function; `name` is the attribute's, for the message.
pub(crate) fn parse(name: &str, tokens: TokenStream) -> Result<Function, Refused> {
    if let Some(span) = too_deep_before_body(&tokens) {
        return Err(Refused {
            at: span.into(),
            message: text::ITEM_TOO_DEEP.to_owned(),
        });
    }
    let mut refused = None;
    let parser = |input: ParseStream<'_>| {
        let function = function(name, input, &mut refused);
        // Whatever is left belongs to an item that is refused as a whole.
        let rest: TokenStream = input.parse()?;
        if let (None, Some(token)) = (&refused, rest.into_iter().next()) {
            refused = Some(Refused {
                at: token.span().into(),
                message: "unexpected after the function's body".to_owned(),
            });
        }
        Ok(function)
    };
    let parsed = parser.parse2(tokens);
    match (refused, parsed) {
        (Some(refused), _) => Err(refused),
        (None, Ok(Some(function))) => Ok(function),
        (None, Ok(None)) => Err(Refused {
            at: proc_macro2::Span::call_site().into(),
            message: not_a_function(name, "this"),
        }),
        (None, Err(e)) => Err(Refused {
            at: e.span().into(),
            message: e.to_string(),
        }),
    }
}

fn function(name: &str, input: ParseStream<'_>, refused: &mut Option<Refused>) -> Option<Function> {
    let mut refuse = |at: At, message: String| {
        *refused = Some(Refused { at, message });
        None
    };
    let attrs = match input.call(Attribute::parse_outer) {
        Ok(attrs) => attrs,
        Err(e) => return refuse(e.span().into(), e.to_string()),
    };
    let vis: Visibility = match input.parse() {
        Ok(vis) => vis,
        Err(e) => return refuse(e.span().into(), e.to_string()),
    };
    let first = first_word(input);
    if let Some((at, words)) = first.as_ref().and_then(|t| kind(input, t)) {
        return refuse(
            at,
            format!("{}{}", not_a_function(name, words), advice(name, words)),
        );
    }
    if input.peek(Token![const]) && !input.peek2(syn::token::Brace) {
        return refuse(
            input.span().into(),
            format!(
                "`#[genai::{name}]` records at run time, which a `const fn` cannot; remove `const`"
            ),
        );
    }
    let sig: Signature = match input.parse() {
        Ok(sig) => sig,
        Err(e) => {
            let at = first.as_ref().map_or_else(|| e.span(), TokenTree::span);
            let message = e.to_string();
            let inside = !message.starts_with("unexpected end of input") && input.peek(Token![fn]);
            return refuse(
                if inside { e.span() } else { at }.into(),
                format!("{}: {message}", not_a_function(name, "this")),
            );
        }
    };
    if let Some(variadic) = &sig.variadic {
        return refuse(
            At::all(&variadic.dots),
            format!(
                "`#[genai::{name}]` cannot wrap a variadic function; put it on a function with fixed arguments that calls this one"
            ),
        );
    }
    if input.peek(Token![;]) {
        return refuse(
            sig.fn_token.span.into(),
            format!(
                "a function without a body does nothing to record; put `#[genai::{name}]` on the method of each `impl`, or on the function that makes the call"
            ),
        );
    }
    match input.parse::<TokenTree>().ok().and_then(body) {
        Some(body) => Some(Function {
            attrs,
            vis,
            sig,
            body,
        }),
        None => refuse(
            sig.ident.span().into(),
            format!("the body of `{}` is missing", sig.ident),
        ),
    }
}

/// The brace group, also when it came through a `$body:block`.
fn body(token: TokenTree) -> Option<Group> {
    let mut token = token;
    loop {
        let TokenTree::Group(group) = token else {
            return None;
        };
        match group.delimiter() {
            Delimiter::Brace => return Some(group),
            Delimiter::None => {
                let mut inside = group.stream().into_iter();
                token = inside.next()?;
                if inside.next().is_some() {
                    return None;
                }
            }
            _ => return None,
        }
    }
}

fn first_word(input: ParseStream<'_>) -> Option<TokenTree> {
    input.fork().parse().ok()
}

/// What the item is, if it is certainly no function, and the keyword that shows it.
fn kind(input: ParseStream<'_>, first: &TokenTree) -> Option<(At, &'static str)> {
    let words = match first.to_string().as_str() {
        "struct" => "a struct",
        "enum" => "an enum",
        "union" => "a union",
        "impl" => "an `impl` block",
        "trait" => "a trait",
        "mod" => "a module",
        "use" => "a `use`",
        "static" => "a static",
        "type" => "a type",
        "macro_rules" | "macro" => "a macro",
        "let" => "a `let`",
        "const" if input.peek2(syn::Ident) && !input.peek2(Token![unsafe]) => "a constant",
        "const" if input.peek2(Token![_]) => "a constant",
        "unsafe" if input.peek2(Token![impl]) => "an `impl` block",
        "unsafe" if input.peek2(Token![trait]) => "a trait",
        "unsafe" | "extern" if is_extern_block(input) => "an `extern` block",
        "extern" if input.peek2(Token![crate]) => "an `extern crate`",
        "|" | "||" | "move" => "a closure",
        _ => return None,
    };
    // `union` is a word like any other, unless a name follows.
    if first.to_string() == "union" && !input.peek2(syn::Ident) {
        return None;
    }
    Some((first.span().into(), words))
}

/// `extern "C" { .. }`, perhaps `unsafe`.
fn is_extern_block(input: ParseStream<'_>) -> bool {
    let tokens: TokenStream = input.fork().parse().unwrap_or_default();
    let mut head = tokens
        .into_iter()
        .take(4)
        .skip_while(|t| !matches!(t, TokenTree::Group(g) if g.delimiter() == Delimiter::Brace));
    let words = input
        .fork()
        .parse::<TokenStream>()
        .unwrap_or_default()
        .into_iter()
        .take(3);
    let has_fn = words
        .into_iter()
        .any(|t| matches!(t, TokenTree::Ident(i) if i == "fn" || i == "impl" || i == "trait"));
    head.next().is_some() && !has_fn
}

fn not_a_function(name: &str, words: &str) -> String {
    if name == "mcp" {
        return format!(
            "`#[genai::mcp]` goes on an `impl ServerHandler` block or on a method with `#[tool]`; {words} is neither"
        );
    }
    format!("`#[genai::{name}]` goes on a function or a method; {words} is none")
}

fn advice(name: &str, words: &str) -> &'static str {
    match words {
        _ if name == "mcp" => "",
        "an `impl` block" => "; put it on each method that is to be recorded",
        "a trait" => "; put it on the methods of each `impl`",
        "a struct" | "an enum" => {
            "; to make a type known, derive `genai::Request` or `genai::Response`"
        }
        "a module" => "; put it on the functions in it",
        "an `extern` block" => "; put it on a function that calls the foreign one",
        "a closure" => "; use the functions of `genai`, such as `genai::chat(..)`",
        _ => "; put it on the function that makes the call",
    }
}
