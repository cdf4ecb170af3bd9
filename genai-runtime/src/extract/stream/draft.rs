//! The message of one choice while it arrives: fragments of text, reasoning, calls and other blocks go in, parts come out.
//!
//! Numbers are no identity, since providers use them again: a block that begins is a new block, a fragment goes to the block
//! that was last begun at its place, and of tool calls id and name count more than the number.

use serde_json::{Map, Value};

use super::body::{Body, Fragment, TextKind, merge, parts};
use crate::content::message::{OutputMessage, Part, Word};
use crate::extract::budget::push;

/// How many parts one message may have; more are left out.
const MAX_PARTS: usize = 1024;

/// One choice.
#[derive(Default)]
pub(crate) struct Choice {
    pub(crate) index: u32,
    pub(crate) role: Option<Word>,
    pub(crate) finish: Option<Word>,
    /// Reasoning has come as plain text; what details say of it says the same again.
    pub(crate) reasons_plainly: bool,
    drafts: Vec<Draft>,
}

/// Where in its choice a fragment belongs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place<'a> {
    /// The number of the block, if the provider numbers blocks.
    pub(crate) number: Option<u32>,
    /// The id of the item that the block is, if the provider names it in every fragment.
    pub(crate) item: Option<&'a str>,
}

/// A part that may still grow.
struct Draft {
    number: Option<u32>,
    item: Option<Box<str>>,
    body: Body,
}

impl Draft {
    /// Whether this is a draft of what `place` names: its item, or its number where one of the two has no item.
    fn is_at(&self, place: Place<'_>) -> bool {
        match (self.item.as_deref(), place.item) {
            (Some(known), Some(item)) => known == item,
            _ => self.number == place.number,
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

    /// A block begins: it is another than those before it, whatever its number.
    pub(crate) fn begin(&mut self, place: Place<'_>, body: Body) {
        if self.drafts.len() < MAX_PARTS {
            self.drafts.push(Draft {
                number: place.number,
                item: place.item.map(Into::into),
                body,
            });
        }
    }

    /// The draft that was last begun at `place`; without a number and an item that is the last of all, if it has none either.
    fn at(&mut self, place: Place<'_>) -> Option<&mut Draft> {
        let at = self.position(place)?;
        self.drafts.get_mut(at)
    }

    fn position(&self, place: Place<'_>) -> Option<usize> {
        if place.item.is_none() && place.number.is_none() {
            let last = self.drafts.last()?;
            return (last.number.is_none() && last.item.is_none()).then(|| self.drafts.len() - 1);
        }
        let here = self.drafts.iter().rposition(|draft| draft.is_at(place));
        // Some servers name the same item in two ways.
        here.or_else(|| {
            let number = place.number?;
            self.drafts
                .iter()
                .rposition(|draft| draft.number == Some(number))
        })
    }

    /// Appends to the text at `place`; text of another kind than what is there begins a part of its own.
    /// `more`: how many bytes may still come.
    pub(crate) fn text(&mut self, place: Place<'_>, kind: TextKind, text: &str, more: usize) {
        let so_far = self.at(place).and_then(|draft| draft.body.text(kind));
        if let Some(so_far) = so_far {
            let most = so_far.len().saturating_add(text.len()).saturating_add(more);
            push(so_far, text, most);
            return;
        }
        let mut body = Body::new(kind);
        if let Some(new) = body.text(kind) {
            new.push_str(text);
        }
        self.begin(place, body);
    }

    /// Appends to the data of this modality at `place`.
    pub(crate) fn data(
        &mut self,
        place: Place<'_>,
        modality: &'static str,
        mime_type: Option<String>,
        base64: &str,
    ) {
        let known = self.drafts.iter_mut().rev().find_map(|draft| {
            let is_here = draft.is_at(place);
            match &mut draft.body {
                Body::Data {
                    modality: known,
                    mime_type,
                    base64,
                } if is_here && *known == modality => Some((mime_type, base64)),
                _ => None,
            }
        });
        if let Some((known_type, so_far)) = known {
            if known_type.is_none() {
                *known_type = mime_type;
            }
            so_far.push_str(base64);
            return;
        }
        let base64 = base64.to_owned();
        self.begin(
            place,
            Body::Data {
                modality,
                mime_type,
                base64,
            },
        );
    }

    /// Adds to a field of the block at `place`: text is appended, lists and objects are extended, anything else is replaced. Of
    /// a tool call every field is its arguments. Whether there is such a block.
    pub(crate) fn grow(&mut self, place: Place<'_>, field: &str, value: Value) -> bool {
        let Some(draft) = self.at(place) else {
            return false;
        };
        match (&mut draft.body, value) {
            (Body::Block { fields, .. }, value) => {
                match fields.get_mut(field) {
                    Some(known) => merge(known, value),
                    None => drop(fields.insert(field.to_owned(), value)),
                }
                true
            }
            (Body::Call { arguments, .. }, Value::String(text)) => {
                arguments.get_or_insert_default().push_str(&text);
                true
            }
            (Body::Call { value, .. }, whole) => {
                *value = Some(whole);
                true
            }
            _ => false,
        }
    }

    /// The block in the provider's own form that was last begun at `place`.
    pub(crate) fn block(&mut self, place: Place<'_>) -> Option<&mut Map<String, Value>> {
        match &mut self.at(place)?.body {
            Body::Block { fields, .. } => Some(fields),
            _ => None,
        }
    }

    /// Puts a whole block in the place of what was begun there, or adds it.
    pub(crate) fn replace(&mut self, place: Place<'_>, body: Body) {
        match self.drafts.iter_mut().rfind(|draft| draft.is_at(place)) {
            Some(draft) => draft.body = body,
            None => self.begin(place, body),
        }
    }

    /// Whether the part at `place` is reasoning that has begun.
    pub(crate) fn reasons(&self, place: Place<'_>) -> bool {
        self.drafts.iter().any(|draft| {
            draft.is_at(place) && matches!(&draft.body, Body::Reasoning(text) if !text.is_empty())
        })
    }

    /// Adds a fragment of a tool call: the first id and name that are not empty count, the text of the arguments is appended.
    pub(crate) fn call(
        &mut self,
        place: Place<'_>,
        id: Option<&str>,
        name: Option<&str>,
        fragment: Option<&str>,
        whole: Option<Value>,
    ) {
        let (id, name) = (
            id.filter(|id| !id.is_empty()),
            name.filter(|n| !n.is_empty()),
        );
        let brings = whole.is_some() || fragment.is_some_and(|text| !text.is_empty());
        let said = Fragment { id, name, brings };
        let at = self.known_call(place, said).unwrap_or_else(|| {
            self.begin(place, Body::call(None, None, None));
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
            *old_id = id.map(str::to_owned);
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

    /// The calls with their place among the drafts, their number and id.
    fn calls(&self) -> impl DoubleEndedIterator<Item = (usize, &Draft, Option<&str>)> {
        self.drafts.iter().enumerate().filter_map(|(at, draft)| {
            if let Body::Call { id, .. } = &draft.body {
                Some((at, draft, id.as_deref()))
            } else {
                None
            }
        })
    }

    /// The call that has this id; a fragment with a name goes to the call of this name only.
    fn call_with(&self, id: Option<&str>, name: Option<&str>) -> Option<usize> {
        let id = id?;
        let is_same = |draft: &Draft| match (&draft.body, name) {
            (Body::Call { name: known, .. }, Some(name)) => known.is_empty() || known == name,
            _ => true,
        };
        self.calls()
            .rfind(|(_, draft, known)| *known == Some(id) && is_same(draft))
            .map(|(at, ..)| at)
    }

    /// The call that a fragment goes on with: the last one at its place, unless id and name say that it is another.
    fn known_call(&self, place: Place<'_>, fragment: Fragment<'_>) -> Option<usize> {
        let (id, name) = (fragment.id, fragment.name);
        let last = match (place.number, place.item) {
            (None, None) => self.calls().next_back(),
            _ => self.calls().rfind(|(_, draft, _)| draft.is_at(place)),
        };
        match last {
            Some((at, draft, known)) if !draft.body.is_other_call(fragment) => {
                // A fragment that has an id only may go on with an earlier call.
                let earlier = || self.call_with(id, None).filter(|_| name.is_none());
                if known == id {
                    Some(at)
                } else {
                    earlier().or(Some(at))
                }
            }
            Some(_) => self.call_with(id, name),
            // A fragment without a name goes on with something.
            None if name.is_none() => self.call_with(id, None).or_else(|| self.position(place)),
            None => None,
        }
    }

    /// The number of a tool call that has none, at this place of the calls of its chunk: that of the call it goes on with, else
    /// the next. `is_alone`: the chunk has no other.
    pub(crate) fn number(&self, place: usize, is_alone: bool, fragment: Fragment<'_>) -> u64 {
        let place = place as u64;
        let number = |(_, draft, _): (usize, &Draft, Option<&str>)| draft.number.map(u64::from);
        let next = || self.calls().filter_map(number).max().map_or(0, |n| n + 1);
        if let Some(known) = self.call_with(fragment.id, fragment.name) {
            let draft = self.drafts.get(known);
            return draft
                .and_then(|draft| draft.number)
                .map_or_else(next, u64::from);
        }
        let at = self.calls().rfind(|call| number(*call) == Some(place));
        // Where the list is longer than before, a call is whole.
        let Some(at) = at else {
            return place.max(next());
        };
        let known = self.calls().next_back().filter(|_| is_alone).unwrap_or(at);
        if known.1.body.is_other_call(fragment) {
            next()
        } else {
            number(known).unwrap_or_else(next)
        }
    }

    /// The number of the tool call that a client names by `id` instead of a number: the one that has it; without a `name` the
    /// one at the place that an invented id (`call_0`) ends with; else the next free number.
    #[cfg(feature = "genai-client-0_7")]
    pub(crate) fn number_of_call(&self, id: &str, name: &str) -> u32 {
        let mut calls = self.drafts.iter().filter_map(|draft| match &draft.body {
            Body::Call { id, .. } => Some((id.as_deref(), draft.number?)),
            _ => None,
        });
        let by_id = calls.clone().find(|(known, _)| *known == Some(id));
        let by_place = || {
            let place = id.strip_prefix("call_").filter(|_| name.is_empty())?;
            calls.nth(place.parse().ok()?)
        };
        let last = self.drafts.iter().filter_map(|draft| draft.number).max();
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
                (draft.number == Some(block), &mut draft.body)
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
        self.begin(Place::default(), Body::Whole(part));
    }

    /// Forgets the parts, as for a final answer that repeats them.
    pub(crate) fn clear(&mut self) {
        self.drafts.clear();
    }

    /// About how many bytes its parts take.
    pub(crate) fn weight(&self) -> usize {
        let weights = self.drafts.iter().map(|draft| draft.body.weight());
        weights.fold(0, usize::saturating_add)
    }

    /// Likewise of what [`replace`](Self::replace) takes the place of.
    pub(crate) fn weight_at(&self, place: Place<'_>) -> usize {
        let begun = self.drafts.iter().rfind(|draft| draft.is_at(place));
        begun.map_or(0, |draft| draft.body.weight())
    }

    /// The message; parts without text and calls without a name are left out.
    pub(crate) fn message(self) -> OutputMessage {
        let parts = self
            .drafts
            .into_iter()
            .flat_map(|draft| parts(draft.body))
            .collect();
        OutputMessage {
            role: self.role.unwrap_or(Word::Borrowed("assistant")),
            parts,
            finish_reason: self.finish,
            name: None,
        }
    }
}
