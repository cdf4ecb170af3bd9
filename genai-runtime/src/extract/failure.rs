//! Failures: an error of any type, or a record of one, goes in; its class (`error.type`) and its text come out.
//!
//! A class is low in cardinality: what an error says of itself, what a known client's error says, or the path of its type.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::{self, Display, Write as _};

use opentelemetry::StringValue;

use super::clients;
use super::traits::ErrorType;
use crate::content::limits::prefix;
use crate::diag::warn::{Once, contained};
use crate::operation::{Op, Outcome};

/// At most this much of an error's text is kept, in bytes.
const MAX_MESSAGE: usize = 1024;

/// The class of an error whose type says nothing, such as `Box<dyn Error>`.
const OTHER: &str = "_OTHER";

/// Types that hold an error of any type.
const OPAQUE: [&str; 2] = ["anyhow::Error", "eyre::Report"];

/// An error record: a class and a text, for errors that are no Rust type.
///
/// ```
/// let chat = genai::chat("openai").start();
/// chat.fail(genai::Failure::new("rate_limit_exceeded", "429 Too Many Requests"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Failure {
    pub(crate) error_type: Cow<'static, str>,
    pub(crate) message: String,
}

impl Failure {
    /// An error of class `error_type` (`error.type`, low in cardinality) with the text `message`.
    pub fn new(error_type: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self {
            error_type: error_type.into(),
            message: message.into(),
        }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("error_type", &self.error_type)
            .finish_non_exhaustive()
    }
}

/// What [`Invocation::fail`] takes: an error, or a record made by [`Failure::new`].
pub trait IntoFailure {
    /// The class and, if wanted, the text.
    #[doc(hidden)]
    fn failure(self, wants_text: bool) -> (Cow<'static, str>, Option<String>);
}

impl IntoFailure for Failure {
    fn failure(self, wants_text: bool) -> (Cow<'static, str>, Option<String>) {
        (self.error_type, Some(self.message).filter(|_| wants_text))
    }
}

impl<E: StdError + 'static> IntoFailure for &E {
    fn failure(self, wants_text: bool) -> (Cow<'static, str>, Option<String>) {
        of_error(self, std::any::type_name::<E>(), wants_text)
    }
}

macro_rules! any_error {
    ($($ty:ty),+) => {$(
        impl IntoFailure for &($ty) {
            fn failure(self, wants_text: bool) -> (Cow<'static, str>, Option<String>) {
                of_error(self, std::any::type_name::<$ty>(), wants_text)
            }
        }
    )+};
}
any_error!(
    dyn StdError + 'static,
    dyn StdError + Send + 'static,
    dyn StdError + Send + Sync + 'static
);

/// As a known client's error classifies itself; else by its type and its text.
fn of_error(
    error: &(dyn StdError + 'static),
    type_name: &'static str,
    wants_text: bool,
) -> (Cow<'static, str>, Option<String>) {
    match clients::known(error) {
        Some(known) => described(known, wants_text),
        None => {
            let text = if wants_text { display(&error) } else { None };
            (Cow::Borrowed(type_path(type_name)), text)
        }
    }
}

/// How `op` ends with a failure.
pub(crate) fn outcome(failure: impl IntoFailure, op: &Op) -> Outcome {
    let (error_type, message) = failure.failure(op.wants_error_text());
    Outcome::Error {
        error_type: StringValue::from(error_type),
        message,
    }
}

/// The class and, if wanted, the description an error gives of itself.
pub(crate) fn described(
    error: &dyn ErrorType,
    wants_text: bool,
) -> (Cow<'static, str>, Option<String>) {
    let told = contained(
        Once::ErrorTextPanicked,
        "an implementation of `genai::ErrorType`",
        || {
            let message = if wants_text {
                error.description().map(|d| cut(&d))
            } else {
                None
            };
            (Cow::Owned(error.error_type().into_owned()), message)
        },
    );
    told.unwrap_or((Cow::Borrowed(OTHER), None))
}

/// The path of a type without generic arguments, seen through references and the pointers of the standard library.
pub(crate) fn type_path(full: &'static str) -> &'static str {
    let mut path = full;
    loop {
        path = path.trim_start_matches(['&', ' ']);
        path = path.strip_prefix("mut ").unwrap_or(path);
        let inner = ["alloc::boxed::Box<", "alloc::sync::Arc<", "alloc::rc::Rc<"]
            .iter()
            .find_map(|p| path.strip_prefix(p));
        match inner {
            Some(inner) => path = inner,
            None => break,
        }
    }
    let end = path.find(['<', '>', ',', ' ']).unwrap_or(path.len());
    let path = if path.starts_with("dyn ") {
        ""
    } else {
        path.get(..end).unwrap_or_default()
    };
    if path.is_empty() || OPAQUE.contains(&path) {
        OTHER
    } else {
        path
    }
}

/// The text of an error, cut while it is written.
pub(crate) fn display(error: &dyn Display) -> Option<String> {
    struct Cut(String);

    impl fmt::Write for Cut {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let room = MAX_MESSAGE.saturating_sub(self.0.len());
            if text.len() <= room {
                self.0.push_str(text);
                return Ok(());
            }
            self.0.push_str(prefix(text, room));
            Err(fmt::Error)
        }
    }

    contained(
        Once::ErrorTextPanicked,
        "an implementation of `Display`",
        || {
            let mut text = Cut(String::new());
            // An error here means that the text is full.
            let _ = write!(text, "{error}");
            text.0
        },
    )
}

fn cut(text: &str) -> String {
    prefix(text, MAX_MESSAGE).to_owned()
}

#[cfg(test)]
mod tests {
    use std::any::type_name;

    use super::*;

    #[test]
    fn a_type_is_named_by_its_path() {
        struct Plain;
        struct Generic<T>(T);
        assert!(
            type_path(type_name::<Plain>()).ends_with("::Plain"),
            "{}",
            type_path(type_name::<Plain>())
        );
        assert!(type_path(type_name::<Generic<Vec<u8>>>()).ends_with("::Generic"));
        assert!(type_path(type_name::<Box<Generic<Plain>>>()).ends_with("::Generic"));
        assert!(type_path(type_name::<&Plain>()).ends_with("::Plain"));
        assert_eq!(
            type_path(type_name::<Box<dyn std::error::Error + Send + Sync>>()),
            OTHER
        );
        assert_eq!(
            type_path(type_name::<std::sync::Arc<dyn std::error::Error>>()),
            OTHER
        );
        assert_eq!(
            type_path(type_name::<std::num::ParseIntError>()),
            "core::num::error::ParseIntError"
        );
        let _ = (Plain, Generic(1).0);
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        let long = "ä".repeat(600);
        let kept = display(&format_args!("x{long}")).unwrap();
        assert_eq!(kept.len(), 1023);
        assert!(kept.ends_with('ä'));
        assert_eq!(prefix("abc", 10), "abc");
    }
}
