//! The invocation an annotated body runs in.

use opentelemetry::{Key, Value};

use crate::content::message::{ToDocuments, ToInput, ToOutput, ToSystem, ToTools};
use crate::context::{PropertyValue, SpanRef, value_of};
use crate::extract::record;
use crate::extract::traits::{Request, Response};
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
#[derive(Clone, Copy, Debug)]
pub struct Current {
    _not_constructible: (),
}

/// A value for a key of type `K`.
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
}
