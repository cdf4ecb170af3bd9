//! Roles and finish reasons: well-known words need no allocation.

use crate::content::message::Word;

/// The words that answers are full of.
const KNOWN: [&str; 30] = [
    "assistant",
    "user",
    "system",
    "tool",
    "developer",
    "stop",
    "length",
    "tool_calls",
    "content_filter",
    "function_call",
    "error",
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "refusal",
    "STOP",
    "MAX_TOKENS",
    "SAFETY",
    "RECITATION",
    "OTHER",
    "COMPLETE",
    "TOOL_CALL",
    "FINISH",
    "LENGTH",
    "guardrail_intervened",
    "content_filtered",
    "eos",
    crate::semconv::OTHER,
];

/// `text` as a word.
pub(crate) fn word(text: &str) -> Word {
    match KNOWN.iter().find(|known| **known == text) {
        Some(known) => Word::Borrowed(known),
        None => Word::Owned(text.to_owned()),
    }
}
