//! Streams of 1,000 chunks that are ready at once, per chunk.
//!
//! `stream_attached` polls the bare stream with a span current, as OpenTelemetry's `with_context` does: what ours has over it
//! is its own accounting.

use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use serde_json::{Value, json};

use super::call::given;
use crate::harness::{Variant, looped};
use crate::world::install;

const CHUNKS: u64 = 1000;

struct Token {
    tokens: u32,
}

impl genai::Chunk for Token {
    fn record_chunk(&self, stream: &mut genai::Accumulator) {
        stream.output_tokens(i64::from(self.tokens));
    }
}

struct Raw(u32);

impl Stream for Raw {
    type Item = Token;

    #[inline(never)]
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Token>> {
        if u64::from(self.0) == CHUNKS {
            return Poll::Ready(None);
        }
        self.0 += 1;
        Poll::Ready(Some(Token { tokens: self.0 }))
    }
}

#[genai::chat(provider = openai, model = "gpt-4o", stream)]
fn timed() -> impl Stream<Item = Token> {
    Raw(0)
}

#[genai::chat(provider = openai, model = "gpt-4o", stream, chunk_timing = false)]
fn untimed() -> impl Stream<Item = Token> {
    Raw(0)
}

/// A chunk that was parsed before: what is measured is what is read of it.
struct Parsed(&'static Value);

impl genai::Chunk for Parsed {
    fn record_chunk(&self, stream: &mut genai::Accumulator) {
        self.0.record_chunk(stream);
    }
}

/// The same chunk again and again.
struct Same(u64, &'static Value);

impl Stream for Same {
    type Item = Parsed;

    #[inline(never)]
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Parsed>> {
        if self.0 == CHUNKS {
            return Poll::Ready(None);
        }
        self.0 += 1;
        Poll::Ready(Some(Parsed(self.1)))
    }
}

#[genai::chat(provider = openai, model = "gpt-4o", stream, chunk_timing = false)]
fn parsed(chunk: &'static Value) -> impl Stream<Item = Parsed> {
    Same(0, chunk)
}

/// A chunk of OpenAI's chat completions as it is sent today.
fn openai() -> &'static Value {
    static CHUNK: OnceLock<Value> = OnceLock::new();
    CHUNK.get_or_init(|| {
        json!({"id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT", "object": "chat.completion.chunk", "created": 1741569952,
            "model": "gpt-4o-2024-08-06", "service_tier": "default", "system_fingerprint": "fp_44709d6fcb", "choices": [
            {"index": 0, "delta": {"content": " tomorrow"}, "logprobs": null, "finish_reason": null}], "usage": null})
    })
}

/// An event of Anthropic's messages.
fn anthropic() -> &'static Value {
    static CHUNK: OnceLock<Value> = OnceLock::new();
    CHUNK.get_or_init(|| {
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": " tomorrow"}})
    })
}

/// A chunk of Gemini's, each of which has the counts so far.
fn gemini() -> &'static Value {
    static CHUNK: OnceLock<Value> = OnceLock::new();
    CHUNK.get_or_init(|| {
        json!({"candidates": [{"content": {"parts": [{"text": " tomorrow"}], "role": "model"}, "index": 0}],
            "usageMetadata": {"promptTokenCount": 4, "candidatesTokenCount": 9, "totalTokenCount": 13},
            "modelVersion": "gemini-2.0-flash", "responseId": "mAitaLmkHPPlz7IPvtfUqQ4"})
    })
}

#[inline(always)]
fn drain<T>(stream: impl Stream<Item = T>) {
    let mut stream = pin!(stream);
    let mut cx = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(token)) = stream.as_mut().poll_next(&mut cx) {
        black_box(token);
    }
}

/// Polls with a span current.
struct Attached<S>(S, opentelemetry::Context);

impl<S: Stream + Unpin> Stream for Attached<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let _guard = self.1.clone().attach();
        Pin::new(&mut self.0).poll_next(cx)
    }
}

pub(super) static VARIANTS: &[Variant] = &[
    Variant::new("stream", "stream_bare", || {
        looped(|| drain(black_box(Raw(0))))
    })
    .of(CHUNKS),
    Variant::new("stream", "stream_off", || looped(|| drain(timed()))).of(CHUNKS),
    Variant::new("stream", "stream_attached", || {
        let tracer = install().tracer_provider.tracer("by hand");
        looped(move || {
            let span = tracer.start("chat gpt-4o");
            let cx = opentelemetry::Context::current_with_span(span);
            drain(Attached(black_box(Raw(0)), cx));
        })
    })
    .of(CHUNKS),
    Variant::new("stream", "stream_untimed", || {
        given();
        looped(|| drain(untimed()))
    })
    .of(CHUNKS),
    Variant::new("stream", "stream_timed", || {
        given();
        looped(|| drain(timed()))
    })
    .of(CHUNKS),
    Variant::new("stream", "stream_openai", || {
        given();
        looped(|| drain(parsed(openai())))
    })
    .of(CHUNKS),
    Variant::new("stream", "stream_anthropic", || {
        given();
        looped(|| drain(parsed(anthropic())))
    })
    .of(CHUNKS),
    Variant::new("stream", "stream_gemini", || {
        given();
        looped(|| drain(parsed(gemini())))
    })
    .of(CHUNKS),
];
