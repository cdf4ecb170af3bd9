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
        if subject.is_some_and(|id| self.is_late(id)) {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};

    use super::super::inherited::Inherited;
    use super::*;
    use crate::{Limits, TelemetryBuilder};

    const MODEL: registry::Id = keys::GEN_AI_REQUEST_MODEL.id();
    const SERVER: registry::Id = keys::SERVER_ADDRESS.id();
    const TOOL: registry::Id = keys::GEN_AI_TOOL_NAME.id();

    fn failed(error_type: &'static str, message: Option<&str>) -> Ending {
        Ending::Returned(Outcome::Error {
            error_type: error_type.into(),
            message: message.map(str::to_owned),
        })
    }

    fn well() -> Ending {
        Ending::Returned(Outcome::Ok)
    }

    /// The span of an operation, from its start to its end and once more to its end.
    fn span(
        kind: Kind,
        before: impl FnOnce(&mut Op),
        inside: impl FnOnce(&mut Op),
        ending: Ending,
    ) -> SpanData {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        let mut op = Op::of_kind(kind, |t| t.tracer_provider(provider.clone()));
        before(&mut op);
        op.start();
        inside(&mut op);
        op.end(ending);
        op.end(Ending::Panicked);
        drop(op);
        let mut spans = exporter.get_finished_spans().expect("spans");
        assert_eq!(spans.len(), 1);
        spans.remove(0)
    }

    fn all<'a>(span: &'a SpanData, key: &str) -> Vec<Cow<'a, str>> {
        let found = span.attributes.iter().filter(|a| a.key.as_str() == key);
        found.map(|a| a.value.as_str()).collect()
    }

    #[test]
    fn a_name_follows_what_it_is_made_of_alone() {
        let nothing = |_: &mut Op| {};
        let late_model = |op: &mut Op| op.fill_str(MODEL, "late");
        let first = |op: &mut Op| op.fill_str(MODEL, "first");
        assert_eq!(
            span(Kind::Chat, nothing, late_model, well()).name,
            "chat late"
        );
        let given = span(Kind::Chat, first, |op| op.set_str(MODEL, "late"), well());
        assert_eq!(given.name, "chat first");
        assert_eq!(all(&given, "gen_ai.request.model"), ["first"]);
        let named = span(Kind::Chat, |op| op.set_span_name("own"), late_model, well());
        assert_eq!(named.name, "own");
        assert_eq!(all(&named, "gen_ai.request.model"), ["late"]);
        let agent = |op: &mut Op| op.fill_str(keys::GEN_AI_AGENT_NAME.id(), "late");
        let agent = span(Kind::Agent, first, agent, well());
        assert_eq!(agent.name, "invoke_agent late");
        let agent = span(Kind::Agent, nothing, late_model, well());
        assert_eq!(agent.name, "invoke_agent");
        // That of a request of MCP does not.
        let method = |op: &mut Op| op.mcp_method("tools/call".into());
        let call = span(
            Kind::McpClient,
            method,
            |op| op.fill_str(TOOL, "late"),
            well(),
        );
        assert_eq!(call.name, "tools/call");
        assert_eq!(all(&call, "gen_ai.tool.name"), ["late"]);
    }

    #[test]
    fn what_is_known_late_is_on_the_span_once_and_nothing_else_again() {
        let before = |op: &mut Op| {
            op.fill_str(keys::GEN_AI_PROVIDER_NAME.id(), "p");
            op.fill_str(MODEL, "m");
            op.attribute("app.early", 1.into());
        };
        let inside = |op: &mut Op| {
            op.fill_str(SERVER, "https://host/v1");
            op.fill_str(keys::GEN_AI_CONVERSATION_ID.id(), "c");
            op.fill_str(keys::GEN_AI_RESPONSE_ID.id(), "r");
            op.property("late", 1.into());
            op.attribute("app.late", 1.into());
        };
        let span = span(Kind::Chat, before, inside, failed("timeout", None));
        let mut keys: Vec<_> = span.attributes.iter().map(|a| a.key.as_str()).collect();
        keys.sort_unstable();
        assert_eq!(
            keys,
            [
                "app.early",
                "app.late",
                "error.type",
                "gen_ai.association.properties.late",
                "gen_ai.conversation.id",
                "gen_ai.operation.name",
                "gen_ai.provider.name",
                "gen_ai.request.model",
                "gen_ai.response.id",
                "server.address",
                "server.port",
            ]
        );
        assert!(span.end_time >= span.start_time);
    }

    #[test]
    fn a_request_is_late_where_the_span_lacks_something_of_it() {
        let mut op = Op::of_kind(Kind::Chat, |t| t);
        op.fill_str(MODEL, "m");
        op.start();
        op.fill_str(keys::GEN_AI_RESPONSE_ID.id(), "r");
        assert!(!op.has_late_request());
        op.fill_str(SERVER, "host");
        assert!(op.has_late_request());
        op.end(well());
    }

    #[test]
    fn every_ending_has_a_class_and_words() {
        let op = || {
            Op::of_kind(Kind::Chat, |t| {
                t.limits(Limits::new().names_bytes(8).error_text_bytes(4))
            })
        };
        let long = "more than 8";
        for (ending, class, words) in [
            (well(), None, ""),
            (Ending::Returned(Outcome::Refused), None, ""),
            (failed("timeout", None), Some("timeout"), ""),
            (failed("timeout", Some("too late")), Some("timeout"), "too "),
            (failed("exactly8", None), Some("exactly8"), ""),
            (failed(long, None), Some("more tha"), ""),
            (Ending::Cancelled, Some("cancelled"), "cancelled"),
            (Ending::Panicked, Some("panic"), "panicked"),
            (Ending::ExpressionPanicked, Some("_OTHER"), "panicked"),
        ] {
            let failure = op().error(ending);
            let found = failure.as_ref().map(|f| f.error_type.as_str());
            assert_eq!(found, class);
            let description = failure.as_ref().map(Failure::description);
            assert_eq!(description.unwrap_or_default(), words);
            let is_cut = failure.is_some_and(|failure| failure.is_cut);
            assert_eq!(is_cut, class == Some("more tha"));
        }
        // One that says that it was cancelled.
        let mut op = Op::of_kind(Kind::Chat, |t| t);
        let failure = op.error(failed("cancelled", None)).expect("a failure");
        assert_eq!(failure.description(), "cancelled");
        let mut quiet = Op::of_kind(Kind::Chat, |t| t.error_messages(false));
        let failure = quiet.error(failed("timeout", Some("secret")));
        assert_eq!(failure.expect("a failure").description(), "");
    }

    #[test]
    fn what_the_user_says_of_an_error_comes_first_and_makes_none() {
        let class = |ending: Ending| {
            let mut op = Op::of_kind(Kind::Chat, |t| t);
            op.explicit_error_type("mine");
            op.error_class(ending).map(|f| f.error_type.to_string())
        };
        assert_eq!(class(failed("timeout", None)).as_deref(), Some("mine"));
        assert_eq!(class(well()), None);
        assert_eq!(class(Ending::Returned(Outcome::Refused)), None);
        assert_eq!(class(Ending::Cancelled).as_deref(), Some("cancelled"));
        // A value that says that it failed, else a call inside that did.
        let inherited = |op: &mut Op| {
            op.inherit(Inherited {
                failed: Some("inner".into()),
                ..Inherited::default()
            });
        };
        let mut op = Op::of_kind(Kind::Tool, |t| t);
        inherited(&mut op);
        let error_type = |op: &mut Op| op.error_class(well()).map(|f| f.error_type.to_string());
        assert_eq!(error_type(&mut op).as_deref(), Some("inner"));
        let mut op = Op::of_kind(Kind::Tool, |t| t);
        inherited(&mut op);
        op.body_error("body");
        assert_eq!(error_type(&mut op).as_deref(), Some("body"));
    }

    #[test]
    fn a_hook_sees_chats_agents_and_workflows_that_ran() {
        #[derive(Clone, Default)]
        struct Count(Arc<AtomicUsize>);
        impl crate::CompletionHook for Count {
            fn on_completion(&self, _: &mut Completion<'_>) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        let seen = |kind, name: Option<&'static str>| {
            let count = Count::default();
            let hook = count.clone();
            let mut op = Op::of_kind(kind, |t: TelemetryBuilder| t.completion_hook(hook));
            if let Some(name) = name {
                op.set_operation_name(name);
            }
            op.start();
            op.finish(Outcome::Ok);
            count.0.load(Ordering::Relaxed)
        };
        for kind in (0..9).map(Kind::from_index) {
            let is_seen = matches!(kind, Kind::Chat | Kind::Agent | Kind::Workflow);
            assert_eq!(seen(kind, None), usize::from(is_seen), "{kind:?}");
        }
        assert_eq!(seen(Kind::Agent, Some("create_agent")), 0);
        assert_eq!(seen(Kind::Chat, Some("create_agent")), 1);
    }

    /// The memory of the content waits for the next operation, without what was in it.
    #[test]
    fn content_is_let_go_at_the_end_and_its_memory_kept() {
        let mut op = Op::for_tests(false, true);
        op.input(vec![crate::content::message::user("a")].into());
        op.start();
        op.end(well());
        assert!(op.content.is_none());
        let spare = op.spare_content.as_deref().expect("what was there");
        assert!(spare.input.is_empty());
    }

    #[test]
    fn an_event_has_the_values_of_the_span() {
        for (value, expected) in [
            (Value::Bool(true), AnyValue::Boolean(true)),
            (Value::I64(7), AnyValue::Int(7)),
            (Value::F64(0.5), AnyValue::Double(0.5)),
            ("a".into(), AnyValue::from("a")),
            (
                Value::Array(Array::Bool(vec![true])),
                AnyValue::ListAny(Box::new(vec![AnyValue::Boolean(true)])),
            ),
            (
                Value::Array(Array::I64(vec![7])),
                AnyValue::ListAny(Box::new(vec![AnyValue::Int(7)])),
            ),
            (
                Value::Array(Array::F64(vec![0.5])),
                AnyValue::ListAny(Box::new(vec![AnyValue::Double(0.5)])),
            ),
            (
                Value::Array(Array::String(vec!["a".into()])),
                AnyValue::ListAny(Box::new(vec![AnyValue::from("a")])),
            ),
        ] {
            assert_eq!(any_value(value), expected);
        }
    }
}
