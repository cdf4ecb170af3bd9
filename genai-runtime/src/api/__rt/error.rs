//! The end of an operation: whether its result is an error, and of which class.
//!
//! The classes are levels of references: `(&&&&t).end(op)` finds the impl on the most references whose bound holds.

use std::any::type_name;
use std::borrow::Cow;
use std::fmt::{self, Display, Write as _};

use super::items::Items;
use super::out::Out;
use opentelemetry::StringValue;

use crate::content::limits::prefix;
use crate::content::redact::whole_words;
use crate::diag::warn::{Once, contained};
use crate::extract::observe::Class;
use crate::extract::traits::ErrorType;
use crate::operation::{Op, Outcome};

/// The class of an error whose type says nothing, such as `Box<dyn Error>`.
const OTHER: &str = "_OTHER";

/// Types that hold an error of any type.
const OPAQUE: [&str; 2] = ["anyhow::Error", "eyre::Report"];

macro_rules! levels {
    ($($(#[$doc:meta])* $name:ident, $item:ident on [$($receiver:tt)*] for [$($generics:tt)*] $ty:ty, $outcome:expr;)*) => {$(
        $(#[$doc])*
        pub trait $name {
            /// Ends the operation as the result says.
            fn end(&self, op: Box<Op>);
        }

        impl<$($generics)*> $name for $($receiver)* Out<'_, $ty> {
            fn end(&self, op: Box<Op>) {
                let class: Class<$ty> = Class($outcome);
                end(class.0(self.0, &op), op);
            }
        }

        /// The same for the items of a stream.
        pub trait $item {
            /// The type of an item.
            type Value;

            /// Tells errors from other items.
            fn class(&self) -> Class<Self::Value>;
        }

        impl<$($generics)*> $item for $($receiver)* Items<$ty> {
            type Value = $ty;

            fn class(&self) -> Class<$ty> {
                Class($outcome)
            }
        }
    )*};
}

levels! {
    /// The error classifies itself.
    ByErrorType, ItemByErrorType on [&&&] for [T, E: ErrorType] Result<T, E>,
        |out, op| by_error_type(out.as_ref().err()?, op);
    /// The error has a text.
    ByDisplay, ItemByDisplay on [&&] for [T, E: Display] Result<T, E>,
        |out, op| by_display(out.as_ref().err()?, type_name::<E>(), op);
    /// Only the error's type is known.
    ByPath, ItemByPath on [&] for [T, E] Result<T, E>, |out, _| by_path(out);
    /// There is no error.
    NoError, ItemNoError on [] for [T] T, |_, _| None;
}

#[inline(never)]
fn end(outcome: Option<Outcome>, op: Box<Op>) {
    op.finish(outcome.unwrap_or(Outcome::Ok));
}

#[cold]
fn by_error_type(error: &dyn ErrorType, op: &Op) -> Option<Outcome> {
    let (error_type, message) = told(error, op.error_text_read());
    Some(Outcome::Error {
        error_type: StringValue::from(error_type),
        message,
    })
}

/// The class of an error that classifies itself and its description, as much of it as is to be read.
pub(crate) fn told(
    error: &dyn ErrorType,
    read: Option<usize>,
) -> (Cow<'static, str>, Option<String>) {
    let told = contained(
        Once::ErrorTextPanicked,
        "an implementation of `genai::ErrorType`",
        || {
            let message = read.and_then(|read| {
                let text = error.description()?;
                Some(whole_words(&text, read).to_owned())
            });
            (Cow::Owned(error.error_type().into_owned()), message)
        },
    );
    told.unwrap_or((Cow::Borrowed(OTHER), None))
}

#[cold]
fn by_display(error: &dyn Display, path: &'static str, op: &Op) -> Option<Outcome> {
    let message = op.error_text_read().and_then(|read| display(error, read));
    Some(Outcome::Error {
        error_type: type_path(path).into(),
        message,
    })
}

fn by_path<T, E>(out: &Result<T, E>) -> Option<Outcome> {
    out.as_ref().err().map(|_| Outcome::Error {
        error_type: type_path(type_name::<E>()).into(),
        message: None,
    })
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
    struct Cut {
        text: String,
        read: usize,
    }

    impl fmt::Write for Cut {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            // One byte more says that there is more, so that the last word is left out.
            let room = self.read.saturating_add(1).saturating_sub(self.text.len());
            if text.len() <= room {
                self.text.push_str(text);
                return Ok(());
            }
            self.text.push_str(prefix(text, room));
            Err(fmt::Error)
        }
    }

    contained(
        Once::ErrorTextPanicked,
        "an implementation of `Display`",
        || {
            let mut cut = Cut {
                text: String::new(),
                read,
            };
            // An error here means that the text is full.
            let _ = write!(cut, "{error}");
            cut.text.truncate(whole_words(&cut.text, read).len());
            cut.text
        },
    )
}

#[cfg(test)]
mod tests {
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
