//! Cuts a byte stream into events: server-sent events, lines of JSON, a JSON array, or AWS event-stream frames.
//!
//! In come bytes, cut anywhere; out go whole events. An event above the bound is passed on in pieces, as it comes; memory never
//! exceeds the bound. What cannot be cut at all is skipped and counted.

mod aws;
mod event;
mod held;
mod json;
mod sse;

pub(crate) use event::{Cut, RawEvent, Taken};

/// A stream that is being cut.
pub(crate) struct Framer {
    kind: Kind,
    max: usize,
    skipped: u64,
}

enum Kind {
    /// No byte that decides has come; a byte-order mark may be under way.
    Unknown {
        seen: usize,
    },
    Sse(sse::Sse),
    Json(json::Json),
    Aws(aws::Aws),
}

/// The mark that some servers begin a text with.
const BOM: [u8; 3] = [0xEF, 0xBB, 0xBF];

impl Framer {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            kind: Kind::Unknown { seen: 0 },
            max,
            skipped: 0,
        }
    }

    /// How many events were skipped.
    pub(crate) fn skipped(&self) -> u64 {
        self.skipped
    }

    /// How many bytes of an event under way are held.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        match &self.kind {
            Kind::Unknown { .. } => 0,
            Kind::Sse(sse) => sse.held(),
            Kind::Json(json) => json.held(),
            Kind::Aws(aws) => aws.held(),
        }
    }

    /// Takes bytes and passes on every event they complete, and what they hold of a large one.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], taken: Taken<'_>) {
        if let Kind::Unknown { seen } = &mut self.kind {
            while let Some((first, rest)) = bytes.split_first() {
                let white = *seen == 0 && first.is_ascii_whitespace();
                let marked = BOM.get(*seen) == Some(first);
                if !white && !marked {
                    break;
                }
                *seen += usize::from(marked);
                bytes = rest;
            }
            let Some(first) = bytes.first() else { return };
            self.kind = match first {
                b'{' | b'[' => Kind::Json(json::Json::default()),
                // The length of a frame is far below 2^24, the length of an event-stream's text is not.
                0 => Kind::Aws(aws::Aws::default()),
                _ => Kind::Sse(sse::Sse::default()),
            };
        }
        match &mut self.kind {
            Kind::Unknown { .. } => {}
            Kind::Sse(sse) => sse.feed(bytes, self.max, taken),
            Kind::Json(json) => json.feed(bytes, self.max, taken),
            Kind::Aws(aws) => {
                let skipped = aws.feed(bytes, self.max, taken);
                self.skipped = self.skipped.saturating_add(skipped);
            }
        }
    }

    /// The stream has ended: what is left may be a last event without its end.
    pub(crate) fn end(&mut self, taken: Taken<'_>) {
        match &mut self.kind {
            Kind::Sse(sse) => sse.end(self.max, taken),
            Kind::Json(json) => json.end(taken),
            Kind::Aws(aws) => aws.end(taken),
            Kind::Unknown { .. } => {}
        }
    }
}

/// Standard base64 that comes in pieces.
#[derive(Default)]
pub(crate) struct Base64 {
    bits: u32,
    count: u8,
    /// What is no base64 has come.
    ended: bool,
}

impl Base64 {
    /// Appends the bytes of `text` to `out`; what is no base64 ends it.
    pub(crate) fn feed(&mut self, text: &str, out: &mut Vec<u8>) {
        for byte in text.bytes() {
            let six = match byte {
                _ if self.ended => return,
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => {
                    self.ended = true;
                    return;
                }
            };
            self.bits = (self.bits << 6 | u32::from(six)) & 0x00FF_FFFF;
            self.count += 6;
            if self.count >= 8 {
                self.count -= 8;
                out.push((self.bits >> self.count) as u8);
            }
        }
    }
}

/// Appends the bytes of standard base64 to `out`; what is no base64 ends it.
pub(crate) fn base64(text: &str, out: &mut Vec<u8>) {
    Base64::default().feed(text, out);
}
