//! The elements of a list of content: a list goes in, and what is kept of it comes out, redacted and under the cap.

use std::borrow::Cow;

use crate::content::limits::Limits;
use crate::content::message::bound::{Copied, copies, shortened};
use crate::content::message::{
    Document, InputMessage, OutputMessage, Part, ToolDefinition, render,
};
use crate::content::redact::{Redact, Redactor, apply};
use crate::content::shown::Drawn;

/// A kind of content that comes in lists.
pub(super) trait Listed: Copied + render::Element + Drawn + Clone {
    fn redact(&mut self) -> Redact<'_>;
}

impl Listed for InputMessage {
    fn redact(&mut self) -> Redact<'_> {
        Redact::Input(self)
    }
}

impl Listed for OutputMessage {
    fn redact(&mut self) -> Redact<'_> {
        Redact::Output(self)
    }
}

impl Listed for Part {
    fn redact(&mut self) -> Redact<'_> {
        Redact::System(self)
    }
}

impl Listed for ToolDefinition {
    fn redact(&mut self) -> Redact<'_> {
        Redact::Tool(self)
    }
}

impl Listed for Document {
    fn redact(&mut self) -> Redact<'_> {
        Redact::Document(self)
    }
}

/// What to keep of a list: all of it, or what the cap lets through; redacted. And how many bytes were left out.
pub(super) fn keep<T: Listed>(
    items: Cow<'_, [T]>,
    limits: &Limits,
    redactor: Option<&Redactor>,
    whole: bool,
) -> (Vec<T>, usize) {
    let (bytes, count) = if whole {
        (usize::MAX, usize::MAX)
    } else {
        (limits.content, limits.messages)
    };
    let Some(redactor) = redactor else {
        return match items {
            Cow::Owned(items)
                if whole || items.iter().map(|item| item.size()).sum::<usize>() <= bytes =>
            {
                (items, 0)
            }
            Cow::Owned(items) => shortened(items, bytes, count),
            Cow::Borrowed(items) => copies(items, bytes, count),
        };
    };
    // A cut could hide from the redactor what it looks for: each element is redacted as a whole, and cut only then.
    let (mut kept, mut left, mut cut) = (Vec::new(), bytes, 0);
    let mut take = |item: T| {
        if let Some(item) = apply(redactor, item, T::redact) {
            let (part, rest) = shortened(vec![item], left, 1);
            left = left.saturating_sub(part.iter().map(|item| item.size()).sum());
            cut += rest;
            kept.extend(part);
        }
        cut == 0 && kept.len() < count
    };
    match items {
        Cow::Owned(items) => {
            let mut items = items.into_iter();
            let _ = items.by_ref().all(&mut take);
            let rest = items.map(|item| item.size()).sum::<usize>();
            (kept, cut + rest)
        }
        Cow::Borrowed(items) => {
            let mut items = items.iter();
            let _ = items.by_ref().all(|item| take(item.copy()));
            let rest = items.map(|item| item.size()).sum::<usize>();
            (kept, cut + rest)
        }
    }
}
