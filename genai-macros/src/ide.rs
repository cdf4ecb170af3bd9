//! What an editor gets to see in place of the expansion: the function as written, and what the attribute holds as code in it.
//!
//! An editor completes a name by expanding the attribute twice, as it is and with a word put in at the cursor, and by looking at
//! the same place of both. An attribute that is being typed is wrong most of the time, so the layout may not depend on whether it
//! is right: the item comes first, its body begins with a block that never runs, and the errors come last. In the block a
//! list of imports has the keys, from a module that has them all, and every value stands where the arguments can be seen.
//! The compiler sees nothing of this.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::Token;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};

use crate::check::{formats, words};
use crate::depth::too_deep;
use crate::item::{self, Function};
use crate::registry::{Attribute, Operation, Place};
use crate::shape::{Runs, Shape, erased};

/// Whether an editor runs the macro, by the name of the program: the compiler must not pay for it, and a `cfg` in the expansion
/// would be one that the user's crate does not know.
pub(crate) fn is_editor() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        std::env::current_exe().is_ok_and(|path| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with("rust-analyzer"))
        })
    })
}

/// The item with what an editor asks about, and the errors.
pub(crate) fn expand(
    name: &str,
    attr: TokenStream,
    item: TokenStream,
    errors: TokenStream,
) -> TokenStream {
    let mut tokens = match item::parse(name, item.clone()) {
        Ok(function) if too_deep(attr.clone()).is_none() => with_block(name, attr, function),
        _ => item,
    };
    tokens.extend(errors);
    tokens
}

fn with_block(name: &str, attr: TokenStream, function: Function) -> TokenStream {
    let block = Block {
        operation: Operation::find(name),
        is_evaluation: name == "evaluation",
        function: &function,
        krate: crate::dependency::path().map_or_else(|_| quote!(::genai), |path| quote!(#path)),
    };
    let block = block.of(entries(attr));
    let (inner, rest) = item::split(&function.body);
    let rest = rest.stream();
    let mut body = Group::new(Delimiter::Brace, quote!(#block #rest));
    body.set_span(function.body.span());
    let Function {
        attrs, vis, sig, ..
    } = &function;
    quote!(#(#attrs)* #inner #vis #sig #body)
}

/// An entry, as far as it is there.
struct Entry {
    key: Vec<Ident>,
    /// The value's tokens, which need not be an expression yet.
    value: Option<TokenStream>,
    /// What stands in parentheses.
    list: Option<TokenStream>,
}

/// Reads entries and lets everything pass.
fn entries(tokens: TokenStream) -> Vec<Entry> {
    let mut found = Vec::new();
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            let mut key = Vec::new();
            while input.peek(Ident::peek_any) {
                key.push(input.call(Ident::parse_any)?);
                if input.parse::<Option<Token![.]>>()?.is_none() {
                    break;
                }
            }
            let (mut value, mut list) = (None, None);
            if input.peek(syn::token::Paren) {
                if let TokenTree::Group(group) = input.parse()? {
                    list = Some(group.stream());
                }
            } else if input.parse::<Option<Token![=]>>()?.is_some() {
                value = Some(raw_value(input)?);
            }
            found.push(Entry { key, value, list });
            until_comma(input)?;
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(())
    };
    // It ends where the tokens do.
    let _ = parser.parse2(tokens);
    found
}

/// The tokens of an expression, or else those up to the next comma.
fn raw_value(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let ahead = input.fork();
    if ahead.parse::<syn::Expr>().is_err() || !(ahead.is_empty() || ahead.peek(Token![,])) {
        return until_comma(input);
    }
    let mut tokens = TokenStream::new();
    while input.cursor() != ahead.cursor() {
        tokens.extend([input.parse::<TokenTree>()?]);
    }
    Ok(tokens)
}

/// The tokens up to the next comma that is not among the arguments of a path, as in `f::<A, B>`.
fn until_comma(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    let mut angles = 0_usize;
    let mut before = ' ';
    while !input.is_empty() && (angles > 0 || !input.peek(Token![,])) {
        let token: TokenTree = input.parse()?;
        let now = match &token {
            TokenTree::Punct(p) => p.as_char(),
            _ => ' ',
        };
        match now {
            '<' if angles > 0 || before == ':' => angles += 1,
            '>' if before != '-' => angles = angles.saturating_sub(1),
            _ => {}
        }
        before = now;
        tokens.extend([token]);
    }
    Ok(tokens)
}

/// Names that may be chosen from, by their first word.
#[derive(Default)]
struct Names(BTreeMap<String, Names>);

impl Names {
    fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = Self::default();
        for name in names {
            let mut place = &mut all;
            for word in name.split('.') {
                place = place.0.entry(word.to_owned()).or_default();
            }
        }
        all
    }

    /// As items: a constant for each name, a module for each word that others follow.
    fn items(&self) -> TokenStream {
        let mut items = TokenStream::new();
        for (word, following) in &self.0 {
            // `text-embedding` is no word.
            let Ok(word) = Ident::parse_any.parse_str(word) else {
                continue;
            };
            let word = plain(&word);
            if following.0.is_empty() {
                items.extend(quote!(pub const #word: () = ();));
            } else {
                let inside = following.items();
                items.extend(quote!(pub mod #word { #inside }));
            }
        }
        items
    }

    /// Imports of the words that were written, from a module of those that may be.
    fn import(&self, written: &[&[Ident]]) -> TokenStream {
        let module = Ident::new("choices", Span::mixed_site());
        let items = self.items();
        let written = written.iter().filter(|words| !words.is_empty());
        let paths = written.map(|words| {
            let words = words.iter().map(plain);
            quote!(#(#words)::* as _)
        });
        quote!({ mod #module { #items } use #module::{#(#paths),*}; })
    }
}

/// The block at the start of the body.
struct Block<'a> {
    operation: Option<&'static Operation>,
    is_evaluation: bool,
    function: &'a Function,
    krate: TokenStream,
}

impl Block<'_> {
    fn of(mut self, entries: Vec<Entry>) -> TokenStream {
        let krate = entries.iter().find(|e| is(&e.key, "crate"));
        if let Some(path) = krate.and_then(|e| e.value.clone()) {
            self.krate = path;
        }
        let keys: Vec<&[Ident]> = (entries.iter())
            .filter(|e| !is(&e.key, "crate"))
            .map(|e| &*e.key)
            .collect();
        let mut tokens = Names::of(self.keys(Place::Entries)).import(&keys);
        for entry in &entries {
            if let Some(list) = &entry.list {
                tokens.extend(self.list(&entry.key, list.clone()));
            } else if let Some(value) = &entry.value {
                tokens.extend(self.value(&entry.key, value, Place::Entries));
            }
        }
        quote!(#[allow(warnings, clippy::all)] if false { #tokens })
    }

    /// The names that may stand in a place.
    fn keys(&self, place: Place) -> Vec<&'static str> {
        let words: &[&str] = match (self.operation, place) {
            (_, Place::Response) if self.is_evaluation => &crate::check::evaluation::RESULT,
            (_, Place::Response) => &[],
            (None, _) if self.is_evaluation => &crate::check::evaluation::WORDS,
            (None, _) => &crate::check::context::WORDS,
            (Some(operation), _) if operation.is_own() => &crate::check::own::WORDS,
            _ => &crate::check::options::WORDS,
        };
        let uses = self.operation.into_iter().flat_map(|o| o.uses);
        let keys = uses
            .filter(|u| u.place() == place)
            .flat_map(|u| [Some(u.short), u.attribute().map(|a| a.key)])
            .flatten();
        let words = words.iter().copied().filter(|word| *word != "crate");
        words.chain(keys).collect()
    }

    /// `response(..)`, `error(..)`, or entries of the user's own.
    fn list(&self, key: &[Ident], tokens: TokenStream) -> TokenStream {
        let is_result = self.is_evaluation && is(key, "result");
        if !is_result && !is(key, "response") && !is(key, "error") {
            // What has no value is one itself, as in `arguments(a)`.
            let values = entries(tokens).into_iter().filter_map(|e| {
                let variable =
                    |key: &[Ident]| key.iter().map(plain).next().filter(|_| key.len() == 1);
                e.value
                    .or_else(|| variable(&e.key).map(|name| quote!(#name)))
            });
            return values.map(|value| quote!({ #value };)).collect();
        }
        let Some((pattern, rest)) = lambda(tokens) else {
            return TokenStream::new();
        };
        let entries = entries(rest);
        let keys: Vec<&[Ident]> = entries.iter().map(|e| &*e.key).collect();
        let names = if is(key, "error") {
            Names::of(["type"])
        } else {
            Names::of(self.keys(Place::Response))
        };
        let method = Ident::new(
            if is(key, "error") { "err" } else { "ok" },
            Span::mixed_site(),
        );
        let import = names.import(&keys);
        let values = entries.iter().filter_map(|e| {
            let value = e.value.as_ref()?;
            Some(self.value(&e.key, value, Place::Response))
        });
        let (out, op) = (self.output(), self.op());
        let rt = &self.krate;
        quote!({
            use #rt::__rt::probes::*;
            #import
            if let #rt::__rt::Some(#pattern) = #op.returned(&#out).#method() { #(#values)* }
        })
    }

    /// A value of what the function gives.
    fn output(&self) -> TokenStream {
        let rt = &self.krate;
        let shape = Shape::of(&self.function.sig, false, None);
        let ty = match shape.runs {
            Runs::Later(_, output) => output.map(|ty| erased(&ty).into_token_stream()),
            Runs::Now | Runs::Async => shape.output.map(|ty| ty.into_token_stream()),
        };
        let ty = ty.unwrap_or_else(|| quote!(_));
        quote!(#rt::__rt::unreachable::<#ty>())
    }

    fn op(&self) -> TokenStream {
        let rt = &self.krate;
        quote!(#rt::__rt::unreachable::<#rt::__rt::Box<#rt::__rt::Op>>())
    }

    /// A value, as one of the words its key knows or as an expression.
    fn value(&self, key: &[Ident], value: &TokenStream, place: Place) -> TokenStream {
        let text = text(key);
        let choices = match text.as_str() {
            "crate" => return TokenStream::new(),
            "capture" => vec!["none"],
            "returns" => vec!["future", "stream", "value"],
            "span_kind" => vec!["client", "internal"],
            "operation" => self.operation.map_or(Vec::new(), |o| o.names.to_vec()),
            "request" => return self.request(value),
            "response" if is_word(value) => return self.in_formats(value, Some("none")),
            _ => self
                .operation
                .and_then(|o| o.get(&text, place)?.attribute())
                .map_or(Vec::new(), |a: &Attribute| a.members.to_vec()),
        };
        let path = if value.is_empty() {
            Some(Vec::new())
        } else {
            words::path(value.clone())
        };
        match path {
            Some(path) if !choices.is_empty() && !self.is_argument(&path) => {
                Names::of(choices).import(&[&path])
            }
            _ => quote!({ #value };),
        }
    }

    /// A word that may be one of the formats, or `also`, or else a name of the user's.
    fn in_formats(&self, value: &TokenStream, also: Option<&'static str>) -> TokenStream {
        let scope = crate::check::scope::Scope::new(&self.function.sig);
        // An argument of that name is meant before the format is.
        let words = formats::words().chain(also).filter(|w| !scope.binds(w));
        let module = Ident::new("choices", Span::mixed_site());
        let items = Names::of(words).items();
        quote!({ mod #module { #items } use #module::*; { #value }; })
    }

    /// A request; one in a format is its value.
    fn request(&self, value: &TokenStream) -> TokenStream {
        if is_word(value) {
            return self.in_formats(value, None);
        }
        let is_format = |call: &syn::ExprCall| {
            let word = call.func.to_token_stream().to_string();
            formats::words().any(|format| format == word)
        };
        let call = syn::parse2::<syn::ExprCall>(value.clone()).ok();
        let in_format = call.filter(is_format);
        match in_format {
            Some(call) => {
                let args = call.args.iter();
                quote!({ #(#args;)* };)
            }
            None => quote!({ #value };),
        }
    }

    fn is_argument(&self, path: &[Ident]) -> bool {
        let scope = crate::check::scope::Scope::new(&self.function.sig);
        path.first()
            .is_some_and(|first| scope.binds(&first.to_string()) || first == "self")
    }
}

/// Whether it is one word, or none yet.
fn is_word(value: &TokenStream) -> bool {
    value.is_empty() || Ident::parse_any.parse2(value.clone()).is_ok()
}

/// The pattern between the bars, and what follows.
fn lambda(tokens: TokenStream) -> Option<(TokenStream, TokenStream)> {
    let is_bar = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == '|');
    let mut tokens = tokens.into_iter();
    if !is_bar(&tokens.next()?) {
        return None;
    }
    let mut pattern = TokenStream::new();
    for token in tokens.by_ref() {
        if is_bar(&token) {
            return Some((pattern, tokens.collect()));
        }
        pattern.extend([token]);
    }
    None
}

/// The word as a name, keywords as raw ones.
fn plain(word: &Ident) -> Ident {
    let text = word.to_string();
    let is_name = syn::parse_str::<Ident>(&text).is_ok();
    if is_name || matches!(text.as_str(), "crate" | "self" | "super" | "Self" | "_") {
        word.clone()
    } else {
        Ident::new_raw(&text, word.span())
    }
}

fn is(key: &[Ident], word: &str) -> bool {
    matches!(key, [only] if only == word)
}

fn text(key: &[Ident]) -> String {
    let words: Vec<String> = key.iter().map(|word| word.unraw().to_string()).collect();
    words.join(".")
}
