//! The content of one operation: messages, instructions, tools, arguments and documents go in, redacted; the span's JSON, the
//! event's values and the hook's lists come out.
//!
//! Where only the span wants content it is written to JSON at once, straight from what the caller lends, and nothing is copied.
//! Else it is copied: as a whole if a hook or an upload gets it, else no more than the cap lets through.

use std::borrow::Cow;

use opentelemetry::logs::AnyValue;
use serde::Serialize;
use serde_json::Value;

use crate::content::limits::{Budget, Limits};
use crate::content::listed::{Listed, keep};
use crate::content::message::finish::{self, Ended};
use crate::content::message::{
    self, Document, InputMessage, OutputMessage, Part, ToolDefinition, any,
    list::{self, Items},
    text,
};
use crate::content::redact::{Redact, Redactor, apply};
use crate::content::shown::Shown;
use crate::diag::call_out::{CallOut, contained};
use crate::diag::warn::{self, Once};
use crate::semconv::registry::{Id, keys};

/// Who wants the content of an operation. At least one must, else nothing may be captured.
pub(crate) struct Gate<'a> {
    /// The span gets it.
    pub(crate) span: bool,
    /// An event that will be emitted gets it.
    pub(crate) event: bool,
    /// A hook gets it, as a whole.
    pub(crate) hook: bool,
    /// Whose view the span is for.
    pub(crate) shown: Shown,
    pub(crate) limits: &'a Limits,
    pub(crate) redactor: Option<&'a Redactor>,
    /// Bytes of the list that were left out before it came here.
    pub(crate) lost: usize,
}

/// What was captured of one operation. The first capture of each kind wins.
pub(crate) struct Captured {
    /// The lists a hook sees; empty where the span alone gets them.
    pub(crate) input: Vec<InputMessage>,
    pub(crate) output: Vec<OutputMessage>,
    pub(crate) system: Vec<Part>,
    pub(crate) tools: Vec<ToolDefinition>,
    /// Bytes of each list that were left out when it was copied.
    cut: Cut,
    /// What is already written for the span.
    written: Vec<(Id, String)>,
    budget: Budget,
    shown: Shown,
    /// Whether the span alone gets the lists.
    is_alone: bool,
}

#[derive(Default)]
struct Cut {
    input: usize,
    output: usize,
    system: usize,
    tools: usize,
}

impl Captured {
    /// Nothing yet.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            input: Vec::new(),
            output: Vec::new(),
            system: Vec::new(),
            tools: Vec::new(),
            cut: Cut::default(),
            written: Vec::new(),
            budget: Budget::new(limits),
            shown: Shown::default(),
            is_alone: true,
        }
    }

    /// Lets go of everything, so that the next operation can use the memory.
    pub(crate) fn clear(&mut self, limits: &Limits) {
        let mut written = std::mem::take(&mut self.written);
        written.clear();
        *self = Self {
            written,
            ..Self::new(limits)
        };
    }

    /// The messages sent to the model.
    pub(crate) fn input(&mut self, items: Cow<'_, [InputMessage]>, gate: &Gate<'_>) {
        if self.is_open(keys::GEN_AI_INPUT_MESSAGES.id(), self.input.is_empty()) {
            (self.input, self.cut.input) =
                self.list(keys::GEN_AI_INPUT_MESSAGES.id(), items, gate, false);
        }
    }

    /// The messages the model answered with. A message without a finish reason waits for the end, which decides it.
    pub(crate) fn output(&mut self, items: Cow<'_, [OutputMessage]>, gate: &Gate<'_>) {
        if self.is_open(keys::GEN_AI_OUTPUT_MESSAGES.id(), self.output.is_empty()) {
            let waits = items.iter().any(|message| {
                message
                    .finish_reason
                    .as_ref()
                    .is_none_or(|reason| reason.is_empty())
            });
            (self.output, self.cut.output) =
                self.list(keys::GEN_AI_OUTPUT_MESSAGES.id(), items, gate, waits);
        }
    }

    /// The system instructions.
    pub(crate) fn system(&mut self, items: Cow<'_, [Part]>, gate: &Gate<'_>) {
        if self.is_open(
            keys::GEN_AI_SYSTEM_INSTRUCTIONS.id(),
            self.system.is_empty(),
        ) {
            (self.system, self.cut.system) =
                self.list(keys::GEN_AI_SYSTEM_INSTRUCTIONS.id(), items, gate, false);
        }
    }

    /// The tools the model may call.
    pub(crate) fn tools(&mut self, items: Cow<'_, [ToolDefinition]>, gate: &Gate<'_>) {
        if self.is_open(keys::GEN_AI_TOOL_DEFINITIONS.id(), self.tools.is_empty()) {
            (self.tools, self.cut.tools) =
                self.list(keys::GEN_AI_TOOL_DEFINITIONS.id(), items, gate, false);
        }
    }

    /// The documents a retrieval found. Only spans have them.
    pub(crate) fn documents(&mut self, items: Cow<'_, [Document]>, gate: &Gate<'_>) {
        let id = keys::GEN_AI_RETRIEVAL_DOCUMENTS.id();
        if gate.span && self.is_open(id, true) {
            match gate.redactor {
                // A search that found nothing has an empty list.
                _ if items.is_empty() => self.add(id, Some("[]".to_owned())),
                Some(_) => {
                    let (items, cut) = keep(items, gate.limits, gate.redactor, false);
                    self.write(id, items.into(), cut, true);
                }
                None => self.write(id, items, 0, true),
            }
        }
    }

    /// The arguments of a tool: a string as it is, anything else as JSON. Only spans have them.
    pub(crate) fn arguments<T: Serialize + ?Sized>(&mut self, value: &T, gate: &Gate<'_>) {
        self.value(
            keys::GEN_AI_TOOL_CALL_ARGUMENTS.id(),
            value,
            gate,
            false,
            |value| Redact::Arguments(value),
        );
    }

    /// The result of a tool: a string as it is, anything else as JSON. Only spans have it.
    pub(crate) fn result<T: Serialize + ?Sized>(&mut self, value: &T, gate: &Gate<'_>) {
        self.value(
            keys::GEN_AI_TOOL_CALL_RESULT.id(),
            value,
            gate,
            true,
            |value| Redact::Result(value),
        );
    }

    /// The query of a retrieval. Only spans have it.
    pub(crate) fn query(&mut self, query: &str, gate: &Gate<'_>) {
        let id = keys::GEN_AI_RETRIEVAL_QUERY_TEXT.id();
        if gate.span && self.is_open(id, true) {
            let query = match gate.redactor {
                Some(redactor) => {
                    apply(redactor, query.to_owned(), |text| Redact::Query(text)).map(Cow::Owned)
                }
                None => Some(Cow::Borrowed(query)),
            };
            let end = self.budget.share();
            let written = query.and_then(|query| serialised(query.as_ref(), end));
            self.add(id, written);
        }
    }

    /// Takes over what `other` has written and this has not.
    pub(crate) fn take_over(&mut self, other: &mut Self) {
        for (id, text) in other.written.drain(..) {
            if self.is_open(id, true) {
                self.add(id, Some(text));
            }
        }
    }

    /// Gives the answers that have no finish reason the one that the end of the operation means, for who gets them as they are.
    pub(crate) fn settle(&mut self, ended: Ended) {
        let is_open = |message: &&mut OutputMessage| {
            message.finish_reason.as_deref().is_none_or(str::is_empty)
        };
        for message in self.output.iter_mut().filter(is_open) {
            message.finish_reason = Some(finish::of(message, ended).to_owned().into());
        }
    }

    /// What the span gets, each attribute once; to be asked for once, and only if the span gets content. `ended` decides the finish reason
    /// of messages that have none.
    pub(crate) fn span(&mut self, ended: Ended) -> impl Iterator<Item = (Id, String)> + '_ {
        let out = &mut self.written;
        let budget = &mut self.budget;
        let mut add = |id: Id, text: Option<String>, budget: &mut Budget| {
            if let Some(text) = text {
                budget.spend(text.len());
                out.push((id, text));
            }
        };
        let count = budget.messages;
        let (shown, is_alone) = (self.shown, self.is_alone);
        let text = drawn(
            whole(&mut self.system, is_alone),
            self.cut.system,
            budget.share(),
            count,
            ended,
            shown,
        );
        add(keys::GEN_AI_SYSTEM_INSTRUCTIONS.id(), text, budget);
        let text = drawn(
            whole(&mut self.tools, is_alone),
            self.cut.tools,
            budget.share(),
            count,
            ended,
            shown,
        );
        add(keys::GEN_AI_TOOL_DEFINITIONS.id(), text, budget);
        let text = drawn(
            whole(&mut self.input, is_alone),
            self.cut.input,
            budget.share(),
            count,
            ended,
            shown,
        );
        add(keys::GEN_AI_INPUT_MESSAGES.id(), text, budget);
        let text = drawn(
            whole(&mut self.output, is_alone),
            self.cut.output,
            budget.rest(),
            count,
            ended,
            shown,
        );
        add(keys::GEN_AI_OUTPUT_MESSAGES.id(), text, budget);
        out.drain(..)
    }

    /// What the event gets.
    pub(crate) fn event(&self, limits: &Limits, ended: Ended) -> Vec<(Id, AnyValue)> {
        let (mut budget, mut out) = (Budget::new(limits), Vec::with_capacity(4));
        let mut add = |id: Id, value: Option<(AnyValue, usize)>, budget: &mut Budget| {
            if let Some((value, size)) = value {
                budget.spend(size);
                out.push((id, value));
            }
        };
        let count = limits.messages;
        let value = any::list(&self.system, self.cut.system, budget.share(), count, ended);
        add(keys::GEN_AI_SYSTEM_INSTRUCTIONS.id(), value, &mut budget);
        let value = any::list(&self.tools, self.cut.tools, budget.share(), count, ended);
        add(keys::GEN_AI_TOOL_DEFINITIONS.id(), value, &mut budget);
        let value = any::list(&self.input, self.cut.input, budget.share(), count, ended);
        add(keys::GEN_AI_INPUT_MESSAGES.id(), value, &mut budget);
        let value = any::list(&self.output, self.cut.output, budget.rest(), count, ended);
        add(keys::GEN_AI_OUTPUT_MESSAGES.id(), value, &mut budget);
        out
    }

    fn is_open(&self, id: Id, empty: bool) -> bool {
        empty && !self.written.iter().any(|(written, _)| *written == id)
    }

    fn add(&mut self, id: Id, text: Option<String>) {
        if let Some(text) = text {
            self.budget.spend(text.len());
            self.written.push((id, text));
        }
    }

    fn write<T: Listed>(&mut self, id: Id, items: Cow<'_, [T]>, cut: usize, last: bool) {
        let end = if last {
            self.budget.rest()
        } else {
            self.budget.share()
        };
        let count = self.budget.messages;
        self.add(id, drawn(items, cut, end, count, Ended::Well, self.shown));
    }

    /// Writes a list for the span, if that alone gets it and it need not wait; else gives what to keep.
    fn list<T: Listed>(
        &mut self,
        id: Id,
        items: Cow<'_, [T]>,
        gate: &Gate<'_>,
        waits: bool,
    ) -> (Vec<T>, usize) {
        self.shown = gate.shown;
        self.is_alone &= !(gate.event || gate.hook);
        if gate.event || gate.hook || waits {
            let (kept, cut) = keep(items, gate.limits, gate.redactor, gate.hook);
            return (kept, cut.saturating_add(gate.lost));
        }
        let last = id == keys::GEN_AI_OUTPUT_MESSAGES.id();
        match gate.redactor {
            None if !gate.shown.is_any() => self.write(id, items, gate.lost, last),
            // What is drawn is copied, so it is cut before.
            _ => {
                let (items, cut) = keep(items, gate.limits, gate.redactor, false);
                self.write(id, items.into(), cut.saturating_add(gate.lost), last);
            }
        }
        (Vec::new(), 0)
    }

    fn value<T: Serialize + ?Sized>(
        &mut self,
        id: Id,
        value: &T,
        gate: &Gate<'_>,
        last: bool,
        wrap: impl FnOnce(&mut Value) -> Redact<'_>,
    ) {
        if !gate.span || !self.is_open(id, true) {
            return;
        }
        let end = if last {
            self.budget.rest()
        } else {
            self.budget.share()
        };
        let text = match gate.redactor {
            None => serialised(value, end),
            Some(redactor) => {
                // The redactor gets the value as it will be written: strict, with bytes as base64, nested no deeper than allowed.
                let value = guarded(|| message::to_json(value))
                    .and_then(|json| serde_json::from_str(&json).ok());
                value
                    .and_then(|value| apply(redactor, value, wrap))
                    .and_then(|value: Value| serialised(&value, end))
            }
        };
        self.add(id, text);
    }
}

/// A list as a whole, given away if nobody else gets it.
fn whole<T: Clone>(items: &mut Vec<T>, is_alone: bool) -> Cow<'_, [T]> {
    if is_alone {
        Cow::Owned(std::mem::take(items))
    } else {
        Cow::Borrowed(items)
    }
}

/// The JSON of a list as the backend that the span is for can draw it.
fn drawn<T: Listed>(
    items: Cow<'_, [T]>,
    before: usize,
    end: usize,
    count: usize,
    ended: Ended,
    shown: Shown,
) -> Option<String> {
    let items = match (shown.list(&items, ended), items) {
        (Some(drawn), _) => Items::Given(drawn),
        (None, Cow::Owned(items)) => Items::Given(items),
        (None, Cow::Borrowed(items)) => Items::Lent(items),
    };
    list::list(items, before, end, count, ended, shown.mlflow)
}

fn serialised<T: Serialize + ?Sized>(value: &T, end: usize) -> Option<String> {
    guarded(|| text::plain(value, end)).flatten()
}

/// Runs the user's `Serialize`; nothing and one warning if it fails or panics.
pub(super) fn guarded<R>(run: impl FnOnce() -> Result<R, message::Error>) -> Option<R> {
    if let Ok(done) = contained(CallOut::Serialize, run)? {
        return Some(done);
    }
    warn::once(Once::NotSerialisable, || {
        "the `Serialize` of a tool's argument or result failed; it is left out".to_owned()
    });
    None
}

#[cfg(test)]
mod tests;
