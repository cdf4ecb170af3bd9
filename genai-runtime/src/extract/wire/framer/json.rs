//! JSON values one after another: lines of them, an array of them, or simply a sequence.
//!
//! Values are cut by their braces, so that a value may also spread over lines.

use super::event::{Cut, RawEvent, Taken};
use super::held::hold;

#[derive(Default)]
pub(super) struct Json {
    value: Vec<u8>,
    depth: u32,
    in_text: bool,
    escaped: bool,
    /// The value is above the bound and passed on in pieces.
    is_large: bool,
}

fn raw(data: &[u8]) -> RawEvent<'_> {
    RawEvent {
        name: "",
        data,
        exception: false,
    }
}

impl Json {
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.value.capacity()
    }

    pub(super) fn feed(&mut self, bytes: &[u8], max: usize, taken: Taken<'_>) {
        // Where the value under way begins in `bytes`.
        let mut begin = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if self.depth == 0 {
                // Between values: brackets of the array, commas, white space, and whatever else is no object.
                if *byte == b'{' {
                    self.depth = 1;
                    begin = at;
                }
                continue;
            }
            if self.in_text {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_text = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.in_text = true,
                b'{' | b'[' => self.depth = self.depth.saturating_add(1),
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        let tail = bytes.get(begin..=at).unwrap_or_default();
                        self.complete(tail, max, taken);
                    }
                }
                _ => {}
            }
        }
        if self.depth > 0 {
            self.keep(bytes.get(begin..).unwrap_or_default(), max, taken);
        }
    }

    fn keep(&mut self, bytes: &[u8], max: usize, taken: Taken<'_>) {
        if self.is_large {
            taken(Cut::More(bytes));
        } else if self.value.len() + bytes.len() > max {
            self.is_large = true;
            taken(Cut::Begin(raw(&self.value)));
            taken(Cut::More(bytes));
            self.value = Vec::new();
        } else {
            hold(&mut self.value, bytes, max);
        }
    }

    fn complete(&mut self, tail: &[u8], max: usize, taken: Taken<'_>) {
        if self.value.is_empty() && !self.is_large && tail.len() <= max {
            return taken(Cut::Whole(raw(tail)));
        }
        self.keep(tail, max, taken);
        self.hand_over(taken);
    }

    fn hand_over(&mut self, taken: Taken<'_>) {
        if std::mem::take(&mut self.is_large) {
            taken(Cut::End(""));
        } else if !self.value.is_empty() {
            taken(Cut::Whole(raw(&self.value)));
        }
        self.value.clear();
    }

    /// A value that was cut off: its first fields may still say something.
    pub(super) fn end(&mut self, taken: Taken<'_>) {
        self.hand_over(taken);
        *self = Self::default();
    }
}
