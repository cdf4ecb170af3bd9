//! What `#[genai::evaluation]` expands to calls of: what the attribute says and the result is put together here, and ends as an event.

use std::any::type_name;
use std::borrow::Cow;
use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::returned::Returned;
use crate::api::evaluation::Score;
use crate::context::{PropertyValue, SpanRef, value_of};
use crate::extract::failure::{described, type_path};
use crate::extract::observe::ended;
use crate::extract::traits::ErrorType;
use crate::operation::evaluation::{self, Judge, Judgement};
use crate::pipeline::current;
use crate::pipeline::state::Handle;
use crate::semconv::entry_values::{FloatValue, StrValue};

/// Where the judge stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The entries are evaluated, or the judge has not run yet.
    Before,
    /// The judge runs.
    Running,
    /// It waits to be polled again.
    Waiting,
    /// It has returned; what it says is read.
    After,
    /// The event is emitted.
    Ended,
}

/// A judge that runs, and what is known of its evaluation.
pub struct Judging {
    judgement: Judgement<'static>,
    call: SpanRef,
    telemetry: Handle,
    stage: Stage,
}

/// A judge that runs, or nothing if nobody listens.
pub type Judged = Option<Box<Judging>>;

/// A judge begins.
#[inline(never)]
pub fn evaluation() -> Judged {
    let telemetry = current::default();
    if !evaluation::is_wanted(&telemetry) {
        return None;
    }
    Some(Box::new(Judging {
        judgement: Judgement::new(Cow::Borrowed("")),
        call: SpanRef::new(),
        telemetry,
        stage: Stage::Before,
    }))
}

fn owned<V: StrValue + ?Sized>(value: &V) -> Option<Cow<'static, str>> {
    value.str_value().map(|text| Cow::Owned(text.to_owned()))
}

impl Judging {
    /// `name = ..`
    pub fn name<V: StrValue + ?Sized>(&mut self, name: &V) {
        self.judgement.name = owned(name).unwrap_or_default();
    }

    /// `of = ..`
    pub fn of<C: CallHandle + ?Sized>(&mut self, call: &C) {
        self.call = call.call().cloned().unwrap_or_default();
    }

    /// `human`
    pub fn human(&mut self) {
        self.judgement.judge = Some(Judge::Human);
    }

    /// `code`
    pub fn code(&mut self) {
        self.judgement.judge = Some(Judge::Code);
    }

    /// `llm = ..`
    pub fn llm<V: StrValue + ?Sized>(&mut self, name: &V) {
        self.judgement.judge = Some(Judge::Model);
        self.judgement.judge_name = owned(name);
    }

    /// `identifier = ..`
    pub fn identifier<V: StrValue + ?Sized>(&mut self, id: &V) {
        self.judgement.identifier = owned(id);
    }

    /// `capture = none`
    pub fn without_content(&mut self) {
        self.judgement.without_content = true;
    }

    /// An attribute of the user's.
    pub fn add_attribute<V: PropertyValue + ?Sized>(&mut self, key: &'static str, value: &V) {
        if let Some(value) = value_of(&value) {
            self.judgement.attributes.push((key.into(), value));
        }
    }

    /// The result, to be asked what it says.
    pub fn returned<'a, T>(&mut self, output: &'a T) -> Returned<'a, T> {
        self.stage = Stage::After;
        Returned(output)
    }

    /// `score = ..`
    pub fn score<V: ScoreValue + ?Sized>(&mut self, score: &V) {
        match score.score_value() {
            Some(Score::Number(number)) => self.judgement.score = Some(number),
            Some(Score::Bool(passed)) => self.judgement.passed = Some(passed),
            _ => {}
        }
    }

    /// `label = ..`
    pub fn label<V: StrValue + ?Sized>(&mut self, label: &V) {
        self.judgement.label = owned(label);
    }

    /// Whether the explanation is wanted.
    pub fn wants_content(&self) -> bool {
        evaluation::wants_explanation(&self.judgement, &self.telemetry)
    }

    /// `explanation = ..`
    pub fn explanation<V: StrValue + ?Sized>(&mut self, why: &V) {
        self.judgement.explanation = owned(why);
    }

    /// `error(|e| type = ..)`
    pub fn error_type<V: StrValue + ?Sized>(&mut self, class: &V) {
        self.judgement.error_type = owned(class);
    }

    /// The judge has returned, and everything of its result is known; or it failed with an error of this class.
    #[inline(never)]
    pub fn end(mut self: Box<Self>, class: Option<Cow<'static, str>>) {
        if let Some(class) = class {
            self.judgement.error_type.get_or_insert(class);
        }
        self.emit();
    }

    fn emit(&mut self) {
        self.stage = Stage::Ended;
        let nothing = Judgement::new(Cow::Borrowed(""));
        let judgement = std::mem::replace(&mut self.judgement, nothing);
        evaluation::emit(judgement, &self.call, &self.telemetry);
    }
}

impl Drop for Judging {
    fn drop(&mut self) {
        let class = match self.stage {
            // It was never there.
            Stage::Before | Stage::Ended => return,
            Stage::Running => "panic",
            Stage::Waiting => "cancelled",
            Stage::After => crate::semconv::OTHER,
        };
        self.judgement.score = None;
        self.judgement.passed = None;
        self.judgement.label = None;
        self.judgement.error_type = Some(Cow::Borrowed(class));
        self.emit();
    }
}

// As safe to look at after a panic as the judge is.
impl UnwindSafe for Judging {}
impl RefUnwindSafe for Judging {}

/// A handle on the call that is judged.
#[diagnostic::on_unimplemented(
    message = "the call that is judged is named by a `genai::SpanRef`; `{Self}` is none",
    label = "expects a `genai::SpanRef`, or an `Option` of one",
    note = "parse a text first: `let seen: genai::SpanRef = text.parse()?`"
)]
pub trait CallHandle {
    /// The handle.
    fn call(&self) -> Option<&SpanRef>;
}

impl CallHandle for SpanRef {
    fn call(&self) -> Option<&SpanRef> {
        Some(self)
    }
}

impl<C: CallHandle> CallHandle for Option<C> {
    fn call(&self) -> Option<&SpanRef> {
        self.as_ref()?.call()
    }
}

/// A value for `score = ..`.
#[diagnostic::on_unimplemented(
    message = "a score is a number or a `bool`; `{Self}` is neither",
    label = "expects a number, a `bool`, or an `Option` of one",
    note = "a category is a label: `label = ..`"
)]
pub trait ScoreValue {
    /// The score.
    fn score_value(&self) -> Option<Score<'static>>;
}

macro_rules! numbers {
    ($($ty:ty),+) => {$(
        impl ScoreValue for $ty {
            fn score_value(&self) -> Option<Score<'static>> {
                self.float_value().map(Score::Number)
            }
        }
    )+};
}
numbers!(
    f64, f32, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize
);

impl ScoreValue for bool {
    fn score_value(&self) -> Option<Score<'static>> {
        Some(Score::Bool(*self))
    }
}

impl<V: ScoreValue> ScoreValue for Option<V> {
    fn score_value(&self) -> Option<Score<'static>> {
        self.as_ref()?.score_value()
    }
}

macro_rules! through {
    ($($ty:ty),+) => {$(
        impl<T: CallHandle + ?Sized> CallHandle for $ty {
            fn call(&self) -> Option<&SpanRef> {
                (**self).call()
            }
        }

        impl<T: ScoreValue + ?Sized> ScoreValue for $ty {
            fn score_value(&self) -> Option<Score<'static>> {
                (**self).score_value()
            }
        }
    )+};
}
through!(&T, &mut T, Box<T>, Arc<T>, Rc<T>);

/// The class of an error that classifies itself; see [`ByTypePath`] and [`NoErrorClass`].
pub trait ByOwnClass {
    /// The class, if the result is an error.
    fn error_class(&self) -> Option<Cow<'static, str>>;
}

impl<T, E: ErrorType> ByOwnClass for &&Returned<'_, Result<T, E>> {
    fn error_class(&self) -> Option<Cow<'static, str>> {
        let error = self.0.as_ref().err()?;
        Some(described(error, None).0)
    }
}

/// The class of any other error.
pub trait ByTypePath {
    /// The class, if the result is an error.
    fn error_class(&self) -> Option<Cow<'static, str>>;
}

impl<T, E> ByTypePath for &Returned<'_, Result<T, E>> {
    fn error_class(&self) -> Option<Cow<'static, str>> {
        let path = type_path(type_name::<E>());
        self.0.as_ref().err().map(|_| Cow::Borrowed(path))
    }
}

/// Chosen for what is no `Result`.
pub trait NoErrorClass {
    /// There is none.
    fn error_class(&self) -> Option<Cow<'static, str>> {
        None
    }
}

impl<T> NoErrorClass for Returned<'_, T> {}

fn at(judged: &mut Judged, stage: Stage) {
    if let Some(judging) = judged {
        judging.stage = stage;
    }
}

/// Runs the body of a judge.
#[inline]
pub fn judging_now<T>(judged: &mut Judged, body: impl FnOnce() -> T) -> T {
    at(judged, Stage::Running);
    let value = body();
    at(judged, Stage::After);
    value
}

/// Runs what makes the future of a judge, which begins with its first poll.
#[inline]
pub fn judging_made<T>(judged: &mut Judged, body: impl FnOnce() -> T) -> T {
    at(judged, Stage::Running);
    let future = body();
    at(judged, Stage::Before);
    future
}

pin_project! {
    /// The future of a judge.
    #[must_use = "futures do nothing unless polled"]
    pub struct JudgingBody<'a, F> {
        judged: &'a mut Judged,
        #[pin]
        body: F,
    }
}

/// The body of a judge that is an `async fn`.
#[inline]
pub fn judging<F: Future>(judged: &mut Judged, body: F) -> JudgingBody<'_, F> {
    JudgingBody { judged, body }
}

/// Polls the body of a judge.
#[inline]
fn polled<F: Future>(
    judged: &mut Judged,
    body: Pin<&mut F>,
    poller: &mut Context<'_>,
) -> Poll<F::Output> {
    at(judged, Stage::Running);
    let polled = body.poll(poller);
    let stage = if polled.is_ready() {
        Stage::After
    } else {
        Stage::Waiting
    };
    at(judged, stage);
    polled
}

impl<F: Future> Future for JudgingBody<'_, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, poller: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        polled(this.judged, this.body, poller)
    }
}

pin_project! {
    /// The future that a judge returned.
    #[must_use = "futures do nothing unless polled"]
    pub struct JudgingLater<F, E> {
        #[pin]
        body: F,
        end: Option<E>,
        judged: Judged,
    }
}

/// Makes the evaluation last from the first poll of `body` to its end.
#[inline]
pub fn judging_later<F, E, R>(judged: Judged, body: F, end: E) -> JudgingLater<F, E>
where
    F: Future,
    E: FnOnce(Judged, F::Output) -> R,
{
    JudgingLater {
        body,
        end: Some(end),
        judged,
    }
}

impl<F, E, R> Future for JudgingLater<F, E>
where
    F: Future,
    E: FnOnce(Judged, F::Output) -> R,
{
    type Output = R;

    fn poll(self: Pin<&mut Self>, poller: &mut Context<'_>) -> Poll<R> {
        let this = self.project();
        let polled = polled(this.judged, this.body, poller);
        ended(polled, this.end, this.judged)
    }
}
