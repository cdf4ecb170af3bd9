//! How much is kept while a response is read: bounds on memory, above what any exporter's own limits leave.

use std::fmt::{self, Write as _};

use crate::content::limits::prefix;

/// How many bytes of content a request or an answer may hold where nothing asks for less: where a hook gets it whole, or a redactor
/// looks at it before it is cut.
pub(crate) const BUDGET: usize = 64 << 20;

/// How many bytes of a value are looked at though nobody keeps it: whether it says anything.
pub(crate) const GLANCE: usize = 16 << 10;

/// What of the content of one operation is worth keeping while it is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// Bytes of each list of content.
    pub(crate) bytes: usize,
    /// Elements of a list.
    pub(crate) elements: usize,
    /// Choices that are kept apart.
    pub(crate) choices: usize,
}

impl Room {
    /// That of the lists of a request, which leave something for the answer (`content::limits::Budget::share`).
    pub(crate) fn of_request(self) -> Self {
        Self {
            bytes: self.bytes - self.bytes / 4,
            ..self
        }
    }
}

impl Default for Room {
    /// Everything within the budget.
    fn default() -> Self {
        Self {
            bytes: BUDGET,
            elements: usize::MAX,
            choices: MAX_CHOICES,
        }
    }
}

/// How many choices a response may have, unless said otherwise; those with a higher index are left out.
const MAX_CHOICES: usize = 128;

/// Appends `more`, without more room than `most` asks for.
pub(crate) fn push(text: &mut String, more: &str, most: usize) {
    let needed = text.len() + more.len();
    if needed > text.capacity() {
        let room = text.capacity().saturating_mul(2).min(most).max(needed);
        text.reserve_exact(room - text.len());
    }
    text.push_str(more);
}

/// How long an id or a name may get.
const MAX_NAME: usize = 1024;

/// The start of `text` that may be kept of a name.
pub(crate) fn clip(text: &str) -> &str {
    if text.len() <= MAX_NAME {
        return text;
    }
    prefix(text, MAX_NAME)
}

/// What is kept of a short value that says what its object is, where there is no room left: a long text may stand before it.
pub(crate) const SHORT: usize = 256;

/// Whether the value of this key says what its object is.
pub(crate) fn says_what(key: &str) -> bool {
    matches!(key, "type" | "role" | "id" | "name")
}

/// The first `most` bytes of a text that is written; no more of it is.
pub(crate) fn written(text: fmt::Arguments<'_>, most: usize) -> String {
    struct Cut {
        text: String,
        most: usize,
    }

    impl fmt::Write for Cut {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let room = self.most.saturating_sub(self.text.len());
            self.text.push_str(prefix(text, room));
            if text.len() > room {
                return Err(fmt::Error);
            }
            Ok(())
        }
    }

    let mut cut = Cut {
        text: String::new(),
        most,
    };
    // An error means that there is enough.
    let _ = cut.write_fmt(text);
    cut.text
}

/// Cuts `text` to `room` bytes at a character boundary and says how much is missing.
pub(crate) fn cut(text: &str, room: usize) -> String {
    if text.len() <= room {
        return text.to_owned();
    }
    let kept = prefix(text, room);
    format!("{kept}...[{} bytes cut]", text.len() - kept.len())
}
