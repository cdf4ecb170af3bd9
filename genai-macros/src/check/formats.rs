//! The wire formats as words: what an attribute or a derive names enters, the runtime's name of it leaves.

use proc_macro2::Span;
use syn::Expr;

use super::ident;
use crate::diag::{At, Diag, nearest, text};
use crate::ir::Format;

/// The words, and what the runtime calls the formats.
const FORMATS: [(&str, &str); 11] = [
    ("auto", "Auto"),
    ("openai", "OpenAi"),
    ("openai_responses", "OpenAiResponses"),
    ("anthropic", "Anthropic"),
    ("gemini", "Gemini"),
    ("gemini_interactions", "GeminiInteractions"),
    ("mistral_conversations", "MistralConversations"),
    ("bedrock", "Bedrock"),
    ("bedrock_invoke", "BedrockInvoke"),
    ("ollama", "Ollama"),
    ("cohere", "Cohere"),
];

/// The words.
pub(crate) fn words() -> impl Iterator<Item = &'static str> + Clone {
    FORMATS.iter().map(|(word, _)| *word)
}

/// The format of this name.
pub(crate) fn find(word: &str, span: Span) -> Option<Format> {
    let (_, name) = FORMATS.iter().find(|(known, _)| *known == word)?;
    Some(Format { name, span })
}

/// The format that a word is a slip of; a part of a name, such as `responses`, is more likely a function of the user's.
pub(crate) fn meant(word: &str) -> Option<&'static str> {
    nearest(word, words()).filter(|meant| !meant.ends_with(word))
}

/// The format that is the value of `key`, where nothing else may stand.
pub(crate) fn given(value: &Expr, key: &str, diag: &mut Diag) -> Option<Format> {
    let found = ident(value);
    let format = found.and_then(|word| find(&word.to_string(), word.span()));
    if format.is_none() {
        let meant = found.and_then(|word| nearest(&word.to_string(), words()));
        let all: Vec<&str> = words().collect();
        diag.error(At::first(value), text::one_of(key, &all, meant));
    }
    format
}
