//! Keys: unknown, misplaced, deprecated, given twice.

use crate::args::Key;
use crate::diag::{At, Diag, nearest, text};
use crate::registry::{self, Deprecated, Kind, OPERATIONS, Operation, Place, STREAM, Use};

/// The keys of one operation in one place.
pub(crate) struct Keys<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) place: Place,
    /// Whether keys that need `remote` are there.
    pub(crate) remote: bool,
    /// Words that are entries but no keys, for suggestions.
    pub(crate) words: &'a [&'static str],
    /// Whether they are fields of a derive, for the wording.
    pub(crate) fields: bool,
    /// The keys that were found so far.
    pub(crate) seen: Vec<u8>,
}

impl<'a> Keys<'a> {
    pub(crate) fn new(
        operation: &'static Operation,
        place: Place,
        remote: bool,
        words: &'a [&'static str],
    ) -> Self {
        Self {
            operation,
            place,
            remote,
            words,
            fields: false,
            seen: Vec::new(),
        }
    }

    /// The use of a key; what is wrong with it is reported.
    pub(crate) fn find(&mut self, key: &Key, diag: &mut Diag) -> Option<&'static Use> {
        if key.literal {
            diag.error(key.at, format!("write the key without quotes: `{key} = ..`; quoted ones go into `attributes(..)` or `properties(..)`"));
            return None;
        }
        let is_chat = self.operation.kind == Kind::Chat && self.place == Place::Entries;
        let streams = Some(&*STREAM).filter(|stream| is_chat && stream.is(&key.text));
        let Some(found) = self.operation.get(&key.text, self.place).or(streams) else {
            diag.error(key.at, self.why_not(&key.text));
            return None;
        };
        let full = found.attribute().map_or(found.short, |a| a.key);
        if found.only_remote && !self.remote {
            diag.error(key.at, text::needs_remote(&key.text));
            return None;
        }
        if self.seen.contains(&found.id) {
            diag.error(key.at, text::duplicate(&key.text, full));
            return None;
        }
        self.seen.push(found.id);
        Some(found)
    }

    /// What is wrong with a key that is not there.
    fn why_not(&self, key: &str) -> String {
        let operation = self.operation;
        if operation.uses.iter().any(|u| u.is(key)) {
            return match self.place {
                Place::Entries if self.fields => text::of_the_other(key, "Request", "Response"),
                Place::Response if self.fields => text::of_the_other(key, "Response", "Request"),
                Place::Entries => text::known_after(key),
                Place::Response => text::known_before(key),
            };
        }
        if STREAM.is(key) {
            return match (operation.kind, self.fields) {
                (Kind::Chat, true) => text::of_the_other(key, "Response", "Request"),
                (Kind::Chat, false) => text::known_before(key),
                _ => text::other_operation(key, &["chat"], operation.name),
            };
        }
        if let Some(instead) = ours(key) {
            return text::set_by_us(key, instead);
        }
        if let Some((attribute, by)) = registry::deprecated(key) {
            let by = replacement(by, Some(operation));
            return text::deprecated(attribute.key, by);
        }
        let owners: Vec<&str> = OPERATIONS
            .iter()
            .filter(|o| o.uses.iter().any(|u| u.is(key)))
            .map(|o| o.name)
            .collect();
        if !owners.is_empty() {
            return if self.fields {
                text::field_of_another(key, &owners, operation.name)
            } else {
                text::other_operation(key, &owners, operation.name)
            };
        }
        if registry::find(key).is_some() {
            return text::no_operation(key, operation.name);
        }
        match self.place {
            _ if self.fields => text::unknown_field(key, self.meant(key), operation.name),
            Place::Entries => text::unknown_key(key, self.meant(key), operation.name),
            Place::Response => text::unknown_response_key(key, self.meant(key), operation.name),
        }
    }

    /// The key of this place that clients call otherwise.
    fn alias(&self, key: &str) -> Option<&'static str> {
        let (_, name) = ALIASES.iter().find(|(alias, _)| *alias == key)?;
        self.operation.get(name, self.place).map(|u| u.short)
    }

    /// The key that was meant: of this place first, then any of the operation.
    fn meant(&self, key: &str) -> Option<&'static str> {
        let names = |here: bool| {
            let uses = self
                .operation
                .uses
                .iter()
                .filter(move |u| (u.place() == self.place) == here);
            uses.flat_map(|u| [Some(u.short), u.attribute().map(|a| a.key)])
                .flatten()
        };
        nearest(key, names(true).chain(self.words.iter().copied()))
            .or_else(|| nearest(key, names(false)))
            .or_else(|| self.alias(key))
    }
}

/// What clients call it, and what the conventions do.
const ALIASES: [(&str, &str); 22] = [
    ("cached_tokens", "cache_read_input_tokens"),
    ("candidate_count", "choice_count"),
    ("dimensions", "dimension_count"),
    ("instructions", "system"),
    ("max_completion_tokens", "max_tokens"),
    ("max_output_tokens", "max_tokens"),
    ("max_new_tokens", "max_tokens"),
    ("messages", "input"),
    ("n", "choice_count"),
    ("num_predict", "max_tokens"),
    ("port", "server.port"),
    ("host", "server.address"),
    ("prompt", "input"),
    ("reasoning_tokens", "reasoning_output_tokens"),
    ("response_format", "output_type"),
    ("session_id", "conversation_id"),
    ("stop", "stop_sequences"),
    ("stop_reason", "finish_reasons"),
    ("system_prompt", "system"),
    ("text", "output"),
    ("thread_id", "conversation_id"),
    ("vendor", "provider"),
];

/// The full and the short name of what replaces a deprecated attribute.
pub(super) fn replacement(
    by: Deprecated,
    operation: Option<&Operation>,
) -> Option<(&'static str, Option<&'static str>)> {
    let Deprecated::Renamed(id) = by else {
        return None;
    };
    let attribute = registry::ATTRIBUTES.get(usize::from(id))?;
    let used = operation.and_then(|o| o.by_id(id));
    Some((attribute.key, used.map(|u| u.short)))
}

/// Keys the library sets, and how they are influenced.
fn ours(key: &str) -> Option<&'static str> {
    match key {
        "error.type" => Some(
            "write `error(|e| type = ..)`, or `response(|r| error = ..)` for a value that is a failure",
        ),
        "gen_ai.operation.name" => Some("write `operation = ..`"),
        "gen_ai.response.time_to_first_chunk" | "time_to_first_chunk" => {
            Some("it is measured when `stream` is given")
        }
        _ => None,
    }
}

/// Reports a word that may be given once; true if this is the first time.
pub(crate) fn once(seen: &mut Vec<String>, key: &Key, diag: &mut Diag) -> bool {
    let first = !seen.contains(&key.text);
    if first {
        seen.push(key.text.clone());
    } else {
        diag.error(At::from(key.span()), text::given_twice(&key.text));
    }
    first
}
