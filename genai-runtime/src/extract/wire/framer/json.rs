//! JSON values one after another: lines of them, an array of them, or simply a sequence.
//!
//! Values are cut by their braces, so that a value may also spread over lines.

use super::event::RawEvent;

#[derive(Default)]
pub(super) struct Json {
    value: Vec<u8>,
    depth: u32,
    in_text: bool,
    escaped: bool,
    over: bool,
}

impl Json {
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.value.capacity()
    }

    /// Returns how many values were skipped.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        max: usize,
        event: &mut dyn FnMut(RawEvent<'_>),
    ) -> u64 {
        let mut skipped = 0;
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
                        skipped += self.complete(tail, max, event);
                    }
                }
                _ => {}
            }
        }
        if self.depth > 0 {
            self.keep(bytes.get(begin..).unwrap_or_default(), max);
        }
        skipped
    }

    fn keep(&mut self, bytes: &[u8], max: usize) {
        if self.over || self.value.len() + bytes.len() > max {
            self.over = true;
            self.value = Vec::new();
        } else {
            self.value.extend_from_slice(bytes);
        }
    }

    fn complete(&mut self, tail: &[u8], max: usize, event: &mut dyn FnMut(RawEvent<'_>)) -> u64 {
        if self.value.is_empty() && !self.over && tail.len() <= max {
            event(RawEvent {
                name: "",
                data: tail,
                exception: false,
            });
            return 0;
        }
        self.keep(tail, max);
        let over = std::mem::take(&mut self.over);
        if !over {
            event(RawEvent {
                name: "",
                data: &self.value,
                exception: false,
            });
        }
        self.value.clear();
        u64::from(over)
    }

    /// A value that was cut off: its first fields may still say something.
    pub(super) fn end(&mut self, event: &mut dyn FnMut(RawEvent<'_>)) -> u64 {
        let over = std::mem::take(&mut self.over);
        if !self.value.is_empty() {
            event(RawEvent {
                name: "",
                data: &self.value,
                exception: false,
            });
        }
        *self = Self::default();
        u64::from(over)
    }
}
