//! AWS event-stream frames: a prelude with two lengths, headers, a payload. Checksums are left to the client that uses them.

use super::event::{Cut, RawEvent, Taken};

/// Two lengths and the prelude's checksum.
const PRELUDE: usize = 12;
/// The checksum of the message.
const TRAILER: usize = 4;

#[derive(Default)]
pub(super) struct Aws {
    frame: Vec<u8>,
    /// Bytes of the payload of a frame above the bound that are still to come.
    payload: usize,
    /// Bytes that say nothing and are still to come.
    skip: usize,
    /// The lengths make no sense: nothing that follows can be cut.
    broken: bool,
}

fn length(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_be_bytes(four.try_into().ok()?)).ok()
}

impl Aws {
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.frame.capacity()
    }

    /// Returns how many frames were skipped.
    pub(super) fn feed(&mut self, mut bytes: &[u8], max: usize, taken: Taken<'_>) -> u64 {
        let mut skipped = 0;
        while !bytes.is_empty() && !self.broken {
            if self.payload > 0 {
                let (now, rest) = bytes.split_at(self.payload.min(bytes.len()));
                taken(Cut::More(now));
                self.payload -= now.len();
                if self.payload == 0 {
                    taken(Cut::End(""));
                }
                bytes = rest;
                continue;
            }
            let over = self.skip.min(bytes.len());
            self.skip -= over;
            bytes = bytes.get(over..).unwrap_or_default();
            if self.frame.len() < PRELUDE {
                bytes = self.fill(bytes, PRELUDE);
                if self.frame.len() < PRELUDE {
                    break;
                }
            }
            let total = length(&self.frame, 0).unwrap_or_default();
            let headers_end = length(&self.frame, 4)
                .and_then(|len| len.checked_add(PRELUDE))
                .unwrap_or(usize::MAX);
            if total < PRELUDE + TRAILER {
                self.broken = true;
                skipped += 1;
                break;
            }
            let is_large = total > max.saturating_add(PRELUDE + TRAILER);
            if headers_end > total - TRAILER
                || is_large && headers_end > max.saturating_add(PRELUDE)
            {
                self.skip = total.saturating_sub(self.frame.len());
                self.frame.clear();
                skipped += 1;
                continue;
            }
            if is_large {
                bytes = self.fill(bytes, headers_end);
                if self.frame.len() == headers_end {
                    self.begin(total - TRAILER - headers_end, taken);
                }
                continue;
            }
            bytes = self.fill(bytes, total);
            if self.frame.len() == total {
                let data = self.frame.get(headers_end..total - TRAILER);
                taken(Cut::Whole(event(
                    &self.frame,
                    headers_end,
                    data.unwrap_or_default(),
                )));
                self.frame.clear();
            }
        }
        skipped
    }

    /// The headers of a large frame have come.
    fn begin(&mut self, payload: usize, taken: Taken<'_>) {
        taken(Cut::Begin(event(&self.frame, self.frame.len(), &[])));
        if payload == 0 {
            taken(Cut::End(""));
        }
        self.payload = payload;
        self.skip = TRAILER;
        self.frame = Vec::new();
    }

    /// The stream has ended: the first fields of a frame that was cut off may still say something.
    pub(super) fn end(&mut self, taken: Taken<'_>) {
        if std::mem::take(&mut self.payload) > 0 {
            return taken(Cut::End(""));
        }
        let frame = std::mem::take(&mut self.frame);
        let headers_end = length(&frame, 4).and_then(|len| len.checked_add(PRELUDE));
        if let Some((headers_end, data)) = headers_end.and_then(|at| Some((at, frame.get(at..)?))) {
            if !data.is_empty() {
                taken(Cut::Whole(event(&frame, headers_end, data)));
            }
        }
    }

    /// Moves bytes into the frame until it has `len` of them; returns the rest.
    fn fill<'a>(&mut self, bytes: &'a [u8], len: usize) -> &'a [u8] {
        let missing = len.saturating_sub(self.frame.len()).min(bytes.len());
        let (now, rest) = bytes.split_at(missing);
        self.frame.extend_from_slice(now);
        rest
    }
}

fn event<'a>(frame: &'a [u8], headers_end: usize, data: &'a [u8]) -> RawEvent<'a> {
    let headers = frame.get(PRELUDE..headers_end).unwrap_or_default();
    let mut name = "";
    let mut exception = false;
    each_header(headers, |key, value| match key {
        ":event-type" => name = value,
        ":exception-type" | ":error-code" => {
            name = value;
            exception = true;
        }
        _ => {}
    });
    RawEvent {
        name,
        data,
        exception,
    }
}

/// Calls `header` with the headers that are texts.
fn each_header<'a>(mut bytes: &'a [u8], mut header: impl FnMut(&'a str, &'a str)) {
    fn split(bytes: &[u8], at: usize) -> Option<(&[u8], &[u8])> {
        (at <= bytes.len()).then(|| bytes.split_at(at))
    }
    while let Some((len, rest)) = bytes.split_first() {
        let Some((name, rest)) = split(rest, usize::from(*len)) else {
            return;
        };
        let Some((kind, rest)) = rest.split_first() else {
            return;
        };
        let fixed = match kind {
            0 | 1 => Some(0),
            2 => Some(1),
            3 => Some(2),
            4 => Some(4),
            5 | 8 => Some(8),
            9 => Some(16),
            _ => None,
        };
        let (len, rest) = match (fixed, rest) {
            (Some(len), rest) => (len, rest),
            (None, [high, low, rest @ ..]) => {
                (usize::from(u16::from_be_bytes([*high, *low])), rest)
            }
            (None, _) => return,
        };
        let Some((value, rest)) = split(rest, len) else {
            return;
        };
        if let (7, Ok(name), Ok(value)) =
            (kind, std::str::from_utf8(name), std::str::from_utf8(value))
        {
            header(name, value);
        }
        bytes = rest;
    }
}
