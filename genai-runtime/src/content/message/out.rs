//! The writer of JSON text under a cap: values go in, text comes out that is valid at every cap.
//!
//! It works in one of two ways. *Whole*: it stops as soon as something does not fit, and the caller writes again. *Cutting*: it
//! keeps room for everything that is open to be closed and marked (`reserve`), cuts the text that does not fit, and from then on
//! only counts. Nearly all content fits, so that nearly always the first way is all there is, with no budget to keep.

use std::io::Write as _;

use serde_json::{Map, Value};

use super::escape::escape;
use super::{MAX_DEPTH, TOO_DEEP};
use crate::content::limits::prefix;

/// Room for `...[n bytes cut]` and two quotes.
const MARK: usize = 40;

/// A text that is written with no more bytes is never cut, such as a role or a finish reason: the mark of a cut takes as many.
pub(super) const SHORT: usize = 16;

/// What may follow a text that does not fit before the first look at the length.
const SLACK: usize = 256;

/// From here on the room for the text grows by less than its double.
const LARGE: usize = 16 << 10;

/// What of a large text is escaped at once.
const PIECE: usize = 1 << 10;

/// JSON text being written.
pub(crate) struct Out {
    /// UTF-8, looked at once when it is finished: appending to a list of bytes asks less than appending to a `String`.
    text: Vec<u8>,
    /// What the text may be long, apart from what is reserved.
    end: usize,
    /// What closing everything that is open will take.
    reserve: usize,
    /// Bytes of content that were left out.
    pub(crate) cut: usize,
    /// Something did not fit: from here on only closing is written.
    pub(crate) full: bool,
    /// Whether to cut and mark; else the first thing that does not fit ends it.
    pub(crate) cutting: bool,
    /// Whether the mark of a cut is a part of text.
    pub(crate) marks_as_text: bool,
    /// There was no value at all, which an empty text would not show.
    pub(crate) absent: bool,
}

impl Out {
    /// A writer of at most `end` bytes that begins with room for `expected`.
    pub(crate) fn new(expected: usize, end: usize, cutting: bool) -> Self {
        Self {
            text: Vec::with_capacity(expected.min(end.saturating_add(SLACK))),
            end,
            reserve: 0,
            cut: 0,
            full: false,
            cutting,
            marks_as_text: false,
            absent: false,
        }
    }

    /// The text, unless it did not fit or is the same as one that did.
    pub(crate) fn finish(self) -> Option<String> {
        if self.fits() {
            String::from_utf8(self.text).ok()
        } else {
            None
        }
    }

    /// Whether what was written fits.
    pub(crate) fn fits(&self) -> bool {
        self.text.len() <= self.end && (self.cutting || !self.full)
    }

    /// How long the text may be.
    pub(crate) fn end(&self) -> usize {
        self.end
    }

    /// Takes back what was written since the text was `len` long, and cuts from there on.
    pub(crate) fn cut_from(&mut self, len: usize) {
        self.back_to(len);
        self.cutting = true;
        (self.full, self.cut, self.reserve) = (false, 0, 0);
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// Takes back what was written since the text was `len` long.
    pub(crate) fn back_to(&mut self, len: usize) {
        self.text.truncate(len);
    }

    /// What still fits.
    #[inline]
    pub(crate) fn room(&self) -> usize {
        self.end
            .saturating_sub(self.reserve)
            .saturating_sub(self.text.len())
    }

    /// Opens something whose fixed text and marks take at most `bytes`; false if it does not fit, and nothing more will.
    #[inline]
    pub(crate) fn open(&mut self, bytes: usize) -> bool {
        if self.cutting {
            self.full |= self.room() < bytes;
            self.reserve += if self.full { 0 } else { bytes };
        } else {
            self.full |= self.text.len() > self.end;
        }
        !self.full
    }

    /// Closes what was opened with the same `bytes`.
    #[inline]
    pub(crate) fn close(&mut self, bytes: usize) {
        if self.cutting {
            self.reserve = self.reserve.saturating_sub(bytes);
        }
    }

    /// Writes text of our own that needs no escapes.
    #[inline]
    pub(crate) fn raw(&mut self, text: &str) {
        if self.text.capacity() - self.text.len() < text.len() {
            self.grow(text.len());
        }
        self.text.extend_from_slice(text.as_bytes());
    }

    /// A comma, but not at the start of a list.
    #[inline]
    pub(crate) fn comma(&mut self) {
        if self.text.last() != Some(&b'[') {
            self.text.push(b',');
        }
    }

    pub(crate) fn number(&mut self, number: impl std::fmt::Display) {
        // Writing into a list cannot fail.
        let _ = write!(self.text, "{number}");
    }

    /// A number of the user's; the one kind that is longer than a mark (feature `arbitrary_precision`) may have to be cut.
    fn any_number(&mut self, number: &impl std::fmt::Display) {
        let start = self.text.len();
        self.number(number);
        if self.text.len() - start > MARK && self.text.len() + self.reserve > self.end {
            self.back_to(start);
            self.string(&number.to_string());
        }
    }

    /// A double; what JSON has no number for becomes a string.
    pub(crate) fn double(&mut self, value: f64) {
        match serde_json::Number::from_f64(value) {
            Some(number) => self.number(number),
            None => self.raw(not_finite(value)),
        }
    }

    /// A string with its quotes, cut if it does not fit.
    #[inline]
    pub(crate) fn string(&mut self, text: &str) {
        self.text.push(b'"');
        self.escaped(text);
        self.text.push(b'"');
    }

    /// Likewise of a text that nobody looks at again: a large one and its JSON are not there side by side.
    pub(crate) fn string_given(&mut self, text: String) {
        if text.len() < LARGE {
            return self.string(&text);
        }
        self.text.push(b'"');
        let (whole, end) = (text.len(), self.end.saturating_sub(self.reserve));
        let mut pieces = pieces(text);
        let mut written = 0;
        while let Some(piece) = pieces.pop() {
            let done = self.escaped_by_pieces(&piece, end);
            written += done;
            if done < piece.len() {
                break;
            }
        }
        drop(pieces);
        self.rest(whole - written);
        self.text.push(b'"');
    }

    fn escaped(&mut self, text: &str) {
        let (start, end) = (self.text.len(), self.end.saturating_sub(self.reserve));
        let mut written = if text.len().max(self.text.capacity()) < LARGE {
            escape(&mut self.text, text, end)
        } else {
            self.escaped_by_pieces(text, end)
        };
        if written < text.len() && self.cutting && text.len() <= SHORT {
            self.back_to(start);
            written = escape(&mut self.text, text, start + SHORT);
        }
        self.rest(text.len() - written);
    }

    /// Escapes a text that is large, or comes to a large one, without more room than it needs.
    fn escaped_by_pieces(&mut self, text: &str, end: usize) -> usize {
        let mut written = 0;
        while let Some(rest) = text.get(written..).filter(|rest| !rest.is_empty()) {
            let piece = prefix(rest, PIECE);
            // The quote after it fits as well.
            let room = self.text.capacity().saturating_sub(1);
            let done = escape(&mut self.text, piece, end.min(room));
            written += done;
            if done < piece.len() {
                if end <= room {
                    break;
                }
                self.grow(rest.len() - done);
            }
        }
        written
    }

    /// Makes room for `more` bytes: of a text that is large, for little besides.
    #[cold]
    fn grow(&mut self, more: usize) {
        let (len, room) = (self.text.len(), self.text.capacity());
        let ahead = if room < LARGE { room } else { room / 4 };
        let wanted = (len + more + SLACK).max(room + ahead);
        let most = self.end.saturating_add(SLACK).max(len + more);
        self.text
            .reserve_exact(wanted.min(most).saturating_sub(len));
    }

    /// Text that is no JSON, such as a tool's result that is a string.
    pub(crate) fn plain(&mut self, text: &str) {
        let room = self.room();
        let start = if text.len() <= room {
            text
        } else {
            prefix(text, room.saturating_sub(MARK))
        };
        self.raw(start);
        self.rest(text.len() - start.len());
    }

    /// Marks that `bytes` of the text being written were left out.
    fn rest(&mut self, bytes: usize) {
        if bytes > 0 {
            self.full = true;
            self.cut += bytes;
            if self.cutting {
                let _ = write!(self.text, "...[{bytes} bytes cut]");
            }
        }
    }

    /// Marks that a value of `bytes` was left out as a whole.
    pub(crate) fn left_out(&mut self, bytes: usize, quoted: bool) {
        let quote = if quoted { "\"" } else { "" };
        self.raw(quote);
        self.rest(bytes);
        self.raw(quote);
    }

    /// Base64 of `bytes` with its quotes; false if it does not fit, then nothing was written.
    pub(crate) fn base64(&mut self, bytes: &[u8]) -> bool {
        use base64::Engine as _;
        let len = bytes.len().div_ceil(3).saturating_mul(4);
        if len.saturating_add(2) > self.room() {
            return false;
        }
        self.text.push(b'"');
        let start = self.text.len();
        self.text.resize(start + len, b'=');
        let place = self.text.get_mut(start..).unwrap_or_default();
        // The place is as long as the text is.
        let _ = base64::engine::general_purpose::STANDARD.encode_slice(bytes, place);
        self.text.push(b'"');
        true
    }

    /// A key with its colon; false if it does not fit, then nothing was written.
    pub(crate) fn key(&mut self, first: bool, key: &str) -> bool {
        let (start, cut) = (self.text.len(), self.cut);
        if !first {
            self.text.push(b',');
        }
        self.string(key);
        self.text.push(b':');
        if self.full {
            self.back_to(start);
            self.cut = cut;
        }
        !self.full
    }

    /// Any JSON value.
    pub(crate) fn value(&mut self, value: &Value) {
        self.nested(value, MAX_DEPTH);
    }

    fn nested(&mut self, value: &Value, depth: usize) {
        match value {
            Value::Null => self.raw("null"),
            Value::Bool(true) => self.raw("true"),
            Value::Bool(false) => self.raw("false"),
            Value::Number(number) => self.any_number(number),
            Value::String(text) => self.string(text),
            _ if depth == 0 => self.string(TOO_DEEP),
            Value::Array(items) => {
                self.raw("[");
                for (i, item) in items.iter().enumerate() {
                    // What opens an element is two bytes for each list or object and a mark; a number may be long as well.
                    if !self.open(2 * MARK) {
                        self.skip(items.iter().skip(i));
                        break;
                    }
                    if i > 0 {
                        self.raw(",");
                    }
                    self.nested(item, depth - 1);
                    self.close(2 * MARK);
                }
                self.raw("]");
            }
            Value::Object(fields) => {
                self.raw("{");
                self.fields(fields, true, &[], depth);
                self.raw("}");
            }
        }
    }

    /// The fields of an object, without its braces, apart from the `taken` ones.
    pub(crate) fn fields(
        &mut self,
        fields: &Map<String, Value>,
        mut first: bool,
        taken: &[&str],
        depth: usize,
    ) {
        let mut rest = fields
            .iter()
            .filter(|(key, _)| !taken.contains(&key.as_str()));
        while let Some((key, value)) = rest.next() {
            let opened = self.open(3 * MARK);
            let written = opened && self.key(first, key);
            if written {
                self.nested(value, depth - 1);
                first = false;
            }
            if opened {
                self.close(3 * MARK);
            }
            if !written {
                self.skip(std::iter::once(value));
                self.skip(rest.map(|(_, value)| value));
                return;
            }
        }
    }

    fn skip<'v>(&mut self, values: impl Iterator<Item = &'v Value>) {
        if self.cutting {
            self.cut += values.map(super::size::json).sum::<usize>();
        }
    }
}

/// A large text in pieces, its last one first: what is split off is a copy, and the text gives back as much.
fn pieces(mut text: String) -> Vec<String> {
    let mut pieces = Vec::new();
    while text.len() > LARGE {
        let at = prefix(&text, text.len() - LARGE).len();
        pieces.push(text.split_off(at));
        text.shrink_to_fit();
    }
    pieces.push(text);
    pieces
}

/// What JSON has no number for, as a JSON string.
pub(crate) fn not_finite(value: f64) -> &'static str {
    if value.is_nan() {
        "\"NaN\""
    } else if value.is_sign_positive() {
        "\"Infinity\""
    } else {
        "\"-Infinity\""
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::long;
    use super::*;

    fn cutting(end: usize) -> Out {
        Out::new(0, end, true)
    }

    fn text(out: Out) -> String {
        String::from_utf8(out.text).expect("UTF-8")
    }

    #[test]
    fn what_is_written_fits_up_to_its_end() {
        for (written, cutting, full, fits) in [
            (9, false, false, true),
            (10, false, false, true),
            (10, false, true, false),
            (10, true, false, true),
            (10, true, true, true),
            (11, false, false, false),
            (11, true, false, false),
            (11, true, true, false),
        ] {
            let mut out = Out::new(0, 10, cutting);
            out.raw(&long(written));
            out.full = full;
            assert_eq!((out.end(), out.len()), (10, written));
            assert_eq!(out.fits(), fits, "{written} {cutting} {full}");
            assert_eq!(out.finish(), fits.then(|| long(written)));
        }
    }

    #[test]
    fn what_is_opened_keeps_its_room_until_it_is_closed() {
        let mut out = cutting(100);
        out.raw(&long(20));
        assert!(out.open(30) && out.room() == 50);
        assert!(out.open(50) && out.room() == 0);
        out.close(50);
        out.close(30);
        assert_eq!(out.room(), 80);
        // What does not fit keeps none, and nothing more is opened.
        assert!(!out.open(81) && out.full && out.room() == 80);
        assert!(!out.open(1));
        out.cut_from(10);
        assert!(!out.full && out.room() == 90);
        // A whole text keeps no room: what counts is how long it is.
        let mut out = Out::new(0, 20, false);
        out.raw(&long(20));
        assert!(out.open(500));
        out.raw("x");
        assert!(!out.open(0) && out.full);
    }

    #[test]
    fn a_number_is_cut_only_where_it_is_longer_than_a_mark() {
        let digits = |count: usize| "7".repeat(count);
        let cut = format!("\"{}...[2 bytes cut]\"", digits(39));
        for (before, reserve, count, end, expected) in [
            (0, 0, 41, 41, &digits(41)),
            (0, 0, 41, 40, &cut),
            (0, 20, 41, 61, &digits(41)),
            (0, 20, 41, 60, &cut),
            (0, 0, 40, 10, &digits(40)),
            (50, 0, 2, 10, &digits(2)),
        ] {
            let mut out = cutting(end);
            out.raw(&long(before));
            out.reserve = reserve;
            out.any_number(&digits(count));
            assert_eq!(text(out), long(before) + expected, "{count} in {end}");
        }
    }

    #[test]
    fn plain_text_is_cut_with_room_for_its_mark() {
        for (length, end, kept) in [
            (0, 0, 0),
            (50, 50, 50),
            (51, 50, 10),
            (500, 50, 10),
            (5, 4, 0),
        ] {
            let mut out = cutting(end);
            out.plain(&long(length));
            let left_out = length - kept;
            let mark = format!("...[{left_out} bytes cut]");
            let mark = if left_out > 0 { &*mark } else { "" };
            assert_eq!((out.cut, out.full), (left_out, left_out > 0));
            assert_eq!(text(out), long(kept) + mark);
        }
        // Where nothing is cut there is no mark, since the text is not used.
        let mut whole = Out::new(0, 4, false);
        whole.plain("12345");
        assert!(whole.full && whole.cut == 5 && text(whole).is_empty());
    }

    #[test]
    fn a_text_that_is_no_longer_than_a_mark_is_never_cut() {
        let (word, longer) = ("abcdefghijklmnop", "abcdefghijklmnopq");
        let quotes = "\"".repeat(9);
        let escaped = "\\\"".repeat(8);
        for (given, cutting, end, expected, cut) in [
            (word, true, 3, word, 0),
            (longer, true, 3, "...[17 bytes cut]", 17),
            (longer, true, 8, "abcde...[12 bytes cut]", 12),
            (&*quotes, true, 3, &format!("{escaped}...[1 bytes cut]"), 1),
            (&*quotes, true, 99, &format!("{escaped}\\\""), 0),
            (word, false, 3, "", 16),
        ] {
            let mut out = Out::new(0, end, cutting);
            out.raw("ab");
            out.string(given);
            assert_eq!((out.cut, out.full), (cut, cut > 0), "{given} in {end}");
            assert_eq!(text(out), format!("ab\"{expected}\""));
        }
    }

    #[test]
    fn base64_is_there_as_a_whole_or_not_at_all() {
        for (end, expected) in [(12, "[1\"YWJjZA==\""), (11, "[1")] {
            let mut out = cutting(end);
            out.raw("[1");
            assert_eq!(out.base64(b"abcd"), end == 12);
            assert_eq!(text(out), expected);
        }
        let mut out = cutting(100);
        out.left_out(8, true);
        out.left_out(9, false);
        assert_eq!(out.cut, 17);
        assert_eq!(text(out), "\"...[8 bytes cut]\"...[9 bytes cut]");
    }

    /// Elements of lists and fields are begun while there is room to mark what follows; the rest is counted.
    #[test]
    fn an_element_is_begun_where_it_can_be_closed_and_marked() {
        let mut out = cutting(100);
        out.value(&json!(vec![1; 100]));
        assert!(out.full && out.reserve == 0);
        assert_eq!(out.cut, 89 * 12);
        assert_eq!(text(out), format!("[{}1]", "1,".repeat(10)));

        let fields: Map<String, Value> = (100..200).map(|n| (n.to_string(), json!(1))).collect();
        let mut out = cutting(303);
        out.value(&Value::Object(fields));
        assert!(out.full && out.reserve == 0);
        assert_eq!(out.cut, 77 * 12);
        let written: Vec<_> = (100..123).map(|n| format!("\"{n}\":1")).collect();
        assert_eq!(text(out), format!("{{{}}}", written.join(",")));

        // A key is there as a whole or not at all, and nothing after it.
        let mut out = cutting(150);
        out.value(&json!({"a": 1, "b".repeat(200): 2, "c": 3}));
        assert_eq!(out.cut, 24);
        assert_eq!(text(out), r#"{"a":1}"#);

        // Of a whole text nothing is counted: it is written again.
        let mut out = Out::new(0, 10, false);
        out.value(&json!(vec![1; 100]));
        assert_eq!(out.cut, 0);
    }

    #[test]
    fn room_grows_to_its_double_and_that_of_large_texts_by_a_quarter() {
        const ANY: usize = usize::MAX;
        for (room, more, end, expected) in [
            (10, 1, ANY, 10 + 1 + SLACK),
            (1_000, 1, ANY, 2_000),
            (LARGE - 1, 1, ANY, 2 * (LARGE - 1)),
            (LARGE, 1, ANY, LARGE + LARGE / 4),
            // No more than may be written.
            (1_000, 1, 1_100, 1_100 + SLACK),
            (1_000, 500, 100, 1_500),
        ] {
            let mut out = Out::new(room, ANY, false);
            out.end = end;
            out.raw(&long(room));
            assert_eq!(out.text.capacity(), room);
            out.raw(&long(more));
            assert_eq!(out.text.capacity(), expected, "{room} and {more}");
        }
        let out = Out::new(1_000, 100, false);
        assert_eq!(out.text.capacity(), 100 + SLACK);
    }

    #[test]
    fn a_large_text_takes_little_more_room_than_it_is_long() {
        for length in [LARGE, LARGE + 1] {
            let mut out = Out::new(0, usize::MAX, false);
            out.string(&long(length));
            assert_eq!(out.text.len(), length + 2);
            let room = out.text.capacity();
            assert!(room <= length + 2 + SLACK, "{room}");
        }
        // What does not fit takes none.
        let mut out = Out::new(1_001, 1_000, true);
        out.string(&long(LARGE));
        assert_eq!(out.cut, LARGE - 999);
        let room = out.text.capacity();
        assert!(room <= 2_002, "{room}");
    }

    #[test]
    fn a_text_that_is_given_away_is_written_like_one_that_is_lent() {
        for (length, count) in [
            (0, 1),
            (LARGE, 1),
            (LARGE + 1, 2),
            (2 * LARGE, 2),
            (2 * LARGE + 1, 3),
        ] {
            let all = pieces(long(length));
            assert_eq!(all.len(), count, "{length}");
            assert!(all.iter().all(|piece| piece.len() <= LARGE));
            assert_eq!(all.concat(), long(length));
        }
        let letters = "aé\"🦀\n";
        // The second piece of the last one begins with the first letter.
        for (count, rest) in [(1_819, ""), (1_821, ""), (3_642, ""), (1_830, "xxxx")] {
            let given = letters.repeat(count) + rest;
            let length = given.len();
            let all: String = pieces(given.clone()).into_iter().rev().collect();
            assert_eq!(all, given);
            let ends = [20, 21, 22, 23, 24, LARGE - 1, LARGE + 1_030, usize::MAX];
            for end in ends {
                let (mut one, mut other) = (cutting(end), cutting(end));
                one.string(&given);
                other.string_given(given.clone());
                assert_eq!((one.cut, one.full), (other.cut, other.full));
                assert_eq!(text(one), text(other), "{length} in {end}");
            }
        }
    }
}
