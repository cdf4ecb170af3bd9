//! Messages and how they leave: the model, the redactor, the caps, and the JSON and `AnyValue` forms.

pub(crate) mod captured;
pub(crate) mod decision;
pub(crate) mod limits;
mod listed;
pub mod message;
pub(crate) mod redact;
#[cfg(feature = "redact")]
pub mod rules;
pub(crate) mod shown;
pub(crate) mod url;
pub(crate) mod variables;
