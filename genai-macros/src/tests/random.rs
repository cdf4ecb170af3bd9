//! Random attributes and items: never a panic, and the item is always there.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

use super::{FUNCTION, tokens};
use crate::entry;

/// A generator of its own, so that a failure can be repeated from its number.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % n.max(1)
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

const WORDS: [&str; 48] = [
    "provider",
    "model",
    "gen_ai",
    "request",
    "response",
    "openai",
    "aws",
    "bedrock",
    "error",
    "type",
    "crate",
    "stream",
    "system",
    "input",
    "none",
    "capture",
    "properties",
    "attributes",
    "operation",
    "remote",
    "replace",
    "returns",
    "future",
    "fn",
    "async",
    "const",
    "unsafe",
    "extern",
    "pub",
    "self",
    "impl",
    "struct",
    "where",
    "mut",
    "ref",
    "move",
    "dyn",
    "let",
    "if",
    "match",
    "return",
    "await",
    "text",
    "r",
    "id",
    "_",
    "Result",
    "in",
];

const PUNCTS: &str = "=.,|&:<>-!?#;+*'@$";

fn stream(random: &mut Random, depth: usize) -> TokenStream {
    let length = random.below(10);
    (0..length).map(|_| token(random, depth)).collect()
}

fn token(random: &mut Random, depth: usize) -> TokenTree {
    match random.below(12) {
        0..=4 => Ident::new(random.pick(&WORDS), Span::call_site()).into(),
        5..=8 => {
            let index = random.below(PUNCTS.len());
            let spacing = if random.below(4) == 0 {
                Spacing::Joint
            } else {
                Spacing::Alone
            };
            let c = char::from(PUNCTS.as_bytes()[index]);
            // An apostrophe alone is no token.
            if c == '\'' {
                Punct::new(',', Spacing::Alone).into()
            } else {
                Punct::new(c, spacing).into()
            }
        }
        9 => match random.below(4) {
            0 => Literal::string("").into(),
            1 => Literal::string("model").into(),
            2 => Literal::i64_unsuffixed(5).into(),
            _ => Literal::f64_unsuffixed(0.5).into(),
        },
        _ if depth == 0 => Punct::new(',', Spacing::Alone).into(),
        _ => {
            let delimiters = [
                Delimiter::Parenthesis,
                Delimiter::Brace,
                Delimiter::Bracket,
                Delimiter::None,
            ];
            let delimiter = delimiters[random.below(4)];
            Group::new(delimiter, stream(random, depth - 1)).into()
        }
    }
}

/// Entries that make some sense, so that the checks behind the parser are reached too.
fn entries(random: &mut Random) -> TokenStream {
    let mut all = TokenStream::new();
    for _ in 0..random.below(6) {
        let word = random.pick(&WORDS);
        all.extend([TokenTree::from(Ident::new(word, Span::call_site()))]);
        match random.below(4) {
            0 => all.extend([TokenTree::from(Group::new(
                Delimiter::Parenthesis,
                stream(random, 2),
            ))]),
            1 => {}
            _ => {
                all.extend([TokenTree::from(Punct::new('=', Spacing::Alone))]);
                all.extend(stream(random, 2));
            }
        }
        all.extend([TokenTree::from(Punct::new(',', Spacing::Alone))]);
    }
    all
}

fn rounds() -> u64 {
    std::env::var("GENAI_RANDOM_ROUNDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(60_000)
}

#[test]
fn random_attributes() {
    let names = [
        "chat",
        "embeddings",
        "agent",
        "tool",
        "workflow",
        "retrieval",
        "context",
    ];
    let function = tokens(FUNCTION);
    for seed in 1..=rounds() {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let attr = if seed % 2 == 0 {
            entries(&mut random)
        } else {
            stream(&mut random, 3)
        };
        let name = names[random.below(names.len())];
        let out = entry::run(name, attr, function.clone());
        assert!(!out.is_empty(), "seed {seed}");
        // The function alone is well-formed, so what becomes of it is too.
        if seed % 16 == 0 {
            assert!(syn::parse2::<syn::File>(out).is_ok(), "seed {seed}");
        }
    }
}

#[test]
fn random_items() {
    let attr = tokens("provider = openai, response(|r| id = text)");
    for seed in 1..=rounds() {
        let mut random = Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) | 1);
        let mut item: TokenStream = if seed % 3 == 0 {
            tokens("pub async fn a")
        } else {
            TokenStream::new()
        };
        item.extend(stream(&mut random, 3));
        let empty = item.is_empty();
        let out = entry::run("chat", attr.clone(), item);
        assert!(!out.is_empty() || empty, "seed {seed}");
    }
}

#[test]
fn random_derives() {
    use crate::registry::Place;
    use quote::quote;
    for seed in 1..=rounds() / 4 {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let (of_type, of_field) = (entries(&mut random), stream(&mut random, 2));
        let item = match random.below(3) {
            0 => quote!(
                #[genai(#of_type)]
                struct A<'a, T: B> {
                    #[genai(#of_field)]
                    a: &'a T,
                    b: u8,
                }
            ),
            1 => quote!(
                #[genai(#of_type)]
                enum A {
                    B(#[genai(#of_field)] u8),
                    #[genai(#of_field)]
                    C,
                }
            ),
            _ => quote!(#[genai #of_type] struct A(#[genai(#of_field)] u8);),
        };
        let place = if seed % 2 == 0 {
            Place::Entries
        } else {
            Place::Response
        };
        let out = crate::derive::run(place, item);
        assert!(!out.is_empty(), "seed {seed}");
    }
}
