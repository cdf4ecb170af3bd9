//! A live check: what a harness has recorded of MCP goes in, every deviation from the conventions comes out.
//!
//! The facts are those of the release, as the repository keeps them: keys, types, members, levels, boundaries. What levels say in words
//! ("if and only if") is written out here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use genai::testing::{Harness, Metric, Span};
use opentelemetry::Value;
use opentelemetry::trace::SpanKind;
use serde::Deserialize;

const FACTS: &str = include_str!("../../data/semconv/1.41.1.json");
const PROPERTIES: &str = "gen_ai.association.properties.";

#[derive(Deserialize)]
struct Facts {
    schema_url: String,
    attributes: Vec<Attribute>,
    spans: Vec<Group>,
    metrics: Vec<Histogram>,
}

#[derive(Deserialize)]
struct Attribute {
    key: String,
    r#type: String,
    deprecated: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Group {
    id: String,
    levels: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Histogram {
    name: String,
    unit: String,
    #[serde(default)]
    boundaries: Vec<f64>,
    attributes: Vec<String>,
}

fn facts() -> &'static Facts {
    static FACTS_OF: OnceLock<Facts> = OnceLock::new();
    FACTS_OF.get_or_init(|| serde_json::from_str(FACTS).expect("the facts"))
}

/// What of MCP deviates: nothing, if all is well.
pub fn findings(h: &Harness) -> BTreeSet<String> {
    let spans = h.spans();
    let metrics = h.metrics();
    let of_spans = spans.iter().flat_map(of_span);
    let of_metrics = metrics.iter().flat_map(of_metric);
    of_spans.chain(of_metrics).collect()
}

/// What of a span of MCP deviates.
pub fn of_span(span: &Span) -> Vec<String> {
    let Some(method) = span.str("mcp.method.name") else {
        let is_ours = matches!(span.kind, SpanKind::Client | SpanKind::Server);
        let is_lost = is_ours && span.attributes.0.keys().any(|key| key.starts_with("mcp."));
        return is_lost
            .then(|| format!("{}: no mcp.method.name", span.name))
            .into_iter()
            .collect();
    };
    let mut found = Vec::new();
    let mut wrong = |what: String| found.push(format!("{} ({:?}): {what}", span.name, span.kind));
    for (key, value) in &span.attributes.0 {
        if let Some(what) = of_attribute(key, value) {
            wrong(what);
        }
    }
    if !span.duplicates.is_empty() {
        wrong(format!("twice: {:?}", span.duplicates));
    }
    if span.scope.schema_url() != Some(&facts().schema_url) || span.scope.name() != "genai" {
        wrong("another scope".to_owned());
    }
    let has = |key: &str| span.attributes.get(key).is_some();
    let group = match span.kind {
        SpanKind::Client => "span.mcp.client",
        SpanKind::Server => "span.mcp.server",
        // A tool that the call is part of.
        SpanKind::Internal if span.str("gen_ai.operation.name") == Some("execute_tool") => "",
        _ => {
            wrong("of another kind".to_owned());
            ""
        }
    };
    if let Some(group) = facts().spans.iter().find(|known| known.id == group) {
        let required = group
            .levels
            .iter()
            .filter(|(_, level)| *level == "required");
        for (key, _) in required.filter(|(key, _)| !has(key)) {
            wrong(format!("{key} is missing"));
        }
        let target = span
            .str("gen_ai.tool.name")
            .or(span.str("gen_ai.prompt.name"));
        let name = target.map_or_else(|| method.to_owned(), |target| format!("{method} {target}"));
        if span.name != name {
            wrong(format!("should be called {name}"));
        }
    }
    let is_notification = method.starts_with("notifications/");
    let is_resource = matches!(
        method,
        "resources/read" | "resources/subscribe" | "resources/unsubscribe"
    );
    let iff = [
        ("gen_ai.operation.name", method == "tools/call"),
        ("gen_ai.tool.name", method == "tools/call"),
        ("error.type", span.is_error()),
    ];
    for (key, is_due) in iff {
        if has(key) != is_due {
            wrong(format!(
                "{key} is {}",
                if is_due { "missing" } else { "not due" }
            ));
        }
    }
    let due = [
        ("gen_ai.prompt.name", method == "prompts/get"),
        (
            "mcp.resource.uri",
            is_resource || method == "notifications/resources/updated",
        ),
        (
            "jsonrpc.request.id",
            span.kind == SpanKind::Server && !is_notification,
        ),
        ("error.type", has("rpc.response.status_code")),
        ("server.address", has("server.port")),
        ("client.address", has("client.port")),
    ];
    for (key, _) in due.into_iter().filter(|(key, is_due)| *is_due && !has(key)) {
        wrong(format!("{key} is missing"));
    }
    let not_due = [
        ("jsonrpc.request.id", is_notification),
        (
            "mcp.session.id",
            span.str("mcp.protocol.version")
                .is_some_and(|version| version >= "2026-07-28"),
        ),
        (
            "jsonrpc.protocol.version",
            span.str("jsonrpc.protocol.version") == Some("2.0"),
        ),
        ("client.address", span.kind == SpanKind::Client),
        ("server.address", span.kind == SpanKind::Server),
        (
            "network.protocol.name",
            span.str("network.transport") == Some("pipe"),
        ),
    ];
    for (key, _) in not_due
        .into_iter()
        .filter(|(key, is_not)| *is_not && has(key))
    {
        wrong(format!("{key} is not due"));
    }
    found
}

/// What is wrong with an attribute by itself.
fn of_attribute(key: &str, value: &Value) -> Option<String> {
    if key.starts_with(PROPERTIES) {
        return None;
    }
    let Some(known) = facts().attributes.iter().find(|known| known.key == key) else {
        return Some(format!("{key} is not of the conventions"));
    };
    if known.deprecated.is_some() {
        return Some(format!("{key} is deprecated"));
    }
    let is_right = match known.r#type.as_str() {
        "string" | "any" => matches!(value, Value::String(_)),
        "int" => matches!(value, Value::I64(_)),
        "double" => matches!(value, Value::F64(_)),
        "boolean" => matches!(value, Value::Bool(_)),
        _ => true,
    };
    (!is_right).then(|| format!("{key} is {value:?} in place of {}", known.r#type))
}

/// What of a metric of MCP deviates.
pub fn of_metric(metric: &Metric) -> Vec<String> {
    if !metric.name.starts_with("mcp.") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut wrong = |what: String| found.push(format!("{}: {what}", metric.name));
    let Some(known) = facts()
        .metrics
        .iter()
        .find(|known| known.name == metric.name)
    else {
        wrong("is not of the conventions".to_owned());
        return found;
    };
    if metric.unit != known.unit {
        wrong(format!("in {}", metric.unit));
    }
    let is_operation = metric.name.ends_with("operation.duration");
    for point in &metric.points {
        if point.bounds != known.boundaries {
            wrong(format!("boundaries {:?}", point.bounds));
        }
        for (key, value) in &point.attributes.0 {
            if !known.attributes.contains(key) {
                wrong(format!("{key} does not label it"));
            }
            if let Some(what) = of_attribute(key, value) {
                wrong(what);
            }
        }
        let has = |key: &str| point.attributes.get(key).is_some();
        if is_operation && !has("mcp.method.name") {
            wrong("mcp.method.name is missing".to_owned());
        }
        let is_tool = point.attributes.str("mcp.method.name") == Some("tools/call");
        if is_operation && has("gen_ai.operation.name") != is_tool {
            wrong("gen_ai.operation.name".to_owned());
        }
        if has("rpc.response.status_code") && !has("error.type") || has("mcp.resource.uri") {
            wrong("error.type or mcp.resource.uri".to_owned());
        }
        let is_late = point
            .attributes
            .str("mcp.protocol.version")
            .is_some_and(|version| version >= "2026-07-28");
        if !is_operation && is_late {
            wrong("a session where there are none".to_owned());
        }
    }
    found
}
