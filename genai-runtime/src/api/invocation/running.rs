//! A running operation in the user's hands.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as Poller, Poll};
use std::time::Duration;

use opentelemetry::{Context, Key, Value};
use pin_project_lite::pin_project;

use super::{Chat, Embeddings};
use crate::context::ambient::{self, Kept};
use crate::context::leaving::{self, Leaving};
use crate::context::open::Lasts;
use crate::context::{GenAiContext, PropertyValue, SpanRef, value_of};
use crate::extract::failure::{Failure, IntoFailure, outcome};
use crate::extract::traits::{Chunk, Request, Response};
use crate::extract::{pushed, record};
use crate::operation::active::{self, Attached};
use crate::operation::{Invoked, Op, Outcome, Slot};
use crate::semconv::registry::Id;

/// A running operation: set what becomes known, then [`finish`](Self::finish) or [`fail`](Self::fail) it. Dropped unfinished,
/// it ends as an error of type `cancelled`.
///
/// A value set twice keeps the last one, unless the span had it at its start. It does nothing where nobody listens.
///
/// ```
/// let mut chat = genai::chat("openai").model("gpt-5").temperature(0.2).start();
/// let answer = {
///     let _inside = chat.attach();
///     // call the model here: spans made here are children
///     "Hello."
/// };
/// chat.model("gpt-5-2026-01-01").input_tokens(24).output_tokens(7).finish_reasons(["stop"]);
/// chat.finish();
/// # let _ = answer;
/// ```
#[must_use = "an invocation that is dropped ends as cancelled"]
pub struct Invocation<K> {
    slot: Slot,
    invoked: Option<Arc<Invoked>>,
    kind: PhantomData<fn() -> K>,
}

impl<K> fmt::Debug for Invocation<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invocation")
            .field("is_recorded", &self.slot.is_some())
            .finish()
    }
}

impl<K> Invocation<K> {
    pub(in crate::api) fn new(slot: Slot) -> Self {
        Self {
            slot,
            invoked: None,
            kind: PhantomData,
        }
    }

    pub(in crate::api) fn set(&mut self, id: Id, value: Value) {
        self.with(|op| op.set(id, value));
    }

    pub(in crate::api) fn set_str(&mut self, id: Id, value: &str) {
        self.with(|op| op.set_str(id, value));
    }

    pub(in crate::api) fn with(&mut self, f: impl FnOnce(&mut Op)) {
        if let Some(op) = &mut self.slot {
            f(op);
        }
    }

    /// The operation itself, for the wrapper of a stream.
    pub(crate) fn into_slot(mut self) -> Slot {
        self.take()
    }

    pub(in crate::api) fn take(&mut self) -> Slot {
        let mut op = self.slot.take()?;
        if let Some(invoked) = self.invoked.take() {
            op.inherit(invoked.end());
        }
        Some(op)
    }

    /// Whether anybody listens.
    pub fn is_recorded(&self) -> bool {
        self.slot.is_some()
    }

    /// Whether content is wanted: convert messages only if so.
    pub fn wants_content(&self) -> bool {
        self.slot.as_ref().is_some_and(|op| op.wants_content())
    }

    /// An attribute of your own on span and event. A key of the conventions is refused with one warning.
    pub fn attribute(&mut self, key: impl Into<Key>, value: impl Into<Value>) -> &mut Self {
        self.with(|op| op.attribute(key, value.into()));
        self
    }

    /// An attribute of your own on the metrics; keep it low in cardinality.
    pub fn metric_attribute(&mut self, key: impl Into<Key>, value: impl Into<Value>) -> &mut Self {
        self.with(|op| op.metric_attribute(key, value.into()));
        self
    }

    /// An association property of this operation alone.
    pub fn property(&mut self, key: &str, value: impl PropertyValue) -> &mut Self {
        self.with(|op| {
            if let Some(value) = value_of(&value) {
                op.property(key, value);
            }
        });
        self
    }

    /// `gen_ai.operation.name`; `None` where nobody listens, and where the operation has none.
    pub fn operation_name(&self) -> Option<&str> {
        let name = self.slot.as_ref().map(|op| op.operation_name());
        name.filter(|name| !name.is_empty())
    }

    /// The value of a scalar attribute of the conventions, such as [`keys::GEN_AI_REQUEST_MODEL`](crate::keys).
    pub fn get<T>(&self, key: crate::keys::Key<T>) -> Option<Value> {
        self.slot.as_ref().and_then(|op| op.get(key.id()))
    }

    /// How long it has been running.
    pub fn elapsed(&self) -> Duration {
        self.slot
            .as_ref()
            .map(|op| op.elapsed())
            .unwrap_or_default()
    }

    /// A handle on this call, for what is known of it only later: an evaluation, a thumbs-up. Ask for it when the response's id is
    /// set, so that it has that too. Where this is the same call as the operation around it, it names that; it is empty where nobody
    /// listens.
    ///
    /// ```
    /// let mut chat = genai::chat("openai").model("gpt-5").start();
    /// chat.id("chatcmpl-1");
    /// let seen = chat.span_ref();
    /// chat.finish();
    /// # let _ = seen;
    /// ```
    pub fn span_ref(&self) -> SpanRef {
        match &self.slot {
            Some(op) if op.is_same_call() => op.span_ref().or(active::span_ref()),
            Some(op) => op.span_ref(),
            None => SpanRef::new(),
        }
    }

    /// The OpenTelemetry context in which what runs inside is a child; the current one where nobody listens.
    pub fn context(&self) -> Context {
        match &self.slot {
            Some(op) if !op.is_same_call() => op.context().clone(),
            _ => ambient::current(),
        }
    }

    fn invoked(&mut self) -> Option<Arc<Invoked>> {
        let op = self.slot.as_deref()?;
        let invoked = self.invoked.get_or_insert_with(|| op.invoked());
        Some(Arc::clone(invoked))
    }

    /// The context that what runs inside gets, if the operation has one of its own.
    fn own_context(&self) -> Option<Context> {
        let op = self.slot.as_deref().filter(|op| !op.is_same_call());
        op.map(|op| op.context().clone())
    }

    /// Makes the operation the parent of what runs until the guard is dropped, for sync code. Hold no guard across an `.await`;
    /// [`scope`](Self::scope) is for that.
    #[must_use = "the operation stops being current when the guard is dropped"]
    pub fn attach(&mut self) -> Attachment {
        let cx = self.own_context();
        let attach = |invoked| active::attach(invoked, cx.as_ref(), None, Lasts::Guard);
        Attachment {
            _attached: self.invoked().map(attach),
        }
    }

    /// Makes the operation the parent of what a future does.
    pub fn scope<F: Future>(&mut self, future: F) -> InScope<F> {
        InScope {
            entering: EnteringInvocation {
                cx: self.own_context(),
                invoked: self.invoked(),
                set: None,
            },
            future,
            leaving: Leaving,
        }
    }

    /// A chunk of the response, as it arrives: chunks are put together as those of [`observe_stream`](crate::observe_stream) are,
    /// and timed. Say so on the builder before the start ([`Builder::stream`](crate::invocation::Builder::stream)), so that samplers
    /// see `gen_ai.request.stream`.
    ///
    /// ```
    /// let mut chat = genai::chat("openai").model("gpt-5").stream().start();
    /// chat.chunk(&serde_json::json!({"choices": [{"index": 0, "delta": {"content": "Hi."}, "finish_reason": "stop"}]}));
    /// chat.finish();
    /// ```
    pub fn chunk(&mut self, chunk: &(impl Chunk + ?Sized)) -> &mut Self {
        self.with(|op| pushed::chunk(op, &chunk));
        self
    }

    /// A piece of the response's body, cut anywhere; see [`observe_bytes`](crate::observe_bytes) for what it may be.
    pub fn bytes(&mut self, piece: &(impl AsRef<[u8]> + ?Sized)) -> &mut Self {
        self.with(|op| pushed::bytes(op, &piece));
        self
    }

    /// Ends the operation with success.
    pub fn finish(mut self) {
        if let Some(op) = self.take() {
            op.finish(Outcome::Ok);
        }
    }

    /// Ends the operation as one that its caller gave up, which is what dropping it does: `error.type` is `cancelled`.
    pub fn cancel(self) {
        self.fail(Failure::cancelled());
    }

    /// Ends the operation with an error: `&err` of any error type, or a [`Failure`](crate::Failure) record.
    pub fn fail(mut self, failure: impl IntoFailure) {
        if let Some(op) = self.take() {
            let outcome = outcome(failure, &op);
            op.finish(outcome);
        }
    }
}

impl<K> Drop for Invocation<K> {
    fn drop(&mut self) {
        // Ends as cancelled, with what nested operations recorded.
        drop(self.take());
    }
}

impl Invocation<Chat> {
    /// Records what the request says and is not set yet, for requests that are made after the start.
    pub fn request(&mut self, request: &(impl Request + ?Sized)) -> &mut Self {
        self.with(|op| record::request(op, &request));
        self
    }

    /// Records what the response says and is not set yet.
    pub fn response(&mut self, response: &(impl Response + ?Sized)) -> &mut Self {
        self.with(|op| record::response(op, &response));
        self
    }
}

impl Invocation<Embeddings> {
    /// Records what the response says and is not set yet.
    pub fn response(&mut self, response: &(impl Response + ?Sized)) -> &mut Self {
        self.with(|op| record::response(op, &response));
        self
    }
}

/// The guard of [`Invocation::attach`].
///
/// ```
/// use genai::invocation::Attachment;
///
/// let mut chat = genai::chat("openai").start();
/// {
///     let _attached: Attachment = chat.attach();
///     // The span of the chat is current here.
/// }
/// chat.finish();
/// ```
pub struct Attachment {
    _attached: Option<Attached>,
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attachment")
    }
}

pin_project! {
    /// The future of [`Invocation::scope`].
    #[must_use = "futures do nothing unless polled"]
    pub struct InScope<F> {
        // The order makes the future be dropped in the operation's context.
        entering: EnteringInvocation,
        #[pin]
        future: F,
        leaving: Leaving,
    }
}

/// An invocation, its context if it has one of its own, and the ambient context that was set in it.
struct EnteringInvocation {
    cx: Option<Context>,
    invoked: Option<Arc<Invoked>>,
    set: Option<GenAiContext>,
}

impl Drop for EnteringInvocation {
    fn drop(&mut self) {
        let cx = active::context_inside(self.cx.as_ref(), self.set.take());
        leaving::enter(|| cx.as_ref().map(Kept::new));
    }
}

impl<F> fmt::Debug for InScope<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InScope")
    }
}

impl<F: Future> Future for InScope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<F::Output> {
        let this = self.project();
        let (future, inside) = (this.future, this.entering);
        let attached = inside.invoked.clone().map(|invoked| {
            active::attach(invoked, inside.cx.as_ref(), inside.set.clone(), Lasts::Call)
        });
        let polled = future.poll(poller);
        let set = attached.and_then(|attached| attached.end());
        if set.is_some() {
            inside.set = set;
        }
        polled
    }
}
