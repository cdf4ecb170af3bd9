//! The one place where tests of the wire formats look into an operation.

use opentelemetry::Value;

use crate::content::message::{InputMessage, OutputMessage, Part, ToolDefinition};
use crate::extract::recorder::Recorder;
use crate::operation::Op;
use crate::semconv::registry::keys;

/// An operation that records and does nothing else.
pub(crate) struct Probe {
    op: Box<Op>,
}

impl Probe {
    /// One with this provider; an empty one is unknown.
    pub(crate) fn new(provider: &str, embeddings: bool, wants_content: bool) -> Self {
        let op = Op::for_tests(embeddings, wants_content);
        let mut probe = Self { op };
        probe.recorder().str(keys::GEN_AI_PROVIDER_NAME, provider);
        probe
    }

    pub(crate) fn recorder(&mut self) -> Recorder<'_> {
        Recorder::new(&mut self.op)
    }

    /// The attributes but the provider and the operation, sorted by name.
    pub(crate) fn facts(&self) -> Vec<(&'static str, Value)> {
        let given = [
            keys::GEN_AI_PROVIDER_NAME.name(),
            keys::GEN_AI_OPERATION_NAME.name(),
        ];
        let mut facts = self.op.facts();
        facts.retain(|(key, _)| !given.contains(key));
        facts
    }

    pub(crate) fn input(&self) -> &[InputMessage] {
        self.op.inputs()
    }

    pub(crate) fn output(&self) -> &[OutputMessage] {
        self.op.outputs()
    }

    pub(crate) fn system(&self) -> &[Part] {
        self.op.instructions()
    }

    pub(crate) fn tools(&self) -> &[ToolDefinition] {
        self.op.definitions()
    }

    pub(crate) fn error(&self) -> Option<&str> {
        self.op.failed_in_body()
    }
}
