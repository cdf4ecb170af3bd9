//! The characters of a text: bytes cut anywhere and escapes go in, valid pieces come out. What is no character is U+FFFD.

/// What is under way of a character.
#[derive(Default)]
pub(super) struct Characters {
    /// The first bytes of a character whose others have not come.
    cut: [u8; 4],
    cut_len: usize,
    /// The digits of an escape that have come, and how many.
    digits: u32,
    count: u8,
    /// The first half of a surrogate pair.
    half: Option<u32>,
}

/// How an escape goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    Ended,
    Digits,
}

const LOST: &str = "\u{FFFD}";

impl Characters {
    /// Whether nothing is under way.
    pub(super) fn is_clean(&self) -> bool {
        self.cut_len == 0 && self.half.is_none()
    }

    /// A piece that is valid: before it half of a pair is alone.
    fn piece(&mut self, piece: &str, out: &mut dyn FnMut(&str)) {
        if piece.is_empty() {
            return;
        }
        if self.half.take().is_some() {
            out(LOST);
        }
        out(piece);
    }

    /// Bytes without a quote or a backslash, which may end within a character.
    pub(super) fn run(&mut self, bytes: &[u8], out: &mut dyn FnMut(&str)) {
        let mut bytes = self.go_on(bytes, out);
        loop {
            let error = match std::str::from_utf8(bytes) {
                Ok(piece) => return self.piece(piece, out),
                Err(error) => error,
            };
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            self.piece(std::str::from_utf8(valid).unwrap_or_default(), out);
            // `None`: the rest of the character may come yet.
            let Some(wrong) = error.error_len() else {
                self.cut_len = rest.len().min(3);
                for (place, byte) in self.cut.iter_mut().zip(rest) {
                    *place = *byte;
                }
                return;
            };
            self.piece(LOST, out);
            bytes = rest.get(wrong..).unwrap_or_default();
        }
    }

    /// Completes the character that is under way; returns the bytes after it.
    fn go_on<'a>(&mut self, mut bytes: &'a [u8], out: &mut dyn FnMut(&str)) -> &'a [u8] {
        while self.cut_len > 0 {
            let Some((first, rest)) = bytes.split_first() else {
                return bytes;
            };
            if let Some(place) = self.cut.get_mut(self.cut_len) {
                *place = *first;
            }
            let so_far = self.cut;
            let so_far = so_far.get(..self.cut_len + 1).unwrap_or_default();
            match std::str::from_utf8(so_far) {
                Ok(character) => {
                    self.cut_len = 0;
                    self.piece(character, out);
                    bytes = rest;
                }
                Err(error) if error.error_len().is_none() => {
                    self.cut_len += 1;
                    bytes = rest;
                }
                // The byte does not belong to it and begins something else.
                Err(_) => self.end_cut(out),
            }
        }
        bytes
    }

    /// The rest of a character never came.
    fn end_cut(&mut self, out: &mut dyn FnMut(&str)) {
        if std::mem::take(&mut self.cut_len) > 0 {
            self.piece(LOST, out);
        }
    }

    /// The text has ended.
    pub(super) fn end(&mut self, out: &mut dyn FnMut(&str)) {
        self.end_cut(out);
        if self.half.take().is_some() {
            out(LOST);
        }
    }

    /// A backslash.
    pub(super) fn backslash(&mut self, out: &mut dyn FnMut(&str)) {
        self.end_cut(out);
    }

    /// What comes after a backslash; returns how many bytes of it are read.
    pub(super) fn escape(&mut self, byte: u8, out: &mut dyn FnMut(&str)) -> (usize, Escape) {
        let piece = match byte {
            b'u' => {
                (self.digits, self.count) = (0, 0);
                return (1, Escape::Digits);
            }
            b'b' => "\u{8}",
            b'f' => "\u{c}",
            b'n' => "\n",
            b'r' => "\r",
            b't' => "\t",
            b'"' => "\"",
            b'\\' => "\\",
            // No escape at all: it stands for itself.
            _ => return (0, Escape::Ended),
        };
        self.piece(piece, out);
        (1, Escape::Ended)
    }

    /// The digits of an escape; returns how many bytes are read.
    pub(super) fn digits(&mut self, bytes: &[u8], out: &mut dyn FnMut(&str)) -> (usize, Escape) {
        for (read, byte) in bytes.iter().enumerate() {
            let Some(digit) = char::from(*byte).to_digit(16) else {
                self.piece(LOST, out);
                return (read, Escape::Ended);
            };
            self.digits = self.digits << 4 | digit;
            self.count += 1;
            if self.count == 4 {
                self.unit(out);
                return (read + 1, Escape::Ended);
            }
        }
        (bytes.len(), Escape::Digits)
    }

    /// A unit of UTF-16.
    fn unit(&mut self, out: &mut dyn FnMut(&str)) {
        let unit = self.digits;
        let character = match (self.half, unit) {
            (Some(high), 0xDC00..=0xDFFF) => {
                self.half = None;
                char::from_u32(0x1_0000 + ((high & 0x3FF) << 10 | unit & 0x3FF))
            }
            (_, 0xD800..=0xDBFF) => {
                if self.half.replace(unit).is_some() {
                    out(LOST);
                }
                return;
            }
            (_, unit) => char::from_u32(unit),
        };
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        self.piece(character.encode_utf8(&mut [0; 4]), out);
    }
}

/// Where the first quote or backslash is, or the end.
pub(super) fn special(bytes: &[u8]) -> usize {
    const LOW: u64 = u64::MAX / 0xFF;
    const HIGH: u64 = LOW << 7;
    let mut at = 0;
    // Eight bytes at a time: a byte of the difference is zero where the byte is the one looked for.
    while let Some(eight) = bytes.get(at..at + 8) {
        let mut word = [0; 8];
        word.copy_from_slice(eight);
        let word = u64::from_le_bytes(word);
        let quote = word ^ (LOW * u64::from(b'"'));
        let slash = word ^ (LOW * u64::from(b'\\'));
        let found = (quote.wrapping_sub(LOW) & !quote | slash.wrapping_sub(LOW) & !slash) & HIGH;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest
        .iter()
        .position(|byte| matches!(byte, b'"' | b'\\'))
        .unwrap_or(rest.len())
}
