//! The spans of both processes: what the SDK exports goes in, and a line for each, or the tree of all, comes out.

use std::fmt::Write as _;
use std::future::{Future, ready};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use genai::Telemetry;
use genai_examples::Node;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};

/// Where spans go.
#[derive(Clone, Debug)]
pub(crate) enum Exporter {
    /// As lines to standard error.
    Lines,
    /// Here.
    Kept(Kept),
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<Line>>>);

impl Kept {
    pub(crate) fn take(&self) -> Vec<Line> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a line of the tree shows of a span.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    trace: String,
    id: String,
    parent: String,
    start: u128,
    process: String,
    text: String,
}

impl Line {
    fn of(span: &SpanData, process: &str) -> Self {
        let get = |key: &str| {
            let found = span.attributes.iter().find(|a| a.key.as_str() == key);
            found.map(|a| a.value.as_str().into_owned())
        };
        let mut text = span.name.to_string();
        for key in [
            "mcp.method.name",
            "jsonrpc.request.id",
            "network.transport",
            "error.type",
        ] {
            if let Some(value) = get(key).filter(|value| !text.starts_with(value.as_str())) {
                let _ = write!(text, " · {value}");
            }
        }
        Self {
            trace: span.span_context.trace_id().to_string(),
            id: span.span_context.span_id().to_string(),
            parent: span.parent_span_id.to_string(),
            start: span
                .start_time
                .duration_since(UNIX_EPOCH)
                .unwrap_or_default()
                .as_nanos(),
            process: process.to_owned(),
            text,
        }
    }

    pub(crate) fn parse(line: &str) -> Option<Self> {
        let mut parts = line.strip_prefix("span ")?.splitn(6, '\t');
        let mut next = || parts.next().map(str::to_owned);
        Some(Self {
            trace: next()?,
            id: next()?,
            parent: next()?,
            start: next()?.parse().ok()?,
            process: next()?,
            text: next()?,
        })
    }
}

impl SpanExporter for Exporter {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        for span in &batch {
            match self {
                Exporter::Lines => {
                    let Line {
                        trace,
                        id,
                        parent,
                        start,
                        process,
                        text,
                    } = Line::of(span, "server");
                    eprintln!("span {trace}\t{id}\t{parent}\t{start}\t{process}\t{text}");
                }
                Exporter::Kept(kept) => {
                    let mut kept = kept.0.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.push(Line::of(span, "agent"));
                }
            }
        }
        ready(Ok(()))
    }
}

/// Makes the library report to `exporter`.
pub(crate) fn install(exporter: Exporter) {
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter)
        .build();
    Telemetry::builder().tracer_provider(provider).install();
}

/// Every trace that has more than one span, as a tree.
pub(crate) fn tree(spans: &[Line]) -> String {
    let is_alone = |line: &&Line| spans.iter().filter(|s| s.trace == line.trace).count() == 1;
    let node = |line: &Line| Node {
        id: line.id.clone(),
        parent: line.parent.clone(),
        start: line.start,
        heading: format!("trace {}", line.trace.get(..8).unwrap_or_default()),
        text: format!("{} [{}]", line.text, line.process),
        notes: Vec::new(),
    };
    let nodes: Vec<Node> = spans
        .iter()
        .filter(|line| !is_alone(line))
        .map(node)
        .collect();
    genai_examples::tree(&nodes)
}
