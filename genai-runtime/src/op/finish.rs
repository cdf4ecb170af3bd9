//! The end of an operation: late attributes, metrics, event, hook, and the end of the span, in this order, exactly once.

use std::time::Duration;

use opentelemetry::logs::{AnyValue, Severity};
use opentelemetry::trace::{SpanRef, Status, TraceContextExt as _};
use opentelemetry::{Array, Key, KeyValue, StringValue, Value};

use super::{Gaps, Kind, Op, active};
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
        if let Some(gaps) = self.gaps.take() {
            self.fill_gaps(*gaps);
        }
        self.fill_finish_reasons();
        let mut late = self.late_attributes(error);
        let mut content = self.content.take();
        let error_type = error.map(|f| &f.error_type);
        derived::add_system(self.compat().contains(Compat::LEGACY), &mut late);
        let ended = if error.is_some() {
            Ended::Early
        } else {
            Ended::Well
        };
        if self.keeps_record() {
            self.record.extend_from_slice(&late);
        }
        self.add_extras(&mut late, content.as_deref(), error_type);
        if self.flags.is_recording {
            let span = self.cx.span();
            span.set_attributes(late);
            self.rename(&span);
            if let Some(failure) = error {
                span.set_status(Status::Error {
                    description: failure.text.clone().unwrap_or_default().into(),
                });
            }
            if let Some(content) = content.as_deref_mut().filter(|_| self.span_wants_content()) {
                for (id, text) in content.span(ended) {
                    span.set_attribute(attribute(id, text));
                }
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

    /// What the ending says about an error.
    fn error(&mut self, ending: Ending) -> Option<Failure> {
        let plain = |error_type: &'static str| Failure {
            error_type: StringValue::from(error_type),
            text: None,
        };
        let mut failure = match ending {
            Ending::Returned(Outcome::Ok) => {
                let error_type = self.body_error.take()?;
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
        if let Some(explicit) = self.error_type.take() {
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
        let is_late = subject.is_some_and(|id| self.written & !self.on_span & (1 << id) != 0);
        if is_late && self.span_name.is_none() {
            span.update_name(self.name());
        }
    }

    /// Finish reasons that only the messages tell.
    fn fill_finish_reasons(&mut self) {
        if self.finish_reasons.is_none() && !self.message_reasons.is_empty() {
            self.finish_reasons = Some(std::mem::take(&mut self.message_reasons));
        }
        // An explicit empty list says that there are none.
        if self.finish_reasons.as_ref().is_some_and(Vec::is_empty) {
            self.finish_reasons = None;
        }
    }

    /// What the span does not have yet, the user's attributes last.
    fn late_attributes(&mut self, error: Option<&Failure>) -> Vec<KeyValue> {
        let mut late = std::mem::take(&mut self.attributes);
        let known = [
            (
                keys::GEN_AI_RESPONSE_MODEL.id(),
                self.response_model.clone().map(Value::String),
            ),
            (
                keys::GEN_AI_RESPONSE_ID.id(),
                self.response_id.take().map(Value::String),
            ),
            (
                keys::GEN_AI_RESPONSE_FINISH_REASONS.id(),
                self.finish_reasons
                    .take()
                    .map(|list| Value::Array(Array::String(list))),
            ),
            (
                keys::GEN_AI_USAGE_INPUT_TOKENS.id(),
                self.input_tokens.map(Value::I64),
            ),
            (
                keys::GEN_AI_USAGE_OUTPUT_TOKENS.id(),
                self.output_tokens.map(Value::I64),
            ),
        ];
        let is_late = |id: registry::Id| self.written & !self.on_span & (1 << id) != 0;
        let mut push = |id: registry::Id, value: Value| {
            late.push(attribute(id, value));
        };
        for (id, value) in known {
            if let Some(value) = value {
                push(id, value);
            }
        }
        let request = [
            (Some(keys::GEN_AI_PROVIDER_NAME.id()), &self.provider),
            (Some(keys::GEN_AI_REQUEST_MODEL.id()), &self.model),
            (
                self.kind
                    .subject()
                    .filter(|id| *id != keys::GEN_AI_REQUEST_MODEL.id()),
                &self.subject,
            ),
            (Some(keys::SERVER_ADDRESS.id()), &self.server_address),
            (Some(keys::GEN_AI_CONVERSATION_ID.id()), &self.conversation),
        ];
        for (id, value) in request {
            if let (Some(id), Some(value)) = (id.filter(|id| is_late(*id)), value) {
                push(id, Value::String(value.clone()));
            }
        }
        if let Some(port) = self.server_port.filter(|_| is_late(keys::SERVER_PORT.id())) {
            push(keys::SERVER_PORT.id(), Value::I64(port));
        }
        if let Some(failure) = error {
            push(
                keys::ERROR_TYPE.id(),
                Value::String(failure.error_type.clone()),
            );
        }
        late.append(&mut self.properties);
        late.append(&mut self.own_attributes);
        late
    }

    /// The details event, content included if the mode says so.
    fn event(&self, content: Option<&Captured>, ended: Ended) -> Option<Event> {
        if self.kind != Kind::Chat || !self.telemetry.emits_events() {
            return None;
        }
        let mut attributes: Vec<(Key, AnyValue)> = self
            .record
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
            attributes: &self.record,
            elapsed,
            cx: &self.cx,
            event,
        });
    }

    /// What a nested operation leaves to the outer one.
    fn as_gaps(&mut self) -> Gaps {
        self.fill_finish_reasons();
        Gaps {
            model: self.model.take(),
            provider: self.provider.take(),
            server_address: self.server_address.take(),
            server_port: self.server_port,
            response_model: self.response_model.take(),
            response_id: self.response_id.take(),
            finish_reasons: self.finish_reasons.take(),
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            attributes: std::mem::take(&mut self.attributes),
            own_attributes: std::mem::take(&mut self.own_attributes),
        }
    }

    /// Takes from nested operations what this one does not know.
    pub(super) fn fill_gaps(&mut self, gaps: Gaps) {
        let texts = [
            (keys::GEN_AI_REQUEST_MODEL.id(), gaps.model),
            (keys::GEN_AI_PROVIDER_NAME.id(), gaps.provider),
            (keys::SERVER_ADDRESS.id(), gaps.server_address),
            (keys::GEN_AI_RESPONSE_MODEL.id(), gaps.response_model),
            (keys::GEN_AI_RESPONSE_ID.id(), gaps.response_id),
        ];
        for (id, text) in texts {
            if let Some(text) = text {
                self.fill(id, Value::String(text));
            }
        }
        let numbers = [
            (keys::SERVER_PORT.id(), gaps.server_port),
            (keys::GEN_AI_USAGE_INPUT_TOKENS.id(), gaps.input_tokens),
            (keys::GEN_AI_USAGE_OUTPUT_TOKENS.id(), gaps.output_tokens),
        ];
        for (id, number) in numbers {
            if let Some(number) = number {
                self.fill(id, Value::I64(number));
            }
        }
        if let Some(reasons) = gaps
            .finish_reasons
            .filter(|_| self.message_reasons.is_empty())
        {
            self.fill(
                keys::GEN_AI_RESPONSE_FINISH_REASONS.id(),
                Value::Array(Array::String(reasons)),
            );
        }
        for attribute in gaps.attributes {
            if let Some(id) = registry::find(attribute.key.as_str()) {
                self.fill(id, attribute.value);
            }
        }
        for attribute in gaps.own_attributes {
            let is_known = self.own_at_start.contains(&attribute.key)
                || self.own_attributes.iter().any(|a| a.key == attribute.key);
            if !is_known {
                self.own_attributes.push(attribute);
            }
        }
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
