//! The errors of one attribute: every mistake is collected with its place, and all leave together as `compile_error!`s.
//!
//! Wording that more than one place uses is in `diag::text`; the rest is where the mistake is found.

pub(crate) mod text;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};

/// The tokens an error underlines, from the first to the last.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At {
    pub(crate) start: Span,
    pub(crate) end: Span,
}

impl At {
    /// All of these tokens; the whole attribute if there are none.
    pub(crate) fn all(tokens: &impl ToTokens) -> Self {
        let mut tokens = tokens.to_token_stream().into_iter();
        let start = tokens.next().map_or_else(Span::call_site, |t| first(&t));
        let end = tokens.last().map_or(start, |t| t.span());
        Self { start, end }
    }

    /// The first of these tokens.
    pub(crate) fn first(tokens: &impl ToTokens) -> Self {
        tokens
            .to_token_stream()
            .into_iter()
            .next()
            .map_or_else(Span::call_site, |t| first(&t))
            .into()
    }
}

/// The span of a token; of the first one inside, if it is a group without delimiters.
fn first(token: &TokenTree) -> Span {
    let mut token = token.clone();
    loop {
        match &token {
            TokenTree::Group(g) if g.delimiter() == proc_macro2::Delimiter::None => {
                match g.stream().into_iter().next() {
                    Some(inner) => token = inner,
                    None => return g.span(),
                }
            }
            TokenTree::Group(g) => return g.span_open(),
            other => return other.span(),
        }
    }
}

impl From<Span> for At {
    fn from(span: Span) -> Self {
        Self {
            start: span,
            end: span,
        }
    }
}

/// The mistakes found so far, in the order they were found.
#[derive(Debug, Default)]
pub(crate) struct Diag {
    errors: Vec<(At, String)>,
}

impl Diag {
    pub(crate) fn error(&mut self, at: impl Into<At>, message: impl Into<String>) {
        self.errors.push((at.into(), message.into()));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// The messages, for tests.
    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<&str> {
        self.errors.iter().map(|(_, m)| m.as_str()).collect()
    }

    /// One `compile_error!` for each mistake.
    pub(crate) fn into_tokens(self) -> TokenStream {
        let one = |(at, message): (At, String)| {
            let text = quote_spanned!(at.end=> { #message });
            quote_spanned!(at.start=> ::core::compile_error! #text)
        };
        self.errors.into_iter().map(one).collect()
    }
}

/// The nearest of `names` to `word`, if it is near enough to be what was meant.
pub(crate) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Long garbage is nobody's typing mistake, and the table of distances grows with it.
    if word.len() > 96 {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let allowed = (word.chars().count() / 3).clamp(1, 4);
    let mut best: Option<(usize, &str)> = None;
    for name in names {
        // `vertex_ai` for `gcp.vertex_ai`: the last words alone, also as the field of a struct is written.
        let tail = name
            .get(name.len().wrapping_sub(word.len())..)
            .is_some_and(|end| end.replace('.', "_") == word.replace('.', "_"))
            && name
                .get(..name.len().wrapping_sub(word.len()))
                .is_some_and(|rest| rest.ends_with(['.', '_']));
        let distance = if tail && word.len() > 3 {
            1
        } else if name.len().abs_diff(word.len()) > 4 * allowed {
            // Not even the lengths are near; bytes are at most four times the characters.
            continue;
        } else {
            distance(&word, &name.to_ascii_lowercase())
        };
        if distance <= allowed && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}

/// The number of insertions, deletions, replacements and swaps of neighbours between two words.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let at = |row: &[usize], i: usize| row.get(i).copied().unwrap_or(usize::MAX / 2);
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replaced = at(&row, j) + usize::from(x != y);
            let mut best = replaced.min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    at(&row, b.len())
}
