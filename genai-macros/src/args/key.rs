//! Dotted keys: `model`, `gen_ai.tool.type` (keywords are words here), `"x-tenant"`.

use std::fmt;

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{LitStr, Token};

use crate::diag::At;

/// A key as written.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) at: At,
    /// Whether it is a string literal.
    pub(crate) literal: bool,
}

impl Key {
    pub(crate) fn span(&self) -> Span {
        self.at.start
    }

    /// The key, or what was expected and where; no place: the input has ended.
    pub(crate) fn parse(input: ParseStream<'_>) -> Result<Self, (Option<At>, String)> {
        if input.peek(LitStr) {
            let text: LitStr = input
                .parse()
                .map_err(|e| (Some(e.span().into()), e.to_string()))?;
            return Ok(Self {
                text: text.value(),
                at: text.span().into(),
                literal: true,
            });
        }
        let Ok(first) = input.call(Ident::parse_any) else {
            let at = (!input.is_empty()).then(|| At::from(input.span()));
            return Err((at, "expected a key, such as `model = ..`".to_owned()));
        };
        let mut text = first.unraw().to_string();
        let mut at = At::from(first.span());
        while input.peek(Token![.]) {
            let dot = input.parse::<Token![.]>();
            let Ok(segment) = input.call(Ident::parse_any) else {
                let at = dot.map_or(at, |d| At::from(d.span));
                return Err((
                    Some(at),
                    format!("`{text}.` is not complete; a word must follow"),
                ));
            };
            text.push('.');
            text.push_str(&segment.unraw().to_string());
            at.end = segment.span();
        }
        Ok(Self {
            text,
            at,
            literal: false,
        })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
