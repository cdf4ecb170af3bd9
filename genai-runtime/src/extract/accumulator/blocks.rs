//! The blocks of a choice, as formats name them: what a fragment says and where it belongs goes in, drafts of parts change.
//!
//! Without content nothing is kept; what is output is noted all the same.

use serde_json::{Map, Value};

use super::Accumulator;
use crate::content::limits::prefix;
use crate::extract::budget::{BUDGET, clip, cut};
use crate::extract::parts::weight;
use crate::extract::stream::body::{Body, TextKind};
use crate::extract::stream::draft::Place;

/// How many tool calls or blocks one choice may number; those with a higher number are left out.
const MAX_BLOCKS: u64 = 1024;

/// Where in a choice a fragment belongs, with the number as the provider has it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Numbered<'p> {
    pub(crate) number: Option<u64>,
    pub(crate) item: Option<&'p str>,
}

impl From<Option<u64>> for Numbered<'_> {
    fn from(number: Option<u64>) -> Self {
        Self { number, item: None }
    }
}

impl From<u64> for Numbered<'_> {
    fn from(number: u64) -> Self {
        Some(number).into()
    }
}

impl Accumulator {
    /// Text that the part at `place` goes on with.
    pub(crate) fn append<'p>(
        &mut self,
        choice: u64,
        place: impl Into<Numbered<'p>>,
        kind: TextKind,
        text: &str,
    ) {
        if text.is_empty() {
            return;
        }
        self.answering = true;
        let Some((place, room)) = self.room(place.into()) else {
            return;
        };
        self.kept = self.kept.saturating_add(text.len());
        if let Some(choice) = self.choice(choice) {
            choice.text(place, kind, &cut(text, room));
        }
    }

    /// A fragment of the tool call at `place`: of its arguments, or all of them.
    pub(crate) fn call<'p>(
        &mut self,
        choice: u64,
        place: impl Into<Numbered<'p>>,
        id: Option<&str>,
        name: Option<&str>,
        fragment: Option<&str>,
        whole: Option<Value>,
    ) {
        let says = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
        self.answering |= says(id) || says(name) || says(fragment) || whole.is_some();
        let Some((place, _)) = self.room(place.into()) else {
            return;
        };
        self.kept = self.kept.saturating_add(fragment.map_or(0, str::len));
        self.kept = self.kept.saturating_add(whole.as_ref().map_or(0, weight));
        if let Some(choice) = self.choice(choice) {
            choice.call(place, id.map(clip), name.map(clip), fragment, whole);
        }
    }

    /// A block begins, whatever was at `place` before. It is output if it says so.
    pub(crate) fn begin<'p>(
        &mut self,
        choice: u64,
        place: impl Into<Numbered<'p>>,
        body: Body,
        is_output: bool,
    ) {
        self.answering |= is_output;
        let Some((place, _)) = self.room(place.into()) else {
            return;
        };
        self.kept = self.kept.saturating_add(body.weight());
        if let Some(choice) = self.choice(choice) {
            choice.begin(place, body);
        }
    }

    /// A whole block, in place of what was begun there.
    pub(crate) fn replace<'p>(&mut self, choice: u64, place: impl Into<Numbered<'p>>, body: Body) {
        let Some((place, _)) = self.room(place.into()) else {
            return;
        };
        self.kept = self.kept.saturating_add(body.weight());
        if let Some(choice) = self.choice(choice) {
            choice.replace(place, body);
        }
    }

    /// Reasoning beside the content of `choice`: plain text, or details of it, which are left out once there was plain text.
    pub(crate) fn reasoning_beside(&mut self, choice: u64, is_plain: bool, text: &str) {
        let known = self.wants_content.then(|| self.choice(choice)).flatten();
        let is_again = known.is_some_and(|choice| {
            choice.reasons_plainly |= is_plain;
            choice.reasons_plainly && !is_plain
        });
        if !is_again {
            self.append(choice, None, TextKind::Reasoning, text);
        }
    }

    /// Whether the part at `place` is reasoning that has begun.
    pub(crate) fn reasons<'p>(&mut self, choice: u64, place: impl Into<Numbered<'p>>) -> bool {
        let place = self.room(place.into());
        place.is_some_and(|(place, _)| {
            self.choice(choice)
                .is_some_and(|choice| choice.reasons(place))
        })
    }

    /// The block in the provider's own form that was last begun at `place`, if it is kept.
    pub(crate) fn block<'p>(
        &mut self,
        choice: u64,
        place: impl Into<Numbered<'p>>,
    ) -> Option<&mut Map<String, Value>> {
        let (place, _) = self.room(place.into())?;
        self.choice(choice)?.block(place)
    }

    /// What the block at `place` goes on with: more of a field of it. Whether there is such a block.
    pub(crate) fn grow<'p>(
        &mut self,
        choice: u64,
        place: impl Into<Numbered<'p>>,
        field: &str,
        value: Value,
    ) -> bool {
        self.answering = true;
        let Some((place, _)) = self.room(place.into()) else {
            return false;
        };
        self.kept = self.kept.saturating_add(weight(&value));
        self.choice(choice)
            .is_some_and(|choice| choice.grow(place, field, value))
    }

    /// More of the data of this modality.
    pub(crate) fn data<'p>(
        &mut self,
        choice: u64,
        place: impl Into<Numbered<'p>>,
        modality: &'static str,
        mime_type: Option<String>,
        base64: &str,
    ) {
        if base64.is_empty() {
            return;
        }
        self.answering = true;
        let Some((place, room)) = self.room(place.into()) else {
            return;
        };
        self.kept = self.kept.saturating_add(base64.len());
        if let Some(choice) = self.choice(choice) {
            choice.data(place, modality, mime_type, prefix(base64, room));
        }
    }

    /// Content of this size is about to be put into a block that is kept.
    pub(crate) fn spend(&mut self, bytes: usize) {
        self.kept = self.kept.saturating_add(bytes);
    }

    /// Output that nobody keeps has come.
    pub(crate) fn some_output(&mut self) {
        self.answering = true;
    }

    /// Where a fragment goes and how many bytes may still be kept, if it is kept at all.
    fn room<'p>(&self, place: Numbered<'p>) -> Option<(Place<'p>, usize)> {
        let number = match place.number {
            None => None,
            Some(n) if n < MAX_BLOCKS => Some(u32::try_from(n).ok()?),
            Some(_) => return None,
        };
        let room = BUDGET.saturating_sub(self.kept);
        let place = Place {
            number,
            item: place.item,
        };
        (self.wants_content && room > 0).then_some((place, room))
    }
}
