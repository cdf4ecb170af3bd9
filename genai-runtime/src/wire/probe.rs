//! The one place where tests of the wire formats look into an operation.

use opentelemetry::Value;

use crate::message::{InputMessage, OutputMessage, Part, ToolDefinition};
use crate::op::Op;
use crate::recorder::Recorder;
use crate::registry::keys;

/// An operation that records and does nothing else.
pub(crate) struct Probe {
    op: Op,
}

impl Probe {
    /// One with this provider; an empty one is unknown.
    pub(crate) fn new(provider: &str, embeddings: bool, wants_content: bool) -> Self {
        let op = Op {
            wants_content,
            embeddings,
            ..Op::default()
        };
        let mut probe = Self { op };
        probe.recorder().str(keys::GEN_AI_PROVIDER_NAME, provider);
        probe
    }

    pub(crate) fn recorder(&mut self) -> Recorder<'_> {
        Recorder::new(&mut self.op)
    }

    /// The attributes but the provider.
    pub(crate) fn facts(&self) -> Vec<(&'static str, Value)> {
        // The keys that embeddings do not have are ignored by the operation.
        let foreign = [
            "gen_ai.response.id",
            "gen_ai.usage.output_tokens",
            "gen_ai.response.finish_reasons",
        ];
        let provider = keys::GEN_AI_PROVIDER_NAME.name();
        let of_it = |key: &str| key != provider && !(self.op.embeddings && foreign.contains(&key));
        self.op
            .facts
            .iter()
            .filter(|(key, _)| of_it(key))
            .cloned()
            .collect()
    }

    pub(crate) fn input(&self) -> &[InputMessage] {
        &self.op.input
    }

    pub(crate) fn output(&self) -> &[OutputMessage] {
        &self.op.output
    }

    pub(crate) fn system(&self) -> &[Part] {
        &self.op.system
    }

    pub(crate) fn tools(&self) -> &[ToolDefinition] {
        &self.op.tools
    }

    pub(crate) fn error(&self) -> Option<&str> {
        self.op.body_error.as_deref()
    }
}
