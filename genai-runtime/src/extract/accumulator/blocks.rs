//! The blocks of a choice, as formats name them: what a fragment says and where it belongs goes in, drafts of parts change.
//!
//! Without content nothing is kept; what is output is noted all the same.

use serde_json::{Map, Value};

use super::Accumulator;
use crate::content::limits::prefix;
use crate::extract::budget::clip;
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
        let Some((place, text)) = self.cut(place.into(), text) else {
            return;
        };
        let most = self.left();
        if let Some(choice) = self.choice(choice) {
            choice.text(place, kind, text, most);
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
        if !self.wants_content {
            return;
        }
        let bytes = || {
            let texts = [id, name, fragment].into_iter().flatten();
            texts.map(str::len).sum::<usize>() + whole.as_ref().map_or(0, weight)
        };
        let Some(place) = self.room(place.into(), bytes) else {
            return;
        };
        if let Some(choice) = self.choice(choice) {
            choice.call(place, id.map(clip), name.map(clip), fragment, whole);
        }
    }

    /// A block begins, whatever was at `place` before. It is output if it is marked as that.
    pub(crate) fn begin<'p>(
        &mut self,
        choice: u64,
        place: impl Into<Numbered<'p>>,
        body: Body,
        is_output: bool,
    ) {
        self.answering |= is_output;
        let Some(place) = self.room(place.into(), || body.weight() + 32) else {
            return;
        };
        if let Some(choice) = self.choice(choice) {
            choice.begin(place, body);
        }
    }

    /// A whole block, in place of what was begun there, which gives its room back.
    pub(crate) fn replace<'p>(&mut self, choice: u64, place: impl Into<Numbered<'p>>, body: Body) {
        let Some(place) = self.place(place.into()) else {
            return;
        };
        let begun = self
            .choice(choice)
            .map_or(0, |choice| choice.weight_at(place));
        let kept = self.kept;
        self.kept = kept.saturating_sub(begun);
        if !self.takes(body.weight()) {
            // What was begun stays.
            self.kept = kept;
            return;
        }
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
        let place = self.room(place.into(), || 0);
        place.is_some_and(|place| {
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
        let place = self.room(place.into(), || 0)?;
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
        let Some(place) = self.room(place.into(), || weight(&value)) else {
            return false;
        };
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
        let Some((place, base64)) = self.cut(place.into(), base64) else {
            return;
        };
        if let Some(choice) = self.choice(choice) {
            choice.data(place, modality, mime_type, base64);
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

    /// Where a fragment goes, if anything of the choice is kept.
    fn place<'p>(&self, place: Numbered<'p>) -> Option<Place<'p>> {
        let number = match place.number {
            None => None,
            Some(n) if n < MAX_BLOCKS => Some(u32::try_from(n).ok()?),
            Some(_) => return None,
        };
        self.wants_content.then_some(Place {
            number,
            item: place.item,
        })
    }

    /// Where a fragment of this size goes, if it is kept at all.
    fn room<'p>(
        &mut self,
        place: Numbered<'p>,
        bytes: impl FnOnce() -> usize,
    ) -> Option<Place<'p>> {
        let place = self.place(place)?;
        self.takes(bytes()).then_some(place)
    }

    /// Where a text goes, and what of it is kept, if anything is.
    fn cut<'p, 't>(&mut self, place: Numbered<'p>, text: &'t str) -> Option<(Place<'p>, &'t str)> {
        let place = self.place(place)?;
        let kept = prefix(text, self.left());
        self.kept = self.kept.saturating_add(kept.len());
        if kept.len() < text.len() {
            self.lose(text.len() - kept.len());
            self.is_full = true;
        }
        (!kept.is_empty()).then_some((place, kept))
    }
}
