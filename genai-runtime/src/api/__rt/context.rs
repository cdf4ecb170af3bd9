//! `#[genai::context]`: the ambient context of a function, a returned future or a returned stream.

use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context as Poller, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

#[cfg(feature = "tower")]
use crate::context::open;
use crate::context::{ContextScope, GenAiContext, PropertyValue, Scoped, lost};
use crate::semconv::entry_values::StrValue;

/// The ambient context of a function, while its entries are evaluated.
#[derive(Clone)]
pub struct FunctionContext(GenAiContext);

/// Starts from the ambient context, or with `replace` from an empty one.
pub fn context(replace: bool) -> FunctionContext {
    FunctionContext(if replace {
        GenAiContext::new()
    } else {
        GenAiContext::current()
    })
}

impl FunctionContext {
    /// `conversation_id = ..`
    pub fn conversation_id<V: StrValue + ?Sized>(&mut self, id: &V) {
        if let Some(id) = id.str_value() {
            lost::conversation_set();
            self.0 = std::mem::take(&mut self.0).conversation_id(id);
        }
    }

    /// `properties(..)`
    pub fn property<V: PropertyValue + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.0 = std::mem::take(&mut self.0).property(key, value);
    }

    /// Around the rest of a function that is not `async`.
    pub fn attach(self) -> ContextScope {
        self.0.attach_in_call()
    }

    /// Around what makes a future or a stream: what is set there is for that too.
    pub fn call<T>(&mut self, body: impl FnOnce() -> T) -> T {
        let scope = self.0.clone().attach_in_call();
        let made = body();
        self.set(scope.close());
        made
    }

    /// Behind a function whose name for its result is one for the answer to a request, of which the body may be written later: where
    /// the function was the handler in the layer for servers, the request goes on in this context.
    pub fn answered<T>(self, answer: &T) {
        let _ = answer;
        #[cfg(feature = "tower")]
        if is_answer(std::any::type_name::<T>()) {
            open::set_in_request(self.0);
        }
    }

    fn set(&mut self, set: Option<GenAiContext>) {
        if let Some(set) = set {
            self.0 = set;
        }
    }

    /// Around a future.
    pub fn future<F: Future>(self, future: F) -> Scoped<F> {
        self.0.scope(future)
    }

    /// Around a future whose output is wrapped as well: what is set in it is for that too.
    pub fn around<F: Future>(&mut self, future: F) -> ScopedBody<'_, F> {
        ScopedBody {
            future: self.0.clone().scope(future),
            context: self,
        }
    }

    /// Around a future whose output is something to be wrapped as well: `end` gets the context with it.
    pub fn future_then<F, E, R>(self, future: F, end: E) -> ScopedThen<F, E>
    where
        F: Future,
        E: FnOnce(Self, F::Output) -> R,
    {
        ScopedThen {
            future: self.0.scope(future),
            end: Some(end),
        }
    }

    /// Around a stream.
    pub fn stream<S: Stream>(self, stream: S) -> Scoped<S> {
        self.0.scope_stream(stream)
    }
}

pin_project! {
    /// The body of an `async fn`, polled in the ambient context of the function.
    #[must_use = "futures do nothing unless polled"]
    pub struct ScopedBody<'a, F> {
        #[pin]
        future: Scoped<F>,
        context: &'a mut FunctionContext,
    }
}

impl<F: Future> Future for ScopedBody<'_, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let polled = this.future.as_mut().poll(poller);
        this.context.0.clone_from(this.future.context());
        polled
    }
}

pin_project! {
    /// A future that is polled in the ambient context of the function that returned it, and what becomes of its output.
    #[must_use = "futures do nothing unless polled"]
    pub struct ScopedThen<F, E> {
        #[pin]
        future: Scoped<F>,
        end: Option<E>,
    }
}

impl<F, E, R> Future for ScopedThen<F, E>
where
    F: Future,
    E: FnOnce(FunctionContext, F::Output) -> R,
{
    type Output = R;

    fn poll(self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<R> {
        let mut this = self.project();
        match (this.future.as_mut().poll(poller), &mut *this.end) {
            (Poll::Ready(output), end) => match end.take() {
                Some(end) => {
                    let context = this.future.context().clone();
                    Poll::Ready(end(FunctionContext(context), output))
                }
                // A future that is ready twice broke its contract; there is nothing left to hand out.
                None => Poll::Pending,
            },
            (Poll::Pending, _) => Poll::Pending,
        }
    }
}

// It holds a context beside the body, which nobody looks at after a panic but to attach it.
impl<F: UnwindSafe> UnwindSafe for ScopedBody<'_, F> {}
impl<F: RefUnwindSafe> RefUnwindSafe for ScopedBody<'_, F> {}

/// Whether a type of this name is, or holds, the answer to a request; a client of models may have a `Response` too.
#[cfg(feature = "tower")]
fn is_answer(name: &str) -> bool {
    const ANSWERS: [&str; 4] = [
        "http::response::Response<",
        "::sse::Sse<",
        "::body::Body",
        "::json_lines::JsonLines<",
    ];
    ANSWERS.iter().any(|answer| name.contains(answer))
}
