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
use crate::extract::failure::{Failure, IntoFailure, outcome};
use crate::operation::attempts::{Place, running};
use crate::operation::{Op, Outcome, Slot, active, leave};
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
    made(call, |result, op| Some(outcome(result.as_ref().err()?, op)))
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
    made(call, |value, op| {
        let failure = crate::diag::call_out::contained(
            crate::diag::call_out::CallOut::StreamFailure,
            || error(value),
        );
        Some(outcome(failure.flatten()?, op))
    })
}

/// As [`attempt`], for a call that is not asynchronous.
///
/// ```
/// # fn send() -> Result<(), std::io::Error> { Ok(()) }
/// let answer = genai::attempt_sync(send);
/// # assert!(answer.is_ok());
/// ```
pub fn attempt_sync<T, E: StdError + 'static>(
    call: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    let mut begun = Begun(begin(Asked::default()));
    let value = begun.run(true, call);
    begun.end(|op| Some(outcome(value.as_ref().err()?, op)));
    value
}

type IsError<T> = Box<dyn FnOnce(&T, &Op) -> Option<Outcome> + Send + Sync>;

fn made<F: Future>(
    call: F,
    error: impl FnOnce(&F::Output, &Op) -> Option<Outcome> + Send + Sync + 'static,
) -> Attempt<F> {
    let is_off = crate::pipeline::listening::is_off();
    let error: Option<IsError<F::Output>> = if is_off { None } else { Some(Box::new(error)) };
    Attempt {
        asked: error.is_some().then(Asked::default),
        begun: Begun(None),
        call,
        error,
    }
}
