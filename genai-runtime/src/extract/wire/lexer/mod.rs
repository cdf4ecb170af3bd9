//! Reads JSON text piece by piece: bytes cut anywhere go in, keys, scalars, and the beginnings and ends of objects and lists come out.
//!
//! No text is refused. What a strict parser stops at (half of a surrogate pair, `NaN`, bytes that are no UTF-8, a trailing comma)
//! costs the value it stands in at most, and nothing that comes before or after it. Nothing grows but a key.

mod characters;

use characters::{Characters, Escape, special};

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

impl At {
    /// What comes after that much of an escape.
    fn of(escape: Escape) -> Self {
        match escape {
            Escape::Ended => Self::Text,
            Escape::Digits => Self::Digits,
        }
    }
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
    characters: Characters,
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
        // Most texts come whole and need no copy.
        if rest.first() == Some(&b'"') && self.characters.is_clean() {
            match std::str::from_utf8(run) {
                Ok(key) if self.in_key && self.kept.is_empty() => {
                    self.wanted = tokens.key(key);
                    self.at = At::Colon;
                    return end + 1;
                }
                Ok(piece) if !self.in_key => {
                    tokens.text(piece, true);
                    self.ended();
                    return end + 1;
                }
                _ => {}
            }
        }
        self.spelled(tokens, |characters, out| {
            characters.run(run, out);
            match rest.first() {
                None => {}
                Some(b'\\') => characters.backslash(out),
                Some(_) => characters.end(out),
            }
        });
        match rest.first() {
            None => return end,
            Some(b'\\') => self.at = At::Escape,
            Some(_) if self.in_key => {
                self.wanted = tokens.key(&self.kept);
                self.at = At::Colon;
            }
            Some(_) => {
                tokens.text("", true);
                self.ended();
            }
        }
        end + 1
    }

    /// Lets `spell` pass on pieces of the text, or keeps them of a key.
    fn spelled<T: Tokens, O>(
        &mut self,
        tokens: &mut T,
        spell: impl FnOnce(&mut Characters, &mut dyn FnMut(&str)) -> O,
    ) -> O {
        let Self {
            in_key,
            kept,
            characters,
            ..
        } = self;
        spell(characters, &mut |piece| {
            if !*in_key {
                tokens.text(piece, false);
            } else if kept.len() + piece.len() <= MAX_KEY {
                kept.push_str(piece);
            }
        })
    }

    fn escape<T: Tokens>(&mut self, bytes: &[u8], tokens: &mut T) -> usize {
        let byte = bytes.first().copied().unwrap_or_default();
        let (read, then) = self.spelled(tokens, |characters, out| characters.escape(byte, out));
        self.at = At::of(then);
        read
    }

    fn digits<T: Tokens>(&mut self, bytes: &[u8], tokens: &mut T) -> usize {
        let (read, then) = self.spelled(tokens, |characters, out| characters.digits(bytes, out));
        self.at = At::of(then);
        read
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
