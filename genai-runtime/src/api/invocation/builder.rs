//! What is known before the call.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use opentelemetry::trace::SpanKind;
use opentelemetry::{Key, Value};

use super::{Agent, Chat, Embeddings, Invocation, Retrieval, Tool, Workflow};
use crate::api::telemetry::Telemetry;
use crate::context::{PropertyValue, value_of};
use crate::extract::record;
use crate::extract::traits::Request;
use crate::operation::{Op, Slot};
use crate::semconv::kind::Kind;
use crate::semconv::registry::{Id, keys};

/// An operation before its start. `K` says which: [`Chat`], [`Embeddings`], ..
///
/// What is set here is on the span when it starts, where samplers see it. The last value of a key counts.
///
/// ```
/// use genai::invocation::{Builder, Chat};
///
/// fn ask(model: &str) -> Builder<Chat> {
///     genai::chat("openai").model(model).temperature(0.2)
/// }
/// ask("gpt-5").start().finish();
/// ```
#[must_use = "nothing is recorded before `start`"]
pub struct Builder<K> {
    pub(super) slot: Slot,
    kind: PhantomData<fn() -> K>,
}

impl<K> fmt::Debug for Builder<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("is_recorded", &self.slot.is_some())
            .finish()
    }
}

macro_rules! operations {
    ($($(#[doc = $doc:literal])+ $name:ident($($argument:ident: $key:ident),*) $kind:ident;)*) => {
        $(
            $(#[doc = $doc])+
            pub fn $name($($argument: impl AsRef<str>),*) -> Builder<$kind> {
                let builder = Builder::new(Op::begin(Kind::$kind as u8));
                $(let builder = builder.with_str(keys::$key.id(), $argument.as_ref());)*
                builder
            }
        )*

        impl Telemetry {
            $(
                $(#[doc = $doc])+
                pub fn $name(&self, $($argument: impl AsRef<str>),*) -> Builder<$kind> {
                    let builder = Builder::new(Op::begin_with(Kind::$kind, self.inner.clone()));
                    $(let builder = builder.with_str(keys::$key.id(), $argument.as_ref());)*
                    builder
                }
            )*
        }
    };
}

operations! {
    /// An inference with `provider` (`gen_ai.provider.name`): span `chat {model}`, CLIENT.
    chat(provider: GEN_AI_PROVIDER_NAME) Chat;
    /// An embeddings call with `provider`: span `embeddings {model}`, CLIENT.
    embeddings(provider: GEN_AI_PROVIDER_NAME) Embeddings;
    /// An agent of `provider`: span `invoke_agent {name}`, INTERNAL unless [`remote`](Builder::remote).
    agent(provider: GEN_AI_PROVIDER_NAME) Agent;
    /// A tool: span `execute_tool {name}`, INTERNAL.
    tool(name: GEN_AI_TOOL_NAME) Tool;
    /// A workflow: span `invoke_workflow {name}`, INTERNAL.
    workflow() Workflow;
    /// A retrieval: span `retrieval {data source id}`, CLIENT.
    retrieval() Retrieval;
}

impl<K> Builder<K> {
    pub(in crate::api) fn new(mut slot: Slot) -> Self {
        if let Some(op) = &mut slot {
            // Dropped before its start, it was never there.
            op.wait_for_start();
        }
        Self {
            slot,
            kind: PhantomData,
        }
    }

    pub(in crate::api) fn set(&mut self, id: Id, value: Value) {
        self.with(|op| op.set(id, value));
    }

    fn with_str(mut self, id: Id, value: &str) -> Self {
        self.set_str(id, value);
        self
    }

    pub(in crate::api) fn set_str(&mut self, id: Id, value: &str) {
        self.with(|op| op.set_str(id, value));
    }

    pub(in crate::api) fn with(&mut self, f: impl FnOnce(&mut Op)) {
        if let Some(op) = &mut self.slot {
            f(op);
        }
    }

    /// An attribute of your own on span and event. A key of the conventions is refused with one warning.
    pub fn attribute(mut self, key: impl Into<Key>, value: impl Into<Value>) -> Self {
        self.with(|op| op.attribute(key, value.into()));
        self
    }

    /// An attribute of your own on the metrics; keep it low in cardinality.
    pub fn metric_attribute(mut self, key: impl Into<Key>, value: impl Into<Value>) -> Self {
        self.with(|op| op.metric_attribute(key, value.into()));
        self
    }

    /// An association property of this operation alone, in place of an ambient one with the same key.
    pub fn property(mut self, key: &str, value: impl PropertyValue) -> Self {
        self.with(|op| {
            if let Some(value) = value_of(&value) {
                op.property(key, value);
            }
        });
        self
    }

    /// Another name for the span than the conventions'.
    pub fn span_name(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.with(|op| op.set_span_name(name));
        self
    }

    /// The span's kind, where the conventions' rule does not fit.
    pub fn span_kind(mut self, kind: SpanKind) -> Self {
        self.with(|op| op.set_span_kind(kind));
        self
    }

    /// No content of this operation reaches span, event, hook or upload, whatever the process-wide setting.
    pub fn no_content(mut self) -> Self {
        self.with(Op::deny_content);
        self
    }

    /// Starts the operation: its clock and its span.
    pub fn start(mut self) -> Invocation<K> {
        self.with(|op| {
            op.start();
        });
        Invocation::new(self.slot.take())
    }
}

impl Builder<Chat> {
    /// Another name for the operation: `generate_content`, `text_completion`, or one of your own.
    pub fn operation(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.with(|op| op.set_operation_name(name.into()));
        self
    }

    /// Records what the request says and is not set yet.
    pub fn request(mut self, request: &(impl Request + ?Sized)) -> Self {
        self.with(|op| record::request(op, &request));
        self
    }

    /// The response is a stream: `gen_ai.request.stream`.
    pub fn stream(mut self) -> Self {
        self.with(Op::stream_started);
        self
    }
}

impl Builder<Embeddings> {
    /// Records what the request says and is not set yet.
    pub fn request(mut self, request: &(impl Request + ?Sized)) -> Self {
        self.with(|op| record::request(op, &request));
        self
    }
}

impl Builder<Agent> {
    /// The agent runs elsewhere: the span is CLIENT and may carry `server.*`.
    pub fn remote(mut self) -> Self {
        self.with(Op::set_remote);
        self
    }

    /// The operation creates the agent (`create_agent`).
    pub fn create(mut self) -> Self {
        self.with(|op| op.set_operation_name("create_agent"));
        self
    }
}
