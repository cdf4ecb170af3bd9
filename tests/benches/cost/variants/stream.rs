//! Streams of 1,000 chunks that are ready at once, per chunk.

use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;

use super::call::given;
use crate::harness::{Variant, looped};

const CHUNKS: u64 = 1000;

struct Token {
    tokens: u64,
}

impl genai::Chunk for Token {
    fn record(&self, stream: &mut genai::Accumulator) {
        stream.output_tokens(self.tokens);
    }
}

struct Raw(u64);

impl Stream for Raw {
    type Item = Token;

    #[inline(never)]
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Token>> {
        if self.0 == CHUNKS {
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

#[inline(always)]
fn drain(stream: impl Stream<Item = Token>) {
    let mut stream = pin!(stream);
    let mut cx = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(token)) = stream.as_mut().poll_next(&mut cx) {
        black_box(token.tokens);
    }
}

pub(super) static VARIANTS: &[Variant] = &[
    Variant::new("stream", "stream_bare", || {
        looped(|| drain(black_box(Raw(0))))
    })
    .of(CHUNKS),
    Variant::new("stream", "stream_off", || looped(|| drain(timed()))).of(CHUNKS),
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
];
