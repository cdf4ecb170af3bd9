//! The bytes of a response body: events are cut out and read into an accumulator, without building JSON values.

use super::framer::{Framer, MAX_EVENT, RawEvent, base64};
use super::read;
use super::text::walk_text;
use super::visit::Scalar;
use super::walk::Sink;
use super::walk::Want::{self, Skip, Take};
use crate::extract::accumulator::Accumulator;

/// Reads a streamed response from its bytes: server-sent events, JSON lines, a JSON array, AWS event-stream frames, or one
/// plain JSON body. The framing and the provider's format are recognized.
///
/// Bytes may be cut anywhere. One event is at most 1 MiB, or what was asked for; a longer one is skipped and counted. Checksums
/// of frames are not verified: whoever uses the frames does.
///
/// ```
/// let mut stream = genai::ByteAccumulator::new(false);
/// assert!(!stream.feed(b"data: {\"choices\":[{\"index\":0,\"delta\":{\"cont"));
/// assert!(stream.feed(b"ent\":\"Hi\"}}]}\n\n"), "the first output has come");
/// assert_eq!(stream.skipped_events(), 0);
/// ```
pub struct ByteAccumulator {
    framer: Framer,
    facts: Accumulator,
    inner: Inner,
}

/// The payload that Bedrock's InvokeModel wraps in base64 in JSON in a frame.
#[derive(Default)]
struct Inner(Vec<u8>);

/// Shows nothing of the bytes.
impl std::fmt::Debug for ByteAccumulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ByteAccumulator")
            .field("facts", &self.facts)
            .field("skipped_events", &self.skipped_events())
            .finish_non_exhaustive()
    }
}

impl Sink for Inner {
    fn wants_content(&self) -> bool {
        false
    }
}

impl ByteAccumulator {
    /// One that keeps text and tool calls only if `wants_content`.
    pub fn new(wants_content: bool) -> Self {
        Self::with_limit(wants_content, MAX_EVENT)
    }

    /// One with another bound on the bytes of an event.
    pub fn with_limit(wants_content: bool, max_event_bytes: usize) -> Self {
        Self {
            framer: Framer::new(max_event_bytes),
            facts: Accumulator::new(wants_content),
            inner: Inner::default(),
        }
    }

    /// Takes the next bytes. Returns whether they completed an event that is output, which ends the time to the first chunk.
    pub fn feed(&mut self, bytes: &[u8]) -> bool {
        let Self {
            framer,
            facts,
            inner,
        } = self;
        let mut output = false;
        framer.feed(bytes, &mut |event| {
            output |= one_event(facts, inner, &event)
        });
        output
    }

    /// How many events were longer than the bound and therefore skipped.
    pub fn skipped_events(&self) -> u64 {
        self.framer.skipped()
    }

    /// The stream has ended: what is known of it.
    pub fn end(self) -> Accumulator {
        let Self {
            mut framer,
            mut facts,
            mut inner,
        } = self;
        framer.end(&mut |event| {
            one_event(&mut facts, &mut inner, &event);
        });
        facts
    }
}

/// Reads an event; returns whether it is output.
fn one_event(facts: &mut Accumulator, inner: &mut Inner, event: &RawEvent<'_>) -> bool {
    if event.exception {
        facts.fail(&exception_name(event.name));
        return false;
    }
    if event.data == b"[DONE]" {
        return false;
    }
    if event.name == "chunk" {
        inner.0.clear();
        walk_text(event.data, wrapped, inner);
    }
    let data = if event.name == "chunk" && !inner.0.is_empty() {
        &inner.0
    } else {
        event.data
    };
    read::chunk(data, None, facts);
    if event.name == "error" {
        // Whatever the event says more exactly was read before.
        facts.fail("");
    }
    facts.take_output()
}

fn wrapped(key: &str) -> Want<Inner> {
    match key {
        "bytes" => Take(|inner, value| {
            if let Scalar::Str(text) = value {
                base64(text, &mut inner.0);
            }
        }),
        _ => Skip,
    }
}

/// The name the API has for an exception: frames begin it with a small letter.
fn exception_name(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + letters.as_str()
    })
}
