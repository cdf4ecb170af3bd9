//! `#[genai::context]`: the ambient context of a function, a returned future or a returned stream.

use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context as Poller, Poll};

use futures_core::stream::{FusedStream, Stream};
use opentelemetry::Context;
use pin_project_lite::pin_project;

use crate::context::ambient;
use crate::context::{ContextScope, GenAiContext, PropertyValue, Scoped};
use crate::semconv::entry_values::StrValue;

/// The ambient context of a function, while its entries are evaluated.
#[derive(Clone)]
pub struct Scope(GenAiContext);

/// Starts from the ambient context, or with `replace` from an empty one.
pub fn scope(replace: bool) -> Scope {
    Scope(if replace {
        GenAiContext::new()
    } else {
        GenAiContext::current()
    })
}

impl Scope {
    /// `conversation_id = ..`
    pub fn id<V: StrValue + ?Sized>(&mut self, id: &V) {
        if let Some(id) = id.str_value() {
            self.0 = std::mem::take(&mut self.0).conversation_id(id);
        }
    }

    /// `properties(..)`
    pub fn prop<V: PropertyValue + ?Sized>(&mut self, key: &'static str, value: &V) {
        self.0 = std::mem::take(&mut self.0).property(key, value);
    }

    /// Around the rest of a function that is not `async`.
    pub fn attach(self) -> ContextScope {
        self.0.attach()
    }

    /// Around what makes a future or a stream.
    pub fn call<T>(&self, body: impl FnOnce() -> T) -> T {
        let _scope = self.0.clone().attach();
        body()
    }

    /// Around a future.
    pub fn future<F: Future>(self, future: F) -> Scoped<F> {
        self.0.scope(future)
    }

    /// Around a stream.
    pub fn stream<S: Stream>(self, stream: S) -> ScopedStream<S> {
        let _scope = self.0.attach();
        ScopedStream {
            stream,
            cx: ambient::current(),
        }
    }
}

pin_project! {
    /// A stream that is polled in the ambient context of the function that returned it.
    #[must_use = "streams do nothing unless polled"]
    pub struct ScopedStream<S> {
        #[pin]
        stream: S,
        cx: Context,
    }
}

// It holds a context beside the stream, which nobody looks at after a panic but to attach it.
impl<S: UnwindSafe> UnwindSafe for ScopedStream<S> {}
impl<S: RefUnwindSafe> RefUnwindSafe for ScopedStream<S> {}

impl<S: Stream> Stream for ScopedStream<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let _guard = ambient::attach(this.cx);
        this.stream.poll_next(poller)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

impl<S: FusedStream> FusedStream for ScopedStream<S> {
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}
