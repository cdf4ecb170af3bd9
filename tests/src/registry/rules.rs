//! What the attributes offer of the conventions: the operations, the keys of each, their short names and sides.

use super::facts::Span;
use super::{Attribute, Error, Operation, Use, id};

/// An operation as it is spelled here.
struct Rule {
    name: &'static str,
    /// Its names in the conventions, the default first.
    names: &'static [&'static str],
    client: bool,
    /// The group of keys that is its own, left out of short names.
    noun: &'static str,
    /// The spans whose keys it takes; the first one that has a key gives its requirement level.
    spans: &'static [&'static str],
    /// Keys beyond the spans', with side.
    more: &'static [(&'static str, &'static str)],
    /// Keys that need `remote` (or an operation of the client's).
    remote: &'static [&'static str],
}

const RULES: [Rule; 6] = [
    Rule {
        name: "chat",
        names: &["chat", "generate_content", "text_completion"],
        client: true,
        noun: "chat",
        spans: &[
            "span.gen_ai.inference.client",
            "span.openai.inference.client",
            "span.azure.ai.inference.client",
            "span.aws.bedrock.client",
        ],
        more: &[],
        remote: &[],
    },
    Rule {
        name: "embeddings",
        names: &["embeddings"],
        client: true,
        noun: "embeddings",
        spans: &["span.gen_ai.embeddings.client"],
        // Asked for, or found in the answer.
        more: &[("gen_ai.embeddings.dimension.count", "After")],
        remote: &[],
    },
    Rule {
        name: "agent",
        names: &["invoke_agent", "create_agent"],
        client: false,
        noun: "agent",
        spans: &[
            "span.gen_ai.invoke_agent.internal",
            "span.gen_ai.invoke_agent.client",
            "span.gen_ai.create_agent.client",
        ],
        // The usage is chat's, and the id of a created agent is known only afterwards.
        more: &[
            ("gen_ai.agent.id", "After"),
            ("gen_ai.usage.reasoning.output_tokens", "After"),
        ],
        remote: &["server.address", "server.port"],
    },
    Rule {
        name: "tool",
        names: &["execute_tool"],
        client: false,
        noun: "tool",
        spans: &["span.gen_ai.execute_tool.internal"],
        more: &[],
        remote: &[],
    },
    Rule {
        name: "workflow",
        names: &["invoke_workflow"],
        client: false,
        noun: "workflow",
        spans: &["span.gen_ai.invoke_workflow.internal"],
        more: &[],
        remote: &[],
    },
    Rule {
        name: "retrieval",
        names: &["retrieval"],
        client: true,
        noun: "retrieval",
        spans: &["span.gen_ai.retrieval.client"],
        more: &[],
        remote: &[],
    },
];

/// Any operation may name the conversation it belongs to: an id given at its start is the ambient one inside.
const EVERYWHERE: &str = "gen_ai.conversation.id";

/// Keys the library sets itself, from `operation = ..`, `error(..)` and the stream.
const OURS: [&str; 4] = [
    "error.type",
    "gen_ai.operation.name",
    "gen_ai.request.stream",
    "gen_ai.response.time_to_first_chunk",
];

/// Short by exception.
const SHORT: [(&str, &str); 9] = [
    ("gen_ai.provider.name", "provider"),
    ("gen_ai.input.messages", "input"),
    ("gen_ai.output.messages", "output"),
    ("gen_ai.system_instructions", "system"),
    ("gen_ai.tool.definitions", "tools"),
    ("gen_ai.tool.call.arguments", "arguments"),
    ("gen_ai.tool.call.result", "result"),
    ("gen_ai.retrieval.query.text", "query"),
    ("gen_ai.retrieval.documents", "documents"),
];

/// Content that is known only after the call.
const CONTENT_AFTER: [&str; 3] = [
    "gen_ai.output.messages",
    "gen_ai.tool.call.result",
    "gen_ai.retrieval.documents",
];

/// Content though its type is a plain one.
const CONTENT_TOO: [&str; 1] = ["gen_ai.retrieval.query.text"];

pub(super) fn operations(
    spans: &[Span],
    attributes: &[Attribute],
) -> Result<Vec<Operation>, Error> {
    RULES
        .iter()
        .map(|rule| operation(rule, spans, attributes))
        .collect()
}

/// The attributes of a span, by index.
pub(super) fn of_span(
    span: &str,
    spans: &[Span],
    attributes: &[Attribute],
) -> Result<Vec<usize>, Error> {
    let found = spans.iter().find(|s| s.id == span);
    let found = found.ok_or_else(|| Error::new(format!("no span `{span}`")))?;
    found.levels.keys().map(|key| id(attributes, key)).collect()
}

fn operation(rule: &Rule, spans: &[Span], attributes: &[Attribute]) -> Result<Operation, Error> {
    let mut uses: Vec<Use> = Vec::new();
    let mut add =
        |key: &str, side: Option<&'static str>, requirement: &'static str| -> Result<(), Error> {
            let id = id(attributes, key)?;
            let side = side.unwrap_or_else(|| self::side(key, attributes[id].ty));
            if !OURS.contains(&key) && !uses.iter().any(|u| u.id == id && u.side == side) {
                uses.push(Use {
                    id,
                    short: short(key, rule.noun),
                    side,
                    requirement,
                    only_remote: rule.remote.contains(&key),
                });
            }
            Ok(())
        };
    for span in rule.spans {
        let found = spans.iter().find(|s| s.id == *span);
        let found = found.ok_or_else(|| Error::new(format!("no span `{span}`")))?;
        for (key, level) in &found.levels {
            let requirement = match level.as_str() {
                "required" => "Required",
                "conditionally_required" => "Conditional",
                "recommended" => "Recommended",
                "opt_in" => "OptIn",
                other => {
                    return Err(Error::new(format!(
                        "the requirement level `{other}` is not known"
                    )));
                }
            };
            // Required by one provider's span is not required of every chat.
            let first = *span == rule.spans[0];
            add(
                key,
                None,
                if first || requirement != "Required" {
                    requirement
                } else {
                    "Conditional"
                },
            )?;
        }
    }
    add(EVERYWHERE, None, "Conditional")?;
    for (key, side) in rule.more {
        add(key, Some(side), "Recommended")?;
    }
    uses.sort_by_key(|u| (u.id, u.side == "After"));
    Ok(Operation {
        name: rule.name,
        names: rule.names,
        client: rule.client,
        uses,
    })
}

fn side(key: &str, ty: &str) -> &'static str {
    if CONTENT_AFTER.contains(&key) {
        "ContentAfter"
    } else if ty == "Content" || CONTENT_TOO.contains(&key) {
        "ContentBefore"
    } else if ["gen_ai.response.", "gen_ai.usage.", "openai.response."]
        .iter()
        .any(|group| key.starts_with(group))
    {
        "After"
    } else {
        "Before"
    }
}

fn short(key: &str, noun: &str) -> String {
    if let Some((_, short)) = SHORT.iter().find(|(k, _)| *k == key) {
        return (*short).to_owned();
    }
    let Some(rest) = key.strip_prefix("gen_ai.") else {
        return key.to_owned();
    };
    let rest = match rest.split_once('.') {
        Some((group, rest)) if ["request", "response", "usage", noun].contains(&group) => rest,
        _ => rest,
    };
    rest.replace('.', "_")
}
