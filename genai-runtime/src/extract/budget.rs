//! How much is kept while a response is read: bounds on memory, above what any exporter's own limits leave.

use crate::content::limits::prefix;

/// How many bytes of text and structure one value, and all content of a stream, may hold.
pub(crate) const BUDGET: usize = 64 << 20;

/// How long an id or a name may get.
const MAX_NAME: usize = 1024;

/// The start of `text` that may be kept of a name.
pub(crate) fn clip(text: &str) -> &str {
    if text.len() <= MAX_NAME {
        return text;
    }
    prefix(text, MAX_NAME)
}

/// Cuts `text` to `room` bytes at a character boundary and says how much is missing.
pub(crate) fn cut(text: &str, room: usize) -> String {
    if text.len() <= room {
        return text.to_owned();
    }
    let kept = prefix(text, room);
    format!("{kept}...[{} bytes cut]", text.len() - kept.len())
}
