//! JSON escapes: text goes in, what may stand between quotes comes out, eight bytes at a time.

use crate::content::limits::prefix;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The high bits of those of eight bytes that must be escaped; the lowest one is right, above it there may be false ones.
///
/// Flipping bit 1 maps the quote (0x22) next to the control characters and nothing else below 0x21, so that one comparison
/// finds both. A borrow can set a bit wrongly only above a byte that matches.
#[inline(always)]
fn special(word: u64) -> u64 {
    let quote_or_control = (word ^ (ONES * 0x02)).wrapping_sub(ONES * 0x21);
    let slash = (word ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
    (quote_or_control | slash) & !word & HIGH
}

/// How many bytes stand before the one that [`special`] found.
#[inline(always)]
fn before(found: u64) -> usize {
    found.trailing_zeros() as usize / 8
}

/// At most eight bytes as a word, filled up with what needs no escape.
#[inline(always)]
fn word(bytes: &[u8]) -> u64 {
    let shifted = |word: u64, byte: &u8| word << 8 | u64::from(*byte);
    bytes.iter().rev().fold(ONES * 0x20, shifted)
}

/// Appends `text` with JSON escapes until `out` would be longer than `end`; returns how many bytes of it were written.
///
/// What is appended is UTF-8: whole texts, or texts cut between characters.
pub(crate) fn escape(out: &mut Vec<u8>, text: &str, end: usize) -> usize {
    if text.len().saturating_mul(6) <= end.saturating_sub(out.len()) {
        escape_all(out, text);
        return text.len();
    }
    let mut rest = text;
    loop {
        let room = end.saturating_sub(out.len());
        let clean = rest.bytes().take_while(|byte| !must_escape(*byte)).count();
        let (start, after) = rest.split_at_checked(clean).unwrap_or((rest, ""));
        if start.len() > room {
            let start = prefix(start, room);
            out.extend_from_slice(start.as_bytes());
            return text.len() - rest.len() + start.len();
        }
        out.extend_from_slice(start.as_bytes());
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

/// Bytes that are gathered before they are appended.
const GATHERED: usize = 256;

/// Appends all of `text` with JSON escapes.
fn escape_all(out: &mut Vec<u8>, text: &str) {
    let text = text.as_bytes();
    let found = match (text.first_chunk(), text.last_chunk()) {
        (Some(first), Some(last)) if text.len() <= 16 => {
            special(u64::from_le_bytes(*first)) | special(u64::from_le_bytes(*last))
        }
        (Some(_), _) => return gather(out, text),
        _ => special(word(text)),
    };
    if found == 0 {
        out.extend_from_slice(text);
    } else {
        gather(out, text);
    }
}

/// Appends all of a text with JSON escapes.
///
/// Sixteen bytes are copied before they are looked at, and the position goes on by those that were right: a copy of a fixed length
/// is two instructions, and runs without an escape are short. They are gathered here, since the length of a list is in memory.
fn gather(out: &mut Vec<u8>, text: &[u8]) {
    let mut gathered = [0_u8; GATHERED];
    let (mut at, mut rest) = (0, text);
    while !rest.is_empty() {
        // Room for what is copied and an escape.
        let place = gathered.get_mut(at..);
        let place = place.and_then(|place| place.first_chunk_mut::<18>());
        let Some([copy @ .., _, _]) = place else {
            out.extend_from_slice(gathered.get(..at).unwrap_or_default());
            at = 0;
            continue;
        };
        let clean = if let Some(sixteen) = rest.first_chunk::<16>() {
            *copy = *sixteen;
            let both = u128::from_le_bytes(*sixteen);
            match (special(both as u64), special((both >> 64) as u64)) {
                (0, 0) => {
                    at += 16;
                    rest = rest.get(16..).unwrap_or_default();
                    continue;
                }
                (0, found) => 8 + before(found),
                (found, _) => before(found),
            }
        } else {
            // What is left is less than that.
            let (eight, _) = rest.split_at_checked(8).unwrap_or((rest, &[]));
            let last = match rest.first_chunk() {
                Some(eight) => u64::from_le_bytes(*eight),
                None => word(eight),
            };
            if let Some(copy) = copy.first_chunk_mut() {
                *copy = last.to_le_bytes();
            }
            match special(last) {
                0 => {
                    at += eight.len();
                    rest = rest.get(eight.len()..).unwrap_or_default();
                    continue;
                }
                found => before(found),
            }
        };
        at += clean;
        let (Some(byte), Some(after)) = (rest.get(clean), rest.get(clean + 1..)) else {
            break;
        };
        match letter(*byte) {
            Some(letter) => {
                if let Some(place) = gathered.get_mut(at..at + 2) {
                    place.copy_from_slice(&[b'\\', letter]);
                }
                at += 2;
            }
            None => {
                out.extend_from_slice(gathered.get(..at).unwrap_or_default());
                at = 0;
                push_unicode(out, *byte);
            }
        }
        rest = after;
    }
    out.extend_from_slice(gathered.get(..at).unwrap_or_default());
}

#[inline(always)]
fn must_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
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
const LETTERS: [u8; 256] = {
    let mut letters = [0; 256];
    letters[b'"' as usize] = b'"';
    letters[b'\\' as usize] = b'\\';
    letters[b'\n' as usize] = b'n';
    letters[b'\r' as usize] = b'r';
    letters[b'\t' as usize] = b't';
    letters[0x08] = b'b';
    letters[0x0c] = b'f';
    letters
};

/// What follows the backslash, if the escape is a short one.
#[inline(always)]
fn letter(byte: u8) -> Option<u8> {
    LETTERS
        .get(usize::from(byte))
        .copied()
        .filter(|letter| *letter != 0)
}

#[inline(always)]
fn push_escape(out: &mut Vec<u8>, byte: u8) {
    match letter(byte) {
        Some(letter) => out.extend_from_slice(&[b'\\', letter]),
        None => push_unicode(out, byte),
    }
}

#[cold]
fn push_unicode(out: &mut Vec<u8>, byte: u8) {
    let digit = |half: u8| {
        if half < 10 {
            b'0' + half
        } else {
            b'a' + half - 10
        }
    };
    out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]);
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
                let mut out = Vec::new();
                assert_eq!(escape(&mut out, &text, end), text.len());
                let out = String::from_utf8(out).unwrap();
                assert_eq!(format!("\"{out}\""), theirs);
            }
        }
    }

    #[test]
    fn stops_at_the_end() {
        let text = "é\u{1}\"🦀plain text of some length\n";
        for end in 0..80 {
            let mut out = Vec::new();
            let written = escape(&mut out, text, end);
            assert!(out.len() <= end);
            let out = String::from_utf8(out).unwrap();
            let read: String = serde_json::from_str(&format!("\"{out}\"")).unwrap();
            assert_eq!(read, text[..written]);
        }
    }

    /// Whatever is at whatever place of a text of any length: what is copied at once is looked at as a whole.
    #[test]
    fn every_byte_is_looked_at() {
        let specials = ["\"", "\\", "\n", "\u{1f}", "é", "\u{7f}"];
        for length in 0..40 {
            for place in 0..length {
                let special = specials[(length + place) % specials.len()];
                let text = "x".repeat(place) + special + &" ".repeat(length - place - 1);
                let theirs = serde_json::to_string(&text).unwrap();
                let mut out = b"\"".to_vec();
                assert_eq!(escape(&mut out, &text, usize::MAX), text.len());
                out.push(b'"');
                assert_eq!(String::from_utf8(out).unwrap(), theirs);
            }
        }
        // As many as come to every length of what is gathered.
        for count in 200..300 {
            let text = "x".repeat(count) + "\"\"\u{2}y" + &"\n".repeat(count);
            let theirs = serde_json::to_string(&text).unwrap();
            let mut out = Vec::new();
            escape(&mut out, &text, usize::MAX);
            assert_eq!(format!("\"{}\"", String::from_utf8(out).unwrap()), theirs);
        }
    }

    #[test]
    fn what_is_written_ends_between_characters_and_escapes() {
        for (text, end, written, escaped) in [
            ("ab\"cd", 2, 2, "ab"),
            ("ab\"cd", 3, 2, "ab"),
            ("ab\"cd", 4, 3, "ab\\\""),
            ("ab\"cd", 5, 4, "ab\\\"c"),
            ("ab\u{1}", 7, 2, "ab"),
            ("ab\u{1}", 8, 3, "ab\\u0001"),
            ("aé", 2, 1, "a"),
            ("aé", 3, 3, "aé"),
        ] {
            let mut out = b"before".to_vec();
            assert_eq!(escape(&mut out, text, 6 + end), written, "{text:?}");
            assert_eq!(
                String::from_utf8(out).unwrap(),
                "before".to_owned() + escaped
            );
        }
        for byte in 0..0x20_u8 {
            let text = char::from(byte).to_string();
            let theirs = serde_json::to_string(&text).unwrap();
            assert_eq!(escape_len(byte), theirs.len() - 2, "{byte}");
        }
    }
}
