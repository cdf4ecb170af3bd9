//! The invocation an annotated body runs in.

use std::error::Error as StdError;

use futures_core::Stream;
use opentelemetry::{Key, Value};

use super::stream::observe_stream;
use super::{Chat, Invocation};
use crate::content::message::{ToDocuments, ToInput, ToOutput, ToSystem, ToTools};
use crate::context::{PropertyValue, SpanRef, value_of};
use crate::extract::observe::ObservedStream;
use crate::extract::traits::{Chunk, Request, Response};
use crate::extract::{pushed, record};
use crate::operation::{Op, active};
use crate::semconv::registry::{Bool, Double, Int, Str, Strs};

/// The running invocation: inside an annotated body and in what that polls on the same task, not in spawned tasks or other
/// threads. Its setters do nothing where there is none.
///
/// ```
/// use genai::keys;
///
/// genai::current().input_tokens(24).set(keys::GEN_AI_RESPONSE_ID, "r-1").attribute("app.cache", "miss");
/// ```
pub fn current() -> Current {
    Current {
        _not_constructible: (),
    }
}

/// What [`current`] returns: setters for the running invocation.
///
/// ```
/// fn note(tokens: i64) -> genai::invocation::Current {
///     genai::current().output_tokens(tokens)
/// }
/// note(7);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Current {
    _not_constructible: (),
}

/// A value for a key of type `K`.
///
/// ```
/// use genai::keys;
///
/// genai::current()
///     .set(keys::GEN_AI_USAGE_INPUT_TOKENS, 24)
///     .set(keys::GEN_AI_RESPONSE_FINISH_REASONS, ["stop"]);
/// ```
pub trait ValueOf<K> {
    #[doc(hidden)]
    fn value_of(self) -> Value;
}

impl<T: AsRef<str>> ValueOf<Str> for T {
    fn value_of(self) -> Value {
        Value::from(self.as_ref().to_owned())
    }
}

impl ValueOf<Int> for i64 {
    fn value_of(self) -> Value {
        Value::I64(self)
    }
}

impl ValueOf<Double> for f64 {
    fn value_of(self) -> Value {
        Value::F64(self)
    }
}

impl ValueOf<Bool> for bool {
    fn value_of(self) -> Value {
        Value::Bool(self)
    }
}

impl<I: IntoIterator<Item = T>, T: AsRef<str>> ValueOf<Strs> for I {
    fn value_of(self) -> Value {
        super::strings(self)
    }
}

impl Current {
    fn with(self, f: impl FnOnce(&mut Op)) -> Self {
        active::with_current(f);
        self
    }

    /// Sets the attribute that the running operation has: pairs of an operation's index and the attribute's.
    pub(super) fn put(self, ids: &[(u8, crate::semconv::registry::Id)], value: Value) -> Self {
        self.with(|op| {
            if let Some((_, id)) = ids.iter().find(|(kind, _)| *kind == op.kind() as u8) {
                op.set(*id, value);
            }
        })
    }

    /// Sets an attribute of the conventions; a key the running operation does not have is ignored.
    pub fn set<K>(self, key: crate::keys::Key<K>, value: impl ValueOf<K>) -> Self {
        self.with(|op| op.set(key.id(), value.value_of()))
    }

    /// An attribute of your own on span and event.
    pub fn attribute(self, key: impl Into<Key>, value: impl Into<Value>) -> Self {
        self.with(|op| op.attribute(key, value.into()))
    }

    /// An attribute of your own on the metrics; keep it low in cardinality.
    pub fn metric_attribute(self, key: impl Into<Key>, value: impl Into<Value>) -> Self {
        self.with(|op| op.metric_attribute(key, value.into()))
    }

    /// An association property of this operation alone.
    pub fn property(self, key: &str, value: impl PropertyValue) -> Self {
        self.with(|op| {
            if let Some(value) = value_of(&value) {
                op.property(key, value);
            }
        })
    }

    /// A handle on the running call, for what is known of it only later: an evaluation, a thumbs-up. It has the response's id where
    /// that is known by now, and is empty where nothing runs.
    ///
    /// ```
    /// #[genai::chat(provider = openai, model = "gpt-5", response = none)]
    /// async fn ask() -> (String, genai::SpanRef) {
    ///     ("Hello.".to_owned(), genai::current().span_ref())
    /// }
    /// ```
    pub fn span_ref(self) -> SpanRef {
        active::span_ref()
    }

    /// Whether content is wanted.
    pub fn wants_content(self) -> bool {
        let mut wants = false;
        active::with_current(|op| wants = op.wants_content());
        wants
    }

    /// Records what a request says and is not set yet; for requests made inside the body.
    pub fn request(self, request: &(impl Request + ?Sized)) -> Self {
        self.with(|op| record::request(op, &request))
    }

    /// Records what a response says and is not set yet.
    pub fn response(self, response: &(impl Response + ?Sized)) -> Self {
        self.with(|op| record::response(op, &response))
    }

    /// A chunk of the response, where the body reads a stream itself: as those of an observed stream, chunks are put together
    /// (usage, finish reasons, output), the time to the first one and the inter-chunk latency are measured, and what arrived is
    /// recorded however the function ends.
    ///
    /// ```
    /// #[genai::chat(provider = openai, model = "gpt-5", streaming)]
    /// fn ask(events: impl Iterator<Item = serde_json::Value>, mut on_text: impl FnMut(&str)) {
    ///     for event in events {
    ///         genai::current().chunk(&event);
    ///         on_text(event["choices"][0]["delta"]["content"].as_str().unwrap_or_default());
    ///     }
    /// }
    /// ```
    pub fn chunk(self, chunk: &(impl Chunk + ?Sized)) -> Self {
        active::with_current_quietly(|op| pushed::chunk(op, &chunk));
        self
    }

    /// A piece of the response's body, cut anywhere; see [`observe_bytes`](crate::observe_bytes) for what it may be.
    pub fn bytes(self, piece: &(impl AsRef<[u8]> + ?Sized)) -> Self {
        active::with_current_quietly(|op| pushed::bytes(op, &piece));
        self
    }

    /// Takes the operation away from the annotated function: it ends with the invocation that is returned, wherever that is
    /// moved to, and no longer with the function. What the body does afterwards, and what it returns, is not recorded.
    ///
    /// For a function that gives work to a task, which sends chunks through a channel: the task has the call, so that it ends with the
    /// task's error, and not with the end of the channel. Where nothing is recorded, or the operation was taken already, the
    /// invocation does nothing.
    ///
    /// ```
    /// use std::sync::mpsc::{Receiver, channel};
    ///
    /// #[genai::chat(provider = openai, model = "gpt-5", response = none, streaming)]
    /// fn ask(events: Vec<serde_json::Value>) -> Receiver<serde_json::Value> {
    ///     let (sender, receiver) = channel();
    ///     let mut call = genai::current().hand_over();
    ///     std::thread::spawn(move || {
    ///         for event in events {
    ///             call.chunk(&event);
    ///             if sender.send(event).is_err() {
    ///                 return call.cancel();
    ///             }
    ///         }
    ///         call.finish();
    ///     });
    ///     receiver
    /// }
    /// # assert_eq!(ask(vec![serde_json::json!(1)]).iter().count(), 1);
    /// ```
    pub fn hand_over(self) -> Invocation<Chat> {
        Invocation::new(active::take_current())
    }

    /// Hands the operation over to a stream, as [`observe_stream`](crate::observe_stream) does with an invocation: for a function that
    /// returns a whole answer or a stream of it, or a stream in something else (a response body, an enum).
    ///
    /// ```
    /// use futures_core::Stream;
    /// use genai::invocation::ObservedStream;
    ///
    /// enum Answer<S: Stream> {
    ///     Whole(String),
    ///     Pieces(ObservedStream<S>),
    /// }
    ///
    /// #[genai::chat(provider = openai, model = "gpt-5", response = none)]
    /// fn ask<S: Stream<Item = std::io::Result<serde_json::Value>>>(pieces: Option<S>) -> Answer<S> {
    ///     match pieces {
    ///         Some(pieces) => Answer::Pieces(genai::current().into_stream(pieces)),
    ///         None => Answer::Whole("..".to_owned()),
    ///     }
    /// }
    /// ```
    pub fn into_stream<S, T, E>(self, stream: S) -> ObservedStream<S>
    where
        S: Stream<Item = Result<T, E>>,
        T: Chunk,
        E: StdError + 'static,
    {
        observe_stream(self.hand_over(), stream)
    }

    /// The messages sent to the model.
    pub fn input(self, content: &(impl ToInput + ?Sized)) -> Self {
        self.with(|op| {
            if op.wants_content() {
                op.input_of(&content)
            }
        })
    }

    /// The messages the model answered with.
    pub fn output(self, content: &(impl ToOutput + ?Sized)) -> Self {
        self.with(|op| op.output_of(&content))
    }

    /// The system instructions that were given apart from the messages.
    pub fn system(self, content: &(impl ToSystem + ?Sized)) -> Self {
        self.with(|op| {
            if op.wants_content() {
                op.system_of(&content)
            }
        })
    }

    /// The tools the model may call.
    pub fn tools(self, content: &(impl ToTools + ?Sized)) -> Self {
        self.with(|op| {
            if op.wants_content() {
                op.tools_of(&content)
            }
        })
    }

    /// The documents a retrieval found.
    pub fn documents(self, content: &(impl ToDocuments + ?Sized)) -> Self {
        self.with(|op| {
            if op.wants_content() {
                op.documents_of(&content)
            }
        })
    }

    /// The text that a retrieval searched for.
    pub fn query(self, query: impl AsRef<str>) -> Self {
        self.with(|op| op.query(query.as_ref()))
    }

    /// The arguments of a tool's call: a string as it is, anything else as JSON.
    pub fn arguments(self, arguments: &(impl serde::Serialize + ?Sized)) -> Self {
        self.with(|op| {
            if op.wants_content() {
                op.arguments(arguments)
            }
        })
    }

    /// The result of a tool's call: a string as it is, anything else as JSON.
    pub fn result(self, result: &(impl serde::Serialize + ?Sized)) -> Self {
        self.with(|op| {
            if op.wants_content() {
                op.result(result)
            }
        })
    }
}
