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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::content::message::size::sizes;

    /// Each of 148 bytes.
    fn parts(count: usize) -> Vec<Part> {
        vec![Part::text("x".repeat(100)); count]
    }

    fn lengths(kept: &[Part]) -> Vec<usize> {
        kept.iter()
            .map(|part| sizes(std::slice::from_ref(part)) - 48)
            .collect()
    }

    #[test]
    fn what_is_kept_is_no_more_than_the_cap_lets_through() {
        let same: Redactor = Arc::new(|_: &mut Redact<'_>| {});
        for (content, count, kept, cut) in [
            (444, 3, &[100, 100, 100][..], 0),
            (443, 9, &[100, 100, 100], 1),
            (200, 9, &[100, 52], 48 + 148),
            (444, 2, &[100, 100], 148),
        ] {
            let limits = Limits::new().content_bytes(content).messages(count);
            for redactor in [None, Some(&same)] {
                let lent = parts(3);
                let (found, left_out) = keep(Cow::Borrowed(&*lent), &limits, redactor, false);
                assert_eq!((&*lengths(&found), left_out), (kept, cut), "{content}");
                if content == 444 && redactor.is_none() {
                    // All of it is there already: what is over the count is left out later.
                    continue;
                }
                let (found, left_out) = keep(Cow::Owned(lent), &limits, redactor, false);
                assert_eq!((&*lengths(&found), left_out), (kept, cut), "{content}");
            }
            // A hook gets the whole.
            for redactor in [None, Some(&same)] {
                let (found, left_out) = keep(parts(3).into(), &limits, redactor, true);
                assert_eq!((&*lengths(&found), left_out), (&[100; 3][..], 0));
                let (found, left_out) = keep(Cow::Borrowed(&parts(3)), &limits, redactor, true);
                assert_eq!((&*lengths(&found), left_out), (&[100; 3][..], 0));
            }
        }
    }

    #[test]
    fn a_list_that_fits_is_not_copied() {
        for (content, whole, is_same) in [(444, false, true), (443, false, false), (10, true, true)]
        {
            let limits = Limits::new().content_bytes(content);
            let given = parts(3);
            let place = given.as_ptr();
            let (kept, _) = keep(Cow::Owned(given), &limits, None, whole);
            assert_eq!(kept.as_ptr() == place, is_same, "{content}");
        }
    }

    /// What the redactor drops is not counted, and what is over the cap is not shown to it.
    #[test]
    fn the_redactor_sees_each_element_until_the_cap() {
        let seen = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = Arc::clone(&seen);
        let redactor: Redactor = Arc::new(move |piece: &mut Redact<'_>| {
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            piece.each_text(|text| {
                assert!(!text.starts_with("drop"), "as planned");
                text.truncate(10);
            });
        });
        let mut given = parts(6);
        given.insert(1, Part::text("drop"));
        // Redacted each is of 58 bytes.
        let limits = Limits::new().content_bytes(3 * 58);
        let (kept, cut) = keep(Cow::Owned(given), &limits, Some(&redactor), false);
        assert_eq!(lengths(&kept), [10, 10, 10, 0]);
        assert_eq!(cut, 10 + 2 * 148);
        assert_eq!(seen.load(std::sync::atomic::Ordering::Relaxed), 5);
    }
}
