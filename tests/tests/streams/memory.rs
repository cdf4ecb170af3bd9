//! Long streams and large events: without content nothing grows and no chunk allocates; what is too large is passed by, and
//! the user's bytes are the ones that were sent.
//!
//! In a debug build a `Value` or an event costs some microseconds, so there are fewer of them than the million of a release
//! build (`cargo test --release -p genai-tests --test streams memory`).

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use futures::FutureExt as _;
use futures::stream::{Stream, StreamExt as _};
use genai::testing::Harness;
use genai::{Accumulator, Chunk, ContentCapture, Limits, Telemetry};
use genai_tests::recordings::replay::frame;
use genai_tests::support::alloc::{Calls, Counted, Held};
use genai_tests::support::last_step::Ended;
use genai_tests::support::thorough::takes_turn;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};
use serde_json::{Value, json};

#[global_allocator]
static ALLOCATOR: Counted<Held> = Counted(Held);

/// A million, in a debug build fewer where each is slow.
const fn many(in_debug: u64) -> u64 {
    if cfg!(debug_assertions) {
        in_debug
    } else {
        1_000_000
    }
}

/// Yields clones of `item` without allocating.
pub(super) struct Repeat<T>(pub(super) T, pub(super) u64);

impl<T: Clone + Unpin> Stream for Repeat<T> {
    type Item = Result<T, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.1.checked_sub(1) {
            Some(left) => {
                self.1 = left;
                Poll::Ready(Some(Ok(self.0.clone())))
            }
            None => Poll::Ready(None),
        }
    }
}

/// Polls to the end; nothing is allocated, nor any memory kept, between the hundredth chunk and the last.
fn grows_not(what: &str, items: u64, stream: impl Stream) {
    let mut stream = pin!(stream);
    let held = || (Calls::so_far(), Held::live());
    let mut at_start = None;
    for n in 0..items {
        assert!(matches!(stream.next().now_or_never(), Some(Some(_))));
        if n == 100 {
            at_start = Some(held());
        }
    }
    assert_eq!(
        at_start,
        Some(held()),
        "{what}: allocations and their bytes, live bytes"
    );
    assert!(matches!(stream.next().now_or_never(), Some(None)));
}

#[derive(Clone)]
struct Token(i64);

impl Chunk for Token {
    fn record_chunk(&self, stream: &mut Accumulator) {
        stream.text(0, "some text that nobody wants");
        stream.output_tokens(self.0);
    }
}

/// A value that was parsed before.
#[derive(Clone)]
pub(super) struct Parsed(pub(super) &'static Value);

impl Chunk for Parsed {
    fn record_chunk(&self, stream: &mut Accumulator) {
        self.0.record_chunk(stream);
    }
}

/// A chunk from the middle of a stream, of every format.
fn chunks() -> Vec<(&'static str, Value)> {
    vec![
        (
            "openai",
            json!({"id": "c", "object": "chat.completion.chunk", "model": "m", "service_tier": "default",
                "system_fingerprint": "fp", "usage": null,
                "choices": [{"index": 0, "delta": {"content": "word "}, "finish_reason": null}]}),
        ),
        (
            "openai",
            json!({"type": "response.output_text.delta", "output_index": 0, "item_id": "i", "delta": "word "}),
        ),
        (
            "anthropic",
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "word "}}),
        ),
        (
            "gcp.gemini",
            json!({"candidates": [{"content": {"parts": [{"text": "word "}], "role": "model"}, "index": 0}],
                "usageMetadata": {"promptTokenCount": 4, "candidatesTokenCount": 9}, "modelVersion": "m"}),
        ),
        (
            "aws.bedrock",
            json!({"contentBlockIndex": 0, "delta": {"text": "word "}}),
        ),
        (
            "ollama",
            json!({"model": "m", "message": {"role": "assistant", "content": "word "}, "done": false}),
        ),
        (
            "cohere",
            json!({"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "word "}}}}),
        ),
    ]
}

pub(super) fn chat(
    harness: &Harness,
    provider: &str,
) -> genai::invocation::Invocation<genai::invocation::Chat> {
    harness
        .telemetry()
        .chat(provider)
        .model("m")
        .stream()
        .start()
}

#[test]
fn a_million_chunks_allocate_nothing_and_keep_nothing() {
    for timed in [true, false] {
        let harness = Harness::with(|settings| settings.chunk_timing(timed));
        let (tokens, values) = (many(1_000_000), many(10_000));
        let stream = genai::observe_stream(chat(&harness, "openai"), Repeat(Token(7), tokens));
        grows_not("a typed chunk", tokens, stream);
        for (provider, chunk) in chunks() {
            let chunk: &'static Value = Box::leak(Box::new(chunk));
            let stream = Repeat(Parsed(chunk), values);
            let stream = genai::observe_stream(chat(&harness, provider), stream);
            grows_not(&format!("{chunk}"), values, stream);
        }
        assert_eq!(harness.spans().len(), 1 + chunks().len());
    }
}

#[test]
fn a_million_events_in_bytes_allocate_nothing_and_keep_nothing() {
    let harness = Harness::new();
    let events = many(10_000);
    for (provider, chunk) in chunks() {
        let text = chunk.to_string();
        let framings = [
            format!("data: {text}\n\n").into_bytes(),
            format!("{text}\n").into_bytes(),
            frame("contentBlockDelta", text.as_bytes()),
        ];
        for framed in framings {
            let framed: &'static [u8] = framed.leak();
            let stream = Repeat(framed, events);
            let stream = genai::observe_bytes(chat(&harness, provider), stream);
            grows_not(&String::from_utf8_lossy(framed), events, stream);
        }
    }
}

/// Pieces that were made before: a beginning, the same middle again and again, an end.
pub(super) struct Pieces {
    pub(super) first: &'static [u8],
    pub(super) middle: &'static [u8],
    pub(super) times: usize,
    pub(super) last: &'static [u8],
    pub(super) at: usize,
}

impl Stream for Pieces {
    type Item = Result<&'static [u8], Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = match self.at {
            0 => self.first,
            at if at <= self.times => self.middle,
            at if at == self.times + 1 => self.last,
            _ => return Poll::Ready(None),
        };
        self.at += 1;
        Poll::Ready(Some(Ok(piece)))
    }
}

/// Drains the pieces; every one of them must be the one that was sent. Returns the most memory that was live meanwhile.
pub(super) fn peak_of(harness: &Harness, pieces: Pieces) -> i64 {
    peak_in(harness.telemetry(), pieces)
}

fn peak_in(telemetry: &Telemetry, pieces: Pieces) -> i64 {
    let sent = [pieces.first, pieces.middle, pieces.last].map(<[u8]>::as_ptr);
    let total = pieces.times + 2;
    Held::peak(|| {
        let call = telemetry.chat("openai").model("m").stream().start();
        let mut stream = pin!(genai::observe_bytes(call, pieces));
        let mut got = 0;
        while let Some(Some(Ok(piece))) = stream.next().now_or_never() {
            assert!(
                sent.contains(&piece.as_ptr()),
                "the user's bytes are passed on"
            );
            got += 1;
        }
        assert_eq!(got, total);
    })
}

pub(super) const MIB: i64 = 1 << 20;

pub(super) fn harness(content: bool) -> Harness {
    Harness::with(|settings| {
        settings.capture(if content {
            ContentCapture::SpanOnly
        } else {
            ContentCapture::NoContent
        })
    })
}

#[test]
fn one_event_of_100_megabytes_is_passed_by() {
    let letters: &'static [u8] = vec![b'x'; 1 << 16].leak();
    let heads: [&'static [u8]; 4] = [
        b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"",
        b"{\"model\":\"m\",\"message\":{\"content\":\"",
        b"[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"",
        // A frame that says it has 100 MB.
        b"\x06\x40\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00",
    ];
    let cases = heads
        .into_iter()
        .flat_map(|head| [(head, true), (head, false)]);
    for (n, (head, content)) in cases.enumerate() {
        if takes_turn(n, 3) {
            let harness = harness(content);
            let peak = peak_of(
                &harness,
                Pieces {
                    first: head,
                    middle: letters,
                    times: 1600,
                    last: b"\"}}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":3}}\n\n",
                    at: 0,
                },
            );
            assert!(
                peak < 4 * MIB,
                "{}: {peak} bytes",
                String::from_utf8_lossy(head)
            );
            let span = harness.span("chat m");
            if head.starts_with(b"data") {
                // What comes after it is read.
                assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(3));
            }
        }
    }
}

/// With content: at most twice what is recorded, however much comes. A text that reaches the cap and its JSON are not there side by
/// side; one that does not is there twice while the span is made.
#[test]
fn long_answers_take_at_most_twice_what_is_recorded() {
    let event = |text: &str| {
        let choice = json!({"index": 0, "delta": {"content": text}});
        let event = json!({"id": "i", "model": "m", "choices": [choice]});
        format!("data: {event}\n\n").into_bytes()
    };
    let reasoning = |text: &str| {
        let choice = json!({"index": 0, "delta": {"reasoning_content": text}});
        format!("data: {}\n\n", json!({"choices": [choice]})).into_bytes()
    };
    let last = b"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3}}\n\n";
    let (large, small) = ("y".repeat(1 << 16), "é\"n\n ".repeat(20));
    for (middle, times, cap) in [
        // 100 MB, and much less that is still above the cap.
        (event(&large), 1600, 256),
        (event(&small), 4000, 256),
        (reasoning(&large), 1600, 256),
        (event(&small), 40_000, 1024),
    ] {
        // What is measured is what comes before an exporter: a span is thrown away, but for how much content it has.
        let content_bytes = Arc::new(AtomicUsize::new(0));
        let kept = Arc::clone(&content_bytes);
        let drops = Ended(move |span: &SpanData| {
            let attributes = span.attributes.iter();
            let content = attributes.filter(|it| it.key.as_str() == "gen_ai.output.messages");
            let bytes = content.map(|it| it.value.as_str().len()).sum();
            kept.store(bytes, Ordering::Relaxed);
        });
        let tracers = SdkTracerProvider::builder().with_span_processor(drops);
        let telemetry = Telemetry::builder()
            .tracer_provider(tracers.build())
            .capture(ContentCapture::SpanOnly)
            .limits(Limits::default().content_bytes(cap << 10))
            .build();
        let pieces = Pieces {
            first: b"\n",
            middle: middle.leak(),
            times,
            last,
            at: 0,
        };
        let peak = peak_in(&telemetry, pieces);
        let recorded = content_bytes.load(Ordering::Relaxed);
        println!("{peak} bytes at most for {recorded} that are recorded");
        assert!(
            recorded > (cap << 10) - 2048 && recorded <= cap << 10,
            "{recorded}"
        );
        assert!(
            peak as f64 <= 1.9 * recorded as f64,
            "{peak} bytes for {recorded}"
        );
    }
}

#[test]
fn many_events_of_100_megabytes_stay_within_their_bounds() {
    let text = "y".repeat(1 << 16);
    let event =
        json!({"id": "i", "model": "m", "choices": [{"index": 0, "delta": {"content": text}}]});
    let event: &'static [u8] = format!("data: {event}\n\n").into_bytes().leak();
    // With content: what is recorded, and the copy that the harness makes of it.
    for (content, most) in [(false, 256 << 10), (true, 520 << 10)] {
        let harness = harness(content);
        let peak = peak_of(
            &harness,
            Pieces {
                first: b"\n",
                middle: event,
                times: 1600,
                last: b"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3}}\n\n",
                at: 0,
            },
        );
        assert!(peak < most, "content {content}: {peak} bytes");
        let span = harness.span("chat m");
        assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(3));
        let kept = span.str("gen_ai.output.messages").map_or(0, str::len);
        assert!(
            kept <= 257 << 10 && (kept > 0) == content,
            "{kept} bytes on the span"
        );
        println!("content {content}: {peak} bytes at most");
    }
}
