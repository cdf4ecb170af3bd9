//! What is made around a body: the same parts for an operation and for a context.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;

/// The parts, written out.
pub(super) struct Around {
    /// The variable that holds what is made.
    pub(super) slot: Ident,
    /// Whether it is written to after its first value, or borrowed for that.
    pub(super) is_changed: bool,
    /// Its first value.
    pub(super) value: TokenStream,
    /// The statements that evaluate the entries.
    pub(super) filled: TokenStream,
    /// The body, run inside of it; of an `async fn` a future.
    pub(super) run: TokenStream,
    /// Whether it stays in its place while the body runs; it does where something follows.
    pub(super) is_kept: bool,
    /// The variable for what the body gives.
    pub(super) output: Ident,
    /// What follows, with the function's value; without it the body's value is the function's.
    pub(super) tail: Option<Tail>,
}

/// What follows a body, written out: statements, then the value of the function.
pub(super) struct Tail {
    pub(super) statements: TokenStream,
    pub(super) value: TokenStream,
}

impl From<TokenStream> for Tail {
    fn from(value: TokenStream) -> Self {
        Self {
            statements: TokenStream::new(),
            value,
        }
    }
}

impl ToTokens for Tail {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.statements.to_tokens(tokens);
        self.value.to_tokens(tokens);
    }
}
