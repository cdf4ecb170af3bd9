//! PLACEHOLDER, replaced by the real core: keeps the facts told so that they can be looked at.

use std::borrow::Cow;

use opentelemetry::Value;

use crate::message::{Document, InputMessage, OutputMessage, Part, ToolDefinition};
use crate::registry::{Id, key};

#[derive(Default)]
pub(crate) struct Op {
    pub(crate) facts: Vec<(&'static str, Value)>,
    pub(crate) wants_content: bool,
    pub(crate) input: Vec<InputMessage>,
    pub(crate) output: Vec<OutputMessage>,
    pub(crate) system: Vec<Part>,
    pub(crate) tools: Vec<ToolDefinition>,
    pub(crate) documents: Vec<Document>,
    pub(crate) embeddings: bool,
    pub(crate) body_error: Option<String>,
}

impl Op {
    pub(crate) fn provider(&self) -> Option<&str> {
        let (_, value) = self.facts.iter().find(|(k, _)| *k == "gen_ai.provider.name")?;
        match value {
            Value::String(text) => Some(text.as_str()),
            _ => None,
        }
    }
    pub(crate) fn is_embeddings(&self) -> bool {
        self.embeddings
    }
    pub(crate) fn is_open(&self, id: Id) -> bool {
        !self.facts.iter().any(|(k, _)| *k == key(id))
    }
    pub(crate) fn fill(&mut self, id: Id, value: Value) {
        if self.is_open(id) {
            self.facts.push((key(id), value));
        }
    }
    pub(crate) fn fill_str(&mut self, id: Id, value: &str) {
        self.fill(id, Value::from(value.to_owned()));
    }
    pub(crate) fn wants_content(&self) -> bool {
        self.wants_content
    }
    pub(crate) fn input(&mut self, messages: Cow<'_, [InputMessage]>) {
        if self.input.is_empty() { self.input = messages.into_owned(); }
    }
    pub(crate) fn output(&mut self, messages: Cow<'_, [OutputMessage]>) {
        if self.output.is_empty() { self.output = messages.into_owned(); }
    }
    pub(crate) fn system(&mut self, parts: Cow<'_, [Part]>) {
        if self.system.is_empty() { self.system = parts.into_owned(); }
    }
    pub(crate) fn tools(&mut self, tools: Cow<'_, [ToolDefinition]>) {
        if self.tools.is_empty() { self.tools = tools.into_owned(); }
    }
    pub(crate) fn documents(&mut self, documents: Cow<'_, [Document]>) {
        if self.documents.is_empty() { self.documents = documents.into_owned(); }
    }
    pub(crate) fn body_error(&mut self, error_type: &str) {
        self.body_error.get_or_insert_with(|| error_type.to_owned());
    }
}
