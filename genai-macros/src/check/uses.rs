//! The names that a value uses: tokens enter, the names that may be a function's arguments leave.
//!
//! What a value binds itself is known by its looks: arguments of closures, `let`, the patterns of `match` and `for`. A name that is bound
//! anywhere in the value is left out everywhere, since a name too few costs nothing: the compiler has the last word on it.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use syn::Ident;

/// The names used in `tokens`, each where it stands: neither fields and methods nor paths and macros, nor what is bound in there.
pub(crate) fn uses(tokens: TokenStream) -> Vec<Ident> {
    let (mut used, mut bound) = (Vec::new(), Vec::new());
    let mut levels = vec![(level(tokens, Delimiter::None, false), Before::Other)];
    while let Some((level, before)) = levels.last_mut() {
        let Some((token, is_pattern)) = level.next() else {
            levels.pop();
            continue;
        };
        let after = match token {
            TokenTree::Ident(ident) => {
                if is_pattern {
                    bound.push(ident.to_string());
                } else if matches!(before, Before::Other)
                    && !level.peek().is_some_and(is_after_name)
                {
                    used.push(ident);
                }
                Before::Other
            }
            TokenTree::Punct(p) => match p.as_char() {
                '.' if matches!(before, Before::Dot) => Before::Other,
                '.' => Before::Dot,
                ':' if matches!(before, Before::Colon) => Before::Dot,
                ':' if p.spacing() == Spacing::Joint => Before::Colon,
                _ => Before::Other,
            },
            TokenTree::Literal(_) => Before::Other,
            TokenTree::Group(group) => {
                *before = Before::Other;
                let inner = self::level(group.stream(), group.delimiter(), is_pattern);
                levels.push((inner, Before::Other));
                continue;
            }
        };
        *before = after;
    }
    used.retain(|ident| !bound.iter().any(|b| ident == b));
    used
}

/// What stands before a token.
#[derive(Clone, Copy)]
enum Before {
    /// A single dot, or the end of `::`: a field, a method or a segment follows. Two dots are a range.
    Dot,
    /// The first colon of `::`.
    Colon,
    Other,
}

/// Whether the name before this is one of a macro, a field or a path.
fn is_after_name((token, _): &(TokenTree, bool)) -> bool {
    match token {
        TokenTree::Punct(p) => {
            p.as_char() == ':' || (p.as_char() == '!' && p.spacing() == Spacing::Alone)
        }
        _ => false,
    }
}

/// The tokens of a group, and whether each is part of a pattern.
type Level =
    std::iter::Peekable<std::iter::Zip<std::vec::IntoIter<TokenTree>, std::vec::IntoIter<bool>>>;

fn level(tokens: TokenStream, delimiter: Delimiter, is_pattern: bool) -> Level {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut patterns = vec![is_pattern; tokens.len()];
    if !is_pattern {
        mark_bindings(&tokens, &mut patterns);
        if delimiter == Delimiter::Brace {
            mark_arms(&tokens, &mut patterns);
        }
    }
    tokens.into_iter().zip(patterns).peekable()
}

/// Marks what is between `let` and `=`, `for` and `in`, and the bars of a closure.
fn mark_bindings(tokens: &[TokenTree], patterns: &mut [bool]) {
    let mut end: Option<fn(&TokenTree) -> bool> = None;
    let mut before = None;
    for (token, is_pattern) in tokens.iter().zip(patterns) {
        match end {
            Some(is_end) if is_end(token) => end = None,
            Some(_) => *is_pattern = true,
            None => end = binder(before, token),
        }
        before = Some(token);
    }
}

/// What ends the pattern that this token begins, if it begins one.
fn binder(before: Option<&TokenTree>, token: &TokenTree) -> Option<fn(&TokenTree) -> bool> {
    match token {
        TokenTree::Ident(word) if word == "let" => Some(|token| is_punct(token, '=')),
        TokenTree::Ident(word) if word == "for" => {
            Some(|token| matches!(token, TokenTree::Ident(word) if word == "in"))
        }
        TokenTree::Punct(p) if p.as_char() == '|' && !before.is_some_and(is_operand) => {
            Some(|token| is_punct(token, '|'))
        }
        _ => None,
    }
}

/// Whether a bar behind this token is an operator.
fn is_operand(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(word) => !["move", "return", "break", "else", "in", "match", "if"]
            .iter()
            .any(|keyword| word == keyword),
        // The first of two bars: the second ended a closure's arguments, or both are an operator.
        TokenTree::Punct(p) => {
            p.as_char() == '?' || (p.as_char() == '|' && p.spacing() == Spacing::Joint)
        }
        TokenTree::Group(_) | TokenTree::Literal(_) => true,
    }
}

/// Marks what is before each `=>`, but for a condition.
fn mark_arms(tokens: &[TokenTree], patterns: &mut [bool]) {
    let is_arrow = |at: usize| match (tokens.get(at), tokens.get(at + 1)) {
        (Some(TokenTree::Punct(p)), Some(next)) => {
            p.as_char() == '=' && p.spacing() == Spacing::Joint && is_punct(next, '>')
        }
        _ => false,
    };
    let arrows: Vec<usize> = (0..tokens.len()).filter(|at| is_arrow(*at)).collect();
    let mut start = 0;
    for arrow in arrows {
        let arm = tokens
            .iter()
            .zip(patterns.iter_mut())
            .take(arrow)
            .skip(start);
        for (_, is_pattern) in
            arm.take_while(|(token, _)| !matches!(token, TokenTree::Ident(word) if word == "if"))
        {
            *is_pattern = true;
        }
        // The arm ends with a block, or with the next comma.
        let body = arrow + 2;
        let is_block = matches!(tokens.get(body), Some(TokenTree::Group(g)) if g.delimiter() == Delimiter::Brace);
        let rest = tokens.iter().skip(body);
        start = body
            + if is_block {
                1
            } else {
                rest.take_while(|token| !is_punct(token, ',')).count()
            };
    }
}

fn is_punct(token: &TokenTree, char: char) -> bool {
    matches!(token, TokenTree::Punct(p) if p.as_char() == char)
}
