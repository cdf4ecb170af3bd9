//! What of the texts that attributes hold is content, and what is not: the decision for every key, in one table.
//!
//! A key of the registry goes in, whether the redactor sees its text comes out. The table is below, with the tests that hold that
//! answer and `docs/content.md` to it.

use crate::semconv::bits::Bits;
use crate::semconv::registry::{Id, keys};

/// Words of somebody's that the conventions record whatever is switched on.
const WORDS: Bits = Bits::of(keys::GEN_AI_REQUEST_STOP_SEQUENCES.id())
    .with(Bits::of(keys::GEN_AI_AGENT_DESCRIPTION.id()))
    .with(Bits::of(keys::GEN_AI_TOOL_DESCRIPTION.id()));

/// Whether the redactor sees the texts of an attribute that is recorded whatever is switched on.
#[inline]
pub(crate) fn are_words(id: Id) -> bool {
    WORDS.has(id)
}

#[cfg(test)]
mod tests {
    use super::are_words;
    use crate::semconv::registry::{ATTRIBUTES, Type};

    /// What becomes of a text before it leaves.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Decided {
        /// It is content: recorded where that is switched on, after the redactor, within the limits.
        Content,
        /// Words of somebody's that the conventions record all the same: the redactor sees them.
        Words,
        /// An address: recorded without credentials and query.
        Address,
        /// The text of a failure: recorded unless that is switched off, without credentials of URLs, after the redactor, within its
        /// limit.
        ErrorText,
        /// A name, an id or a word of a protocol: recorded as it is, within the limit of names.
        Name,
        /// Nothing of the library's records it.
        Never,
    }

    use Decided::{Address, Content, ErrorText, Name, Never, Words};

    /// Beginnings of keys and what is decided of them; the longest that fits counts.
    const TABLE: &[(&str, Decided)] = &[
        ("gen_ai.input.messages", Content),
        ("gen_ai.output.messages", Content),
        ("gen_ai.system_instructions", Content),
        ("gen_ai.tool.definitions", Content),
        ("gen_ai.tool.call.arguments", Content),
        ("gen_ai.tool.call.result", Content),
        ("gen_ai.retrieval.query.text", Content),
        ("gen_ai.retrieval.documents", Content),
        ("gen_ai.request.stop_sequences", Words),
        ("gen_ai.agent.description", Words),
        ("gen_ai.tool.description", Words),
        ("gen_ai.evaluation.explanation", Content),
        ("server.address", Address),
        ("client.address", Address),
        ("mcp.resource.uri", Address),
        ("exception.message", ErrorText),
        ("exception.stacktrace", Never),
        // What the conventions had before.
        ("gen_ai.prompt", Never),
        ("gen_ai.completion", Never),
        ("gen_ai.", Name),
        ("openai.", Name),
        ("aws.bedrock.", Name),
        ("azure.resource_provider.", Name),
        ("error.type", Name),
        ("exception.type", Name),
        ("jsonrpc.", Name),
        ("mcp.", Name),
        ("network.", Name),
        ("rpc.", Name),
    ];

    /// What is decided of the texts of a key; of a key that is not in the table nothing is.
    fn of(key: &str) -> Option<Decided> {
        let fits = TABLE.iter().filter(|(begin, _)| key.starts_with(begin));
        fits.max_by_key(|(begin, _)| begin.len())
            .map(|(_, decided)| *decided)
    }

    #[test]
    fn the_redactor_sees_the_texts_that_the_table_says() {
        for (id, attribute) in (0..).zip(&ATTRIBUTES) {
            let decided = of(attribute.key) == Some(Decided::Words);
            assert_eq!(are_words(id), decided, "{}", attribute.key);
        }
    }

    #[test]
    fn every_text_of_the_registry_is_decided_and_every_row_decides() {
        for attribute in &ATTRIBUTES {
            let is_text = matches!(attribute.ty, Type::Str | Type::Strs | Type::Content);
            let decided = of(attribute.key);
            assert!(!is_text || decided.is_some(), "{}", attribute.key);
            if matches!(attribute.ty, Type::Content) {
                assert_eq!(decided, Some(Decided::Content), "{}", attribute.key);
            }
        }
        for (begin, _) in TABLE {
            let mut keys = ATTRIBUTES.iter().map(|attribute| attribute.key);
            let twice = TABLE.iter().filter(|(other, _)| other == begin);
            assert!(keys.any(|key| key.starts_with(begin)), "{begin}");
            assert_eq!(twice.count(), 1, "{begin}");
        }
    }

    #[test]
    fn the_page_says_the_same() {
        let page = include_str!("../../../docs/content.md");
        let rows = page.lines().filter(|line| line.starts_with("| "));
        let row = |key: &str| {
            let cell = format!("`{key}`");
            rows.clone().find(|row| row.contains(&cell))
        };
        for (begin, decided) in TABLE {
            if matches!(decided, Decided::Name | Decided::Never) {
                continue;
            }
            let word = match decided {
                Decided::Content => "content",
                Decided::Words => "redactor",
                Decided::Address => "credentials",
                _ => "error_messages",
            };
            let row = row(begin).unwrap_or_else(|| panic!("no row for {begin}"));
            assert!(row.contains(word), "{row}");
        }
    }
}
