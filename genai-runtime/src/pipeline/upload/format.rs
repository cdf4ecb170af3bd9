//! How content is written into files: an array, or a line per item.

/// How content is written into files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// One array in one line; the extension is `.json`.
    #[default]
    Json,
    /// A line per message, part or tool, each with its `index`; the extension is `.jsonl`.
    Jsonl,
}

impl Format {
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Jsonl => "jsonl",
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Jsonl => "application/jsonl",
        }
    }
}
