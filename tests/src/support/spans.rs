//! Spans of a call and what is asked of them. In goes a call; out come its span and the attributes it is to have.

use genai::testing::{Harness, Span};

/// The one span that is there.
///
/// # Panics
/// If there are more, or none.
pub fn only(harness: &Harness) -> Span {
    let mut spans = harness.spans();
    assert_eq!(spans.len(), 1, "{spans:?}");
    spans.remove(0)
}

/// What `f` returns, and the one span that annotated functions made in it.
///
/// # Panics
/// If there were more, or none.
pub fn span_of<T>(f: impl FnOnce() -> T) -> (T, Span) {
    let harness = Harness::install();
    let value = f();
    (value, only(&harness))
}

/// The class of error that a span has, if it has one.
pub fn error_type(span: &Span) -> Option<&str> {
    span.str("error.type")
}

/// Asserts that a span's attributes are these: `assert_span!(span, "gen_ai.request.model" = "m", "gen_ai.request.seed" = 3)`. A
/// key without a value must not be there: `assert_span!(span, "error.type")`.
#[macro_export]
macro_rules! assert_span {
    ($span:expr $(, $key:literal $(= $value:expr)?)+ $(,)?) => {{
        let span: &$crate::support::spans::Asserted<'_> = &(&$span).into();
        $(span.check($key, $crate::assert_span!(@value $($value)?));)+
    }};
    (@value) => { ::std::option::Option::None };
    (@value $value:expr) => { ::std::option::Option::Some($value.into()) };
}

/// What [`assert_span!`] looks at.
#[derive(Debug)]
pub struct Asserted<'a>(&'a Span);

impl<'a> From<&'a Span> for Asserted<'a> {
    fn from(span: &'a Span) -> Self {
        Self(span)
    }
}

impl Asserted<'_> {
    /// # Panics
    /// If the key's value is another.
    #[track_caller]
    pub fn check(&self, key: &str, value: Option<opentelemetry::Value>) {
        assert_eq!(self.0.get(key), value.as_ref(), "`{key}` of {:?}", self.0);
    }
}
