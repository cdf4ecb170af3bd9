//! A list of content as spans have it: messages, instructions, tools or documents go in, JSON text under a cap comes out.
//!
//! One pass into one allocation while everything fits. Where something does not, the end of the text is written a second time by
//! a writer that cuts. The element written last stays open until the next one begins, so that the mark of a cut can go into it. Of
//! a list that is given away what is written is let go of at once, so that a long one and its JSON are not there side by side.

use super::finish::Ended;
use super::out::Out;
use super::render::{Element, FIXED};
use super::size::sizes;

/// Room for an element that says what was cut.
const MARKER: usize = 160;

/// More than a writer that cuts keeps free for what is open: text that ends further from the end is the same whether it cuts or
/// not.
const TAIL: usize = 16 << 10;

/// What a list that is given away begins with as room for its JSON.
const FIRST: usize = 16 << 10;

/// The elements of a list.
pub(crate) enum Items<'a, T> {
    /// They are still needed.
    Lent(&'a [T]),
    /// Nobody else looks at them.
    Given(Vec<T>),
}

impl<T: Element> Items<'_, T> {
    fn all(&self) -> &[T] {
        match self {
            Self::Lent(items) => items,
            Self::Given(items) => items,
        }
    }

    /// How much room the JSON begins with, of what is expected.
    fn first_room(&self, expected: usize) -> usize {
        match self {
            Self::Lent(_) => expected,
            Self::Given(_) => expected.min(FIRST),
        }
    }

    /// Writes an element but for what closes it. `once`: what is written of it stays.
    fn begin(&mut self, at: usize, out: &mut Out, once: bool) -> bool {
        match self {
            Self::Given(items) if once => items.get_mut(at).is_some_and(|it| it.begin_given(out)),
            items => items.all().get(at).is_some_and(|item| item.begin(out)),
        }
    }

    /// The element is not looked at again.
    fn let_go(&mut self, at: usize) {
        if let Self::Given(items) = self {
            if let Some(item) = items.get_mut(at) {
                item.empty();
            }
        }
    }
}

/// The JSON of a list, of at most `end` bytes and `count` elements; `before` bytes were already left out at its end. `None` if
/// there is nothing to write, or not even the mark of a cut fits. The mark is a part of its own kind, or one of text.
pub(crate) fn list<T: Element>(
    items: Items<'_, T>,
    before: usize,
    end: usize,
    count: usize,
    ended: Ended,
    marks_as_text: bool,
) -> Option<String> {
    let all = items.all();
    if all.is_empty() {
        return None;
    }
    let (kept, dropped) = all.split_at_checked(count).unwrap_or((all, &[]));
    let (count, size) = (kept.len(), sizes(kept));
    let extra = before.saturating_add(sizes(dropped));
    let expected =
        size.saturating_add(size / 16)
            .saturating_add(if extra > 0 { MARKER } else { 16 });
    // What was cut to the cap before does not fit with what is around it.
    let cutting = size / 2 > end || before > 0 && size > end;
    let mut out = Out::new(items.first_room(expected), end, cutting);
    out.marks_as_text = marks_as_text;
    out.raw("[");
    let mut list = Writing {
        start: Start {
            at: 0,
            len: out.len(),
            open: None,
        },
        items,
        count,
        extra,
        out,
        ended,
    };
    if !list.pass() {
        if list.out.cutting {
            return None;
        }
        list.out.cut_from(list.start.len);
        if !list.pass() {
            return None;
        }
    }
    list.out.finish()
}

/// Where a pass begins.
#[derive(Clone, Copy)]
struct Start {
    /// The next element.
    at: usize,
    /// How long the text before it is.
    len: usize,
    /// The element that is open.
    open: Option<usize>,
}

/// A list that is being written.
struct Writing<'a, T> {
    items: Items<'a, T>,
    /// How many of them are written at most.
    count: usize,
    /// Bytes that are left out whatever fits.
    extra: usize,
    out: Out,
    ended: Ended,
    start: Start,
}

impl<T: Element> Writing<'_, T> {
    /// Writes what is still missing; false if it does not fit.
    fn pass(&mut self) -> bool {
        let Start { at, mut open, .. } = self.start;
        let is_room = self.out.open(MARKER) && (open.is_none() || self.out.open(FIXED));
        if !is_room {
            return false;
        }
        for at in at..self.count {
            if self.out.full || !self.begin(at, open) {
                if !self.out.cutting {
                    return false;
                }
                self.out.full = true;
                let left = self.items.all().get(at..self.count);
                self.out.cut += sizes(left.unwrap_or_default());
                break;
            }
            let closed = open.replace(at);
            let is_fixed = self.out.len().saturating_add(TAIL) <= self.out.end();
            if !self.out.cutting && is_fixed {
                self.start = Start {
                    at: at + 1,
                    len: self.out.len(),
                    open,
                };
            }
            if let Some(closed) = closed.filter(|_| self.out.cutting || is_fixed) {
                self.items.let_go(closed);
            }
        }
        self.close(open);
        self.out.fits()
    }

    /// Closes what is open and begins the element `at`; false if it does not fit, then what is open stays so.
    fn begin(&mut self, at: usize, open: Option<usize>) -> bool {
        let out = &mut self.out;
        if !out.open(FIXED) {
            return false;
        }
        let (start, cut) = (out.len(), out.cut);
        let last = open.and_then(|open| self.items.all().get(open));
        let is_open = last.is_some();
        if let Some(last) = last {
            last.end(out, self.ended);
        }
        out.comma();
        let once = out.cutting;
        if !self.items.begin(at, out, once) {
            out.back_to(start);
            out.cut = cut;
            out.close(FIXED);
            return false;
        }
        if is_open {
            out.close(FIXED);
        }
        true
    }

    /// Marks what was left out, and closes everything.
    fn close(&mut self, open: Option<usize>) {
        let (out, items) = (&mut self.out, self.items.all());
        let cut = out.cut.saturating_add(self.extra);
        let open = open.and_then(|open| items.get(open));
        let first = items.first();
        if cut > 0 {
            if let (None, Some(first)) = (open, first) {
                first.stub(out);
            }
            T::mark(out, cut);
        }
        if let Some(item) = open.or(first) {
            item.end(out, self.ended);
        }
        out.raw("]");
    }
}
