//! The writer of JSON text under a cap: values go in, text comes out that is valid at every cap.
//!
//! It works in one of two ways. *Whole*: it stops as soon as something does not fit, and the caller writes again. *Cutting*: it
//! keeps room for everything that is open to be closed and marked (`reserve`), cuts the text that does not fit, and from then on
//! only counts. Nearly all content fits, so that nearly always the first way is all there is, and it keeps no books.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::{MAX_DEPTH, TOO_DEEP};
use crate::limits::prefix;

/// Room for `...[n bytes cut]` and two quotes.
const MARK: usize = 40;

/// JSON text being written.
pub(crate) struct Out {
    text: String,
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
}

impl Out {
    /// A writer of at most `end` bytes that begins with room for `expected`.
    pub(crate) fn new(expected: usize, end: usize, cutting: bool) -> Self {
        Self {
            text: String::with_capacity(expected.min(end)),
            end,
            reserve: 0,
            cut: 0,
            full: false,
            cutting,
        }
    }

    /// The text, unless it did not fit or cannot be told apart from one that did.
    pub(crate) fn finish(self) -> Option<String> {
        if self.text.len() > self.end || (self.full && !self.cutting) {
            None
        } else {
            Some(self.text)
        }
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
        self.text.push_str(text);
    }

    /// A comma, but not at the start of a list.
    #[inline]
    pub(crate) fn comma(&mut self) {
        if !self.text.ends_with('[') {
            self.text.push(',');
        }
    }

    pub(crate) fn number(&mut self, number: impl std::fmt::Display) {
        // Writing into a `String` cannot fail.
        let _ = write!(self.text, "{number}");
    }

    /// A number of the user's; the one kind that is longer than a mark (feature `arbitrary_precision`) may have to be cut.
    fn any_number(&mut self, number: &serde_json::Number) {
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
        self.text.push('"');
        self.escaped(text);
        self.text.push('"');
    }

    fn escaped(&mut self, text: &str) {
        let end = self.end.saturating_sub(self.reserve);
        let written = escape(&mut self.text, text, end);
        self.rest(text.len() - written);
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
        if bytes.len().div_ceil(3).saturating_mul(4).saturating_add(2) > self.room() {
            return false;
        }
        self.text.push('"');
        base64::engine::general_purpose::STANDARD.encode_string(bytes, &mut self.text);
        self.text.push('"');
        true
    }

    /// A key with its colon; false if it does not fit, then nothing was written.
    pub(crate) fn key(&mut self, first: bool, key: &str) -> bool {
        let (start, cut) = (self.text.len(), self.cut);
        if !first {
            self.text.push(',');
        }
        self.string(key);
        self.text.push(':');
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

/// What JSON has no number for, as a JSON string.
pub(crate) fn not_finite(value: f64) -> &'static str {
    if value.is_nan() {
        "\"NaN\""
    } else if value > 0.0 {
        "\"Infinity\""
    } else {
        "\"-Infinity\""
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The high bits of those of eight bytes that must be escaped; the lowest one is right, above it there may be false ones.
///
/// Flipping bit 1 maps the quote (0x22) next to the control characters and nothing else below 0x21, so that one comparison
/// finds both. A borrow can set a bit wrongly only above a byte that matches.
#[inline(always)]
fn special(eight: [u8; 8]) -> u64 {
    let word = u64::from_le_bytes(eight);
    let quote_or_control = (word ^ (ONES * 0x02)).wrapping_sub(ONES * 0x21);
    let slash = (word ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
    (quote_or_control | slash) & !word & HIGH
}

/// How many bytes at the start of `bytes` need no escape.
#[inline(always)]
fn clean(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some((eight, after)) = rest.split_first_chunk::<8>() {
        let found = special(*eight);
        if found != 0 {
            return bytes.len() - rest.len() + found.trailing_zeros() as usize / 8;
        }
        rest = after;
    }
    let tail = rest
        .iter()
        .take_while(|b| **b >= 0x20 && **b != b'"' && **b != b'\\')
        .count();
    bytes.len() - rest.len() + tail
}

/// Appends `text` with JSON escapes until `out` would be longer than `end`; returns how many bytes of it were written.
pub(crate) fn escape(out: &mut String, text: &str, end: usize) -> usize {
    if text.len().saturating_mul(6) <= end.saturating_sub(out.len()) {
        escape_all(out, text);
        return text.len();
    }
    let mut rest = text;
    loop {
        let room = end.saturating_sub(out.len());
        let (start, after) = rest
            .split_at_checked(clean(rest.as_bytes()))
            .unwrap_or((rest, ""));
        if start.len() > room {
            let start = prefix(start, room);
            out.push_str(start);
            return text.len() - rest.len() + start.len();
        }
        out.push_str(start);
        let Some(byte) = after.bytes().next() else {
            return text.len();
        };
        if room - start.len() < escape_len(byte) {
            return text.len() - after.len();
        }
        push_escape(out, byte);
        rest = after.get(1..).unwrap_or_default();
    }
}

/// Appends all of `text` with JSON escapes.
fn escape_all(out: &mut String, text: &str) {
    let mut rest = text;
    loop {
        let (start, after) = rest
            .split_at_checked(clean(rest.as_bytes()))
            .unwrap_or((rest, ""));
        out.push_str(start);
        let Some(byte) = after.as_bytes().first() else {
            return;
        };
        push_escape(out, *byte);
        rest = after.get(1..).unwrap_or_default();
    }
}

fn escape_len(byte: u8) -> usize {
    if matches!(byte, b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c) {
        2
    } else {
        6
    }
}

/// What follows the backslash of the short escapes, by byte.
const LETTERS: [u8; 128] = {
    let mut letters = [0; 128];
    letters[b'"' as usize] = b'"';
    letters[b'\\' as usize] = b'\\';
    letters[b'\n' as usize] = b'n';
    letters[b'\r' as usize] = b'r';
    letters[b'\t' as usize] = b't';
    letters[0x08] = b'b';
    letters[0x0c] = b'f';
    letters
};

#[inline(always)]
fn push_escape(out: &mut String, byte: u8) {
    match LETTERS.get(usize::from(byte)) {
        Some(letter) if *letter != 0 => {
            out.push('\\');
            out.push(char::from(*letter & 0x7f));
        }
        _ => push_unicode(out, byte),
    }
}

#[cold]
fn push_unicode(out: &mut String, byte: u8) {
    out.push_str("\\u00");
    out.push(if byte >= 0x10 { '1' } else { '0' });
    out.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_as_serde_json_does() {
        let all: String = (0..0x250).filter_map(char::from_u32).collect();
        for from in 0..16 {
            let text: String = all.chars().skip(from).collect();
            let mut out = Out::new(0, usize::MAX, false);
            out.string(&text);
            assert_eq!(out.finish().unwrap(), serde_json::to_string(&text).unwrap());
        }
    }

    #[test]
    fn stops_at_the_end() {
        let text = "é\u{1}\"🦀plain text of some length\n";
        for end in 0..80 {
            let mut out = String::new();
            let written = escape(&mut out, text, end);
            assert!(out.len() <= end);
            let read: String = serde_json::from_str(&format!("\"{out}\"")).unwrap();
            assert_eq!(read, text[..written]);
        }
    }
}
