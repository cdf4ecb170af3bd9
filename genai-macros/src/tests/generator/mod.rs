//! Attributes and items of any kind, and what must hold of every expansion: choices enter as bytes, a case leaves.
//!
//! The random tests and the fuzz target share it: one draws the bytes from a number, the other lets the fuzzer find them.

mod grammar;

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

use crate::registry::Place;
use crate::{derive, entry, ide, item, mcp};

/// Every attribute of functions, then the derives, and what serves MCP.
const NAMES: [&str; 12] = [
    "chat",
    "embeddings",
    "agent",
    "tool",
    "workflow",
    "retrieval",
    "context",
    "span",
    "evaluation",
    "Request",
    "Response",
    "mcp",
];

/// What attributes without an item stand on.
const FUNCTION: &str = "async fn ask(client: &Client, req: Req, text: String) -> Result<Reply, Error> { client.create(req).await }";

/// Decisions, read from bytes; where these end, always the first.
pub(crate) struct Choices<'a>(pub(crate) &'a mut dyn Iterator<Item = u8>);

impl Choices<'_> {
    fn below(&mut self, n: usize) -> usize {
        usize::from(self.0.next().unwrap_or(0)) % n.max(1)
    }
}

/// One attribute on one item; a derive has its attributes inside.
pub(crate) struct Case {
    name: &'static str,
    attr: TokenStream,
    item: TokenStream,
}

impl Case {
    /// A case of tokens that follow the grammar, more or less.
    pub(crate) fn generate(choices: &mut Choices<'_>) -> Self {
        let name = NAMES[choices.below(NAMES.len())];
        let is_derive = name.starts_with(char::is_uppercase);
        let mut part = |rule| {
            let text = grammar::text(rule, choices);
            let tokens = text.parse().unwrap_or_else(|e| panic!("{e}: {text}"));
            mutated(tokens, choices)
        };
        let (item, attr) = match name {
            _ if is_derive => (part("derive"), TokenStream::new()),
            "mcp" => (part("server"), part("served")),
            _ => (part("item"), part("attribute")),
        };
        Self { name, attr, item }
    }

    /// A case written out: the attribute's name as a number, its entries, and the item after a NUL; `None` if that is no tokens.
    pub(crate) fn read(name: u8, text: &str) -> Option<Self> {
        let (attr, item) = text.split_once('\0').unwrap_or((text, FUNCTION));
        Some(Self::of(name, attr.parse().ok()?, item.parse().ok()?))
    }

    /// The same of tokens.
    pub(crate) fn of(name: u8, attr: TokenStream, item: TokenStream) -> Self {
        let name = NAMES[usize::from(name) % NAMES.len()];
        Self { name, attr, item }
    }

    /// What it expands to.
    pub(crate) fn expand(&self) -> TokenStream {
        match self.name {
            "Request" => derive::run(Place::Entries, self.item.clone()),
            "Response" => derive::run(Place::Response, self.item.clone()),
            "mcp" => mcp::run(self.attr.clone(), self.item.clone()),
            name => entry::run(name, self.attr.clone(), self.item.clone()),
        }
    }

    /// Expands it, and panics where the expansion is not what it must be.
    pub(crate) fn check(&self) {
        match self.name {
            "Request" | "Response" => self.check_derive(),
            "mcp" => self.check_server(),
            _ => self.check_attribute(),
        }
    }

    /// A derive's output is items, whatever the attributes say.
    fn check_derive(&self) {
        let out = self.expand();
        let parsed = syn::parse2::<syn::File>(out.clone());
        assert!(
            parsed.is_ok_and(|file| !file.items.is_empty()) || has_nameless(&self.item),
            "{self}\n=> {out}"
        );
    }

    /// The item as it was before errors alone; or, without errors, one item that takes its place.
    fn check_server(&self) {
        let out = self.expand();
        let (text, was) = (out.to_string(), self.item.to_string());
        if let Some(errors) = text
            .strip_prefix(&was)
            .filter(|errors| errors.contains("compile_error"))
        {
            let errors: syn::File =
                syn::parse_str(errors).unwrap_or_else(|e| panic!("{e}: {self}\n=> {text}"));
            assert!(errors.items.iter().all(is_error), "{self}\n=> {text}");
        } else if syn::parse2::<syn::File>(self.item.clone()).is_ok() {
            let parsed = syn::parse2::<syn::File>(out);
            assert!(
                parsed.as_ref().is_ok_and(|file| file.items.len() == 1),
                "{:?} {self}\n=> {text}",
                parsed.err()
            );
        }
    }

    /// The item as it was after errors alone; or, without errors, the function it was and nothing else.
    fn check_attribute(&self) {
        let out = self.expand();
        let (text, was) = (out.to_string(), self.item.to_string());
        // It is long: one of some is enough.
        if text.len() % 8 == 0 {
            let (attr, item) = (self.attr.clone(), self.item.clone());
            let shown = ide::expand(self.name, attr, item, TokenStream::new());
            assert_eq!(shown.is_empty(), self.item.is_empty(), "{self}");
        }
        if let Some(errors) = text
            .strip_suffix(&was)
            .filter(|errors| errors.contains("compile_error"))
        {
            let errors: syn::File =
                syn::parse_str(errors).unwrap_or_else(|e| panic!("{e}: {self}\n=> {text}"));
            assert!(errors.items.iter().all(is_error), "{self}\n=> {text}");
            return;
        }
        let Ok(before) = item::parse(self.name, self.item.clone()) else {
            panic!("{self}\n=> {text}");
        };
        if !has_attributes(before.body.stream()) {
            // Its inner attributes are none, and they leave as outer ones.
            return;
        }
        let Ok(after) = item::parse(self.name, out.clone()) else {
            panic!("{self}\n=> {text}");
        };
        assert_eq!(before.sig.ident, after.sig.ident, "{self}\n=> {text}");
        assert_eq!(
            before.sig.inputs.len(),
            after.sig.inputs.len(),
            "{self}\n=> {text}"
        );
        assert!(after.attrs.len() >= before.attrs.len(), "{self}\n=> {text}");
        if syn::parse2::<syn::File>(self.item.clone()).is_ok() {
            let parsed = syn::parse2::<syn::File>(out);
            assert!(
                parsed.as_ref().is_ok_and(|file| file.items.len() == 1),
                "{:?} {self}\n=> {text}",
                parsed.err()
            );
        }
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#[{}({})] {}", self.name, self.attr, self.item)
    }
}

/// Whether what stands at the start of a body as inner attributes can be read as such.
fn has_attributes(body: TokenStream) -> bool {
    use syn::parse::Parser as _;
    let parser = |input: syn::parse::ParseStream<'_>| {
        input.call(syn::Attribute::parse_inner)?;
        input.parse::<TokenStream>()
    };
    parser.parse2(body).is_ok()
}

/// Whether a type, a parameter or a variant is called `_`, which no compiler lets through.
fn has_nameless(item: &TokenStream) -> bool {
    let Ok(input) = syn::parse2::<syn::DeriveInput>(item.clone()) else {
        return false;
    };
    let params = input.generics.params.iter().map(|param| match param {
        syn::GenericParam::Type(t) => &t.ident,
        syn::GenericParam::Const(c) => &c.ident,
        syn::GenericParam::Lifetime(l) => &l.lifetime.ident,
    });
    let variants = match &input.data {
        syn::Data::Enum(data) => data.variants.iter().map(|v| &v.ident).collect(),
        _ => Vec::new(),
    };
    let mut names = params.chain([&input.ident]).chain(variants);
    names.any(|name| name == "_")
}

fn is_error(item: &syn::Item) -> bool {
    matches!(item, syn::Item::Macro(m) if m.mac.path.segments.last().is_some_and(|s| s.ident == "compile_error"))
}

/// The tokens with a few of them dropped, doubled, wrapped, cut off or put in, at any depth; most often as they are.
fn mutated(tokens: TokenStream, choices: &mut Choices<'_>) -> TokenStream {
    match choices.below(4) {
        0 | 1 => tokens,
        edits => {
            let mut left = edits;
            let count = count(&tokens);
            let mut at = place(choices, count);
            edit(tokens, choices, &mut at, &mut left, count)
        }
    }
}

fn count(tokens: &TokenStream) -> usize {
    let one = |token| match token {
        TokenTree::Group(group) => 1 + count(&group.stream()),
        _ => 1,
    };
    tokens.clone().into_iter().map(one).sum()
}

fn place(choices: &mut Choices<'_>, count: usize) -> usize {
    (choices.below(256) * 256 + choices.below(256)) % count.max(1)
}

/// Changes a token whenever `at` more have passed.
fn edit(
    tokens: TokenStream,
    choices: &mut Choices<'_>,
    at: &mut usize,
    left: &mut usize,
    count: usize,
) -> TokenStream {
    let mut out = Vec::new();
    for mut token in tokens {
        if let TokenTree::Group(group) = &token {
            let inner = edit(group.stream(), choices, at, left, count);
            token = Group::new(group.delimiter(), inner).into();
        }
        if *left == 0 || *at > 0 {
            *at = at.saturating_sub(1);
            out.push(token);
            continue;
        }
        *left -= 1;
        *at = place(choices, count);
        match choices.below(6) {
            0 => {}
            1 => out.extend([token.clone(), token]),
            2 => {
                let delimiters = [
                    Delimiter::None,
                    Delimiter::Parenthesis,
                    Delimiter::Brace,
                    Delimiter::Bracket,
                ];
                out.push(Group::new(delimiters[choices.below(4)], token.into()).into());
            }
            3 => out.extend([any(choices), token]),
            4 => out.push(any(choices)),
            // As if the rest were not typed yet.
            _ => break,
        }
    }
    out.into_iter().collect()
}

/// A token that a text of tokens may not have.
fn any(choices: &mut Choices<'_>) -> TokenTree {
    let word =
        |choices: &mut Choices<'_>, words: &[&'static str]| words[choices.below(words.len())];
    match choices.below(4) {
        0 => Ident::new(
            word(
                choices,
                &["fn", "x", "async", "self", "type", "_", "impl", "const"],
            ),
            Span::call_site(),
        )
        .into(),
        1 => {
            let c = word(
                choices,
                &["=", ",", "|", ".", "<", "-", "'", "#", "!", ":", "&", ";"],
            );
            let spacing = if choices.below(2) == 0 {
                Spacing::Alone
            } else {
                Spacing::Joint
            };
            Punct::new(c.chars().next().unwrap_or(','), spacing).into()
        }
        2 => Literal::string(word(choices, &["", "model", "x-y"])).into(),
        _ => Group::new(Delimiter::None, TokenStream::new()).into(),
    }
}
