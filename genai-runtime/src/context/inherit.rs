//! Taking the context along to where it does not go by itself: a task, stream, closure or job goes in; it comes out as one that runs in the
//! context in which it was handed over.

use std::fmt;
use std::future::Future;

use futures_core::Stream;
use opentelemetry::Context;

use super::GenAiContext;
use super::ambient;
use super::entry::with_entry;
use super::open::{Lasts, Scope};
use super::place::Place;
use super::scope::Scoped;

/// The context of a place in the program: span, conversation, properties and baggage. It is a value that can be sent, cloned and
/// kept; what is set later at that place does not reach it.
///
/// For a channel it goes beside the job:
///
/// ```
/// use genai::Inherited;
///
/// # async fn work(job: u32) {}
/// # async fn example() {
/// let (jobs, mut queue) = tokio::sync::mpsc::channel(8);
/// let worker = tokio::spawn(async move {
///     while let Some((inherited, job)) = queue.recv().await {
///         let inherited: Inherited = inherited;
///         inherited.scope(work(job)).await;
///     }
/// });
/// let _ = jobs.send((Inherited::here(), 7)).await;
/// # let _ = worker;
/// # }
/// ```
#[derive(Clone)]
pub struct Inherited {
    context: GenAiContext,
    cx: Context,
}

impl Inherited {
    /// The context here and now.
    pub fn here() -> Self {
        Self {
            context: GenAiContext::current(),
            cx: ambient::seat(ambient::current()),
        }
    }

    /// Makes it the context of a future, whatever is current where that is polled. It is a scope: a set in it stays in it.
    pub fn scope<F: Future>(self, future: F) -> Scoped<F> {
        Scoped::of(Place::fixed(self.context, self.cx), future)
    }

    /// Likewise of a stream.
    pub fn scope_stream<S: Stream>(self, stream: S) -> Scoped<S> {
        Scoped::of(Place::fixed(self.context, self.cx), stream)
    }

    /// Runs `f` in it, likewise.
    pub fn run<T>(self, f: impl FnOnce() -> T) -> T {
        let _scope = Scope::open(
            ambient::seat(with_entry(&self.cx, self.context)),
            Lasts::Call,
        );
        f()
    }
}

impl Default for Inherited {
    /// As [`here`](Self::here).
    fn default() -> Self {
        Self::here()
    }
}

impl fmt::Debug for Inherited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inherited")
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

/// A task in the context of here: what is spawned has no context of its own. For `tokio::spawn`, `JoinSet::spawn` and their like.
///
/// ```
/// # async fn search(query: &str) -> usize { query.len() }
/// # async fn example() {
/// let found = tokio::spawn(genai::inherited(search("weather")));
/// # let _ = found;
/// # }
/// ```
pub fn inherited<F: Future>(task: F) -> Scoped<F> {
    Inherited::here().scope(task)
}

/// A stream in the context of here, for one that is polled when the function that made it has returned: the body of a response, or
/// what is sent on by a task.
///
/// ```
/// use futures_core::Stream;
///
/// # struct Sse<S>(S);
/// # impl<S> Sse<S> { fn new(stream: S) -> Self { Self(stream) } }
/// #[genai::context(conversation_id = conversation)]
/// async fn handler(conversation: &str, answers: impl Stream<Item = String>) -> Sse<impl Stream<Item = String>> {
///     // The model is asked when the body of the response is polled.
///     Sse::new(genai::inherited_stream(answers))
/// }
/// ```
pub fn inherited_stream<S: Stream>(stream: S) -> Scoped<S> {
    Inherited::here().scope_stream(stream)
}

/// A closure in the context of here, for `spawn_blocking`, threads and pools of them.
///
/// ```
/// let answer = std::thread::spawn(genai::inherited_fn(|| 6 * 7));
/// assert_eq!(answer.join().ok(), Some(42));
/// ```
pub fn inherited_fn<F: FnOnce() -> T, T>(code: F) -> impl FnOnce() -> T + use<F, T> {
    let from = Inherited::here();
    move || from.run(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inherited_is_shown_by_its_size() {
        let _scope = GenAiContext::new()
            .conversation_id("c-17")
            .property("tenant", "acme")
            .attach();
        let shown = format!("{:?}", Inherited::here());
        assert!(
            shown.contains("conversation_id: true, properties: 1"),
            "{shown}"
        );
        assert!(
            !shown.contains("c-17") && !shown.contains("acme"),
            "{shown}"
        );
    }
}
