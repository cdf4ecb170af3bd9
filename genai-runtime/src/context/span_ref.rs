//! A call, as somebody else may hold it: the ids of its span, response and conversation go in; a value or a text comes out that
//! names the call when its span has long ended, in this process or another.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use opentelemetry::StringValue;
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{shared, w3c};

/// The first part of the text form: its version.
const VERSION: &str = "g1";
/// `00-{trace id}-{span id}-{flags}` of W3C Trace Context.
const TRACEPARENT: usize = 55;
/// An id that is longer, in bytes, is no part of a handle.
const LONGEST_ID: usize = 512;
/// An id of that length in base64, without padding.
const LONGEST_ENCODED: usize = (LONGEST_ID * 4).div_ceil(3);
const LONGEST: usize = VERSION.len() + TRACEPARENT + 2 * LONGEST_ENCODED + 3;

/// A handle on a call: the trace and span id of its operation with their flags, the id of the response and that of the conversation.
///
/// It is a plain value that keeps nothing alive. It names the call also after its span has ended, on another thread and in another
/// process, for what is known of a call only later: evaluations and feedback.
///
/// | from | what |
/// |---|---|
/// | [`genai::observed(call)`](crate::observed) | a call that returned, beside its result |
/// | [`genai::current().span_ref()`](crate::invocation::Current::span_ref) | the annotated function that runs |
/// | [`Invocation::span_ref`](crate::invocation::Invocation::span_ref), [`ObservedStream::span_ref`](crate::invocation::ObservedStream::span_ref) | a call without the macros |
/// | [`Completion::span_ref`](crate::hook::Completion::span_ref) | a finished call, in a hook |
/// | [`SpanRef::of_span`], [`SpanRef::of_response`] | ids that came another way |
///
/// Where nobody listens there is no call to name: the handle is [empty](Self::is_empty).
///
/// # As a text
///
/// `Display` and `FromStr` are each other's inverse, and serde uses the same text. It consists of letters, digits, `-`, `_` and `.`,
/// and so fits a header, a cookie, a URL and a message queue as it is. Four parts, always, with `.` between them:
///
/// | part | what |
/// |---|---|
/// | `g1` | the version of this form |
/// | `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01` | trace id, span id and flags as [`traceparent`](https://www.w3.org/TR/trace-context/) has them; empty where there is no span |
/// | `Y2hhdGNtcGwtMQ` | the response id, as base64url without padding; empty where it is not known |
/// | `Yy0xNw` | the conversation id, likewise |
///
/// Ids longer than 512 bytes are left out. The text is at most 1,426 bytes long. It is not signed: whoever returns it can return
/// another one. Where that matters, keep it on the server, or sign it.
///
/// ```
/// use genai::SpanRef;
///
/// # async fn ask() {}
/// # async fn example() -> Result<(), genai::SpanRefError> {
/// let (answer, seen) = genai::observed(ask()).await;
/// let text = seen.to_string(); // to a browser, to a queue
/// // Later, elsewhere:
/// let seen: SpanRef = text.parse()?;
/// # let _ = (answer, seen);
/// # Ok(())
/// # }
/// let text = "g1.00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.Y2hhdGNtcGwtMQ.Yy0xNw";
/// let seen: SpanRef = text.parse()?;
/// assert_eq!(seen.response_id(), Some("chatcmpl-1"));
/// assert_eq!(seen.conversation_id(), Some("c-17"));
/// assert_eq!(seen.to_string(), text);
/// # Ok::<(), genai::SpanRefError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SpanRef {
    trace_id: TraceId,
    span_id: SpanId,
    flags: TraceFlags,
    response_id: Option<StringValue>,
    conversation_id: Option<StringValue>,
}

impl SpanRef {
    /// Names nothing.
    pub const fn new() -> Self {
        Self {
            trace_id: TraceId::INVALID,
            span_id: SpanId::INVALID,
            flags: TraceFlags::NOT_SAMPLED,
            response_id: None,
            conversation_id: None,
        }
    }

    /// Names the call of this span; nothing where the context is not valid.
    ///
    /// ```
    /// use opentelemetry::Context;
    /// use opentelemetry::trace::TraceContextExt as _;
    ///
    /// let seen = genai::SpanRef::of_span(Context::current().span().span_context());
    /// assert!(seen.is_empty());
    /// ```
    pub fn of_span(span: &SpanContext) -> Self {
        if !span.is_valid() {
            return Self::new();
        }
        Self {
            trace_id: span.trace_id(),
            span_id: span.span_id(),
            flags: span.trace_flags() & TraceFlags::SAMPLED,
            ..Self::new()
        }
    }

    /// Names the call by the id that the provider gave its response, where nothing is known of its span.
    ///
    /// ```
    /// let seen = genai::SpanRef::of_response("chatcmpl-1");
    /// assert_eq!(seen.response_id(), Some("chatcmpl-1"));
    /// assert!(seen.span_context().is_none());
    /// ```
    pub fn of_response(id: &str) -> Self {
        Self::new().with_response_id(id)
    }

    /// With the id of the response. An empty one, and one longer than 512 bytes, leave it as it is.
    #[must_use]
    pub fn with_response_id(mut self, id: &str) -> Self {
        if is_id(id) {
            self.response_id = Some(shared(id));
        }
        self
    }

    /// With the id of the conversation. An empty one, and one longer than 512 bytes, leave it as it is.
    #[must_use]
    pub fn with_conversation_id(mut self, id: &str) -> Self {
        if is_id(id) {
            self.conversation_id = Some(shared(id));
        }
        self
    }

    /// As the span, response and conversation of an operation have them.
    pub(crate) fn of_operation(
        span: &SpanContext,
        response_id: Option<&StringValue>,
        conversation_id: Option<&StringValue>,
    ) -> Self {
        let id = |id: Option<&StringValue>| id.filter(|id| is_id(id.as_str())).cloned();
        Self {
            response_id: id(response_id),
            conversation_id: id(conversation_id),
            ..Self::of_span(span)
        }
    }

    /// With what `other` knows beyond it.
    pub(crate) fn or(self, other: Self) -> Self {
        let (with_span, without) = if self.has_span() {
            (self, other)
        } else {
            (other, self)
        };
        Self {
            response_id: with_span.response_id.or(without.response_id),
            conversation_id: with_span.conversation_id.or(without.conversation_id),
            ..with_span
        }
    }

    /// Whether a span is known.
    pub(crate) fn has_span(&self) -> bool {
        self.span_id != SpanId::INVALID
    }

    /// The span, as one that came from elsewhere; `None` where it is not known.
    pub fn span_context(&self) -> Option<SpanContext> {
        self.has_span().then(|| {
            let none = TraceState::NONE;
            SpanContext::new(self.trace_id, self.span_id, self.flags, true, none)
        })
    }

    /// The id that the provider gave the response, `gen_ai.response.id`.
    pub fn response_id(&self) -> Option<&str> {
        self.response_id.as_ref().map(StringValue::as_str)
    }

    /// The conversation that the call belongs to, `gen_ai.conversation.id`.
    pub fn conversation_id(&self) -> Option<&str> {
        self.conversation_id.as_ref().map(StringValue::as_str)
    }

    /// Whether it names no call: neither span nor response is known.
    pub fn is_empty(&self) -> bool {
        !self.has_span() && self.response_id.is_none()
    }
}

impl Default for SpanRef {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether an id is part of a handle.
fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= LONGEST_ID
}

/// Shows the span, and whether the others are known.
impl fmt::Debug for SpanRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanRef")
            .field("trace_id", &self.trace_id)
            .field("span_id", &self.span_id)
            .field("response_id", &self.response_id.is_some())
            .field("conversation_id", &self.conversation_id.is_some())
            .finish()
    }
}

impl fmt::Display for SpanRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded =
            |id: Option<&str>| id.map_or_else(String::new, |id| URL_SAFE_NO_PAD.encode(id));
        write!(f, "{VERSION}.")?;
        if let Some(parent) = self.span_context().as_ref().and_then(w3c::parent) {
            f.write_str(&parent)?;
        }
        let (response, conversation) = (self.response_id(), self.conversation_id());
        write!(f, ".{}.{}", encoded(response), encoded(conversation))
    }
}

/// Why a text is no [`SpanRef`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpanRefError {
    /// It is longer than any.
    TooLong,
    /// It does not start with a version that is known.
    Version,
    /// It has not the four parts.
    Parts,
    /// Its second part is no `traceparent` of version 00, in lower case and with ids that are not zero.
    Span,
    /// Its third part is no response id: UTF-8 of at most 512 bytes as base64url without padding.
    ResponseId,
    /// Its fourth part is no conversation id, likewise.
    ConversationId,
}

impl fmt::Display for SpanRefError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::TooLong => return write!(f, "the handle is longer than {LONGEST} bytes"),
            Self::Version => return write!(f, "the handle does not start with `{VERSION}.`"),
            Self::Parts => "the handle has not four parts with `.` between them",
            Self::Span => {
                "the handle's second part is neither empty nor a `traceparent` of version 00"
            }
            Self::ResponseId => "the handle's third part is no id in base64url",
            Self::ConversationId => "the handle's fourth part is no id in base64url",
        };
        f.write_str(what)
    }
}

impl std::error::Error for SpanRefError {}

impl FromStr for SpanRef {
    type Err = SpanRefError;

    fn from_str(text: &str) -> Result<Self, SpanRefError> {
        if text.len() > LONGEST {
            return Err(SpanRefError::TooLong);
        }
        let (version, rest) = text.split_once('.').ok_or(SpanRefError::Version)?;
        if version != VERSION {
            return Err(SpanRefError::Version);
        }
        let (span, ids) = rest.split_once('.').ok_or(SpanRefError::Parts)?;
        let (response, conversation) = ids.split_once('.').ok_or(SpanRefError::Parts)?;
        if conversation.contains('.') {
            return Err(SpanRefError::Parts);
        }
        let known = match span {
            "" => Self::new(),
            span => traceparent(span).ok_or(SpanRefError::Span)?,
        };
        Ok(Self {
            response_id: decoded(response).ok_or(SpanRefError::ResponseId)?,
            conversation_id: decoded(conversation).ok_or(SpanRefError::ConversationId)?,
            ..known
        })
    }
}

/// The span that a `traceparent` of version 00 names; nothing around it.
fn traceparent(text: &str) -> Option<SpanRef> {
    let is_this_version = text.len() == TRACEPARENT && text.starts_with("00-");
    let span = w3c::read(text, None).filter(|_| is_this_version)?;
    Some(SpanRef::of_span(&span))
}

/// An id of the text form, if there is one; `None` where it is malformed.
fn decoded(text: &str) -> Option<Option<StringValue>> {
    if text.is_empty() {
        return Some(None);
    }
    let id = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    is_id(&id).then(|| Some(shared(&id)))
}

impl Serialize for SpanRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SpanRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl serde::de::Visitor<'_> for Text {
            type Value = SpanRef;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a handle on a call")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<SpanRef, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn span() -> SpanContext {
        let parsed: SpanRef = format!("g1.{SPAN}..").parse().unwrap();
        parsed.span_context().unwrap()
    }

    #[test]
    fn a_text_and_its_handle_are_each_others_inverse() {
        let longest = "ü".repeat(LONGEST_ID / 2);
        let handles = [
            SpanRef::new(),
            SpanRef::of_span(&span()),
            SpanRef::of_response("chatcmpl-1"),
            SpanRef::of_span(&span()).with_conversation_id("a.b;c=\u{0}\r\n ü"),
            SpanRef::of_span(&span())
                .with_response_id(&longest)
                .with_conversation_id(&longest),
        ];
        for handle in handles {
            let text = handle.to_string();
            let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
            assert!(text.bytes().all(is_plain), "{text}");
            assert!(text.len() <= LONGEST, "{}", text.len());
            assert_eq!(text.parse(), Ok(handle.clone()));
            let json = serde_json::to_string(&handle).unwrap();
            assert_eq!(json, format!("{text:?}"));
            assert_eq!(serde_json::from_str::<SpanRef>(&json).unwrap(), handle);
        }
        assert_eq!(LONGEST, 1426);
        assert_eq!(
            SpanRef::of_span(&span()).to_string(),
            format!("g1.{SPAN}..")
        );
    }

    #[test]
    fn an_id_is_whole_and_the_flag_is_that_of_the_span() {
        let longest = "x".repeat(LONGEST_ID);
        let handle = SpanRef::of_response(&longest).with_conversation_id(&longest);
        assert_eq!(handle.response_id(), Some(&*longest));
        assert_eq!(handle.conversation_id(), Some(&*longest));
        for (given, kept) in [("00", "00"), ("01", "01"), ("02", "00"), ("ff", "01")] {
            let text = format!("{}{given}", &SPAN[..SPAN.len() - 2]);
            let span = w3c::read(&text, None).unwrap();
            let of_span = SpanRef::of_span(&span).span_context().unwrap();
            assert_eq!(format!("{:02x}", of_span.trace_flags()), kept);
            // A context has the flags that the program gave it.
            let flags = TraceFlags::new(u8::from_str_radix(given, 16).unwrap());
            let (trace, id) = (span.trace_id(), span.span_id());
            let span = SpanContext::new(trace, id, flags, true, TraceState::NONE);
            let of_span = SpanRef::of_span(&span).span_context().unwrap();
            assert_eq!(format!("{:02x}", of_span.trace_flags()), kept);
            assert!(of_span.is_remote());
        }
    }

    #[test]
    fn debug_shows_the_span_and_no_id_of_others() {
        let handle = SpanRef::of_span(&span()).with_response_id("secret");
        assert_eq!(
            format!("{handle:?}"),
            "SpanRef { trace_id: 0af7651916cd43dd8448eb211c80319c, span_id: b7ad6b7169203331, \
             response_id: true, conversation_id: false }"
        );
    }

    #[test]
    fn every_error_says_what_is_wrong() {
        use SpanRefError as E;
        for (error, said) in [
            (E::TooLong, "longer than 1426 bytes"),
            (E::Version, "does not start with `g1.`"),
            (E::Parts, "four parts"),
            (E::Span, "second part"),
            (E::ResponseId, "third part"),
            (E::ConversationId, "fourth part"),
        ] {
            assert!(error.to_string().contains(said), "{error}");
        }
        let wrong = serde_json::from_str::<SpanRef>("7").unwrap_err();
        assert!(wrong.to_string().contains("a handle on a call"), "{wrong}");
        let wrong = serde_json::from_str::<SpanRef>("\"g2...\"").unwrap_err();
        assert!(wrong.to_string().contains("`g1.`"), "{wrong}");
    }

    #[test]
    fn ids_that_are_none_are_left_out() {
        let long = "x".repeat(LONGEST_ID + 1);
        let handle = SpanRef::of_response("").with_conversation_id(&long);
        assert_eq!(handle, SpanRef::new());
        assert!(handle.is_empty());
        let kept = SpanRef::of_response("r")
            .with_response_id("")
            .with_response_id(&long);
        assert_eq!(kept.response_id(), Some("r"));
    }

    #[test]
    fn what_is_no_handle_is_refused() {
        use SpanRefError as E;
        let long = "A".repeat(LONGEST);
        let too_long_id = format!(
            "g1...{}",
            URL_SAFE_NO_PAD.encode("x".repeat(LONGEST_ID + 1))
        );
        for (text, error) in [
            ("", E::Version),
            ("g1", E::Version),
            (SPAN, E::Version),
            ("g2....", E::Version),
            ("G1...", E::Version),
            (" g1...", E::Version),
            ("g1.", E::Parts),
            ("g1..", E::Parts),
            ("g1....", E::Parts),
            ("g1.00..", E::Span),
            (
                "g1.01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01..",
                E::Span,
            ),
            (
                "g1.00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01..",
                E::Span,
            ),
            (
                "g1.00-00000000000000000000000000000000-b7ad6b7169203331-01..",
                E::Span,
            ),
            (
                "g1.00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01..",
                E::Span,
            ),
            (
                "g1.00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1..",
                E::Span,
            ),
            (
                "g1.00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-..",
                E::Span,
            ),
            (
                "g1.00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01..",
                E::Span,
            ),
            (
                "g1.00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01..",
                E::Span,
            ),
            ("g1..cg==.", E::ResponseId),
            ("g1..ch.", E::ResponseId),
            ("g1..c+g.", E::ResponseId),
            ("g1.._w.", E::ResponseId),
            ("g1..cg.cg ", E::ConversationId),
            (&too_long_id, E::ConversationId),
            (&long, E::Version),
            (&format!("{long}A"), E::TooLong),
        ] {
            assert_eq!(text.parse::<SpanRef>(), Err(error), "{text:?}");
            assert!(!error.to_string().is_empty());
        }
        assert!(serde_json::from_str::<SpanRef>("1").is_err());
    }

    #[test]
    fn a_handle_of_span_or_response_names_a_call() {
        assert!(!SpanRef::of_span(&span()).is_empty());
        assert!(!SpanRef::of_response("r").is_empty());
        assert!(!SpanRef::of_span(&span()).with_response_id("r").is_empty());
        assert!(SpanRef::new().with_conversation_id("c").is_empty());
    }

    #[test]
    fn what_one_does_not_know_comes_from_the_other() {
        let whole = SpanRef::of_span(&span())
            .with_response_id("r")
            .with_conversation_id("c");
        let (of_span, of_response) = (SpanRef::of_span(&span()), SpanRef::of_response("r"));
        let of_conversation = SpanRef::new().with_conversation_id("c");
        let one = of_span
            .clone()
            .or(of_response.clone())
            .or(of_conversation.clone());
        assert_eq!(one, whole);
        assert_eq!(of_conversation.or(of_response).or(of_span), whole);
    }
}
