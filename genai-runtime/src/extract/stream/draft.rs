//! The message of one choice while it arrives: fragments of text, reasoning and tool calls go in, parts come out.

use serde_json::Value;

use crate::content::message::{OutputMessage, Part, Word};
use crate::extract::parts::{arguments, refusal};

/// How many parts one message may have; more are left out.
const MAX_PARTS: usize = 1024;

/// One choice.
#[derive(Default)]
pub(crate) struct Choice {
    pub(crate) index: u32,
    pub(crate) role: Option<Word>,
    pub(crate) finish: Option<Word>,
    drafts: Vec<Draft>,
}

/// A part that may still grow.
struct Draft {
    /// The number the provider gives the part, if it does.
    block: Option<u32>,
    body: Body,
}

enum Body {
    Text(String),
    Reasoning(String),
    Refusal(String),
    Call {
        id: Option<String>,
        name: String,
        arguments: Option<String>,
        value: Option<Value>,
    },
    Whole(Part),
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextKind {
    Text,
    Reasoning,
    Refusal,
}

impl Body {
    fn new(kind: TextKind) -> Self {
        match kind {
            TextKind::Text => Self::Text(String::new()),
            TextKind::Reasoning => Self::Reasoning(String::new()),
            TextKind::Refusal => Self::Refusal(String::new()),
        }
    }

    fn text(&mut self, kind: TextKind) -> Option<&mut String> {
        match (self, kind) {
            (Self::Text(text), TextKind::Text)
            | (Self::Reasoning(text), TextKind::Reasoning)
            | (Self::Refusal(text), TextKind::Refusal) => Some(text),
            _ => None,
        }
    }
}

impl Choice {
    pub(crate) fn new(index: u32) -> Self {
        Self {
            index,
            ..Self::default()
        }
    }

    /// Appends to the text of `block`, or to the last part if it is of this kind and has no number.
    pub(crate) fn text(&mut self, block: Option<u32>, kind: TextKind, text: &str) {
        let at = match block {
            Some(_) => self.drafts.iter().rposition(|d| d.block == block),
            None => self.drafts.len().checked_sub(1),
        };
        if let Some(draft) = at
            .and_then(|at| self.drafts.get_mut(at))
            .filter(|d| d.block == block)
        {
            if let Some(so_far) = draft.body.text(kind) {
                so_far.push_str(text);
                return;
            }
        }
        let mut body = Body::new(kind);
        if let Some(new) = body.text(kind) {
            new.push_str(text);
        }
        self.push(block, body);
    }

    /// Whether the part `block` is reasoning that has begun.
    pub(crate) fn reasons(&self, block: Option<u32>) -> bool {
        self.drafts.iter().any(|draft| {
            draft.block == block && matches!(&draft.body, Body::Reasoning(text) if !text.is_empty())
        })
    }

    /// Adds a fragment of the tool call `block`: the first id and name that are not empty count, the text of the arguments is appended.
    pub(crate) fn call(
        &mut self,
        block: u32,
        id: Option<&str>,
        name: Option<&str>,
        fragment: Option<&str>,
        whole: Option<Value>,
    ) {
        let known = self
            .drafts
            .iter()
            .rposition(|d| d.block == Some(block) && matches!(d.body, Body::Call { .. }));
        let at = known.unwrap_or_else(|| {
            let body = Body::Call {
                id: None,
                name: String::new(),
                arguments: None,
                value: None,
            };
            self.push(Some(block), body);
            self.drafts.len().saturating_sub(1)
        });
        let Some(Draft {
            body:
                Body::Call {
                    id: old_id,
                    name: old_name,
                    arguments,
                    value,
                },
            ..
        }) = self.drafts.get_mut(at)
        else {
            return;
        };
        if old_id.is_none() {
            *old_id = id.filter(|id| !id.is_empty()).map(str::to_owned);
        }
        if old_name.is_empty() {
            old_name.push_str(name.unwrap_or_default());
        }
        if let Some(fragment) = fragment {
            arguments.get_or_insert_default().push_str(fragment);
        }
        if whole.is_some() {
            *value = whole;
        }
    }

    /// The number of a tool call that has none, at this place of the calls of its chunk: that of the call it goes on with, else
    /// the next. `is_alone`: the chunk has no other.
    pub(crate) fn number(
        &self,
        place: usize,
        is_alone: bool,
        id: Option<&str>,
        is_named: bool,
    ) -> u64 {
        let calls = || {
            self.drafts.iter().filter_map(|draft| match &draft.body {
                Body::Call { id, name, .. } => Some((draft.block?, id.as_deref(), name)),
                _ => None,
            })
        };
        let place = place as u64;
        let next = || calls().map(|(n, ..)| u64::from(n) + 1).max().unwrap_or(0);
        let at = calls().find(|(n, ..)| u64::from(*n) == place);
        let last = calls().next_back().filter(|_| is_alone).or(at);
        match (id, at) {
            // A list of whole calls.
            (_, None) => place.max(next()),
            (Some(id), Some((_, Some(known), _))) if known != id => calls()
                .find(|(_, other, _)| *other == Some(id))
                .map_or_else(next, |(n, ..)| n.into()),
            (Some(_), Some((n, ..))) => n.into(),
            (None, Some((_, _, name))) if is_named && !name.is_empty() => next(),
            (None, Some((n, ..))) => last.map_or(n, |(n, ..)| n).into(),
        }
    }

    /// The number of the tool call that a client names by `id` instead of a number: the one that has it; without a `name` the
    /// one at the place that an invented id (`call_0`) ends with; else the next free number.
    #[cfg(feature = "genai-client-0_7")]
    pub(crate) fn number_of_call(&self, id: &str, name: &str) -> u32 {
        let mut calls = self.drafts.iter().filter_map(|draft| match &draft.body {
            Body::Call { id, .. } => Some((id.as_deref(), draft.block?)),
            _ => None,
        });
        let by_id = calls.clone().find(|(known, _)| *known == Some(id));
        let by_place = || {
            let place = id.strip_prefix("call_").filter(|_| name.is_empty())?;
            calls.nth(place.parse().ok()?)
        };
        let last = self.drafts.iter().filter_map(|draft| draft.block).max();
        by_id
            .or_else(by_place)
            .map(|(_, block)| block)
            .unwrap_or_else(|| last.map_or(0, |last| last.saturating_add(1)))
    }

    /// Sets the arguments of the tool call `block` if `text` is what there was and more; else appends it.
    #[cfg(feature = "genai-client-0_7")]
    pub(crate) fn arguments_so_far(&mut self, block: u32, text: &str) {
        for draft in &mut self.drafts {
            if let (true, Body::Call { arguments, .. }) =
                (draft.block == Some(block), &mut draft.body)
            {
                let so_far = arguments.get_or_insert_default();
                if text.starts_with(so_far.as_str()) {
                    so_far.clear();
                }
                so_far.push_str(text);
            }
        }
    }

    /// Adds a finished part.
    pub(crate) fn part(&mut self, part: Part) {
        self.push(None, Body::Whole(part));
    }

    /// Forgets the parts, as for a final answer that repeats them.
    pub(crate) fn clear(&mut self) {
        self.drafts.clear();
    }

    fn push(&mut self, block: Option<u32>, body: Body) {
        if self.drafts.len() < MAX_PARTS {
            self.drafts.push(Draft { block, body });
        }
    }

    /// The message; parts without text are left out.
    pub(crate) fn message(self) -> OutputMessage {
        let parts = self
            .drafts
            .into_iter()
            .filter_map(|draft| part(draft.body))
            .collect();
        OutputMessage {
            role: self.role.unwrap_or(Word::Borrowed("assistant")),
            parts,
            finish_reason: self.finish,
            name: None,
        }
    }
}

fn part(body: Body) -> Option<Part> {
    match body {
        Body::Text(content) => (!content.is_empty()).then_some(Part::Text { content }),
        Body::Reasoning(content) => (!content.is_empty()).then_some(Part::Reasoning { content }),
        Body::Refusal(content) => (!content.is_empty()).then(|| refusal(content)),
        Body::Call {
            id,
            name,
            arguments: text,
            value,
        } => {
            let text = text.filter(|text| !text.is_empty() || value.is_none());
            let arguments = text.map_or(value, |text| arguments(Value::String(text)));
            Some(Part::ToolCall {
                id,
                name,
                arguments,
            })
        }
        Body::Whole(part) => Some(part),
    }
}
