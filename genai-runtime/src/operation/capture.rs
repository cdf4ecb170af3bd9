//! The content of an operation: it is converted only where an exporter, an event or a hook wants it.

use std::borrow::Cow;

use serde::Serialize;

use super::op::Op;
use crate::content::captured::{Captured, Gate};
use crate::content::limits::Limits;
use crate::content::message::{
    Document, InputMessage, OutputMessage, Part, ToDocuments, ToInput, ToOutput, ToSystem, ToTools,
    ToolDefinition,
};
use crate::diag::call_out::{CallOut, contained};
use crate::semconv::kind::Kind;
use crate::semconv::registry::{Id, keys};

impl Op {
    /// Whether a span, event or hook gets the content of this operation. Before the start, whether one could.
    pub fn wants_content(&self) -> bool {
        if self.options.without_content || (self.state.is_same_call() && !self.is_merged_tool()) {
            return false;
        }
        self.span_wants_content() || self.event_wants_content() || self.hook_wants_content()
    }

    /// Whether content may be cut early, since no hook and no redactor needs the whole of it.
    pub(crate) fn cuts_content(&self) -> bool {
        !self.hook_wants_content() && self.telemetry.redactor.is_none()
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.telemetry.config.limits
    }

    pub(super) fn span_wants_content(&self) -> bool {
        let can_have = !matches!(self.kind, Kind::Embeddings | Kind::Custom) && !self.is_creation();
        can_have
            && self.telemetry.config.capture.on_spans()
            && (!self.state.is_started() || self.state.is_recording() || self.is_merged_tool())
    }

    pub(super) fn event_wants_content(&self) -> bool {
        self.kind == Kind::Chat
            && self.telemetry.config.capture.on_events()
            && self.telemetry.emits_events()
    }

    pub(super) fn hook_wants_content(&self) -> bool {
        self.kind.has_hook() && self.telemetry.hook.is_some() && !self.is_creation()
    }

    /// Whether this creates an agent: no messages, no hook, no token metric.
    pub(super) fn is_creation(&self) -> bool {
        self.kind == Kind::Agent
            && self.first_class.labels.operation.as_str() == Some("create_agent")
    }

    /// Captures a content attribute, unless it is set, not of this operation, or wanted by nobody.
    fn capture(&mut self, id: Id, capture: impl FnOnce(&mut Captured, &Gate<'_>)) {
        if !self.is_open(id) || !self.wants_content() {
            return;
        }
        self.open.remove(id);
        let known = self.content.take().or_else(|| self.spare_content.take());
        let mut content =
            known.unwrap_or_else(|| Box::new(Captured::new(&self.telemetry.config.limits)));
        let gate = Gate {
            span: self.span_wants_content(),
            event: self.event_wants_content() || self.keeps_messages(),
            hook: self.hook_wants_content(),
            shown: self.compat().shown(),
            limits: &self.telemetry.config.limits,
            redactor: self.telemetry.redactor.as_ref(),
            lost: 0,
        };
        capture(&mut content, &gate);
        self.content = Some(content);
    }

    /// The messages sent to the model, of whatever says them.
    pub(crate) fn input_of(&mut self, content: &dyn ToInput) {
        if let Some(messages) = contained(CallOut::ToInput, || content.to_input()) {
            self.input(messages);
        }
    }

    /// The messages the model answered with, of whatever says them.
    pub(crate) fn output_of(&mut self, content: &dyn ToOutput) {
        if let Some(messages) = contained(CallOut::ToOutput, || content.to_output()) {
            self.output(messages);
        }
    }

    /// The system instructions, of whatever says them.
    pub(crate) fn system_of(&mut self, content: &dyn ToSystem) {
        if let Some(parts) = contained(CallOut::ToSystem, || content.to_system()) {
            self.system(parts);
        }
    }

    /// The tools the model may call, of whatever says them.
    pub(crate) fn tools_of(&mut self, content: &dyn ToTools) {
        if let Some(tools) = contained(CallOut::ToTools, || content.to_tools()) {
            self.tools(tools);
        }
    }

    /// The documents a retrieval found, of whatever says them.
    pub(crate) fn documents_of(&mut self, content: &dyn ToDocuments) {
        if let Some(documents) = contained(CallOut::ToDocuments, || content.to_documents()) {
            self.documents(documents);
        }
    }

    /// The messages sent to the model; the first call counts.
    pub(crate) fn input(&mut self, messages: Cow<'_, [InputMessage]>) {
        self.input_cut(messages, 0);
    }

    /// Likewise, with so many bytes left out at their end.
    pub(crate) fn input_cut(&mut self, messages: Cow<'_, [InputMessage]>, lost: usize) {
        self.capture(keys::GEN_AI_INPUT_MESSAGES.id(), |content, gate| {
            content.input(messages, &Gate { lost, ..*gate })
        });
    }

    /// The messages the model answered with; their finish reasons count whatever the content mode.
    pub(crate) fn output(&mut self, messages: Cow<'_, [OutputMessage]>) {
        self.output_cut(messages, 0);
    }

    /// Likewise, with so many bytes left out at their end.
    pub(crate) fn output_cut(&mut self, messages: Cow<'_, [OutputMessage]>, lost: usize) {
        if self.kind == Kind::Chat {
            self.first_class.finish_reasons_of_messages(|| {
                let reasons = messages
                    .iter()
                    .filter_map(|m| m.finish_reason.as_deref())
                    .filter(|r| !r.is_empty());
                reasons
                    .take(self.telemetry.config.limits.choices)
                    .map(crate::semconv::value::word)
                    .collect()
            });
        }
        self.capture(keys::GEN_AI_OUTPUT_MESSAGES.id(), |content, gate| {
            content.output(messages, &Gate { lost, ..*gate })
        });
    }

    /// The system instructions.
    pub(crate) fn system(&mut self, parts: Cow<'_, [Part]>) {
        self.system_cut(parts, 0);
    }

    /// Likewise, with so many bytes left out at their end.
    pub(crate) fn system_cut(&mut self, parts: Cow<'_, [Part]>, lost: usize) {
        self.capture(keys::GEN_AI_SYSTEM_INSTRUCTIONS.id(), |content, gate| {
            content.system(parts, &Gate { lost, ..*gate })
        });
    }

    /// The tools the model may call.
    pub(crate) fn tools(&mut self, tools: Cow<'_, [ToolDefinition]>) {
        self.tools_cut(tools, 0);
    }

    /// Likewise, with so many bytes left out at their end.
    pub(crate) fn tools_cut(&mut self, tools: Cow<'_, [ToolDefinition]>, lost: usize) {
        self.capture(keys::GEN_AI_TOOL_DEFINITIONS.id(), |content, gate| {
            content.tools(tools, &Gate { lost, ..*gate })
        });
    }

    /// The arguments of a tool call.
    pub(crate) fn arguments<T: Serialize + ?Sized>(&mut self, arguments: &T) {
        self.capture(keys::GEN_AI_TOOL_CALL_ARGUMENTS.id(), |content, gate| {
            content.arguments(arguments, gate)
        });
    }

    /// The result of a tool call.
    pub(crate) fn result<T: Serialize + ?Sized>(&mut self, result: &T) {
        self.capture(keys::GEN_AI_TOOL_CALL_RESULT.id(), |content, gate| {
            content.result(result, gate)
        });
    }

    /// The query of a retrieval.
    pub(crate) fn query(&mut self, query: &str) {
        self.capture(keys::GEN_AI_RETRIEVAL_QUERY_TEXT.id(), |content, gate| {
            content.query(query, gate)
        });
    }

    /// The documents a retrieval found; an empty list is one.
    pub(crate) fn documents(&mut self, documents: Cow<'_, [Document]>) {
        self.capture(keys::GEN_AI_RETRIEVAL_DOCUMENTS.id(), |content, gate| {
            content.documents(documents, gate)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_seam::{Ignore, with_logger};
    use super::*;
    use crate::content::message::finish::Ended;
    use crate::content::message::user;
    use crate::{ContentCapture, TelemetryBuilder};

    fn with_events(t: TelemetryBuilder) -> TelemetryBuilder {
        with_logger(t).emit_events(true)
    }

    fn captured(kind: Kind, capture: ContentCapture) -> Box<Op> {
        Op::of_kind(kind, |t| with_events(t).capture(capture))
    }

    #[test]
    fn content_is_wanted_by_what_can_have_it() {
        use ContentCapture::{EventOnly, NoContent, SpanAndEvent, SpanOnly};
        for kind in (0..9).map(Kind::from_index) {
            for (capture, on_spans, on_events) in [
                (NoContent, false, false),
                (SpanOnly, true, false),
                (EventOnly, false, true),
                (SpanAndEvent, true, true),
            ] {
                let mut op = captured(kind, capture);
                let is_on_span = on_spans && !matches!(kind, Kind::Embeddings | Kind::Custom);
                let is_on_event = on_events && kind == Kind::Chat;
                assert_eq!(op.span_wants_content(), is_on_span, "{kind:?} {capture:?}");
                assert_eq!(
                    op.event_wants_content(),
                    is_on_event,
                    "{kind:?} {capture:?}"
                );
                assert!(!op.hook_wants_content() && op.cuts_content());
                assert_eq!(op.wants_content(), is_on_span || is_on_event);
                op.deny_content();
                assert!(!op.wants_content());
                op.wait_for_start();
            }
            let op = Op::of_kind(kind, |t| t.completion_hook(Ignore));
            let has_hook = matches!(kind, Kind::Chat | Kind::Agent | Kind::Workflow);
            assert_eq!(op.hook_wants_content(), has_hook, "{kind:?}");
            assert_eq!(
                (op.wants_content(), op.cuts_content()),
                (has_hook, !has_hook)
            );
        }
        let redacted = Op::of_kind(Kind::Chat, |t| t.redactor(|_| {}));
        assert!(!redacted.cuts_content() && !redacted.wants_content());
        // Without a logger there is no event.
        let silent = Op::of_kind(Kind::Chat, |t| t.capture(EventOnly));
        assert!(!silent.wants_content());
    }

    #[test]
    fn what_creates_an_agent_has_no_content() {
        for (kind, name, is_creation) in [
            (Kind::Agent, "create_agent", true),
            (Kind::Agent, "invoke_agent", false),
            (Kind::Chat, "create_agent", false),
        ] {
            let mut op = Op::of_kind(kind, |t| {
                t.capture(ContentCapture::SpanOnly).completion_hook(Ignore)
            });
            op.set_operation_name(name);
            assert_eq!(op.is_creation(), is_creation, "{name}");
            assert_eq!(op.span_wants_content(), !is_creation, "{name}");
            assert_eq!(op.hook_wants_content(), !is_creation, "{name}");
        }
    }

    /// A span that is not recorded gets none; before the start it might.
    #[test]
    fn a_span_that_is_not_recorded_wants_no_content() {
        for is_recorded in [false, true] {
            let mut op = Op::of_kind(Kind::Chat, |t| {
                let t = t.capture(ContentCapture::SpanOnly);
                if is_recorded {
                    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder();
                    return t.tracer_provider(provider.build());
                }
                t
            });
            assert!(op.wants_content());
            op.start();
            assert_eq!(op.wants_content(), is_recorded);
            op.input(Cow::Owned(vec![user("a")]));
            assert_eq!(op.content.is_some(), is_recorded);
            assert_eq!(op.is_open(keys::GEN_AI_INPUT_MESSAGES.id()), !is_recorded);
        }
    }

    /// What is in the span around it leaves its content there, if that is a tool.
    #[test]
    fn of_what_is_the_same_call_a_tool_alone_wants_content() {
        use super::super::state::{Code, Span, State};
        for (kind, is_wanted) in [
            (Kind::Tool, true),
            (Kind::Chat, false),
            (Kind::Retrieval, false),
        ] {
            let mut op = captured(kind, ContentCapture::SpanOnly);
            op.state = State::Open {
                span: Span::OfSameCall,
                code: Code::Running,
            };
            assert_eq!(op.wants_content(), is_wanted, "{kind:?}");
            op.state = State::Ended;
        }
    }

    #[test]
    fn of_content_the_first_counts() {
        let mut chat = Op::for_tests(false, true);
        for text in ["first", "second"] {
            chat.input(Cow::Owned(vec![user(text)]));
            chat.output(Cow::Owned(vec![OutputMessage::text(text, text)]));
            chat.system(Cow::Owned(vec![Part::text(text)]));
            chat.tools(Cow::Owned(vec![ToolDefinition::Other {
                kind: text.into(),
                name: text.to_owned(),
            }]));
        }
        assert_eq!(chat.inputs(), [user("first")]);
        assert_eq!(chat.outputs(), [OutputMessage::text("first", "first")]);
        assert_eq!(chat.instructions(), [Part::text("first")]);
        assert_eq!(chat.definitions().len(), 1);

        let on_span = |op: &mut Op| -> Vec<(Id, String)> {
            let content = op.content.as_deref_mut().expect("content");
            content.span(Ended::Well).collect()
        };
        let mut tool = captured(Kind::Tool, ContentCapture::SpanOnly);
        let mut retrieval = captured(Kind::Retrieval, ContentCapture::SpanOnly);
        for text in ["first", "second"] {
            tool.arguments(&text);
            tool.result(&text);
            retrieval.query(text);
            retrieval.documents(Cow::Owned(vec![Document::new(text, 0.5)]));
        }
        for op in [&mut tool, &mut retrieval] {
            let texts = on_span(op);
            assert_eq!(texts.len(), 2);
            for (id, text) in texts {
                assert!(
                    text.contains("first") && !text.contains("second"),
                    "{id}: {text}"
                );
            }
        }
    }

    #[test]
    fn reasons_to_stop_are_those_of_a_chats_messages() {
        let messages = || {
            let reasons = ["", "stop", "length", "more"];
            let message = |reason: &'static str| {
                let mut message = OutputMessage::text("a", reason);
                message.finish_reason = Some(reason.into());
                message
            };
            Cow::Owned(reasons.map(message).to_vec())
        };
        let reasons = |op: &Op| {
            let list = op.get(keys::GEN_AI_RESPONSE_FINISH_REASONS.id());
            list.map(|list| list.to_string())
        };
        let mut chat = Op::of_kind(Kind::Chat, |t| t.limits(Limits::new().choices(2)));
        chat.output(messages());
        assert_eq!(reasons(&chat).as_deref(), Some("[\"stop\",\"length\"]"));
        let mut agent = Op::of_kind(Kind::Agent, |t| t);
        agent.output(messages());
        assert_eq!(reasons(&agent), None);
        assert_eq!(agent.limits().choices, Limits::new().choices);
    }
}
