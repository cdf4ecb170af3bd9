//! Failures: an error of any type, or a record of one, goes in; its class (`error.type`) and its text come out.
//!
//! A class is low in cardinality: what an error says of itself, what a known client's error says, or the path of its type.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt::{self, Display};

use opentelemetry::StringValue;

use super::causes::{self, Known};
use super::clients::by_text::{self, Said};
use super::traits::ErrorType;
use crate::content::redact::whole_words;
use crate::diag::call_out::{CallOut, contained};
use crate::extract::budget::written;
use crate::operation::{Op, Outcome};
use crate::pipeline::state::Classifier;
use crate::semconv::OTHER;

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

    /// A call that its caller gave up, which is no failure of the other side: `error.type` is `cancelled`, as for a future that
    /// is dropped, and so is the description.
    ///
    /// ```
    /// let chat = genai::chat("openai").start();
    /// chat.fail(genai::Failure::cancelled());
    /// ```
    pub fn cancelled() -> Self {
        Self::new("cancelled", "cancelled")
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failure")
            .field("error_type", &self.error_type)
            .finish_non_exhaustive()
    }
}

/// What is asked of an error.
#[doc(hidden)]
#[derive(Clone, Copy, Default)]
#[allow(missing_debug_implementations, reason = "nobody else holds it")]
pub struct Reading<'a> {
    classifier: Option<&'a Classifier>,
    /// How much of the text is to be read, in bytes.
    text: Option<usize>,
}

impl<'a> Reading<'a> {
    pub(crate) fn of(op: &'a Op) -> Self {
        Self {
            classifier: op.classifier(),
            text: op.error_text_read(),
        }
    }
}

/// What [`Invocation::fail`](crate::invocation::Invocation::fail) takes: an error, or a record made by [`Failure::new`].
///
/// ```
/// use std::io::{Error, ErrorKind};
///
/// genai::chat("openai").start().fail(&Error::from(ErrorKind::TimedOut));
/// genai::chat("openai").start().fail(genai::Failure::new("rate_limit_exceeded", "429 Too Many Requests"));
/// ```
pub trait IntoFailure {
    /// The class, and the text, as many bytes of it as are to be read.
    #[doc(hidden)]
    fn failure(self, reading: Reading<'_>) -> (Cow<'static, str>, Option<String>);
}

impl IntoFailure for Failure {
    fn failure(self, reading: Reading<'_>) -> (Cow<'static, str>, Option<String>) {
        (self.error_type, reading.text.map(|_| self.message))
    }
}

impl<E: StdError + 'static> IntoFailure for &E {
    fn failure(self, reading: Reading<'_>) -> (Cow<'static, str>, Option<String>) {
        of_error(self, std::any::type_name::<E>(), reading)
    }
}

macro_rules! any_error {
    ($($ty:ty),+) => {$(
        impl IntoFailure for &($ty) {
            fn failure(self, reading: Reading<'_>) -> (Cow<'static, str>, Option<String>) {
                of_error(self, std::any::type_name::<$ty>(), reading)
            }
        }
    )+};
}
any_error!(
    dyn StdError + 'static,
    dyn StdError + Send + 'static,
    dyn StdError + Send + Sync + 'static
);

/// As it or one of its causes is known; else by its type. The text is its own.
pub(crate) fn of_error(
    error: &(dyn StdError + 'static),
    type_name: &'static str,
    reading: Reading<'_>,
) -> (Cow<'static, str>, Option<String>) {
    let path = type_path(type_name);
    let class = match causes::class(error, reading.classifier, path == OTHER) {
        Some(Known::Client(client)) => return described(client, reading.text),
        Some(Known::Class(class)) => class,
        Some(Known::Said(said)) => return of_text(said, reading.text),
        None => match contained(CallOut::ErrorText, || by_text::by_type(path, &error)).flatten() {
            Some(said) => return of_text(said, reading.text),
            None => Cow::Borrowed(path),
        },
    };
    (class, reading.text.and_then(|read| display(&error, read)))
}

/// What the text of a client's error says; the text itself may hold what the model or the user wrote.
fn of_text(said: Said, read: Option<usize>) -> (Cow<'static, str>, Option<String>) {
    let description = read.and(said.description).map(Cow::into_owned);
    (said.class, description)
}

/// How `op` ends with a failure.
pub(crate) fn outcome(failure: impl IntoFailure, op: &Op) -> Outcome {
    let (error_type, message) = failure.failure(Reading::of(op));
    Outcome::Error {
        error_type: StringValue::from(error_type),
        message,
    }
}

/// How `op` ends with a result, if that is an error.
pub(crate) fn failed<T, E: StdError + 'static>(result: &Result<T, E>, op: &Op) -> Option<Outcome> {
    Some(outcome(result.as_ref().err()?, op))
}

/// The class and the description an error gives of itself, as much of it as is to be read.
pub(crate) fn described(
    error: &dyn ErrorType,
    read: Option<usize>,
) -> (Cow<'static, str>, Option<String>) {
    let found = contained(CallOut::ErrorType, || {
        let message = read.and_then(|read| {
            let text = error.description()?;
            Some(whole_words(&text, read).to_owned())
        });
        (Cow::Owned(error.error_type().into_owned()), message)
    });
    found.unwrap_or((Cow::Borrowed(OTHER), None))
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

/// The text of an error, `read` bytes of it at most: it is cut while it is written.
pub(crate) fn display(error: &dyn Display, read: usize) -> Option<String> {
    contained(CallOut::ErrorText, || {
        // One byte more says that there is more, so that the last word is left out.
        let mut text = written(format_args!("{error}"), read.saturating_add(1));
        text.truncate(whole_words(&text, read).len());
        text
    })
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
    fn a_text_is_read_up_to_a_bound_and_between_words() {
        let long = "ä".repeat(600);
        let kept = display(&format_args!("x{long}"), 1024).unwrap();
        assert_eq!(kept.len(), 1023);
        assert!(kept.ends_with('ä'));
        let words = "word ".repeat(300);
        assert_eq!(display(&words, 1022).unwrap(), words[..1019]);
        assert_eq!(display(&"abc", 3).unwrap(), "abc");
    }
}
