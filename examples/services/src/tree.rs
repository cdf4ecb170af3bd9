//! What two processes have reported, as one tree: spans go in, and lines with their evaluations come out.

use std::fmt::Write as _;

use crate::collector::{Event, Received, Span};

fn get<'a>(attributes: &'a [(String, String)], key: &str) -> Option<&'a str> {
    let found = attributes.iter().find(|(k, _)| k == key);
    found.map(|(_, value)| value.as_str())
}

/// Every trace with its spans, each with the process it is of and what was said of it.
pub(crate) fn tree(received: &Received) -> String {
    let mut out = String::new();
    let is_root = |span: &&Span| !received.spans.iter().any(|s| s.id == span.parent);
    let mut roots: Vec<&Span> = received.spans.iter().filter(is_root).collect();
    roots.sort_by_key(|span| span.start);
    for root in roots {
        let conversation = get(&root.attributes, "gen_ai.conversation.id").unwrap_or("-");
        let user = get(&root.attributes, "gen_ai.association.properties.user.id").unwrap_or("-");
        let trace: String = root
            .trace
            .iter()
            .take(4)
            .map(|b| format!("{b:02x}"))
            .collect();
        let _ = writeln!(
            out,
            "trace {trace} · conversation {conversation} · user.id={user}"
        );
        span(&mut out, received, root, "  ", "");
    }
    out
}

fn span(out: &mut String, received: &Received, of: &Span, indent: &str, branch: &str) {
    let conversation = get(&of.attributes, "gen_ai.conversation.id").unwrap_or("-");
    let _ = writeln!(
        out,
        "{indent}{branch}{} [{}, {conversation}]",
        of.name, of.service
    );
    let below = match branch {
        "" => indent.to_owned(),
        "└─ " => format!("{indent}   "),
        _ => format!("{indent}│  "),
    };
    let is_one = |event: &&Event| event.span == of.id && event.name == "gen_ai.evaluation.result";
    for event in received.events.iter().filter(is_one) {
        let part = |key: &str| get(&event.attributes, key).unwrap_or_default().to_owned();
        let name = part("gen_ai.evaluation.name");
        let (label, score) = (
            part("gen_ai.evaluation.score.label"),
            part("gen_ai.evaluation.score.value"),
        );
        let _ = writeln!(out, "{below}   * {name}: {label} {score}");
    }
    let mut children: Vec<&Span> = received
        .spans
        .iter()
        .filter(|s| s.parent == of.id)
        .collect();
    children.sort_by_key(|span| span.start);
    let last = children.len().saturating_sub(1);
    for (at, child) in children.into_iter().enumerate() {
        span(
            out,
            received,
            child,
            &below,
            if at == last { "└─ " } else { "├─ " },
        );
    }
}
