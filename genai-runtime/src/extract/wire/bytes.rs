//! The bytes of a response body: events are cut out and read into an accumulator, without building JSON values.

use super::framer::{Cut, Framer, RawEvent, base64};
use super::large::Large;
use super::read;
use super::text::walk_text;
use super::visit::Scalar;
use super::walk::Receiver;
use super::walk::Want::{self, Skip, Take};
use crate::content::limits::Limits;
use crate::diag::warn::{self, Once};
use crate::extract::accumulator::Accumulator;
use crate::extract::budget::Room;

/// Reads a streamed response from its bytes: server-sent events, JSON lines, a JSON array, AWS event-stream frames, or one
/// plain JSON body. The framing and the provider's format are recognized.
///
/// Bytes may be cut anywhere. An event of up to 1 MiB, or what was asked for, is held until it is whole; a longer one is read as it
/// comes, in constant memory, and counted. What makes no sense as an event is skipped, counted, and warned of once. Checksums of
/// frames are not verified: whoever uses the frames does.
///
/// ```
/// let mut stream = genai::ByteAccumulator::new(false);
/// assert!(!stream.feed(b"data: {\"choices\":[{\"index\":0,\"delta\":{\"cont"));
/// assert!(stream.feed(b"ent\":\"Hi\"}}]}\n\n"), "the first output has come");
/// assert_eq!((stream.large_events(), stream.skipped_events()), (0, 0));
/// ```
pub struct ByteAccumulator {
    framer: Framer,
    facts: Accumulator,
    inner: Inner,
    /// The event under way, if it is too large to be held.
    large: Option<Large>,
    large_events: u64,
}

/// The payload that Bedrock's InvokeModel wraps in base64 in JSON in a frame.
#[derive(Default)]
struct Inner(Vec<u8>);

/// Shows nothing of the bytes.
impl std::fmt::Debug for ByteAccumulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ByteAccumulator")
            .field("facts", &self.facts)
            .field("large_events", &self.large_events)
            .field("skipped_events", &self.skipped_events())
            .finish_non_exhaustive()
    }
}

impl Receiver for Inner {
    fn wants_content(&self) -> bool {
        false
    }
}

impl ByteAccumulator {
    /// One that keeps text and tool calls only if `wants_content`.
    pub fn new(wants_content: bool) -> Self {
        Self::with_limit(wants_content, Limits::EVENT)
    }

    /// One with another bound on the bytes of an event that are held.
    pub fn with_limit(wants_content: bool, max_event_bytes: usize) -> Self {
        Self::of(
            Accumulator::new(wants_content, Room::default()),
            max_event_bytes,
        )
    }

    /// One that goes on with `facts`.
    pub(crate) fn of(facts: Accumulator, max_event_bytes: usize) -> Self {
        Self {
            framer: Framer::new(max_event_bytes),
            facts,
            inner: Inner::default(),
            large: None,
            large_events: 0,
        }
    }

    /// Takes the next bytes. Returns whether they completed an event that is output, which ends the time to the first chunk.
    pub fn feed(&mut self, bytes: &[u8]) -> bool {
        let mut output = false;
        self.cut(|framer, taken| framer.feed(bytes, taken), &mut output);
        output
    }

    /// How many events were longer than the bound, and therefore read as they came.
    pub fn large_events(&self) -> u64 {
        self.large_events
    }

    /// How many events could not be read at all: frames whose lengths make no sense, or whose headers alone are longer than the
    /// bound.
    pub fn skipped_events(&self) -> u64 {
        self.framer.skipped()
    }

    /// The stream has ended: what is known of it.
    pub fn end(mut self) -> Accumulator {
        self.cut(Framer::end, &mut false);
        if self.framer.skipped() > 0 {
            warn::once(Once::SkippedEvent, || {
                "a stream had events that make no sense, which are left out: its usage may be missing".to_owned()
            });
        }
        self.facts
    }

    /// Lets the framer cut events and reads them; whether one of them is output.
    fn cut(&mut self, cut: impl FnOnce(&mut Framer, &mut dyn FnMut(Cut<'_>)), output: &mut bool) {
        let Self {
            framer,
            facts,
            inner,
            large,
            large_events,
        } = self;
        cut(framer, &mut |cut| match cut {
            Cut::Whole(event) => *output |= one_event(facts, inner, &event),
            Cut::Begin(event) => {
                *large_events = large_events.saturating_add(1);
                *large = Some(begin_large(facts, &event));
            }
            Cut::More(data) => {
                if let Some(large) = large {
                    large.feed(data, facts);
                }
            }
            Cut::End(name) => {
                if let Some(large) = large.take() {
                    *output |= end_large(facts, large, name);
                }
            }
        });
    }
}

/// Begins to read an event that is too large to be held.
fn begin_large(facts: &mut Accumulator, event: &RawEvent<'_>) -> Large {
    if event.exception {
        facts.error(&exception_name(event.name));
        return Large::Unread;
    }
    match event.name {
        "chunk" => Large::wrapped(event.data, facts),
        _ => Large::begin(event.data, facts),
    }
}

fn end_large(facts: &mut Accumulator, large: Large, name: &str) -> bool {
    if matches!(large, Large::Unread) {
        return false;
    }
    large.end(facts);
    if name == "error" {
        facts.error("");
    }
    facts.take_output()
}

/// Reads an event; returns whether it is output.
fn one_event(facts: &mut Accumulator, inner: &mut Inner, event: &RawEvent<'_>) -> bool {
    if event.exception {
        facts.error(&exception_name(event.name));
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
        facts.error("");
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
