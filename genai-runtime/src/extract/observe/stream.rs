//! Around a stream: the operation ends with it, be it by its end, its first error, or its drop.
//!
//! Items come out as the inner stream gives them. What they say is gathered in an [`Accumulator`] and handed to the operation
//! when it ends; after that every poll goes straight to the inner stream.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::stream::{FusedStream, Stream};
use pin_project_lite::pin_project;

use crate::context::SpanRef;
use crate::diag::call_out::{CallOut, contained};
use crate::extract::accumulator::Accumulator;
use crate::extract::failure::{self, outcome};
use crate::extract::format::Format;
use crate::extract::recorder::Recorder;
use crate::extract::wire::ByteAccumulator;
use crate::operation::active::enter;
use crate::operation::{ChunkTimer, Op, Outcome, Slot, leave, left};

/// Hands an accumulator what an item says.
pub type Take<I> = fn(&I, &mut Accumulator);

/// The bytes of an item, unless it is an error.
pub(crate) type Bytes<I> = for<'a> fn(&'a I) -> Option<&'a [u8]>;

/// Whether an item is an error, and which.
pub struct Class<I>(pub(crate) fn(&I, &Op) -> Option<Outcome>);

impl<I> fmt::Debug for Class<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Class")
    }
}

pin_project! {
    /// A stream whose operation lasts as long as the stream does.
    ///
    /// It yields what the inner stream yields, and is `Send`, `Sync` and `Unpin` where that is.
    #[must_use = "streams do nothing unless polled"]
    pub struct ObservedStream<S: Stream> {
        // Dropped before the operation, with the span current.
        #[pin]
        inner: S,
        running: Option<Box<Running<S::Item>>>,
    }

    impl<S: Stream> PinnedDrop for ObservedStream<S> {
        fn drop(this: Pin<&mut Self>) {
            if let Some(op) = this.project().running.as_mut().and_then(|r| r.slot.as_mut()) {
                leave(op);
            }
        }
    }
}

/// What a stream said so far, and how an item is read.
#[allow(
    clippy::large_enum_variant,
    reason = "it is in a box, and the large one is the usual one"
)]
enum Known<I> {
    /// Items are chunks.
    Chunks(Accumulator, Take<I>),
    /// Items are pieces of a body.
    Bytes(Box<ByteAccumulator>, Bytes<I>),
}

impl<I> Known<I> {
    /// Takes an item in; returns whether it is output.
    fn take(&mut self, item: &I) -> bool {
        match self {
            Self::Chunks(known, take) => {
                take(item, known);
                known.take_output()
            }
            Self::Bytes(known, bytes) => contained(CallOut::Piece, || bytes(item))
                .flatten()
                .is_some_and(|bytes| known.feed(bytes)),
        }
    }

    fn end(self) -> Accumulator {
        match self {
            Self::Chunks(known, _) => known,
            Self::Bytes(known, _) => known.end(),
        }
    }
}

/// The operation of a stream, and what is left of it when it has ended.
struct Running<I> {
    slot: Slot,
    /// Names the call that has ended.
    ended: SpanRef,
    known: Option<Known<I>>,
    failure: Failure<I>,
    timer: ChunkTimer,
}

/// The failure that an item is, if it is one.
type IsFailure<I> = Box<dyn Fn(&I) -> Option<failure::Failure> + Send + Sync>;

/// How an item that is an error is found.
enum Failure<I> {
    Class(fn(&I, &Op) -> Option<Outcome>),
    /// By a function of the user's.
    Custom(IsFailure<I>),
}

/// Moves the operation of `slot`, if any, into `inner`.
pub fn stream<S: Stream>(
    slot: Slot,
    inner: S,
    take: Take<S::Item>,
    class: Class<S::Item>,
) -> ObservedStream<S> {
    stream_in(slot, inner, None, take, class)
}

/// As [`stream`], where the format of the items is known, or to be recognised by `take`.
pub(crate) fn stream_in<S: Stream>(
    slot: Slot,
    inner: S,
    format: Option<Format>,
    take: Take<S::Item>,
    class: Class<S::Item>,
) -> ObservedStream<S> {
    let known = |mut known: Accumulator| {
        known.format = format;
        Known::Chunks(known, take)
    };
    let running = slot.map(|op| begin(op, known, Failure::Class(class.0)));
    ObservedStream { inner, running }
}

/// As [`stream`], with a function of the user's that finds the errors.
pub(crate) fn stream_with<S: Stream>(
    slot: Slot,
    inner: S,
    take: Take<S::Item>,
    is_failure: impl Fn(&S::Item) -> Option<failure::Failure> + Send + Sync + 'static,
) -> ObservedStream<S> {
    let running = slot.map(|op| {
        let failure = Failure::Custom(Box::new(is_failure));
        begin(op, |facts| Known::Chunks(facts, take), failure)
    });
    ObservedStream { inner, running }
}

/// As [`stream`], for the pieces of a body.
pub(crate) fn stream_bytes<S: Stream>(
    slot: Slot,
    inner: S,
    bytes: Bytes<S::Item>,
    class: Class<S::Item>,
) -> ObservedStream<S> {
    let running = slot.map(|op| {
        let most = op.limits().event;
        let known = |facts| Known::Bytes(Box::new(ByteAccumulator::of(facts, most)), bytes);
        begin(op, known, Failure::Class(class.0))
    });
    ObservedStream { inner, running }
}

#[cold]
fn begin<I>(
    mut op: Box<Op>,
    known: impl FnOnce(Accumulator) -> Known<I>,
    failure: Failure<I>,
) -> Box<Running<I>> {
    op.wait();
    let recorder = Recorder::new(&mut op);
    let facts = Accumulator::new(recorder.wants_content(), recorder.room());
    let known = Some(known(facts));
    Box::new(Running {
        slot: Some(op),
        ended: SpanRef::new(),
        known,
        failure,
        timer: ChunkTimer::First,
    })
}

impl<I> Running<I> {
    /// Takes in one item; returns the outcome if the item is an error.
    #[inline]
    fn item(&mut self, item: &I) -> Option<Outcome> {
        let op = self.slot.as_deref_mut()?;
        let failure = match &self.failure {
            Failure::Class(class) => class(item, op),
            Failure::Custom(is_failure) => contained(CallOut::StreamFailure, || is_failure(item))
                .flatten()
                .map(|error| outcome(error, op)),
        };
        let known = self.known.as_mut();
        let is_output = known.and_then(|known| contained(CallOut::Chunk, || known.take(item)));
        if failure.is_none() && is_output != Some(false) {
            self.timer.output(op);
        }
        failure
    }

    /// Ends the operation with what has arrived: from now on the stream is polled straight.
    #[cold]
    fn end(&mut self, outcome: Outcome) {
        let Some(mut op) = self.slot.take() else {
            return;
        };
        left(&mut op);
        if let Some(known) = self.known.take() {
            known.end().finish(&mut Recorder::new(&mut op));
        }
        self.ended = op.span_ref();
        // Nothing more is recorded.
        (self.timer, self.failure) = (ChunkTimer::Off, Failure::Class(|_, _| None));
        // A stream that panicked ends as a panic does: by being dropped in that state.
        if !op.has_panicked() {
            op.finish(outcome);
        }
    }
}

impl<I> Drop for Running<I> {
    /// A stream that is dropped early was wanted that far: it succeeded with what arrived.
    fn drop(&mut self) {
        self.end(Outcome::Ok);
    }
}

impl<S: Stream> ObservedStream<S> {
    fn is_recorded(&self) -> bool {
        self.running.as_ref().is_some_and(|r| r.slot.is_some())
    }

    /// The stream inside.
    #[cfg(feature = "rig-0_44")]
    pub(crate) fn inner(&self) -> &S {
        &self.inner
    }

    /// A handle on the call, for what is known of it only later: an evaluation, a thumbs-up. Once the stream has ended it has the
    /// response's id, too. It is empty where nobody listens.
    pub fn span_ref(&self) -> SpanRef {
        let Some(running) = self.running.as_deref() else {
            return SpanRef::new();
        };
        match running.slot.as_deref() {
            Some(op) => op.span_ref(),
            None => running.ended.clone(),
        }
    }

    /// Ends the operation, unless it has ended, with what has arrived.
    pub(crate) fn end(self: Pin<&mut Self>, outcome: impl FnOnce(&Op) -> Outcome) {
        if let Some(running) = self.project().running.as_deref_mut() {
            if let Some(op) = running.slot.as_deref() {
                let outcome = outcome(op);
                running.end(outcome);
            }
        }
    }
}

// As safe to look at after a panic as the user's stream is.
impl<S: Stream + UnwindSafe> UnwindSafe for ObservedStream<S> {}
impl<S: Stream + RefUnwindSafe> RefUnwindSafe for ObservedStream<S> {}

impl<S: Stream> Stream for ObservedStream<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let running = this.running.as_deref_mut();
        let Some(running) = running.filter(|r| r.slot.is_some()) else {
            return this.inner.poll_next(cx);
        };
        let polled = {
            let mut entered = enter(&mut running.slot);
            let polled = this.inner.poll_next(cx);
            if let Some(entered) = &mut entered {
                entered.left(false);
            }
            polled
        };
        let outcome = match &polled {
            Poll::Pending => None,
            Poll::Ready(Some(item)) => running.item(item),
            Poll::Ready(None) => Some(Outcome::Ok),
        };
        if let Some(outcome) = outcome {
            running.end(outcome);
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<S: FusedStream> FusedStream for ObservedStream<S> {
    fn is_terminated(&self) -> bool {
        self.inner.is_terminated()
    }
}

/// Shows nothing of the stream, which may hold content.
impl<S: Stream> fmt::Debug for ObservedStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObservedStream")
            .field("is_recorded", &self.is_recorded())
            .finish_non_exhaustive()
    }
}
