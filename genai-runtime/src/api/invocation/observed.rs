//! Around a call that is not changed for it: the call's result comes out with a handle on the call.

use std::fmt;
use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context as Poller, Poll};

use pin_project_lite::pin_project;

use crate::context::SpanRef;
use crate::operation::Watch;

/// Awaits a call of an annotated function, or any other future in which a call is made, and gives a handle on the call beside the
/// result.
///
/// It names the call that is the outermost one inside: of an agent that calls models, the agent. Of several in a row it names the
/// last one. The call's span has ended by then, and the handle has the response's id, unless what was returned is a stream, whose
/// call goes on: then it names the call as its start has it. Calls in spawned tasks are not seen. It is
/// [empty](SpanRef::is_empty) where no call was made, or nobody listens.
///
/// ```
/// #[genai::chat(provider = openai, model = "gpt-5", response(|r| id = r.0))]
/// async fn ask(question: &str) -> Result<(&'static str, String), std::io::Error> {
///     Ok(("chatcmpl-1", format!("You said: {question}")))
/// }
///
/// # async fn example() -> Result<(), std::io::Error> {
/// let (answer, seen) = genai::observed(ask("Hello")).await;
/// println!("{}: {}", seen, answer?.1);
/// # Ok(())
/// # }
/// ```
pub fn observed<F: Future>(call: F) -> Observed<F> {
    Observed {
        call,
        watch: Watch::default(),
    }
}

/// As [`observed`], for a call that is not asynchronous.
///
/// ```
/// #[genai::tool]
/// fn add(a: i32, b: i32) -> i32 {
///     a + b
/// }
///
/// let (sum, seen) = genai::observed_sync(|| add(1, 2));
/// # let _ = seen;
/// assert_eq!(sum, 3);
/// ```
pub fn observed_sync<T>(call: impl FnOnce() -> T) -> (T, SpanRef) {
    let mut watch = Watch::default();
    let value = watch.over(call);
    (value, watch.seen())
}

pin_project! {
    /// The future of [`observed`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Observed<F> {
        #[pin]
        call: F,
        watch: Watch,
    }
}

impl<F: Future> Future for Observed<F> {
    type Output = (F::Output, SpanRef);

    fn poll(self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (call, watch) = (this.call, this.watch);
        let polled = watch.over(|| call.poll(poller));
        polled.map(|value| (value, std::mem::take(watch).seen()))
    }
}

// As safe to look at after a panic as the call is.
impl<F: UnwindSafe> UnwindSafe for Observed<F> {}
impl<F: RefUnwindSafe> RefUnwindSafe for Observed<F> {}

impl<F> fmt::Debug for Observed<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observed")
    }
}
