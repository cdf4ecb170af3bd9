//! Server-sent events: lines ended by `\n`, `\r` or `\r\n`, fields `event` and `data`, an empty line between events.

use super::event::{Cut, RawEvent, Taken};
use super::held::hold;

/// How long the name of an event may be.
const MAX_NAME: usize = 256;

/// More than the name of a field and what comes before its value.
const FIELD: usize = 16;

#[derive(Default)]
pub(super) struct Sse {
    /// The line so far.
    line: Vec<u8>,
    /// What the rest of the line is, where it is above the bound.
    rest: Option<Rest>,
    data: Vec<u8>,
    name: String,
    has_data: bool,
    /// The event is above the bound and passed on in pieces.
    is_large: bool,
    /// A `\n` that comes next belongs to the line that has ended.
    after_return: bool,
}

/// The rest of a line that is not held.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    Data,
    /// A comment, or a field that says nothing.
    Nothing,
}

/// The field of a line and its value.
fn field(line: &[u8]) -> (&[u8], &[u8]) {
    let colon = line.iter().position(|b| *b == b':').unwrap_or(line.len());
    let (field, value) = line.split_at(colon);
    let value = value.get(1..).unwrap_or_default();
    (field, value.strip_prefix(b" ").unwrap_or(value))
}

impl Sse {
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.line.capacity() + self.data.capacity()
    }

    pub(super) fn feed(&mut self, mut bytes: &[u8], max: usize, taken: Taken<'_>) {
        loop {
            if self.after_return && !bytes.is_empty() {
                self.after_return = false;
                bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
            }
            let Some(at) = bytes.iter().position(|b| matches!(b, b'\n' | b'\r')) else {
                return self.keep(bytes, max, taken);
            };
            let (line, rest) = bytes.split_at(at);
            self.after_return = rest.first() == Some(&b'\r');
            bytes = rest.get(1..).unwrap_or_default();
            let is_whole = self.line.is_empty() && self.rest.is_none();
            if is_whole && line.len() <= max.saturating_add(FIELD) {
                self.line(line, max, taken);
                continue;
            }
            self.keep(line, max, taken);
            self.end_line(max, taken);
        }
    }

    /// A piece of a line.
    fn keep(&mut self, bytes: &[u8], max: usize, taken: Taken<'_>) {
        if let Some(rest) = self.rest {
            if rest == Rest::Data {
                taken(Cut::More(bytes));
            }
            return;
        }
        if self.line.len() + bytes.len() <= max.saturating_add(FIELD) {
            hold(&mut self.line, bytes, max.saturating_add(2 * FIELD));
            return;
        }
        // What the line is stands at its beginning.
        let (first, more) = bytes.split_at(bytes.len().min(FIELD));
        hold(&mut self.line, first, max.saturating_add(2 * FIELD));
        let line = std::mem::take(&mut self.line);
        let (field, value) = field(&line);
        if field == b"data" {
            self.rest = Some(Rest::Data);
            self.begin(taken);
            taken(Cut::More(value));
            taken(Cut::More(more));
        } else {
            self.rest = Some(Rest::Nothing);
        }
    }

    /// The line that came in pieces has ended.
    fn end_line(&mut self, max: usize, taken: Taken<'_>) {
        if self.rest.take().is_none() {
            let kept = std::mem::take(&mut self.line);
            self.line(&kept, max, taken);
            self.line = kept;
            self.line.clear();
        }
    }

    /// More data comes than is held.
    fn begin(&mut self, taken: Taken<'_>) {
        if !std::mem::replace(&mut self.is_large, true) {
            taken(Cut::Begin(RawEvent {
                name: &self.name,
                data: &self.data,
                exception: false,
            }));
            self.data = Vec::new();
        }
        if std::mem::replace(&mut self.has_data, true) {
            taken(Cut::More(b"\n"));
        }
    }

    /// A whole line.
    fn line(&mut self, line: &[u8], max: usize, taken: Taken<'_>) {
        if line.is_empty() {
            return self.dispatch(taken);
        }
        let (field, value) = field(line);
        match field {
            b"data" if self.is_large || self.data.len() + value.len() > max => {
                self.begin(taken);
                taken(Cut::More(value));
            }
            b"data" => {
                if self.has_data {
                    self.data.push(b'\n');
                }
                self.has_data = true;
                hold(&mut self.data, value, max.saturating_add(1));
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
    }

    fn dispatch(&mut self, taken: Taken<'_>) {
        let has_data = std::mem::take(&mut self.has_data);
        if std::mem::take(&mut self.is_large) {
            taken(Cut::End(&self.name));
        } else if has_data {
            taken(Cut::Whole(RawEvent {
                name: &self.name,
                data: &self.data,
                exception: false,
            }));
        }
        self.data.clear();
        self.name.clear();
    }

    /// Servers leave the last empty line out; the event counts nevertheless.
    pub(super) fn end(&mut self, max: usize, taken: Taken<'_>) {
        if !self.line.is_empty() || self.rest.is_some() {
            self.end_line(max, taken);
        }
        self.dispatch(taken);
    }
}
