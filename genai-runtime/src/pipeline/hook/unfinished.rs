//! What was not done within a timeout: parts by name go in, one error comes out.

use std::borrow::Cow;
use std::fmt;

/// Work that [`flush`](crate::flush) or [`shutdown`](crate::shutdown) left undone when its timeout was over, or that failed.
///
/// ```
/// use genai::hook::Unfinished;
///
/// let left = Unfinished::new("uploads (3 files)").and(Unfinished::new("spans"));
/// assert_eq!(left.to_string(), "not finished: uploads (3 files), spans");
/// assert_eq!(left.parts().count(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    parts: Vec<Cow<'static, str>>,
}

impl Unfinished {
    /// `part` is what was left, such as `uploads (3 files, 1200 bytes)`.
    pub fn new(part: impl Into<Cow<'static, str>>) -> Self {
        Self {
            parts: vec![part.into()],
        }
    }

    /// Both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.parts.extend(other.parts);
        self
    }

    /// What was left, a text each.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(AsRef::as_ref)
    }
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not finished: {}", self.parts.join(", "))
    }
}

impl std::error::Error for Unfinished {}
