//! What two processes have reported, as one tree: spans go in, and lines with their evaluations come out.

use genai_examples::Node;

use crate::collector::{Event, Received, Span};

fn get<'a>(attributes: &'a [(String, String)], key: &str) -> Option<&'a str> {
    let found = attributes.iter().find(|(k, _)| k == key);
    found.map(|(_, value)| value.as_str())
}

/// Every trace with its spans, each with the process it is of and what was said of it.
pub(crate) fn tree(received: &Received) -> String {
    let spans = received.spans.iter();
    let nodes: Vec<Node> = spans.map(|span| node(received, span)).collect();
    genai_examples::tree(&nodes)
}

fn node(received: &Received, span: &Span) -> Node {
    let conversation = get(&span.attributes, "gen_ai.conversation.id").unwrap_or("-");
    let user = get(&span.attributes, "gen_ai.association.properties.user.id").unwrap_or("-");
    let trace = span.trace.get(..8).unwrap_or_default();
    let is_of_it =
        |event: &&Event| event.span == span.id && event.name == "gen_ai.evaluation.result";
    Node {
        id: span.id.clone(),
        parent: span.parent.clone(),
        start: span.start.into(),
        heading: format!("trace {trace} · conversation {conversation} · user.id={user}"),
        text: format!("{} [{}, {conversation}]", span.name, span.service),
        notes: received
            .events
            .iter()
            .filter(is_of_it)
            .map(evaluation)
            .collect(),
    }
}

fn evaluation(event: &Event) -> String {
    let part = |key: &str| get(&event.attributes, key).unwrap_or_default();
    let name = part("gen_ai.evaluation.name");
    let label = part("gen_ai.evaluation.score.label");
    let score = part("gen_ai.evaluation.score.value");
    format!("* {name}: {label} {score}")
}
