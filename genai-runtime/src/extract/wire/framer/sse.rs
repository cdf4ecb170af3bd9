//! Server-sent events: lines ended by `\n`, `\r` or `\r\n`, fields `event` and `data`, an empty line between events.

use super::event::RawEvent;

/// How long the name of an event may be.
const MAX_NAME: usize = 256;

#[derive(Default)]
pub(super) struct Sse {
    /// The line so far.
    line: Vec<u8>,
    data: Vec<u8>,
    name: String,
    has_data: bool,
    /// The event is above the bound; the rest of it is dropped.
    over: bool,
    /// The line is above the bound.
    line_over: bool,
    /// A `\n` that comes next belongs to the line that has ended.
    after_return: bool,
}

impl Sse {
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.line.capacity() + self.data.capacity()
    }

    /// Returns how many events were skipped.
    pub(super) fn feed(
        &mut self,
        mut bytes: &[u8],
        max: usize,
        event: &mut dyn FnMut(RawEvent<'_>),
    ) -> u64 {
        let mut skipped = 0;
        loop {
            if self.after_return && !bytes.is_empty() {
                self.after_return = false;
                bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
            }
            let Some(at) = bytes.iter().position(|b| matches!(b, b'\n' | b'\r')) else {
                self.keep(bytes, max);
                return skipped;
            };
            let (line, rest) = bytes.split_at(at);
            self.after_return = rest.first() == Some(&b'\r');
            bytes = rest.get(1..).unwrap_or_default();
            skipped += if self.line.is_empty() && !self.line_over && line.len() <= max {
                self.line(line, max, event)
            } else {
                self.keep(line, max);
                let kept = std::mem::take(&mut self.line);
                let skipped = self.line(&kept, max, event);
                self.line = kept;
                self.line.clear();
                skipped
            };
        }
    }

    fn keep(&mut self, bytes: &[u8], max: usize) {
        if self.line_over || self.line.len() + bytes.len() > max.saturating_add(16) {
            self.line_over = true;
            self.line = Vec::new();
        } else {
            self.line.extend_from_slice(bytes);
        }
    }

    /// A whole line.
    fn line(&mut self, line: &[u8], max: usize, event: &mut dyn FnMut(RawEvent<'_>)) -> u64 {
        if std::mem::take(&mut self.line_over) {
            self.over = true;
            self.has_data = true;
            return 0;
        }
        if line.is_empty() {
            return self.dispatch(event);
        }
        let colon = line.iter().position(|b| *b == b':').unwrap_or(line.len());
        let (field, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default();
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" if self.over || self.data.len() + value.len() > max => {
                self.over = true;
                self.has_data = true;
                self.data = Vec::new();
            }
            b"data" => {
                if self.has_data {
                    self.data.push(b'\n');
                }
                self.has_data = true;
                self.data.extend_from_slice(value);
            }
            b"event" => {
                self.name.clear();
                if value.len() <= MAX_NAME {
                    self.name
                        .push_str(std::str::from_utf8(value).unwrap_or_default());
                }
            }
            _ => {}
        }
        0
    }

    fn dispatch(&mut self, event: &mut dyn FnMut(RawEvent<'_>)) -> u64 {
        let over = std::mem::take(&mut self.over);
        if std::mem::take(&mut self.has_data) && !over {
            event(RawEvent {
                name: &self.name,
                data: &self.data,
                exception: false,
            });
        }
        self.data.clear();
        self.name.clear();
        u64::from(over)
    }

    /// Servers leave the last empty line out; the event counts nevertheless.
    pub(super) fn end(&mut self, max: usize, event: &mut dyn FnMut(RawEvent<'_>)) -> u64 {
        if !self.line.is_empty() || self.line_over {
            let line = std::mem::take(&mut self.line);
            self.line(&line, max, event);
        }
        self.dispatch(event)
    }
}
