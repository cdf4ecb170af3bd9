//! PLACEHOLDER until the message branch is merged.
use crate::message::finish::Ended;
use crate::message::*;
use crate::registry::Id;
use opentelemetry::logs::AnyValue;
#[derive(Default)]
pub(crate) struct Captured {
    pub(crate) input: Vec<InputMessage>,
    pub(crate) output: Vec<OutputMessage>,
    pub(crate) system: Vec<Part>,
    pub(crate) tools: Vec<ToolDefinition>,
    pub(crate) arguments: Option<serde_json::Value>,
    pub(crate) result: Option<serde_json::Value>,
    pub(crate) query: Option<String>,
    pub(crate) documents: Option<Vec<Document>>,
}
impl Captured {
    pub(crate) fn redact(&mut self, _: &crate::redact::Redactor) {}
    pub(crate) fn render_span(&self, _: &crate::limits::Limits, _: Ended) -> Vec<(Id, String)> {
        Vec::new()
    }
    pub(crate) fn render_event(&self, _: &crate::limits::Limits, _: Ended) -> Vec<(Id, AnyValue)> {
        Vec::new()
    }
}
pub(crate) fn json<T: serde::Serialize + ?Sized>(v: &T) -> serde_json::Value {
    serde_json::to_value(v).unwrap_or_default()
}
