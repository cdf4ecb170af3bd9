//! A span as one process hands it to another: a recorded span goes in, a line of JSON comes out, and the other way round.

use std::collections::BTreeMap;

use genai::testing::Span;
use opentelemetry::trace::SpanKind;
use serde::{Deserialize, Serialize};

/// What of a span is looked at.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Seen {
    pub name: String,
    pub is_server: bool,
    pub trace: String,
    pub id: String,
    pub parent: Option<String>,
    pub description: String,
    pub attributes: BTreeMap<String, String>,
    /// What of it deviates from the conventions.
    pub findings: Vec<String>,
}

impl From<&Span> for Seen {
    fn from(span: &Span) -> Self {
        let attributes = span.attributes.0.iter();
        Self {
            name: span.name.clone(),
            is_server: span.kind == SpanKind::Server,
            trace: span.trace_id.to_string(),
            id: span.span_id.to_string(),
            parent: span.parent_span_id.map(|id| id.to_string()),
            description: span.error_description().to_owned(),
            attributes: attributes
                .map(|(key, value)| (key.clone(), value.as_str().into_owned()))
                .collect(),
            findings: crate::live::of_span(span),
        }
    }
}

impl Seen {
    /// An attribute.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.attributes.get(key).map(String::as_str)
    }
}
