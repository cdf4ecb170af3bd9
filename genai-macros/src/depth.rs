//! Tokens that the parsers would follow too deep: they recurse, and a compiler whose stack overflows says nothing.
//!
//! Tokens enter, the place where they are nested too deeply leaves, if there is one. The body of a function is never parsed and
//! may be as deep as it likes.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

/// Groups and angle brackets inside one another, and operators in a row.
const DEPTH: usize = 64;

/// Tokens of one level without a comma or a semicolon, as in `return return ..` or `a = b = ..`.
const RUN: usize = 256;

/// One level of groups.
struct Level {
    tokens: proc_macro2::token_stream::IntoIter,
    /// Since the last separator.
    run: usize,
    /// Operators since the last word.
    operators: usize,
    /// Angle brackets that are open.
    angles: usize,
    /// Bars, each of which may open a closure.
    bars: usize,
    /// The character before, if it was a punctuation mark.
    before: char,
}

impl Level {
    fn new(tokens: TokenStream) -> Self {
        Self {
            tokens: tokens.into_iter(),
            run: 0,
            operators: 0,
            angles: 0,
            bars: 0,
            before: ' ',
        }
    }

    /// Whether the token is one too many.
    fn take(&mut self, token: &TokenTree) -> bool {
        self.run += 1;
        let before = std::mem::replace(&mut self.before, ' ');
        let TokenTree::Punct(p) = token else {
            self.operators = 0;
            // Attributes come one after the other.
            if before == '#' {
                self.run = self.run.saturating_sub(2);
            }
            return self.run > RUN;
        };
        self.before = p.as_char();
        self.operators += 1;
        match self.before {
            ',' | ';' => (self.run, self.operators) = (0, 0),
            '.' => self.operators = 0,
            '<' => self.angles += 1,
            '>' if !matches!(before, '-' | '=') => self.angles = self.angles.saturating_sub(1),
            '|' => self.bars += 1,
            _ => {}
        }
        self.run > RUN || self.operators > DEPTH || self.angles > DEPTH || self.bars > RUN
    }
}

/// Where the tokens are nested deeper than the parsers should follow, if anywhere.
pub(crate) fn too_deep(tokens: TokenStream) -> Option<Span> {
    let mut levels = vec![Level::new(tokens)];
    while let Some(level) = levels.last_mut() {
        let Some(token) = level.tokens.next() else {
            levels.pop();
            continue;
        };
        if level.take(&token) || levels.len() > DEPTH {
            return Some(token.span());
        }
        if let TokenTree::Group(group) = token {
            levels.push(Level::new(group.stream()));
        }
    }
    None
}

/// The same of an item, but for what ends it in braces.
pub(crate) fn too_deep_before_body(item: &TokenStream) -> Option<Span> {
    let mut head: Vec<TokenTree> = item.clone().into_iter().collect();
    let is_body = |token: &TokenTree| matches!(token, TokenTree::Group(g) if matches!(g.delimiter(), Delimiter::Brace | Delimiter::None));
    if head.last().is_some_and(is_body) {
        head.pop();
    }
    too_deep(head.into_iter().collect())
}
