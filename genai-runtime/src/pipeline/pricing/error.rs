//! What is wrong with a price table: one mistake, with its place.

use std::fmt;
use std::path::Path;

/// A mistake in a price table.
///
/// ```
/// use genai::pricing::Prices;
///
/// let error = Prices::from_json("{").unwrap_err();
/// println!("{error}");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Error {
    reason: String,
    field: Option<String>,
    place: Option<(usize, usize)>,
}

impl Error {
    pub(super) fn new(field: &str, reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            field: Some(field.to_owned()),
            place: None,
        }
    }

    pub(super) fn file(path: &Path, reason: &str) -> Self {
        Self {
            reason: format!("{}: {reason}", path.display()),
            field: None,
            place: None,
        }
    }

    pub(super) fn json(error: &serde_json::Error, field: Option<String>) -> Self {
        let text = error.to_string();
        // The place stands in front.
        let reason = text
            .rsplit_once(" at line ")
            .map_or(text.as_str(), |(reason, _)| reason);
        Self {
            reason: reason.to_owned(),
            field,
            place: Some((error.line(), error.column())),
        }
    }

    /// The same, said of one model of a builder.
    pub(super) fn of_model(mut self, model: &str) -> Self {
        self.field = self.field.map(|field| format!("{field} of {model:?}"));
        self
    }

    /// Why the table is refused, without the place.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The field the mistake is in, such as `prices[3].input`.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// The line in the JSON, from 1 on.
    pub fn line(&self) -> Option<usize> {
        self.place.map(|(line, _)| line)
    }

    /// The column in that line, in bytes.
    pub fn column(&self) -> Option<usize> {
        self.place.map(|(_, column)| column)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("prices")?;
        if let Some((line, column)) = self.place {
            write!(f, ", line {line}, column {column}")?;
        }
        if let Some(field) = &self.field {
            write!(f, ", field {field}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// As the text, which is what a program shows that returns the error from `main`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}
