//! The functions that the tables of responses name: in comes a scalar or a value of a field, out goes a fact on the
//! accumulator, or a pending one until the chunk ends.

use serde_json::Value;

use super::asked::{latest, whole};
use super::visit::Scalar;
use super::walk::Receiver;
use crate::content::message::Word;
use crate::extract::accumulator::Accumulator;
use crate::extract::budget::{GLANCE, clip};
use crate::extract::pending::{ErrorFields, EventKind};
use crate::extract::words::word;

impl Receiver for Accumulator {
    /// Until the first output content is looked at though nobody wants it: it decides whether a chunk is output.
    fn wants_content(&self) -> bool {
        Self::wants_content(self) || !self.answering()
    }

    fn room(&self) -> usize {
        room_of(self, self.left())
    }

    fn room_again(&self) -> usize {
        room_of(self, self.all_room())
    }

    fn left_out(&mut self, bytes: usize) {
        self.lose(bytes);
    }
}

/// What may be kept of a value, with `room` for content: enough to see whether it says anything.
fn room_of(stream: &Accumulator, room: usize) -> usize {
    if stream.wants_content() {
        room.max(GLANCE)
    } else {
        GLANCE
    }
}

impl Accumulator {
    pub(crate) fn take_id(&mut self, value: Scalar<'_>) {
        if !self.has_id() {
            with_id(value, |id| {
                self.id(id);
            });
        }
    }

    pub(crate) fn take_model(&mut self, value: Scalar<'_>) {
        if let Scalar::Str(text) = value {
            self.model(text);
        }
    }

    pub(crate) fn take_service_tier(&mut self, value: Scalar<'_>) {
        if let Scalar::Str(text) = value {
            self.openai_response_service_tier(text);
        }
    }

    pub(crate) fn take_fingerprint(&mut self, value: Scalar<'_>) {
        if let Scalar::Str(text) = value {
            self.openai_response_system_fingerprint(text);
        }
    }

    pub(crate) fn take_input(&mut self, value: Scalar<'_>) {
        latest(&mut self.usage.input, value);
    }

    pub(crate) fn take_output_tokens(&mut self, value: Scalar<'_>) {
        latest(&mut self.usage.output, value);
    }

    pub(crate) fn take_cache_read(&mut self, value: Scalar<'_>) {
        latest(&mut self.usage.cache_read, value);
    }

    /// A counter that counts only where the one in the details is missing.
    pub(crate) fn take_cache_read_else(&mut self, value: Scalar<'_>) {
        latest(&mut self.usage.fallback.cache_read, value);
    }

    pub(crate) fn take_reasoning_else(&mut self, value: Scalar<'_>) {
        latest(&mut self.usage.fallback.reasoning, value);
    }

    /// An id that counts only where the format's first is missing.
    pub(crate) fn take_id_else(&mut self, value: Scalar<'_>) {
        if self.pending.id_else.is_empty() {
            with_id(value, |id| self.pending.id_else.push_str(clip(id)));
        }
    }

    /// The conversation that the provider keeps.
    pub(crate) fn take_conversation(&mut self, value: Scalar<'_>) {
        if self.pending.conversation.is_empty() {
            with_id(value, |id| self.pending.conversation.push_str(clip(id)));
        }
    }

    pub(crate) fn take_cache_creation(&mut self, value: Scalar<'_>) {
        latest(&mut self.usage.cache_creation, value);
    }

    pub(crate) fn take_reasoning(&mut self, value: Scalar<'_>) {
        latest(&mut self.usage.reasoning, value);
    }

    pub(crate) fn take_fallback_input(&mut self, value: Scalar<'_>) {
        latest(&mut self.usage.fallback.input, value);
    }

    pub(crate) fn take_fallback_output(&mut self, value: Scalar<'_>) {
        latest(&mut self.usage.fallback.output, value);
    }

    /// What the provider adds up to: it settles what lies inside what.
    pub(crate) fn take_total(&mut self, value: Scalar<'_>) {
        latest(&mut self.usage.total, value);
    }

    pub(crate) fn take_audio_input(&mut self, value: Scalar<'_>) {
        latest(&mut self.usage.audio_input, value);
    }

    pub(crate) fn take_audio_output(&mut self, value: Scalar<'_>) {
        latest(&mut self.usage.audio_output, value);
    }

    pub(crate) fn take_index(&mut self, value: Scalar<'_>) {
        self.pending.index = whole(value).or(match value {
            Scalar::Null => None,
            _ => Some(-1),
        });
    }

    /// The finish reason of the choice the table is in.
    pub(crate) fn take_finish(&mut self, value: Scalar<'_>) {
        if let Scalar::Str(text) = value {
            if !text.is_empty() {
                self.pending.finish = Some(word(clip(text)));
            }
        }
    }

    /// A reason that counts only where the format's own is missing.
    pub(crate) fn take_finish_else(&mut self, value: Scalar<'_>) {
        if self.pending.finish.is_none() {
            self.take_finish(value);
        }
    }

    pub(crate) fn take_content(&mut self, value: Value) {
        self.pending.content = Some(value);
    }

    pub(crate) fn take_error_code(&mut self, value: Scalar<'_>) {
        self.error_field(value, |error| &mut error.code);
    }

    pub(crate) fn take_error_kind(&mut self, value: Scalar<'_>) {
        self.error_field(value, |error| &mut error.kind);
    }

    pub(crate) fn take_error_status(&mut self, value: Scalar<'_>) {
        self.error_field(value, |error| &mut error.status);
    }

    /// An error that is only a text, a number, or that there is one.
    pub(crate) fn take_error_text(&mut self, value: Scalar<'_>) {
        match value {
            Scalar::Str("") => {}
            Scalar::Str(_) | Scalar::Bool(true) => {
                self.pending.error.get_or_insert_default();
            }
            Scalar::Int(code) if code != 0 => self.take_error_code(value),
            _ => {}
        }
    }

    fn error_field(&mut self, value: Scalar<'_>, field: fn(&mut ErrorFields) -> &mut Option<Word>) {
        if !matches!(value, Scalar::Null) {
            super::error::error_field(field(self.pending.error.get_or_insert_default()), value);
        }
    }

    /// The choice that has just ended: its index, or its place in the list.
    pub(crate) fn end_choice(&mut self, content: fn(&mut Self, u64, Value)) {
        let place = self.pending.position;
        self.pending.position = place.saturating_add(1);
        let index = match self.pending.index.take() {
            None => Some(place),
            Some(index) => u64::try_from(index).ok(),
        };
        let is_delta = std::mem::take(&mut self.pending.is_delta);
        let index = index.map(|index| if is_delta { index } else { self.own(index) });
        let finish = self.pending.finish.take();
        // A message counts where there is no delta, a text where there is neither.
        let text = self.pending.text.take();
        let delta = self.pending.content.take().filter(|delta| !delta.is_null());
        self.pending.is_message = delta.is_none();
        let value = delta.or_else(|| self.pending.whole.take().or(text));
        let Some(index) = index else {
            self.pending.whole = None;
            return;
        };
        if let Some(value) = value {
            if self.wants_content() {
                // The choice exists even if nothing was said in it.
                self.choice(index);
            }
            content(self, index, value);
        }
        if let Some(finish) = finish {
            self.finish_word(index, finish);
        }
    }

    /// The index of a choice that is whole in its list, where no other of the list may have the same.
    fn own(&mut self, index: u64) -> u64 {
        let taken = &mut self.pending.taken;
        let Some(bit) = u32::try_from(index)
            .ok()
            .and_then(|at| 1_u128.checked_shl(at))
        else {
            return index;
        };
        let free = if *taken & bit == 0 {
            bit
        } else {
            !*taken & taken.wrapping_add(1)
        };
        *taken |= free;
        u64::from(free.trailing_zeros())
    }

    /// The chunk has ended: what is pending of it is settled or forgotten. `is_all`: it has nothing in it that answers.
    pub(crate) fn end_chunk(&mut self, is_all: bool) {
        let pending = &mut self.pending;
        if pending.error.is_some() || pending.fault.is_some() {
            let (error, fault) = (pending.error.take(), pending.fault.take());
            if let Some(error) = super::fault::settled(error, fault, is_all) {
                self.error(&super::error::chosen(&error));
            }
        }
        if let Some(compaction) = self.pending.compaction.take() {
            self.usage.compaction = compaction;
        }
        let pending = &mut self.pending;
        pending.index = None;
        pending.position = 0;
        pending.taken = 0;
        pending.finish = None;
        pending.content = None;
        pending.whole = None;
        pending.text = None;
        pending.event = EventKind::Unnamed;
        pending.is_generation = false;
        pending.item.clear();
        pending.name.clear();
    }
}

/// Hands over an id, which some servers write as a number.
fn with_id(value: Scalar<'_>, take: impl FnOnce(&str)) {
    match value {
        Scalar::Str(id) => take(id),
        Scalar::Int(id) => take(&id.to_string()),
        Scalar::Uint(id) => take(&id.to_string()),
        Scalar::Null | Scalar::Bool(_) | Scalar::Float(_) => {}
    }
}
