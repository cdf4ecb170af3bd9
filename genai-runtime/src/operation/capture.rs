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
