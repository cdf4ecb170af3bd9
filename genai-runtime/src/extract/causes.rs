//! The class of an error of any type: the error and its causes go in, the first class that one of them has comes out.
//!
//! Who is asked, of each cause: the application's own function, the clients that are switched on, then reqwest and other clients of any
//! version, which are known without linking them by how their errors and those below them begin their `Debug` text. No more of that
//! is written than the beginning, except where that is a client's, and nothing of it is kept.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Debug;
use std::io;

use super::clients;
use super::clients::by_text::{self, Said};
use super::traits::ErrorType;
use crate::diag::call_out::{CallOut, contained};
use crate::extract::budget::written;
use crate::pipeline::state::Classifier;
use crate::semconv::OTHER;

/// How many causes are looked at; an error may be its own cause.
const MOST: usize = 32;

/// What is known of an error.
pub(crate) enum Known<'e> {
    Class(Cow<'static, str>),
    /// It is a known client's, which has a description too.
    Client(&'e dyn ErrorType),
    /// It is a client's that is known by its text; that text is not for others.
    Said(Said),
}

/// The class of an error, by itself or by its causes; `is_opaque`: its type says nothing, so that errors of the standard library
/// among its causes count.
pub(crate) fn class<'e>(
    error: &'e (dyn Error + 'static),
    classifier: Option<&Classifier>,
    is_opaque: bool,
) -> Option<Known<'e>> {
    let mut next = Some(error);
    for at in 0..MOST {
        let cause = next?;
        let own = classifier
            .and_then(|classifier| contained(CallOut::Classifier, || classifier(cause)).flatten());
        if let Some(class) = own.filter(|class| !class.is_empty()) {
            return Some(Known::Class(class));
        }
        if let Some(client) = clients::known(cause) {
            if at == 0 {
                return Some(Known::Client(client));
            }
            let class = contained(CallOut::ErrorType, || client.error_type().into_owned());
            if let Some(class) = class.filter(|class| class != OTHER) {
                return Some(Known::Class(Cow::Owned(class)));
            }
        }
        let of_others = contained(CallOut::ErrorText, || {
            let begun = beginning(cause);
            let standard = || is_opaque.then(|| of_io(cause)).flatten();
            let class = of_reqwest(&begun, cause).or_else(standard);
            let said = class
                .is_none()
                .then(|| by_text::by_beginning(&begun, cause));
            (class, said.flatten(), cause.source())
        });
        let (class, said, source) = of_others?;
        match (class, said) {
            (Some(class), _) => return Some(Known::Class(class)),
            (None, Some(said)) if at == 0 => return Some(Known::Said(said)),
            (None, Some(said)) if said.class != OTHER => return Some(Known::Class(said.class)),
            _ => {}
        }
        next = source;
    }
    None
}

/// The class of an error of reqwest, of any version.
fn of_reqwest(begun: &str, error: &(dyn Error + 'static)) -> Option<Cow<'static, str>> {
    let kind = begun.strip_prefix("reqwest::Error { kind: ")?;
    if let Some(status) = kind.strip_prefix("Status(") {
        let digits = status.get(..3)?;
        let is_status = digits.bytes().all(|byte| byte.is_ascii_digit());
        return is_status.then(|| Cow::Owned(digits.to_owned()));
    }
    let below = std::iter::successors(error.source(), |cause| (*cause).source()).take(MOST);
    for cause in below {
        let begun = beginning(cause);
        if is_timeout(&begun, cause) {
            return Some(Cow::Borrowed("timeout"));
        }
        if is_connect(&begun) {
            return Some(Cow::Borrowed("connection_error"));
        }
    }
    let word = kind.split(|c: char| !c.is_ascii_alphanumeric()).next();
    by_text::http_kind(word?).map(Cow::Borrowed)
}

fn is_timeout(begun: &str, error: &(dyn Error + 'static)) -> bool {
    let is_io = |error: &io::Error| error.kind() == io::ErrorKind::TimedOut;
    error.downcast_ref::<io::Error>().is_some_and(is_io)
        || begun == "TimedOut"
        || begun.starts_with("hyper::Error(HeaderTimeout")
}

fn is_connect(begun: &str) -> bool {
    begun.starts_with("hyper_util::client::legacy::Error(Connect")
        || begun.starts_with("hyper::Error(Connect")
}

/// The class of an error of the standard library's input and output.
fn of_io(error: &(dyn Error + 'static)) -> Option<Cow<'static, str>> {
    let error = error.downcast_ref::<io::Error>()?;
    Some(Cow::Borrowed(match error.kind() {
        io::ErrorKind::TimedOut => "timeout",
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NotConnected => "connection_error",
        // An error that somebody put into this one says more.
        _ if error.get_ref().is_some() => return None,
        _ => "std::io::error::Error",
    }))
}

/// The first words of the `Debug` text.
fn beginning(error: &dyn Debug) -> String {
    written(format_args!("{error:?}"), 64)
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    /// An error with this `Debug` text, as errors of crates have that are not linked here.
    struct Of(&'static str, Option<Box<dyn Error>>);

    impl Debug for Of {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl fmt::Display for Of {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text")
        }
    }

    impl Error for Of {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref()
        }
    }

    fn class_of(error: &(dyn Error + 'static), is_opaque: bool) -> Option<String> {
        match class(error, None, is_opaque)? {
            Known::Class(class) => Some(class.into_owned()),
            Known::Client(client) => Some(client.error_type().into_owned()),
            Known::Said(said) => Some(said.class.into_owned()),
        }
    }

    #[test]
    fn errors_of_reqwest_are_known_in_any_version() {
        let on = |debug, source| class_of(&Of(debug, source), false);
        for (debug, class) in [
            ("reqwest::Error { kind: Status(404), url: Url {", "404"),
            (
                "reqwest::Error { kind: Status(429, None), url: \"http:",
                "429",
            ),
            (
                "reqwest::Error { kind: Decode, source: Error(",
                "decode_error",
            ),
            ("reqwest::Error { kind: Body }", "body_error"),
            ("reqwest::Error { kind: Redirect, url", "redirect_error"),
            ("reqwest::Error { kind: Builder, source", "builder_error"),
            ("reqwest::Error { kind: Request, url", "request_error"),
        ] {
            assert_eq!(on(debug, None).as_deref(), Some(class), "{debug}");
        }
        for (below, class) in [
            ("TimedOut", "timeout"),
            (
                "hyper_util::client::legacy::Error(Connect, ConnectError(",
                "connection_error",
            ),
            ("hyper::Error(Connect, ConnectError(", "connection_error"),
            ("hyper::Error(IncompleteMessage)", "request_error"),
        ] {
            let source = Of("Between", Some(Box::new(Of(below, None))));
            let found = on(
                "reqwest::Error { kind: Request, url",
                Some(Box::new(source)),
            );
            assert_eq!(found.as_deref(), Some(class), "{below}");
        }
        let timed_out = io::Error::from(io::ErrorKind::TimedOut);
        let found = on(
            "reqwest::Error { kind: Request }",
            Some(Box::new(timed_out)),
        );
        assert_eq!(found.as_deref(), Some("timeout"));
        // A kind that is not known, and what only looks like one.
        for debug in [
            "reqwest::Error { kind: Upgrade }",
            "reqwest::Error",
            "Status(404)",
            "",
            "reqwest::Error { kind: Status(4",
        ] {
            assert_eq!(on(debug, None), None, "{debug}");
        }
    }

    #[test]
    fn the_first_cause_with_a_class_counts() {
        let inner = Of("reqwest::Error { kind: Status(503) }", None);
        let outer = Of("Outer", Some(Box::new(Of("Middle", Some(Box::new(inner))))));
        assert_eq!(class_of(&outer, false).as_deref(), Some("503"));
        let refused = || {
            Of(
                "Outer",
                Some(Box::new(io::Error::from(io::ErrorKind::ConnectionRefused))),
            )
        };
        assert_eq!(
            class_of(&refused(), true).as_deref(),
            Some("connection_error")
        );
        assert_eq!(class_of(&refused(), false), None);
    }

    #[test]
    fn an_error_without_end_has_an_end() {
        #[derive(Debug)]
        struct Own;
        impl fmt::Display for Own {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("own")
            }
        }
        impl Error for Own {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&Self)
            }
        }
        assert_eq!(class_of(&Own, true), None);
        let begun = Of("reqwest::Error { kind: Request }", Some(Box::new(Own)));
        assert_eq!(class_of(&begun, true).as_deref(), Some("request_error"));
    }
}
