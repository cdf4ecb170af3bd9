//! The end of an operation: late attributes, metrics, event, hook, and the end of the span, in this order, exactly once.

use std::time::Duration;

use opentelemetry::logs::{AnyValue, Severity};
use opentelemetry::trace::{SpanRef, Status, TraceContextExt as _};
use opentelemetry::{Array, Key, KeyValue, StringValue, Value};

use super::bits::Bits;
use super::{Kind, Op, active, pool};
use crate::compat::{Compat, keys as derived};
use crate::content::Captured;
use crate::event::DETAILS;
use crate::hook::{Completion, Event};
use crate::limits::prefix;
use crate::message::finish::Ended;
use crate::redact;
use crate::registry::{self, keys};
use crate::value::attribute;
use crate::warn::{Once, contained};

const RESPONSE_MODEL: registry::Id = keys::GEN_AI_RESPONSE_MODEL.id();
const RESPONSE_ID: registry::Id = keys::GEN_AI_RESPONSE_ID.id();
const FINISH_REASONS: registry::Id = keys::GEN_AI_RESPONSE_FINISH_REASONS.id();
const INPUT_TOKENS: registry::Id = keys::GEN_AI_USAGE_INPUT_TOKENS.id();
const OUTPUT_TOKENS: registry::Id = keys::GEN_AI_USAGE_OUTPUT_TOKENS.id();

/// The attributes of requests that have fields.
const REQUEST: Bits = Bits::of(keys::GEN_AI_PROVIDER_NAME.id())
    .with(Bits::of(keys::GEN_AI_REQUEST_MODEL.id()))
    .with(Bits::of(keys::GEN_AI_AGENT_NAME.id()))
    .with(Bits::of(keys::GEN_AI_TOOL_NAME.id()))
    .with(Bits::of(keys::GEN_AI_WORKFLOW_NAME.id()))
    .with(Bits::of(keys::GEN_AI_DATA_SOURCE_ID.id()))
    .with(Bits::of(keys::SERVER_ADDRESS.id()))
    .with(Bits::of(keys::SERVER_PORT.id()))
    .with(Bits::of(keys::GEN_AI_CONVERSATION_ID.id()));

/// How a call ended that returned.
pub(crate) enum Outcome {
    /// With a value.
    Ok,
    /// With an error: its class, and its text where there is one and texts are wanted.
    Error {
        error_type: StringValue,
        message: Option<String>,
    },
}

/// How an operation ended.
pub(crate) enum Ending {
    /// The call returned.
    Returned(Outcome),
    /// The future was dropped, or the invocation never finished.
    Cancelled,
    /// The body panicked.
    Panicked,
    /// An expression of the attribute panicked.
    ExpressionPanicked,
}

impl Op {
    /// Ends the operation as the call did.
    pub(crate) fn finish(mut self: Box<Self>, outcome: Outcome) {
        self.end(Ending::Returned(outcome));
        pool::give(self);
    }

    /// Ends the operation though the call did not return.
    pub(crate) fn abandon(&mut self, ending: Ending) {
        self.end(ending);
    }

    /// Forgets the operation: nothing ran.
    pub(crate) fn discard(&mut self) {
        self.flags.is_done = true;
    }

    pub(super) fn end(&mut self, ending: Ending) {
        if std::mem::replace(&mut self.flags.is_done, true) {
            return;
        }
        if self.flags.is_suppressed {
            active::add_gaps(self.as_gaps());
            return;
        }
        let elapsed = self.started.elapsed();
        let error = self.error(ending);
        contained(Once::SdkPanicked, "OpenTelemetry", || {
            self.report(elapsed, error.as_ref())
        });
        // The span ends whatever panicked before.
        let end = self.wall.checked_add(elapsed).unwrap_or(self.wall);
        contained(Once::SdkPanicked, "OpenTelemetry", || {
            self.cx.span().end_with_timestamp(end)
        });
    }

    fn report(&mut self, elapsed: Duration, error: Option<&Failure>) {
        if let Some(gaps) = self.rare.as_deref_mut().and_then(|r| r.gaps.take()) {
            self.fill_gaps(*gaps);
        }
        self.fill_finish_reasons();
        let mut content = self.content.take();
        let error_type = error.map(|f| &f.error_type);
        let ended = if error.is_some() {
            Ended::Early
        } else {
            Ended::Well
        };
        if self.keeps_record() || self.has_extras() {
            let mut late: Vec<_> = self.late(error).collect();
            derived::add_system(self.compat().contains(Compat::LEGACY), &mut late);
            if self.keeps_record() {
                self.rare_mut().record.extend_from_slice(&late);
            }
            self.add_extras(&mut late, content.as_deref(), error_type);
            if self.flags.is_recording {
                self.cx.span().set_attributes(late);
            }
        } else if self.flags.is_recording {
            let cx = std::mem::take(&mut self.cx);
            cx.span().set_attributes(self.late(error));
            self.cx = cx;
        }
        if self.flags.is_recording {
            let span = self.cx.span();
            self.rename(&span);
            if let Some(failure) = error {
                span.set_status(Status::Error {
                    description: failure.text.clone().unwrap_or_default().into(),
                });
            }
            if let Some(content) = content.as_deref_mut().filter(|_| self.span_wants_content()) {
                span.set_attributes(
                    content
                        .span(ended)
                        .into_iter()
                        .map(|(id, text)| attribute(id, text)),
                );
            }
        }
        // A metric that panics takes neither event nor hook with it.
        contained(Once::SdkPanicked, "OpenTelemetry", || {
            self.record_metrics(elapsed, error_type)
        });
        if let Some(content) = &mut content {
            content.settle(ended);
        }
        let mut event = self.event(content.as_deref(), ended);
        self.call_hook(elapsed, content.as_deref(), event.as_mut());
        self.emit_messages(content.as_deref(), ended);
        if let (Some(event), Some(logger)) = (event, &self.telemetry.logger) {
            logger.emit(event, Severity::Info, &self.cx);
        }
        if let Some(failure) = error {
            self.emit_exception(&failure.error_type, failure.text.as_deref());
        }
    }

    /// What the span got, where an event or a hook wants it again.
    fn record(&self) -> &[KeyValue] {
        self.rare.as_deref().map_or(&[], |r| &r.record)
    }

    /// What the ending says about an error.
    fn error(&mut self, ending: Ending) -> Option<Failure> {
        let plain = |error_type: &'static str| Failure {
            error_type: StringValue::from(error_type),
            text: None,
        };
        let mut failure = match ending {
            Ending::Returned(Outcome::Ok) => {
                let error_type = self.rare.as_deref_mut()?.body_error.take()?;
                Failure {
                    error_type,
                    text: None,
                }
            }
            Ending::Returned(Outcome::Error {
                error_type,
                message,
            }) => {
                let text = message.filter(|_| self.telemetry.config.error_messages);
                let text = text
                    .and_then(|text| redact::error_text(self.telemetry.redactor.as_ref(), text));
                Failure {
                    error_type,
                    text: text.map(|text| {
                        prefix(&text, self.telemetry.config.limits.error_text).to_owned()
                    }),
                }
            }
            Ending::Cancelled => return Some(plain("cancelled")),
            Ending::Panicked => return Some(plain("panic")),
            Ending::ExpressionPanicked => return Some(plain("_OTHER")),
        };
        let explicit = self.rare.as_deref_mut().and_then(|r| r.error_type.take());
        if let Some(explicit) = explicit {
            failure.error_type = explicit;
        }
        Some(failure)
    }

    /// The name follows what was set after the start.
    fn rename(&self, span: &SpanRef<'_>) {
        let subject = match self.kind {
            Kind::Chat | Kind::Embeddings => Some(keys::GEN_AI_REQUEST_MODEL.id()),
            kind => kind.subject(),
        };
        let is_named = self.rare.as_deref().is_some_and(|r| r.span_name.is_some());
        if subject.is_some_and(|id| self.is_late(id)) && !is_named {
            span.update_name(self.name());
        }
    }

    /// Finish reasons that only the messages tell.
    pub(super) fn fill_finish_reasons(&mut self) {
        if self.finish_reasons.is_none() {
            let of_messages = self.rare.as_deref_mut().map(|r| &mut r.message_reasons);
            self.finish_reasons = of_messages.map(std::mem::take);
        }
        // An explicit empty list says that there are none.
        if self.finish_reasons.as_ref().is_some_and(Vec::is_empty) {
            self.finish_reasons = None;
        }
    }

    /// What the span does not have yet, the user's attributes last.
    ///
    /// One at a time: the span has room for them, and a list of them in between would be one more allocation.
    fn late<'a>(&'a mut self, error: Option<&'a Failure>) -> impl Iterator<Item = KeyValue> + 'a {
        let (properties, own) = self
            .rare
            .as_deref_mut()
            .map_or_else(Default::default, |rare| {
                (
                    std::mem::take(&mut rare.properties),
                    std::mem::take(&mut rare.own_attributes),
                )
            });
        let mut own = properties.into_iter().chain(own);
        let mut step = 0_u8;
        let last = match error {
            Some(_) => 12,
            None if self.open_at_start.lost(self.open, REQUEST) => 11,
            None => 5,
        };
        self.attributes.reverse();
        std::iter::from_fn(move || {
            if let Some(attribute) = self.attributes.pop() {
                return Some(attribute);
            }
            while step < last {
                step += 1;
                if let Some((id, value)) = self.known(step, error) {
                    return Some(attribute(id, value));
                }
            }
            own.next()
        })
    }

    /// The attributes that have fields, as far as the span does not have them.
    #[inline]
    fn known(&mut self, step: u8, error: Option<&Failure>) -> Option<(registry::Id, Value)> {
        let late = |id: registry::Id, text: Option<StringValue>| {
            let text = text.filter(|_| self.is_late(id))?;
            Some((id, Value::String(text)))
        };
        Some(match step {
            1 => (RESPONSE_MODEL, Value::String(self.response_model.value()?)),
            2 => (RESPONSE_ID, Value::String(self.response_id.take()?)),
            3 => (
                FINISH_REASONS,
                Value::Array(Array::String(self.finish_reasons.take()?)),
            ),
            4 => (INPUT_TOKENS, Value::I64(self.input_tokens?)),
            5 => (OUTPUT_TOKENS, Value::I64(self.output_tokens?)),
            6 => late(keys::GEN_AI_PROVIDER_NAME.id(), self.provider.value())?,
            7 => late(keys::GEN_AI_REQUEST_MODEL.id(), self.model.value())?,
            8 => late(self.kind.subject()?, self.subject.value())?,
            9 => late(keys::SERVER_ADDRESS.id(), self.server_address.value())?,
            10 => late(keys::GEN_AI_CONVERSATION_ID.id(), self.conversation.clone())?,
            11 => {
                let port = self.server_port?;
                let id = keys::SERVER_PORT.id();
                self.is_late(id).then_some((id, Value::I64(port)))?
            }
            _ => (
                keys::ERROR_TYPE.id(),
                Value::String(error?.error_type.clone()),
            ),
        })
    }

    /// The details event, content included if the mode says so.
    fn event(&self, content: Option<&Captured>, ended: Ended) -> Option<Event> {
        if self.kind != Kind::Chat || !self.telemetry.emits_events() {
            return None;
        }
        let mut attributes: Vec<(Key, AnyValue)> = self
            .record()
            .iter()
            .map(|a| (a.key.clone(), any_value(a.value.clone())))
            .collect();
        if let Some(content) = content.filter(|_| self.event_wants_content()) {
            let rendered = content.event(&self.telemetry.config.limits, ended);
            attributes.extend(
                rendered
                    .into_iter()
                    .map(|(id, value)| (Key::from_static_str(registry::key(id)), value)),
            );
        }
        Some(Event {
            name: DETAILS,
            attributes,
        })
    }

    fn call_hook(&self, elapsed: Duration, content: Option<&Captured>, event: Option<&mut Event>) {
        let Some(hook) = self
            .telemetry
            .hook
            .as_ref()
            .filter(|_| self.kind.has_hook() && !self.is_creation())
        else {
            return;
        };
        hook.on_completion(&mut Completion {
            inputs: content.map_or(&[], |c| &c.input),
            outputs: content.map_or(&[], |c| &c.output),
            system_instructions: content.map_or(&[], |c| &c.system),
            tool_definitions: content.map_or(&[], |c| &c.tools),
            attributes: self.record(),
            elapsed,
            cx: &self.cx,
            event,
        });
    }
}

/// What went wrong.
pub(super) struct Failure {
    error_type: StringValue,
    text: Option<String>,
}

/// An attribute's value as an event has it.
fn any_value(value: Value) -> AnyValue {
    match value {
        Value::Bool(b) => AnyValue::Boolean(b),
        Value::I64(n) => AnyValue::Int(n),
        Value::F64(n) => AnyValue::Double(n),
        Value::String(text) => AnyValue::String(text),
        Value::Array(Array::Bool(list)) => list.into_iter().collect(),
        Value::Array(Array::I64(list)) => list.into_iter().collect(),
        Value::Array(Array::F64(list)) => list.into_iter().collect(),
        Value::Array(Array::String(list)) => list.into_iter().collect(),
        other => AnyValue::String(other.to_string().into()),
    }
}
