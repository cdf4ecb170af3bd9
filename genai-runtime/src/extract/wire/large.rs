//! An event that is too large to be held: it is read as its pieces come, and only what is known of it is kept.
//!
//! Pieces go in, facts of an accumulator come out. Where the format of the stream is not known yet, the event is read in every
//! format that it may turn out to be of.

use super::fault;
use super::framer::Base64;
use super::lexer::{Lexer, Tokens};
use super::read;
use super::sniff::Sniffing;
use super::text::Reading;
use crate::extract::accumulator::Accumulator;
use crate::extract::format::Format;

/// A large event that is being read.
pub(super) enum Large {
    /// In the format of the stream.
    Known(Format, Box<Reading<Accumulator>>),
    Sought(Box<Sought>),
    /// The base64 that Bedrock's InvokeModel wraps its payload in.
    Wrapped(Box<Wrapped>),
    /// The framing alone says what it is.
    Unread,
}

impl Large {
    /// It begins with `head`.
    pub(super) fn begin(head: &[u8], facts: &mut Accumulator) -> Self {
        let format = facts.format.or_else(|| {
            let mut sniffing = Sniffing::default();
            sniffing.feed(head);
            sniffing.certain()
        });
        let mut large = match format {
            Some(format) => {
                facts.format = Some(format);
                Self::Known(format, Box::new(Reading::new(format.response())))
            }
            None => Self::Sought(Box::new(Sought::new(facts))),
        };
        large.feed(head, facts);
        large
    }

    /// One that is wrapped.
    pub(super) fn wrapped(head: &[u8], facts: &mut Accumulator) -> Self {
        let mut large = Self::Wrapped(Box::default());
        large.feed(head, facts);
        large
    }

    /// It goes on.
    pub(super) fn feed(&mut self, piece: &[u8], facts: &mut Accumulator) {
        match self {
            Self::Known(_, reading) => reading.feed(piece, facts),
            Self::Sought(sought) => sought.feed(piece),
            Self::Wrapped(wrapped) => wrapped.feed(piece, facts),
            Self::Unread => {}
        }
    }

    /// It has ended.
    pub(super) fn end(self, facts: &mut Accumulator) {
        match self {
            Self::Known(format, _) => read::chunk_ended(format, facts),
            Self::Sought(sought) => sought.end(facts),
            Self::Wrapped(wrapped) => {
                if let Some(inner) = wrapped.payload.inner {
                    inner.end(facts);
                }
            }
            Self::Unread => {}
        }
    }
}

/// An event whose format is still to be found.
pub(super) struct Sought {
    sniffing: Sniffing,
    candidates: Vec<Candidate>,
}

/// A format the event may be of; `None` for an error of no format.
struct Candidate {
    format: Option<Format>,
    reading: Reading<Accumulator>,
    facts: Accumulator,
}

impl Sought {
    fn new(facts: &Accumulator) -> Self {
        let formats = Format::ALL.map(Some).into_iter().chain([None]);
        let candidates = formats.map(|format| Candidate {
            format,
            reading: Reading::new(format.map_or(fault::beside, Format::response)),
            facts: facts.like(),
        });
        Self {
            sniffing: Sniffing::default(),
            candidates: candidates.collect(),
        }
    }

    fn feed(&mut self, piece: &[u8]) {
        self.sniffing.feed(piece);
        if let Some(certain) = self.sniffing.certain() {
            self.candidates.retain(|one| one.format == Some(certain));
        }
        for Candidate { reading, facts, .. } in &mut self.candidates {
            reading.feed(piece, facts);
        }
    }

    fn end(mut self, facts: &mut Accumulator) {
        let found = self.sniffing.format();
        let at = self.candidates.iter().position(|one| one.format == found);
        if let Some(at) = at {
            facts.go_on_as(self.candidates.swap_remove(at).facts);
        }
        match found {
            Some(format) => {
                facts.format = Some(format);
                read::chunk_ended(format, facts);
            }
            None => facts.end_chunk(true),
        }
    }
}

/// An event around another one.
#[derive(Default)]
pub(super) struct Wrapped {
    lexer: Lexer,
    payload: Payload,
}

/// What is wrapped.
#[derive(Default)]
struct Payload {
    /// What has come belongs to it.
    is_it: bool,
    base64: Base64,
    bytes: Vec<u8>,
    inner: Option<Large>,
}

impl Wrapped {
    fn feed(&mut self, piece: &[u8], facts: &mut Accumulator) {
        let Self { lexer, payload } = self;
        lexer.feed(piece, &mut Unwrap { payload, facts });
    }
}

struct Unwrap<'a> {
    payload: &'a mut Payload,
    facts: &'a mut Accumulator,
}

impl Tokens for Unwrap<'_> {
    fn key(&mut self, key: &str) -> bool {
        self.payload.is_it = key == "bytes";
        self.payload.is_it
    }

    /// The object around it is all there is.
    fn open(&mut self, is_map: bool) -> bool {
        is_map && !self.payload.is_it
    }

    fn close(&mut self) {}

    fn word(&mut self, _: &str) {}

    fn text(&mut self, piece: &str, _: bool) {
        let payload = &mut *self.payload;
        payload.bytes.clear();
        payload.base64.feed(piece, &mut payload.bytes);
        match &mut payload.inner {
            Some(inner) => inner.feed(&payload.bytes, self.facts),
            None => payload.inner = Some(Large::begin(&payload.bytes, self.facts)),
        }
        // A piece is at most as large as what the user was given at once, and not kept longer.
        payload.bytes = Vec::new();
    }
}
