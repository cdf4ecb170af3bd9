//! The end of an operation: late attributes, metrics, event, hook, and the end of the span, in this order, exactly once.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use opentelemetry::logs::{AnyValue, Severity};
use opentelemetry::trace::{SpanRef, Status, TraceContextExt as _};
use opentelemetry::{Array, Key, KeyValue, StringValue, Value};

use super::attempts;
use super::first_class::FirstClass;
use super::handle;
use super::op::{Op, cut};
use super::pool;
use super::state::{Code, Span, State};
use crate::content::captured::Captured;
use crate::content::message::finish::Ended;
use crate::content::redact;
use crate::diag::call_out::{CallOut, contained};
use crate::pipeline::compat::{Compat, keys as derived};
use crate::pipeline::event::DETAILS;
use crate::pipeline::hook::{Completion, Event};
use crate::semconv::kind::Kind;
use crate::semconv::registry::{self, keys};
use crate::semconv::value::{attribute, push};

/// The class, and the text, of a call that was given up.
const CANCELLED: &str = "cancelled";

/// How a call ended that returned.
pub(crate) enum Outcome {
    /// With a value.
    Ok,
    /// With an error: its class, and its text where there is one and texts are wanted.
    Error {
        error_type: StringValue,
        message: Option<String>,
    },
    /// With an error that the caller caused, which does not count as a failure of the operation.
    Refused,
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

    /// Ends the operation: reports what is known, and ends its span.
    pub(super) fn end(&mut self, ending: Ending) {
        let State::Open { span, .. } = self.state else {
            return;
        };
        self.state.go_on(Code::Reporting);
        self.settle_gathered();
        if matches!(span, Span::OfSameCall) {
            self.end_same_call(ending);
            return;
        }
        let elapsed = self.started.elapsed();
        handle::ended(self);
        // Most calls.
        let is_well = self.rare.is_none() && matches!(ending, Ending::Returned(Outcome::Ok));
        let error = if is_well {
            // Nothing of it is to be dropped.
            std::mem::forget(ending);
            None
        } else {
            self.error(ending)
        };
        contained(CallOut::Tracing, || self.report(elapsed, error.as_ref()));
        // The span ends whatever panicked before. Without one of its own, the one of the context is another's.
        if !matches!(span, Span::None) {
            let end = self.end_of(elapsed);
            contained(CallOut::Tracing, || self.cx.span().end_with_timestamp(end));
        }
        self.state = State::Ended;
    }

    /// Ends an operation that is the same call as the one around it.
    #[cold]
    fn end_same_call(&mut self, ending: Ending) {
        let failed = match self.kind {
            Kind::Tool | Kind::McpClient => self.end_merged(ending),
            _ => None,
        };
        self.state = State::Ended;
        attempts::named(|| self.first_class.labels.model.value());
        self.leave_to_outer(failed);
    }

    fn report(&mut self, elapsed: Duration, error: Option<&Failure>) {
        if self.rare.is_some() {
            self.settle_rare();
        }
        let mut content = self.content.take();
        let ended = if error.is_some() {
            Ended::Early
        } else {
            Ended::Well
        };
        let is_late = self.has_late_request();
        self.add_late(error, is_late);
        let has_event_hook_or_extras = self.telemetry.has_event_hook_or_extras;
        if has_event_hook_or_extras {
            self.add_others(content.as_deref(), error);
        }
        if self.state.is_recording() {
            let content = content.as_deref_mut();
            // A span that panics takes nothing else with it.
            contained(CallOut::Tracing, || {
                self.put_on_span(elapsed, error, content, ended);
                if is_late {
                    self.rename();
                }
            });
        }
        // A metric that panics takes neither event nor hook with it.
        contained(CallOut::Metering, || self.record_metrics(elapsed, error));
        if has_event_hook_or_extras {
            self.emit_others(elapsed, content.as_deref_mut(), ended, error);
        }
        if let Some(content) = content {
            self.keep_spare(content);
        }
    }

    /// Takes from nested operations what this one does not know, keeps what labels metrics, and adds what prompts were made with.
    #[inline(never)]
    fn settle_rare(&mut self) {
        let inherited = self.rare.as_deref_mut().and_then(|r| r.inherited.take());
        if let Some(inherited) = inherited {
            self.fill_inherited(*inherited);
        }
        self.keep_labels();
        if self.state.is_recording() {
            self.add_variables();
        }
    }

    /// Keeps the memory of the content for the next operation.
    #[inline(never)]
    fn keep_spare(&mut self, mut content: Box<Captured>) {
        content.clear(&self.telemetry.config.limits);
        self.spare_content = Some(content);
    }

    fn put_on_span(
        &mut self,
        elapsed: Duration,
        error: Option<&Failure>,
        content: Option<&mut Captured>,
        ended: Ended,
    ) {
        let span = self.cx.span();
        span.set_attributes(self.attributes.drain(..));
        if let Some(failure) = error {
            span.set_status(Status::Error {
                description: failure.description(),
            });
            if self.compat().has_exceptions_on_spans() {
                self.add_exception(&span, failure, self.end_of(elapsed));
            }
        }
        if let Some(content) = content.filter(|_| self.span_wants_content()) {
            span.set_attributes(content.span(ended).map(|(id, text)| attribute(id, text)));
        }
    }

    /// Keeps what the event and the hook want again, and adds what goes on the span where it was asked for.
    #[inline(never)]
    fn add_others(&mut self, content: Option<&Captured>, error: Option<&Failure>) {
        let mut late = std::mem::take(&mut self.attributes);
        derived::add_system(self.compat().contains(Compat::LEGACY), &mut late);
        if self.keeps_record() {
            self.rare_mut().record.extend_from_slice(&late);
        }
        self.add_extras(&mut late, content, error);
        self.attributes = late;
    }

    /// The event, the hook, and the events of other conventions.
    #[inline(never)]
    fn emit_others(
        &mut self,
        elapsed: Duration,
        mut content: Option<&mut Captured>,
        ended: Ended,
        error: Option<&Failure>,
    ) {
        if let Some(content) = &mut content {
            content.settle(ended);
        }
        let content = content.as_deref();
        let mut event = self.event(content, ended);
        self.call_hook(elapsed, content, event.as_mut());
        self.emit_messages(content, ended, elapsed);
        if let (Some(event), Some(logger)) = (event, &self.telemetry.logger) {
            logger.emit(event, Severity::Info, &self.cx, self.end_of(elapsed));
        }
        if let Some(failure) = error {
            self.emit_exception(&failure.error_type, failure.text.as_deref(), elapsed);
        }
    }

    /// When the operation ended, on the wall clock.
    pub(super) fn end_of(&self, elapsed: Duration) -> SystemTime {
        self.wall.checked_add(elapsed).unwrap_or(self.wall)
    }

    /// What the span got, where an event or a hook wants it again.
    fn record(&self) -> &[KeyValue] {
        self.rare.as_deref().map_or(&[], |r| &r.record)
    }

    /// What the ending says about an error.
    #[inline(never)]
    fn error(&mut self, mut ending: Ending) -> Option<Failure> {
        let message = match &mut ending {
            Ending::Returned(Outcome::Error { message, .. }) => message.take(),
            _ => None,
        };
        let mut failure = self.error_class(ending)?;
        let text = message.filter(|_| self.telemetry.config.error_messages);
        let limit = self.telemetry.config.limits.error_text;
        let redactor = self.telemetry.redactor.as_ref();
        failure.text = text.and_then(|text| redact::error_text(redactor, text, limit));
        Some(failure)
    }

    /// The same without the text, which the redactor would have to see.
    pub(super) fn error_class(&mut self, ending: Ending) -> Option<Failure> {
        let plain = |error_type: &'static str, words: &'static str| Failure {
            // For a span that would say nothing else.
            words,
            ..Failure::plain(StringValue::from(error_type))
        };
        let mut failure = match ending {
            Ending::Returned(Outcome::Ok) => {
                let rare = self.rare.as_deref_mut()?;
                let inherited = rare.inherited.as_deref_mut();
                let inner = inherited.and_then(|inherited| inherited.failed.take());
                let error_type = rare.body_error.take().or(inner)?;
                Failure::plain(error_type)
            }
            Ending::Returned(Outcome::Error { error_type, .. }) => Failure::plain(error_type),
            Ending::Returned(Outcome::Refused) => return None,
            Ending::Cancelled => return Some(plain(CANCELLED, CANCELLED)),
            Ending::Panicked => return Some(plain("panic", "panicked")),
            Ending::ExpressionPanicked => return Some(plain(crate::semconv::OTHER, "panicked")),
        };
        let explicit = self.rare.as_deref_mut().and_then(|r| r.error_type.take());
        if let Some(explicit) = explicit {
            failure.error_type = explicit;
        }
        if failure.error_type.as_str() == CANCELLED {
            failure.words = CANCELLED;
        }
        let limit = self.telemetry.config.limits.names;
        if failure.error_type.as_str().len() > limit {
            failure.error_type = cut(&failure.error_type, limit);
            failure.is_cut = true;
        }
        Some(failure)
    }

    /// The event by which some backends know that a span failed.
    fn add_exception(&self, span: &SpanRef<'_>, failure: &Failure, at: SystemTime) {
        let mut attributes = vec![attribute(
            keys::EXCEPTION_TYPE.id(),
            failure.error_type.clone(),
        )];
        let text = failure.description();
        if !text.is_empty() {
            attributes.push(attribute(keys::EXCEPTION_MESSAGE.id(), text));
        }
        span.add_event_with_timestamp("exception", at, attributes);
    }

    /// Whether something became known after the start that a span has from its start on.
    #[inline]
    fn has_late_request(&self) -> bool {
        self.open_at_start.lost(self.open, FirstClass::OF_REQUEST)
    }

    /// The name follows what was set after the start.
    #[cold]
    fn rename(&self) {
        let subject = match self.kind {
            Kind::McpClient | Kind::McpServer => None,
            Kind::Chat | Kind::Embeddings => Some(keys::GEN_AI_REQUEST_MODEL.id()),
            kind => kind.subject(),
        };
        let is_named = self.rare.as_deref().is_some_and(|r| r.span_name.is_some());
        if subject.is_some_and(|id| self.is_late(id)) && !is_named {
            self.cx.span().update_name(self.name());
        }
    }

    /// Adds to `attributes` what the span does not have yet, the user's last.
    ///
    /// The list has its room from the call before. Why there is one: docs/performance.md, "Store forwarding".
    fn add_late(&mut self, error: Option<&Failure>, is_late: bool) {
        self.first_class.drain_response(&mut self.attributes);
        if is_late {
            self.add_late_request();
        }
        if let Some(failure) = error {
            let error_type = failure.error_type.clone();
            push(&mut self.attributes, keys::ERROR_TYPE.id(), error_type);
        }
        if let Some(rare) = &mut self.rare {
            self.attributes.append(&mut rare.properties);
            self.attributes.append(&mut rare.own_attributes);
        }
    }

    #[cold]
    fn add_late_request(&mut self) {
        let mut list = std::mem::take(&mut self.attributes);
        let is_late = |id| self.is_late(id);
        self.first_class
            .push_late_request(self.kind, is_late, &mut list);
        self.attributes = list;
    }

    /// The details event, with content where the mode has content on events.
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
    pub(super) error_type: StringValue,
    /// Whether the class was longer than a name may be.
    pub(super) is_cut: bool,
    text: Option<String>,
    /// What describes it where there is no text.
    words: &'static str,
}

impl Failure {
    /// One of a class alone.
    pub(super) fn plain(error_type: StringValue) -> Self {
        Self {
            error_type,
            is_cut: false,
            text: None,
            words: "",
        }
    }

    /// What the status of the span says.
    fn description(&self) -> Cow<'static, str> {
        match &self.text {
            Some(text) => Cow::Owned(text.clone()),
            None => Cow::Borrowed(self.words),
        }
    }
}

/// An attribute's value as an event has it.
pub(super) fn any_value(value: Value) -> AnyValue {
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
