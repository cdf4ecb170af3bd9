//! What rules have found in a text: ranges with their tags go in, the text with the tags in their place comes out.

use std::borrow::Cow;

/// Ranges of one text, those of the rule that comes first earlier.
#[derive(Default)]
pub(super) struct Found<'t> {
    ranges: Vec<(usize, usize, &'t str)>,
}

impl<'t> Found<'t> {
    pub(super) fn add(&mut self, start: usize, end: usize, tag: &'t str) {
        self.ranges.push((start, end, tag));
    }

    /// `text` with every range replaced; those that overlap are one, with the tag of the rule that comes first.
    pub(super) fn replaced(self, text: &str) -> Cow<'_, str> {
        if self.ranges.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut ranges: Vec<_> = self.ranges.into_iter().enumerate().collect();
        ranges.sort_by_key(|(order, (start, _, _))| (*start, *order));
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        let mut ranges = ranges.into_iter().peekable();
        while let Some((mut first, (start, mut end, mut tag))) = ranges.next() {
            while let Some((order, (_, next_end, next_tag))) =
                ranges.next_if(|(_, (next_start, _, _))| *next_start < end)
            {
                end = end.max(next_end);
                (first, tag) = (first, tag).min((order, next_tag));
            }
            out.push_str(text.get(done..start).unwrap_or_default());
            out.push_str(tag);
            done = end;
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Cow::Owned(out)
    }
}
