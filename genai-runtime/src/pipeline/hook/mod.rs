//! The completion hook: what an application may see and change when an operation finishes.
//!
//! In comes a finished operation with its content; out go stamps on its span and changes to its event, before either is
//! exported.

pub(crate) mod hooks;
mod unfinished;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::logs::AnyValue;
use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use opentelemetry::{Context, Key, KeyValue, StringValue, Value};

pub use hooks::register;
pub use unfinished::Unfinished;

use crate::content::message::{InputMessage, OutputMessage, Part, ToolDefinition};
use crate::context::SpanRef;
use crate::semconv::registry::{Id, keys};
use crate::semconv::value::look_up;

/// Called once per finish of a chat, agent or workflow, on success and failure alike, whatever the content mode and whether
/// or not the span is sampled.
///
/// It runs on the thread that finishes the operation, so it must not block; hand work to a thread of its own. A panic is
/// caught, logged once and otherwise ignored.
///
/// ```
/// use genai::{CompletionHook, Telemetry, keys};
/// use genai::hook::Completion;
/// use opentelemetry::KeyValue;
///
/// struct Cost;
///
/// impl CompletionHook for Cost {
///     fn on_completion(&self, completion: &mut Completion<'_>) {
///         let tokens = completion.attributes().iter().find(|a| a.key.as_str() == keys::GEN_AI_USAGE_OUTPUT_TOKENS.name());
///         if let Some(opentelemetry::Value::I64(tokens)) = tokens.map(|a| a.value.clone()) {
///             completion.set_span_attribute(KeyValue::new("app.cost", tokens as f64 * 0.000_01));
///         }
///     }
/// }
///
/// Telemetry::builder().completion_hook(Cost).install();
/// ```
pub trait CompletionHook: Send + Sync {
    /// An operation has finished; its span is still open and its event not yet emitted.
    fn on_completion(&self, completion: &mut Completion<'_>);

    /// Waits until what was handed over so far is done, `timeout` at most. Nothing by default.
    ///
    /// It is called on a thread of its own, and left behind if it takes longer.
    ///
    /// # Errors
    ///
    /// What is not done by then.
    fn flush(&self, timeout: Duration) -> Result<(), Unfinished> {
        let _ = timeout;
        Ok(())
    }

    /// Flushes, `timeout` at most, and stops; likewise left behind if it takes longer. Nothing by default.
    ///
    /// # Errors
    ///
    /// What is not done by then, and will not be.
    fn shutdown(&self, timeout: Duration) -> Result<(), Unfinished> {
        let _ = timeout;
        Ok(())
    }
}

/// So that a hook can be handed over and kept.
impl<H: CompletionHook + ?Sized> CompletionHook for Arc<H> {
    fn on_completion(&self, completion: &mut Completion<'_>) {
        (**self).on_completion(completion);
    }

    fn flush(&self, timeout: Duration) -> Result<(), Unfinished> {
        (**self).flush(timeout)
    }

    fn shutdown(&self, timeout: Duration) -> Result<(), Unfinished> {
        (**self).shutdown(timeout)
    }
}

/// A finished operation, as a [`CompletionHook`] sees it.
///
/// ```
/// use genai::hook::Completion;
///
/// fn slow(completion: &Completion<'_>) -> bool {
///     completion.elapsed().as_secs() > 30
/// }
/// ```
#[non_exhaustive]
pub struct Completion<'a> {
    pub(crate) inputs: &'a [InputMessage],
    pub(crate) outputs: &'a [OutputMessage],
    pub(crate) system_instructions: &'a [Part],
    pub(crate) tool_definitions: &'a [ToolDefinition],
    pub(crate) attributes: &'a [KeyValue],
    pub(crate) elapsed: Duration,
    pub(crate) cx: &'a Context,
    pub(crate) event: Option<&'a mut Event>,
}

/// The `gen_ai.client.inference.operation.details` event before it is emitted.
///
/// ```
/// use genai::hook::Completion;
///
/// fn stamp(completion: &mut Completion<'_>) {
///     if let Some(event) = completion.event() {
///         event.set_attribute("app.tier", "gold");
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Event {
    pub(crate) name: &'static str,
    pub(crate) attributes: Vec<(Key, AnyValue)>,
}

impl fmt::Debug for Completion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Completion")
            .field("inputs", &self.inputs.len())
            .field("outputs", &self.outputs.len())
            .field("elapsed", &self.elapsed)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("name", &self.name)
            .field("attributes", &self.attributes.len())
            .finish()
    }
}

impl Completion<'_> {
    /// The messages sent to the model; empty where none were recorded or `capture = none` forbids it.
    pub fn inputs(&self) -> &[InputMessage] {
        self.inputs
    }

    /// The messages the model answered with.
    pub fn outputs(&self) -> &[OutputMessage] {
        self.outputs
    }

    /// The system instructions that were given apart from the messages.
    pub fn system_instructions(&self) -> &[Part] {
        self.system_instructions
    }

    /// The tools the model may call.
    pub fn tool_definitions(&self) -> &[ToolDefinition] {
        self.tool_definitions
    }

    /// The scalar record: every attribute of the operation that is not content, the user's own and `error.type` included.
    pub fn attributes(&self) -> &[KeyValue] {
        self.attributes
    }

    /// How long the operation took.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The span's context, valid also where the span is not sampled.
    pub fn span_context(&self) -> SpanContext {
        self.cx.span().span_context().clone()
    }

    /// A handle on the call, for what is known of it only later, such as an evaluation.
    pub fn span_ref(&self) -> SpanRef {
        let text = |id: Id| match look_up(self.attributes, id) {
            Some(Value::String(text)) => Some(text),
            _ => None::<&StringValue>,
        };
        SpanRef::of_operation(
            self.cx.span().span_context(),
            text(keys::GEN_AI_RESPONSE_ID.id()),
            text(keys::GEN_AI_CONVERSATION_ID.id()),
        )
    }

    /// Whether the span takes stamps: `false` where it is not sampled.
    pub fn is_recording(&self) -> bool {
        self.cx.span().is_recording()
    }

    /// Stamps an attribute on the span.
    pub fn set_span_attribute(&mut self, attribute: KeyValue) {
        self.cx.span().set_attribute(attribute);
    }

    /// The event that will be emitted after the hook, if one will.
    pub fn event(&mut self) -> Option<&mut Event> {
        self.event.as_deref_mut()
    }
}

impl Event {
    /// The event's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its attributes.
    pub fn attributes(&self) -> &[(Key, AnyValue)] {
        &self.attributes
    }

    /// Sets an attribute, in place of one with the same key.
    pub fn set_attribute(&mut self, key: impl Into<Key>, value: impl Into<AnyValue>) {
        let key = key.into();
        self.attributes.retain(|(k, _)| *k != key);
        self.attributes.push((key, value.into()));
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{SpanId, TraceFlags, TraceId, TraceState};

    use super::*;

    #[test]
    fn a_completion_shows_what_it_has_and_no_content() {
        let inputs = [InputMessage::new("user"), InputMessage::new("user")];
        let outputs = [OutputMessage::text("secret", "stop")];
        let (system, tools) = ([Part::text("secret")], []);
        let attributes = [
            KeyValue::new("gen_ai.response.id", "r-1"),
            KeyValue::new("gen_ai.conversation.id", "c-1"),
        ];
        let span = SpanContext::new(
            TraceId::from(7),
            SpanId::from(9),
            TraceFlags::SAMPLED,
            false,
            TraceState::default(),
        );
        let cx = Context::new().with_remote_span_context(span.clone());
        let mut event = Event {
            name: "an.event",
            attributes: vec![(Key::from("a"), AnyValue::Int(1))],
        };
        let mut completion = Completion {
            inputs: &inputs,
            outputs: &outputs,
            system_instructions: &system,
            tool_definitions: &tools,
            attributes: &attributes,
            elapsed: Duration::from_secs(3),
            cx: &cx,
            event: Some(&mut event),
        };
        assert_eq!(
            (completion.inputs(), completion.outputs()),
            (&inputs[..], &outputs[..])
        );
        assert_eq!(completion.system_instructions(), &system);
        assert!(completion.tool_definitions().is_empty());
        assert_eq!(completion.attributes(), &attributes);
        assert_eq!(completion.elapsed(), Duration::from_secs(3));
        assert_eq!(completion.span_context(), span);
        // One of another process takes no stamps.
        assert!(!completion.is_recording());
        let handle = completion.span_ref();
        assert_eq!(handle.response_id(), Some("r-1"));
        assert_eq!(handle.conversation_id(), Some("c-1"));
        assert_eq!(
            format!("{completion:?}"),
            "Completion { inputs: 2, outputs: 1, elapsed: 3s, .. }"
        );
        let event = completion.event().expect("an event");
        event.set_attribute("a", 2);
        event.set_attribute("b", "secret");
        assert_eq!(event.name(), "an.event");
        let expected = [
            (Key::from("a"), AnyValue::Int(2)),
            (Key::from("b"), AnyValue::from("secret")),
        ];
        assert_eq!(event.attributes(), &expected);
        assert_eq!(
            format!("{event:?}"),
            r#"Event { name: "an.event", attributes: 2 }"#
        );
    }

    #[test]
    fn a_span_that_is_recorded_takes_stamps() {
        use opentelemetry::trace::{Tracer as _, TracerProvider as _};
        use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};

        let spans = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(spans.clone())
            .build();
        let cx = Context::new().with_span(provider.tracer("test").start("chat"));
        let mut completion = Completion {
            inputs: &[],
            outputs: &[],
            system_instructions: &[],
            tool_definitions: &[ToolDefinition::function("f")],
            attributes: &[],
            elapsed: Duration::ZERO,
            cx: &cx,
            event: None,
        };
        assert!(completion.is_recording() && completion.event().is_none());
        assert_eq!(completion.tool_definitions().len(), 1);
        completion.set_span_attribute(KeyValue::new("app.cost", 2));
        let handle = completion.span_ref();
        assert_eq!(
            (handle.response_id(), handle.conversation_id()),
            (None, None)
        );
        cx.span().end();
        let span = spans.get_finished_spans().unwrap().remove(0);
        assert_eq!(span.attributes, [KeyValue::new("app.cost", 2)]);
    }

    #[test]
    fn a_hook_that_has_nothing_to_end_ends_well() {
        struct Plain;
        impl CompletionHook for Plain {
            fn on_completion(&self, _: &mut Completion<'_>) {}
        }
        let hook = Arc::new(Plain);
        assert!(hook.flush(Duration::ZERO).is_ok());
        assert!(hook.shutdown(Duration::ZERO).is_ok());
        assert!(Plain.shutdown(Duration::ZERO).is_ok());
    }

    /// What is handed over behind a pointer is asked, not answered for.
    #[test]
    fn a_shared_hook_is_the_hook() {
        struct Stuck;
        impl CompletionHook for Stuck {
            fn on_completion(&self, completion: &mut Completion<'_>) {
                completion.elapsed = Duration::from_secs(7);
            }
            fn flush(&self, _: Duration) -> Result<(), Unfinished> {
                Err(Unfinished::new("x"))
            }
            fn shutdown(&self, _: Duration) -> Result<(), Unfinished> {
                Err(Unfinished::new("x"))
            }
        }
        let hook: Arc<dyn CompletionHook> = Arc::new(Stuck);
        let shared = Arc::new(hook);
        assert!(shared.flush(Duration::ZERO).is_err());
        assert!(shared.shutdown(Duration::ZERO).is_err());
        let wrapped = hooks::wrapped(Arc::new(Arc::clone(&shared)));
        let cx = Context::new();
        for hook in [&shared as &dyn CompletionHook, &wrapped] {
            let mut completion = Completion {
                inputs: &[],
                outputs: &[],
                system_instructions: &[],
                tool_definitions: &[],
                attributes: &[],
                elapsed: Duration::ZERO,
                cx: &cx,
                event: None,
            };
            hook.on_completion(&mut completion);
            assert_eq!(completion.elapsed(), Duration::from_secs(7));
        }
    }
}
