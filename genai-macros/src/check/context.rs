//! The entries of `#[genai::context]`.

use syn::Path;

use super::keys::once;
use super::{named, options, types};
use crate::args::{Form, Raw};
use crate::diag::{Diag, nearest, text};
use crate::ir::Context;
use crate::registry::{self, OPERATIONS};

pub(crate) const WORDS: [&str; 5] = [
    "conversation_id",
    "properties",
    "replace",
    "returns",
    "crate",
];

/// Checks the entries; the path is `crate = ..`.
pub(crate) fn context(raw: Vec<Raw>, diag: &mut Diag) -> (Context, Option<Path>) {
    let mut context = Context {
        conversation_id: None,
        properties: Vec::new(),
        replace: false,
        returns: None,
    };
    let mut krate = None;
    let mut seen = Vec::new();
    let mut conversation = false;
    for raw in raw {
        let word = raw.key.text.clone();
        match word.as_str() {
            _ if raw.key.literal => diag.error(raw.key.at, "quoted keys go into `properties(..)`"),
            "conversation_id" | "gen_ai.conversation.id" => {
                if std::mem::replace(&mut conversation, true) {
                    diag.error(raw.key.at, text::duplicate(&word, "gen_ai.conversation.id"));
                } else {
                    let attribute = registry::find("gen_ai.conversation.id").map(|(_, a)| a);
                    let value = options::value(raw, "conversation_id = ..", diag);
                    if let (Some(attribute), Some(value)) = (attribute, value) {
                        if types::value(attribute, value.clone(), diag).is_some() {
                            context.conversation_id = Some(value);
                        }
                    }
                }
            }
            "properties" | "replace" | "returns" | "crate" if !once(&mut seen, &raw.key, diag) => {}
            "properties" => match raw.form {
                Form::List(tokens, end) => {
                    context.properties = named::named(&word, tokens, end, None, diag)
                }
                Form::Wrong => {}
                _ => diag.error(raw.key.at, text::syntax(&word, "properties(a.b = ..)")),
            },
            "replace" => context.replace = options::flag(&raw, diag),
            "returns" => context.returns = options::returns(raw, diag),
            "crate" => krate = options::krate(raw, diag),
            other => diag.error(raw.key.at, why_not(other)),
        }
    }
    (context, krate)
}

fn why_not(key: &str) -> String {
    if options::WORDS.contains(&key) {
        return format!(
            "`{key}` is for operations; a context has {}",
            text::choices(&WORDS)
        );
    }
    let owners: Vec<&str> = OPERATIONS
        .iter()
        .filter(|o| o.uses.iter().any(|u| u.is(key)))
        .map(|o| o.name)
        .collect();
    if !owners.is_empty() {
        return text::other_operation(key, &owners, "context");
    }
    text::unknown_key(key, nearest(key, WORDS), "context")
}
