//! Calls and streams that are open at once: the bytes of each, and whether one of many takes longer than one alone.

use std::cell::Cell;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use genai_tests::support::alloc::Held;

use super::world::{guarded, install, median, nanos, row};

const OPERATIONS: usize = 100_000;
const STREAMS: usize = 10_000;
const CHUNKS: usize = 50;
const ROUNDS: usize = 5;

/// The bytes of each, a few of a hundred more than they were measured.
const OPERATION_MOST: i64 = 1_680;
const STREAM_MOST: i64 = 3_500;

/// Waits until it is said that it may go on.
struct Wait<'a>(&'a Cell<bool>);

impl Future for Wait<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0.get() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

#[genai::chat(provider = openai, model = "gpt-4o", server.address = "api.openai.com", server.port = 443, response = none)]
async fn observed(may_end: &Cell<bool>) -> u64 {
    Wait(may_end).await;
    1
}

async fn bare(may_end: &Cell<bool>) -> u64 {
    Wait(may_end).await;
    1
}

fn poll<T>(future: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Opens so many calls, then ends them: the bytes and the nanoseconds of each.
fn opened<'a, F: Future<Output = u64>>(
    count: usize,
    may_end: &'a Cell<bool>,
    call: impl Fn(&'a Cell<bool>) -> F,
) -> (i64, f64) {
    may_end.set(false);
    let mut bytes = 0;
    let mut open = Vec::with_capacity(count);
    let each = nanos(count, || {
        let before = Held::live();
        for _ in 0..count {
            let mut call = Box::pin(call(may_end));
            assert!(poll(call.as_mut()).is_pending());
            open.push(call);
        }
        bytes = (Held::live() - before) / count as i64;
        may_end.set(true);
        for mut call in open.drain(..) {
            assert!(poll(call.as_mut()).is_ready());
        }
    });
    (bytes, each)
}

pub(crate) fn operations() {
    install(false);
    let may_end = Cell::new(false);
    let (mut of_one, mut of_many, mut bytes) = (Vec::new(), Vec::new(), 0);
    let one = |may_end: &Cell<bool>| {
        may_end.set(false);
        let mut call = Box::pin(observed(may_end));
        assert!(poll(call.as_mut()).is_pending());
        may_end.set(true);
        assert!(poll(call.as_mut()).is_ready());
    };
    for _ in 0..ROUNDS {
        of_one.push(nanos(OPERATIONS, || {
            (0..OPERATIONS).for_each(|_| one(&may_end));
        }));
        let (with, each) = opened(OPERATIONS, &may_end, observed);
        of_many.push(each);
        bytes = with - opened(OPERATIONS, &may_end, bare).0;
    }
    guarded(
        "an open call, of 100,000: more than the bare one, the SDK's span included",
        bytes,
        OPERATION_MOST,
        "bytes",
    );
    let (one, many) = (median(of_one), median(of_many));
    row(
        "a call from start to end, one open at a time",
        format!("{one:.0} ns"),
    );
    row(
        "the same of 100,000 open at once",
        format!("{many:.0} ns: {:.2}", many / one),
    );
}

struct Token(i64);

impl genai::Chunk for Token {
    fn record_chunk(&self, stream: &mut genai::Accumulator) {
        stream.output_tokens(self.0);
    }
}

struct Tokens(i64);

impl Stream for Tokens {
    type Item = Token;

    #[inline(never)]
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Token>> {
        self.0 += 1;
        Poll::Ready(Some(Token(self.0)))
    }
}

#[genai::chat(provider = openai, model = "gpt-4o", stream)]
fn chunks() -> impl Stream<Item = Token> + Unpin {
    Tokens(0)
}

fn next(stream: &mut (impl Stream<Item = Token> + Unpin)) {
    let mut cx = Context::from_waker(Waker::noop());
    match pin!(stream).poll_next(&mut cx) {
        Poll::Ready(Some(token)) => drop(black_box(token)),
        _ => panic!("it has no end"),
    }
}

pub(crate) fn streams() {
    install(false);
    let mut open = Vec::with_capacity(STREAMS);
    let before = Held::live();
    for _ in 0..STREAMS {
        let mut stream = chunks();
        next(&mut stream);
        next(&mut stream);
        open.push(stream);
    }
    let bytes = (Held::live() - before) / STREAMS as i64;
    guarded(
        "an open stream of typed chunks, of 10,000, the SDK's span included",
        bytes,
        STREAM_MOST,
        "bytes",
    );
    let mut one = chunks();
    let (mut of_one, mut of_many) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        of_one.push(nanos(STREAMS * CHUNKS, || {
            (0..STREAMS * CHUNKS).for_each(|_| next(&mut one))
        }));
        of_many.push(nanos(STREAMS * CHUNKS, || {
            for _ in 0..CHUNKS {
                open.iter_mut().for_each(next);
            }
        }));
    }
    let (one, many) = (median(of_one), median(of_many));
    row(
        "a chunk with its latency, one stream open",
        format!("{one:.0} ns"),
    );
    row(
        "the same, 10,000 streams in turn",
        format!("{many:.0} ns: {:.2}", many / one),
    );
}
