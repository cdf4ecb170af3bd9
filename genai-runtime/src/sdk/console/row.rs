//! What the console keeps of a finished span.
//!
//! In comes an SDK span; out goes the part of it that a line of the tree shows.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanId, Status};
use opentelemetry::{Array, Value};
use opentelemetry_sdk::trace::SpanData;

use super::content;

/// Most association properties shown of a span.
const MOST_PROPERTIES: usize = 8;

/// A finished span, or one that still runs when its trace is printed.
#[derive(Debug, Default)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) parent: Option<SpanId>,
    pub(super) start: Option<SystemTime>,
    /// Absent while it still runs.
    pub(super) duration: Option<Duration>,
    pub(super) operation: Option<String>,
    pub(super) provider: Option<String>,
    /// The method of MCP, and the server that was asked.
    pub(super) method: Option<String>,
    pub(super) server: Option<String>,
    pub(super) request_model: Option<String>,
    pub(super) response_model: Option<String>,
    pub(super) input_tokens: Option<i64>,
    pub(super) output_tokens: Option<i64>,
    pub(super) cached_tokens: Option<i64>,
    pub(super) reasoning_tokens: Option<i64>,
    pub(super) first_chunk: Option<f64>,
    pub(super) finish_reasons: Vec<String>,
    pub(super) conversation: Option<String>,
    pub(super) properties: Vec<(String, String)>,
    pub(super) failed: bool,
    pub(super) error_type: Option<String>,
    pub(super) description: Option<String>,
    pub(super) excerpts: Excerpts,
    pub(super) events: Vec<Event>,
}

/// One line each of what went in and what came out; present only where the telemetry carries content.
#[derive(Default, PartialEq)]
pub(super) struct Excerpts {
    pub(super) input: Option<String>,
    pub(super) output: Option<String>,
}

impl std::fmt::Debug for Excerpts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let len = |text: &Option<String>| text.as_ref().map(String::len);
        f.debug_struct("Excerpts")
            .field("input_bytes", &len(&self.input))
            .field("output_bytes", &len(&self.output))
            .finish()
    }
}

/// An event of the operation.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) name: &'static str,
    /// What was said of the call: of an evaluation its name, score, label and error.
    pub(super) said: String,
    pub(super) excerpts: Excerpts,
}

impl Row {
    /// A span that has started and not ended.
    pub(super) fn running(name: String, parent: SpanId) -> Self {
        Row {
            name,
            parent: Some(parent),
            ..Row::default()
        }
    }

    pub(super) fn new(span: SpanData) -> Self {
        let mut row = Row {
            name: span.name.into_owned(),
            parent: Some(span.parent_span_id).filter(|id| *id != SpanId::INVALID),
            start: Some(span.start_time),
            duration: Some(
                span.end_time
                    .duration_since(span.start_time)
                    .unwrap_or_default(),
            ),
            ..Row::default()
        };
        for attribute in &span.attributes {
            row.attribute(attribute.key.as_str(), &attribute.value);
        }
        if let Status::Error { description } = span.status {
            row.failed = true;
            row.description = Some(description.into_owned()).filter(|text| !text.is_empty());
        }
        if row.failed && row.description.is_none() {
            row.description = span
                .events
                .iter()
                .rev()
                .filter(|event| event.name == "exception")
                .find_map(|event| {
                    let message = event
                        .attributes
                        .iter()
                        .find(|a| a.key.as_str() == "exception.message")?;
                    Some(message.value.as_str().into_owned())
                });
        }
        row
    }

    fn attribute(&mut self, key: &str, value: &Value) {
        let text = || Some(value.as_str().into_owned());
        match key {
            "gen_ai.operation.name" => self.operation = text(),
            "gen_ai.provider.name" => self.provider = text(),
            "mcp.method.name" => self.method = text(),
            "server.address" => self.server = text(),
            "gen_ai.request.model" => self.request_model = text(),
            "gen_ai.response.model" => self.response_model = text(),
            "gen_ai.usage.input_tokens" => self.input_tokens = integer(value),
            "gen_ai.usage.output_tokens" => self.output_tokens = integer(value),
            "gen_ai.usage.cache_read.input_tokens" => self.cached_tokens = integer(value),
            "gen_ai.usage.reasoning.output_tokens" => self.reasoning_tokens = integer(value),
            "gen_ai.response.time_to_first_chunk" => self.first_chunk = double(value),
            "gen_ai.response.finish_reasons" => self.finish_reasons = strings(value),
            "gen_ai.conversation.id" => self.conversation = text(),
            "error.type" => self.error_type = text(),
            "gen_ai.input.messages" => {
                self.excerpts.input = parse(value).and_then(|v| content::last_message(&v))
            }
            "gen_ai.output.messages" => {
                self.excerpts.output = parse(value).and_then(|v| content::first_message(&v))
            }
            "gen_ai.tool.call.arguments" | "gen_ai.retrieval.query.text" => {
                self.excerpts.input = Some(content::shorten(&value.as_str()));
            }
            "gen_ai.tool.call.result" | "gen_ai.retrieval.documents" => {
                self.excerpts.output = Some(content::shorten(&value.as_str()));
            }
            _ => {
                let property = key.strip_prefix("gen_ai.association.properties.");
                if let Some(name) = property.filter(|_| self.properties.len() < MOST_PROPERTIES) {
                    self.properties
                        .push((name.to_owned(), content::shorten(&value.as_str())));
                }
            }
        }
    }
}

fn parse(value: &Value) -> Option<serde_json::Value> {
    serde_json::from_str(&value.as_str()).ok()
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::I64(number) => Some(*number),
        _ => None,
    }
}

fn double(value: &Value) -> Option<f64> {
    match value {
        Value::F64(number) => Some(*number),
        _ => None,
    }
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::Array(Array::String(items)) => {
            items.iter().map(|item| item.as_str().to_owned()).collect()
        }
        _ => Vec::new(),
    }
}
