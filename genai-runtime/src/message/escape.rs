//! JSON escapes: text goes in, what may stand between quotes comes out, eight bytes at a time.

use crate::limits::prefix;

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
#[allow(clippy::indexing_slicing, reason = "the compiler does it, in bounds")]
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
            let theirs = serde_json::to_string(&text).unwrap();
            for end in [theirs.len() - 2, usize::MAX] {
                let mut out = String::new();
                assert_eq!(escape(&mut out, &text, end), text.len());
                assert_eq!(format!("\"{out}\""), theirs);
            }
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
