//! Evaluations and feedback: what is known of a call only later, given to a handle on the call.
//!
//! A judge's verdict or a user's thumbs-up becomes the event `gen_ai.evaluation.result` of the conventions on the span of the call that
//! was judged, also when that has ended, on another thread or in another process. The handle is a
//! [`SpanRef`](crate::SpanRef). Above a function that judges there is [`#[genai::evaluation]`](macro@crate::evaluation).
//!
//! Events need a logger provider ([`TelemetryBuilder::logger_provider`](crate::TelemetryBuilder::logger_provider)) and no switch of their
//! own. What backends show of them is in the
//! [guide](https://github.com/genai-rs/genai/blob/main/docs/evaluations.md).

use std::borrow::Cow;
use std::fmt;

use opentelemetry::{Key, Value};

use super::telemetry::Telemetry;
use crate::context::SpanRef;
use crate::extract::failure::{IntoFailure, Reading};
use crate::operation::evaluation::{self, Judge, Judgement};
use crate::pipeline::current;
use crate::semconv::value::widen;

/// A result of an evaluation: how good, relevant, true, .. a call was.
///
/// It has a name (the metric; low in cardinality), and a score, a label or both; or, where the evaluation failed, an
/// [error](Self::error). One without any of these, one whose score is not finite, and one whose handle is empty are not emitted, and
/// reported by one warning per kind.
///
/// ```
/// # async fn ask(_: &str) {}
/// # async fn example() {
/// let (answer, seen) = genai::observed(ask("Is water wet?")).await;
/// genai::Evaluation::new("relevance")
///     .score(0.93)
///     .label("relevant")
///     .explanation("It answers what was asked.")
///     .llm("judge-v2")
///     .emit(&seen);
/// # let _ = answer;
/// # }
/// ```
///
/// The event has the attributes of the conventions, the association properties of the [context](crate::GenAiContext) that is current
/// where it is emitted, and [attributes](Self::attribute) of your own. Where nobody listens it costs no allocation but for those.
#[must_use = "an evaluation does nothing until it is emitted"]
pub struct Evaluation<'a> {
    judgement: Judgement<'a>,
}

impl<'a> Evaluation<'a> {
    /// An evaluation of this name, `gen_ai.evaluation.name`.
    pub fn new(name: impl Into<Cow<'a, str>>) -> Self {
        Self {
            judgement: Judgement::new(name.into()),
        }
    }

    /// The score: a number of any range (`gen_ai.evaluation.score.value`), or a `bool` or a text, which become the label. A `bool` is
    /// the label `true` or `false` unless [`label`](Self::label) gives another.
    pub fn score(mut self, score: impl Into<Score<'a>>) -> Self {
        match score.into() {
            Score::Number(number) => self.judgement.score = Some(number),
            Score::Bool(passed) => self.judgement.passed = Some(passed),
            Score::Label(label) => self.judgement.label = Some(label),
        }
        self
    }

    /// What the score means, such as `pass` or `relevant` (`gen_ai.evaluation.score.label`); low in cardinality.
    pub fn label(mut self, label: impl Into<Cow<'a, str>>) -> Self {
        self.judgement.label = Some(label.into());
        self
    }

    /// Why (`gen_ai.evaluation.explanation`). It may quote prompts and answers, so it is content: it is emitted only where events
    /// [get content](crate::ContentCapture), after the redactor ([`Redact::Explanation`](crate::Redact::Explanation)) and within
    /// [`Limits::content_bytes`](crate::Limits::content_bytes).
    pub fn explanation(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.judgement.explanation = Some(text.into());
        self
    }

    /// The evaluation itself failed: `&err` of any error type, or a [`Failure`](crate::Failure) record. Its class becomes `error.type`;
    /// its text is not recorded.
    pub fn error(mut self, error: impl IntoFailure) -> Self {
        self.judgement.error_type = Some(error.failure(Reading::default()).0);
        self
    }

    /// A person judged. The conventions have no attribute for that: it reaches Phoenix alone, see
    /// [`Compat::PHOENIX`](crate::Compat::PHOENIX). On the event it is an [attribute](Self::attribute) of your own.
    pub fn human(mut self) -> Self {
        self.judgement.judge = Some(Judge::Human);
        self
    }

    /// A model judged, or a prompt of this name; as [`human`](Self::human).
    pub fn llm(mut self, name: impl Into<Cow<'a, str>>) -> Self {
        self.judgement.judge = Some(Judge::Model);
        self.judgement.judge_name = Some(name.into());
        self
    }

    /// Code judged; as [`human`](Self::human).
    pub fn code(mut self) -> Self {
        self.judgement.judge = Some(Judge::Code);
        self
    }

    /// The result's own id, the same each time it is sent, so that Phoenix keeps one of them per name and call; as
    /// [`human`](Self::human).
    pub fn identifier(mut self, id: impl Into<Cow<'a, str>>) -> Self {
        self.judgement.identifier = Some(id.into());
        self
    }

    /// An attribute of your own. A key of the conventions is refused with one warning.
    pub fn attribute(mut self, key: impl Into<Key>, value: impl Into<Value>) -> Self {
        self.judgement.attributes.push((key.into(), value.into()));
        self
    }

    /// Emits it for this call, whether or not the call's span was sampled, where the process default's events go.
    pub fn emit(self, call: &SpanRef) {
        evaluation::emit(self.judgement, call, &current::default());
    }

    /// As [`emit`](Self::emit), where the events of `telemetry` go.
    pub fn emit_to(self, telemetry: &Telemetry, call: &SpanRef) {
        evaluation::emit(self.judgement, call, &telemetry.inner);
    }
}

/// Shows nothing of what was judged.
impl fmt::Debug for Evaluation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Evaluation")
            .field("name", &self.judgement.name)
            .finish_non_exhaustive()
    }
}

/// A score: a number, one of two, or a word.
///
/// ```
/// use genai::evaluation::Score;
///
/// assert_eq!(Score::from(0.5), Score::Number(0.5));
/// assert_eq!(Score::from(true), Score::Bool(true));
/// assert_eq!(Score::from("friendly"), Score::Label("friendly".into()));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Score<'a> {
    /// A number of any range.
    Number(f64),
    /// Passed or not, up or down: the label `true` or `false`. Phoenix gets 1 or 0, too.
    Bool(bool),
    /// A category.
    Label(Cow<'a, str>),
}

macro_rules! numbers {
    ($($ty:ty),+) => {$(
        impl From<$ty> for Score<'_> {
            fn from(number: $ty) -> Self {
                Self::Number(number.into())
            }
        }
    )+};
}
numbers!(f64, i8, i16, i32, u8, u16, u32);

impl From<f32> for Score<'_> {
    fn from(number: f32) -> Self {
        Self::Number(widen(number))
    }
}

impl From<bool> for Score<'_> {
    fn from(passed: bool) -> Self {
        Self::Bool(passed)
    }
}

impl<'a> From<&'a str> for Score<'a> {
    fn from(label: &'a str) -> Self {
        Self::Label(label.into())
    }
}

impl From<String> for Score<'_> {
    fn from(label: String) -> Self {
        Self::Label(label.into())
    }
}

impl<'a> From<Cow<'a, str>> for Score<'a> {
    fn from(label: Cow<'a, str>) -> Self {
        Self::Label(label)
    }
}

/// What a user says of a call: a thumbs-up, stars, a category. It is an [`Evaluation`] in fewer words.
///
/// ```
/// # fn example(seen: genai::SpanRef, comment: String) {
/// genai::feedback(&seen, "thumbs", true).human().comment(comment).emit();
/// genai::feedback(&seen, "stars", 4).human().emit();
/// genai::feedback(&seen, "tone", "friendly").emit();
/// # }
/// ```
pub fn feedback<'a>(
    call: &'a SpanRef,
    name: impl Into<Cow<'a, str>>,
    value: impl Into<Score<'a>>,
) -> Feedback<'a> {
    Feedback {
        call,
        evaluation: Evaluation::new(name).score(value),
    }
}

/// What [`feedback`] returns.
///
/// ```
/// use genai::evaluation::Feedback;
///
/// fn send(feedback: Feedback<'_>) {
///     feedback.human().attribute("app.page", "help").emit();
/// }
/// ```
#[must_use = "feedback does nothing until it is emitted"]
pub struct Feedback<'a> {
    call: &'a SpanRef,
    evaluation: Evaluation<'a>,
}

impl<'a> Feedback<'a> {
    fn with(mut self, change: impl FnOnce(Evaluation<'a>) -> Evaluation<'a>) -> Self {
        self.evaluation = change(self.evaluation);
        self
    }

    /// A person gave it; see [`Evaluation::human`].
    pub fn human(self) -> Self {
        self.with(Evaluation::human)
    }

    /// What the person wrote; as [`Evaluation::explanation`], which is content.
    pub fn comment(self, text: impl Into<Cow<'a, str>>) -> Self {
        self.with(|evaluation| evaluation.explanation(text))
    }

    /// See [`Evaluation::label`].
    pub fn label(self, label: impl Into<Cow<'a, str>>) -> Self {
        self.with(|evaluation| evaluation.label(label))
    }

    /// See [`Evaluation::identifier`].
    pub fn identifier(self, id: impl Into<Cow<'a, str>>) -> Self {
        self.with(|evaluation| evaluation.identifier(id))
    }

    /// See [`Evaluation::attribute`].
    pub fn attribute(self, key: impl Into<Key>, value: impl Into<Value>) -> Self {
        self.with(|evaluation| evaluation.attribute(key, value))
    }

    /// See [`Evaluation::emit`].
    pub fn emit(self) {
        self.evaluation.emit(self.call);
    }

    /// See [`Evaluation::emit_to`].
    pub fn emit_to(self, telemetry: &Telemetry) {
        self.evaluation.emit_to(telemetry, self.call);
    }
}

/// Shows nothing of what was said.
impl fmt::Debug for Feedback<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feedback")
            .field("name", &self.evaluation.judgement.name)
            .finish_non_exhaustive()
    }
}
