//! The tries of one call: a retry, or a fallback to another model, inside an operation. Each is a child span; the call stays one.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use opentelemetry::Value;
use pin_project_lite::pin_project;

use crate::context::ambient::Kept;
use crate::diag::call_out::{CallOut, contained};
use crate::extract::failure::{Failure, failed, outcome};
use crate::operation::attempts::{Place, running};
use crate::operation::{Op, Outcome, Slot, attempting, leave};
use crate::semconv::kind::Kind;

/// One try of a call: a retry, or a fallback to another model, provider or region, inside an annotated function or an invocation.
///
/// The call stays one operation with one duration and its tokens counted once, also where the function that is tried is annotated
/// itself: inside a chat a chat is the same call. Each try is a span `attempt {number}` below the call's, INTERNAL, with
///
/// | attribute | what |
/// |---|---|
/// | `genai.attempt.number` | from 1 on, counted by the operation around it |
/// | `genai.attempt.wait` | seconds since the try before it ended; not on the first |
/// | `genai.attempt.model`, `genai.attempt.provider` | what was asked for; the model also where an annotated call inside names it |
/// | `error.type`, the status | the class of the error, and its text as on any operation |
///
/// From the second try on the call's own span has `genai.attempt.count`. There is no metric, and no key of the conventions but
/// `error.type`, so that no backend takes a try for a call of its own. What is not awaited to its end is `cancelled`. A try outside of
/// any operation is a span by itself, number 1.
///
/// For errors that are no [`std::error::Error`] there is [`attempt_with`].
///
/// ```
/// # #[derive(Debug)] struct Busy;
/// # impl std::fmt::Display for Busy { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("busy") } }
/// # impl std::error::Error for Busy {}
/// # async fn send(_: &str, _: &str) -> Result<String, Busy> { Ok(String::new()) }
/// #[genai::chat(provider = openai, model = "gpt-5", response(|r| output = r))]
/// async fn ask(prompt: &str) -> Result<String, Busy> {
///     let mut last = None;
///     for model in ["gpt-5", "gpt-5-mini"] {
///         match genai::attempt(send(model, prompt)).model(model).await {
///             Ok(answer) => return Ok(answer),
///             Err(error) => last = Some(error),
///         }
///     }
///     Err(last.unwrap_or(Busy))
/// }
/// ```
pub fn attempt<F, T, E>(call: F) -> Attempt<F>
where
    F: Future<Output = Result<T, E>>,
    E: StdError + 'static,
{
    made(call, IsError::Class(failed))
}

/// As [`attempt`], with a function that classifies what is an error to it, be it a `Result` or not. If it panics, the try has succeeded.
///
/// ```
/// # async fn send() -> Option<String> { None }
/// # async fn example() {
/// let answer = genai::attempt_with(send(), |answer| {
///     answer.is_none().then(|| genai::Failure::new("empty_answer", ""))
/// });
/// let answer = answer.await;
/// # let _ = answer;
/// # }
/// ```
pub fn attempt_with<F: Future>(
    call: F,
    error: impl FnOnce(&F::Output) -> Option<Failure> + Send + Sync + 'static,
) -> Attempt<F> {
    made(call, IsError::Custom(Box::new(error)))
}

/// As [`attempt`], for a call that is not asynchronous.
///
/// # Errors
///
/// What `call` returns.
///
/// ```
/// # fn send() -> Result<(), std::io::Error> { Ok(()) }
/// let answer = genai::attempt_sync(send);
/// # assert!(answer.is_ok());
/// ```
pub fn attempt_sync<T, E: StdError + 'static>(call: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let mut tried = Tried(begin(Asked::default()));
    let value = tried.run(call, |_| true);
    tried.end(&value, IsError::Class(failed));
    value
}

/// The failure that a value is, if it is one.
type OfUser<T> = Box<dyn FnOnce(&T) -> Option<Failure> + Send + Sync>;

/// How an error is distinguished from a success.
enum IsError<T> {
    Class(fn(&T, &Op) -> Option<Outcome>),
    /// By a function of the user's.
    Custom(OfUser<T>),
}

fn made<F: Future>(call: F, is_error: IsError<F::Output>) -> Attempt<F> {
    Attempt {
        call,
        tried: Tried(None),
        asked: Some(Asked::default()),
        is_error: Some(is_error),
    }
}

/// What was asked for.
#[derive(Default)]
struct Asked {
    model: Option<Cow<'static, str>>,
    provider: Option<Cow<'static, str>>,
}

/// The operation of an attempt that starts now, if anybody listens.
fn begin(asked: Asked) -> Slot {
    let mut op = Op::begin(Kind::Custom as u8)?;
    let Place { number, wait } = attempting::begin(Instant::now());
    op.set_operation_name(format!("attempt {number}"));
    op.attribute("genai.attempt.number", i64::from(number).into());
    if let Some(wait) = wait {
        op.attribute("genai.attempt.wait", wait.as_secs_f64().into());
    }
    for (key, text) in [
        (MODEL, asked.model),
        ("genai.attempt.provider", asked.provider),
    ] {
        if let Some(text) = text {
            op.attribute(key, Value::String(text.into()));
        }
    }
    op.start();
    op.wait();
    Some(op)
}

const MODEL: &str = "genai.attempt.model";

/// An attempt that runs, if anybody listens.
struct Tried(Slot);

impl Tried {
    /// Runs a part of it, with its span current.
    fn run<T>(&mut self, part: impl FnOnce() -> T, is_done: impl FnOnce(&T) -> bool) -> T {
        let Some(op) = &mut self.0 else {
            return part();
        };
        op.run();
        let (value, model) = {
            let _current = Kept::new(op.context());
            running(part)
        };
        if let Some(model) = model {
            // What was asked for is on the span already, and counts.
            op.attribute(MODEL, model.into());
        }
        if is_done(&value) {
            op.complete();
        } else {
            op.wait();
        }
        value
    }

    fn end<T>(&mut self, value: &T, is_error: IsError<T>) {
        let Some(op) = self.0.take() else { return };
        attempting::end(Instant::now());
        let outcome = match is_error {
            IsError::Class(class) => class(value, &op),
            IsError::Custom(error) => contained(CallOut::AttemptFailure, || error(value))
                .flatten()
                .map(|failure| outcome(failure, &op)),
        };
        op.finish(outcome.unwrap_or(Outcome::Ok));
    }
}

impl Drop for Tried {
    fn drop(&mut self) {
        if self.0.is_some() {
            attempting::end(Instant::now());
        }
    }
}

pin_project! {
    /// The future of [`attempt`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Attempt<F: Future> {
        // Dropped before the operation, with the span current.
        #[pin]
        call: F,
        tried: Tried,
        asked: Option<Asked>,
        is_error: Option<IsError<F::Output>>,
    }

    impl<F: Future> PinnedDrop for Attempt<F> {
        fn drop(this: Pin<&mut Self>) {
            if let Some(op) = &mut this.project().tried.0 {
                leave(op);
            }
        }
    }
}

impl<F: Future> Attempt<F> {
    /// The model that this try asks for. Without it that of an annotated call inside, if there is one.
    pub fn model(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        if let Some(asked) = &mut self.asked {
            asked.model = Some(name.into());
        }
        self
    }

    /// The provider that this try asks.
    pub fn provider(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        if let Some(asked) = &mut self.asked {
            asked.provider = Some(name.into());
        }
        self
    }
}

impl<F: Future> Future for Attempt<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, poller: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Some(asked) = this.asked.take() {
            this.tried.0 = begin(asked);
        }
        let call = this.call;
        let polled = this.tried.run(|| call.poll(poller), Poll::is_ready);
        if let Poll::Ready(value) = &polled {
            if let Some(is_error) = this.is_error.take() {
                this.tried.end(value, is_error);
            }
        }
        polled
    }
}

// As safe to look at after a panic as the call is.
impl<F: Future + UnwindSafe> UnwindSafe for Attempt<F> {}
impl<F: Future + RefUnwindSafe> RefUnwindSafe for Attempt<F> {}

/// Shows nothing of the call.
impl<F: Future> fmt::Debug for Attempt<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attempt")
    }
}
