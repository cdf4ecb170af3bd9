//! Reads JSON text piece by piece: bytes cut anywhere go in, keys, scalars, and the beginnings and ends of objects and lists come out.
//!
//! No text is refused. What a strict parser stops at (half of a surrogate pair, `NaN`, bytes that are no UTF-8, a trailing comma)
//! costs the value it stands in at most, and nothing that comes before or after it. Nothing grows but a key.

/// How deep objects and lists are followed; what lies deeper is null.
const MAX_DEPTH: u32 = 127;

/// How many bytes of a key are kept.
const MAX_KEY: usize = 1 << 16;

/// How many bytes a number or a word such as `true` may have.
const MAX_WORD: usize = 128;

/// What takes the parts of a text, in their order.
pub(super) trait Tokens {
    /// The name of the value that comes next; returns whether that is wanted.
    fn key(&mut self, key: &str) -> bool;
    /// An object (`is_map`) or a list begins; returns whether anything in it is wanted.
    fn open(&mut self, is_map: bool) -> bool;
    /// The innermost object or list that was wanted ends.
    fn close(&mut self);
    /// A number, `true`, `false`, `null`, or what is no JSON at all.
    fn word(&mut self, word: &str);
    /// A piece of a text.
    fn text(&mut self, piece: &str, is_last: bool);
}

/// What is expected next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    /// A value, or the end of a list.
    #[default]
    Value,
    /// A key, or the end of an object.
    Key,
    /// The colon after a key.
    Colon,
    /// A comma, or the end of an object or a list.
    After,
    /// The rest of a text.
    Text,
    /// What comes after a backslash.
    Escape,
    /// The rest of four digits.
    Digits,
    /// The rest of a number or a word.
    Word,
    /// Whatever belongs to a value that nobody wants.
    Hidden,
    HiddenText,
    HiddenEscape,
    /// The value has ended; what follows does not belong to it.
    Done,
}

/// A text that is being read.
#[derive(Default)]
pub(super) struct Lexer {
    at: At,
    /// The text under way is a key.
    in_key: bool,
    /// The value under way is wanted.
    wanted: bool,
    /// One bit for each level: whether it is an object.
    maps: u128,
    depth: u32,
    /// How many levels inside a value that nobody wants.
    hidden: u32,
    /// What has come of a key or a word.
    kept: String,
    /// The first bytes of a character.
    cut: [u8; 4],
    cut_len: usize,
    digits: u32,
    count: u8,
    /// The first half of a surrogate pair.
    half: Option<u32>,
}

impl Lexer {
    /// Reads on.
    pub(super) fn feed<T: Tokens>(&mut self, mut bytes: &[u8], tokens: &mut T) {
        if self.depth == 0 && self.at == At::Value {
            self.wanted = true;
        }
        while !bytes.is_empty() {
            let read = match self.at {
                At::Value => self.value(bytes, tokens),
                At::Key => self.key(bytes, tokens),
                At::Colon => self.colon(bytes),
                At::After => self.after(bytes, tokens),
                At::Text => self.text(bytes, tokens),
                At::Escape => self.escape(bytes, tokens),
                At::Digits => self.digits(bytes, tokens),
                At::Word => self.word(bytes, tokens),
                At::Hidden | At::HiddenText | At::HiddenEscape => self.hidden(bytes),
                At::Done => return,
            };
            bytes = bytes.get(read..).unwrap_or_default();
        }
    }

    /// Whether the value has ended.
    #[cfg(test)]
    pub(super) fn is_done(&self) -> bool {
        self.at == At::Done
    }

    fn value<T: Tokens>(&mut self, bytes: &[u8], tokens: &mut T) -> usize {
        let read = blanks(bytes);
        match bytes.get(read) {
            None => read,
            Some(b'"') => {
                self.in_key = false;
                self.at = if self.wanted {
                    At::Text
                } else {
                    At::HiddenText
                };
                read + 1
            }
            Some(open @ (b'{' | b'[')) => {
                self.open(*open == b'{', tokens);
                read + 1
            }
            Some(b'}' | b']') => {
                self.close(tokens);
                read + 1
            }
            Some(b',' | b':') => read + 1,
            Some(_) => {
                self.kept.clear();
                self.at = At::Word;
                read
            }
        }
    }

    fn key<T: Tokens>(&mut self, bytes: &[u8], tokens: &mut T) -> usize {
        let read = blanks(bytes);
        match bytes.get(read) {
            None => return read,
            Some(b'"') => {
                self.in_key = true;
                self.kept.clear();
                self.at = At::Text;
            }
            Some(b'}' | b']') => self.close(tokens),
            // A comma too many, or what is no key.
            Some(_) => {}
        }
        read + 1
    }

    fn colon(&mut self, bytes: &[u8]) -> usize {
        let read = blanks(bytes);
        match bytes.get(read) {
            None => read,
            Some(b':') => {
                self.at = At::Value;
                read + 1
            }
            Some(_) => {
                self.at = At::Value;
                read
            }
        }
    }

    fn after<T: Tokens>(&mut self, bytes: &[u8], tokens: &mut T) -> usize {
        let read = blanks(bytes);
        match bytes.get(read) {
            None => read,
            Some(b'}' | b']') => {
                self.close(tokens);
                read + 1
            }
            Some(byte) => {
                self.next();
                // Where the comma is missing the next key or value begins here.
                read + usize::from(*byte == b',')
            }
        }
    }

    /// Another field or element may come.
    fn next(&mut self) {
        let is_map = self.maps >> self.depth & 1 == 1;
        self.at = if is_map { At::Key } else { At::Value };
        self.wanted = true;
    }

    fn open<T: Tokens>(&mut self, is_map: bool, tokens: &mut T) {
        if self.wanted && self.depth >= MAX_DEPTH {
            tokens.word("null");
        } else if self.wanted && tokens.open(is_map) {
            self.depth += 1;
            self.maps = self.maps & !(1 << self.depth) | u128::from(is_map) << self.depth;
            self.next();
            return;
        }
        self.hidden = 1;
        self.at = At::Hidden;
    }

    fn close<T: Tokens>(&mut self, tokens: &mut T) {
        if self.depth > 0 {
            tokens.close();
            self.depth -= 1;
        }
        self.ended();
    }

    /// A value has ended.
    fn ended(&mut self) {
        self.at = if self.depth == 0 { At::Done } else { At::After };
    }

    fn text<T: Tokens>(&mut self, bytes: &[u8], tokens: &mut T) -> usize {
        let end = special(bytes);
        let (run, rest) = bytes.split_at(end);
        let Some(special) = rest.first() else {
            self.run(run, tokens);
            return end;
        };
        if *special == b'\\' {
            self.run(run, tokens);
            self.end_cut(tokens);
            self.at = At::Escape;
            return end + 1;
        }
        // Most texts come whole and need no copy.
        let whole = match std::str::from_utf8(run) {
            Ok(whole) if self.cut_len == 0 && self.half.is_none() => Some(whole),
            _ => None,
        };
        match (self.in_key, whole) {
            (true, Some(key)) if self.kept.is_empty() => self.wanted = tokens.key(key),
            (false, Some(piece)) => tokens.text(piece, true),
            _ => {
                self.run(run, tokens);
                self.end_cut(tokens);
                if self.half.take().is_some() {
                    self.piece("\u{FFFD}", tokens);
                }
                if self.in_key {
                    self.wanted = tokens.key(&self.kept);
                } else {
                    tokens.text("", true);
                }
            }
        }
        if self.in_key {
            self.at = At::Colon;
        } else {
            self.ended();
        }
        end + 1
    }

    /// Hands a piece of the text on, or keeps it of a key.
    fn piece<T: Tokens>(&mut self, piece: &str, tokens: &mut T) {
        if piece.is_empty() {
            return;
        }
        if self.half.take().is_some() {
            self.piece("\u{FFFD}", tokens);
        }
        if !self.in_key {
            tokens.text(piece, false);
        } else if self.kept.len() + piece.len() <= MAX_KEY {
            self.kept.push_str(piece);
        }
    }

    /// Bytes of a text without a quote or a backslash, which may end within a character.
    fn run<T: Tokens>(&mut self, bytes: &[u8], tokens: &mut T) {
        let mut bytes = bytes;
        while self.cut_len > 0 {
            let Some((first, rest)) = bytes.split_first() else {
                return;
            };
            if let Some(place) = self.cut.get_mut(self.cut_len) {
                *place = *first;
            }
            let so_far = self.cut;
            let so_far = so_far.get(..self.cut_len + 1).unwrap_or_default();
            match std::str::from_utf8(so_far) {
                Ok(character) => self.piece(character, tokens),
                Err(error) if error.error_len().is_none() => {
                    self.cut_len += 1;
                    bytes = rest;
                    continue;
                }
                Err(_) => {
                    self.end_cut(tokens);
                    // The byte that does not go on with it begins something else.
                    continue;
                }
            }
            self.cut_len = 0;
            bytes = rest;
        }
        loop {
            match std::str::from_utf8(bytes) {
                Ok(piece) => return self.piece(piece, tokens),
                Err(error) => {
                    let (valid, rest) = bytes.split_at(error.valid_up_to());
                    self.piece(std::str::from_utf8(valid).unwrap_or_default(), tokens);
                    // `None`: the rest of the character may come yet.
                    let Some(wrong) = error.error_len() else {
                        self.cut_len = rest.len().min(3);
                        for (place, byte) in self.cut.iter_mut().zip(rest) {
                            *place = *byte;
                        }
                        return;
                    };
                    self.piece("\u{FFFD}", tokens);
                    bytes = rest.get(wrong..).unwrap_or_default();
                }
            }
        }
    }

    /// What is left of a character never came.
    fn end_cut<T: Tokens>(&mut self, tokens: &mut T) {
        if std::mem::take(&mut self.cut_len) > 0 {
            self.piece("\u{FFFD}", tokens);
        }
    }

    fn escape<T: Tokens>(&mut self, bytes: &[u8], tokens: &mut T) -> usize {
        self.at = At::Text;
        let piece = match bytes.first() {
            Some(b'u') => {
                (self.digits, self.count) = (0, 0);
                self.at = At::Digits;
                return 1;
            }
            Some(b'b') => "\u{8}",
            Some(b'f') => "\u{c}",
            Some(b'n') => "\n",
            Some(b'r') => "\r",
            Some(b't') => "\t",
            Some(b'"') => "\"",
            Some(b'\\') => "\\",
            // No escape at all: it stands for itself.
            _ => return 0,
        };
        self.piece(piece, tokens);
        1
    }

    fn digits<T: Tokens>(&mut self, bytes: &[u8], tokens: &mut T) -> usize {
        let mut read = 0;
        for byte in bytes {
            let Some(digit) = char::from(*byte).to_digit(16) else {
                self.at = At::Text;
                self.piece("\u{FFFD}", tokens);
                return read;
            };
            read += 1;
            self.digits = self.digits << 4 | digit;
            self.count += 1;
            if self.count == 4 {
                self.at = At::Text;
                self.unit(tokens);
                break;
            }
        }
        read
    }

    /// A unit of UTF-16.
    fn unit<T: Tokens>(&mut self, tokens: &mut T) {
        let unit = self.digits;
        let character = match (self.half, unit) {
            (Some(high), 0xDC00..=0xDFFF) => {
                self.half = None;
                char::from_u32(0x1_0000 + ((high & 0x3FF) << 10 | unit & 0x3FF))
            }
            (_, 0xD800..=0xDBFF) => {
                if self.half.replace(unit).is_some() {
                    self.half = None;
                    self.piece("\u{FFFD}", tokens);
                    self.half = Some(unit);
                }
                return;
            }
            (_, unit) => char::from_u32(unit),
        };
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        self.piece(character.encode_utf8(&mut [0; 4]), tokens);
    }

    fn word<T: Tokens>(&mut self, bytes: &[u8], tokens: &mut T) -> usize {
        let is_end = |byte: &u8| {
            matches!(byte, b',' | b':' | b'"' | b'{' | b'}' | b'[' | b']') || is_blank(byte)
        };
        let end = bytes.iter().position(is_end);
        let run = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
        if end.is_some() && self.kept.is_empty() {
            if self.wanted {
                tokens.word(std::str::from_utf8(run).unwrap_or_default());
            }
        } else {
            if self.kept.len() + run.len() <= MAX_WORD {
                self.kept.push_str(&String::from_utf8_lossy(run));
            } else {
                // No number is as long, and its beginning would be another one.
                self.kept.clear();
                self.kept.push('?');
            }
            if end.is_some() && self.wanted {
                tokens.word(&self.kept);
            }
        }
        if end.is_some() {
            self.ended();
        }
        run.len()
    }

    /// Passes what nobody wants by.
    fn hidden(&mut self, bytes: &[u8]) -> usize {
        let mut read = 0;
        while let Some(byte) = bytes.get(read) {
            match (self.at, byte) {
                (At::HiddenEscape, _) => self.at = At::HiddenText,
                (At::HiddenText, _) => {
                    let rest = bytes.get(read..).unwrap_or_default();
                    read += special(rest);
                    match bytes.get(read) {
                        None => return read,
                        Some(b'\\') => self.at = At::HiddenEscape,
                        Some(_) if self.hidden == 0 => {
                            self.ended();
                            return read + 1;
                        }
                        Some(_) => self.at = At::Hidden,
                    }
                }
                (_, b'"') => self.at = At::HiddenText,
                (_, b'{' | b'[') => self.hidden = self.hidden.saturating_add(1),
                (_, b'}' | b']') => {
                    self.hidden = self.hidden.saturating_sub(1);
                    if self.hidden == 0 {
                        self.ended();
                        return read + 1;
                    }
                }
                _ => {}
            }
            read += 1;
        }
        read
    }
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// How many bytes of white space come first.
fn blanks(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|byte| !is_blank(byte))
        .unwrap_or(bytes.len())
}

/// Where the first quote or backslash is, or the end.
fn special(bytes: &[u8]) -> usize {
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
