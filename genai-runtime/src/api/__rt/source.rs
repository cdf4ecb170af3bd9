//! A value that is to be a stream, of a type that is not named as one: a stream, or a `Result` of one under another name, is observed;
//! what is neither is reported once, in words of ours.
//!
//! Which it is, its type says: `(&source).kind()` finds the first of three kinds whose bound holds. The rest is asked of the kind.

use futures_core::Stream;

use super::error::end_as;
use super::items::Items;
use crate::extract::accumulator::Accumulator;
use crate::extract::observe::{Class, FromStream, ObservedStream, Take, stream};
use crate::extract::traits::Chunk;
use crate::operation::Slot;

/// What a function with `stream` gives.
pub struct Source<S>(S);

/// The value of a function with `stream`, to be asked.
pub fn source<S>(value: S) -> Source<S> {
    Source(value)
}

impl<S> Source<S> {
    /// The value as an item, to be asked whether it is an error.
    pub fn whole(&self) -> Items<S> {
        Items::new()
    }
}

/// The kind of a stream.
#[derive(Clone, Copy)]
pub struct OfStream;

impl<S: Stream> Source<S> {
    /// It is a stream.
    pub fn kind(&self) -> OfStream {
        OfStream
    }
}

impl OfStream {
    /// What its items say, by their type.
    pub fn items<S: Stream>(self, _: &Source<S>) -> Items<S::Item> {
        Items::new()
    }

    /// The stream with the operation in it.
    pub fn observed<S: Stream>(
        self,
        source: Source<S>,
        slot: Slot,
        take: Take<S::Item>,
        class: Class<S::Item>,
        _: Class<S>,
    ) -> ObservedStream<S> {
        stream(slot, source.0, take, class)
    }
}

/// The kind of a `Result` of a stream.
#[derive(Clone, Copy)]
pub struct OfResult;

/// Chosen for a `Result` of a stream.
pub trait ResultOfStream {
    /// It is a `Result` of a stream.
    fn kind(&self) -> OfResult {
        OfResult
    }
}

impl<S: Stream, E> ResultOfStream for Source<Result<S, E>> {}

impl OfResult {
    /// What the items of a success say, by their type.
    pub fn items<S: Stream, E>(self, _: &Source<Result<S, E>>) -> Items<S::Item> {
        Items::new()
    }

    /// The stream of a success with the operation in it; an error ends the operation.
    pub fn observed<S: Stream, E>(
        self,
        source: Source<Result<S, E>>,
        mut slot: Slot,
        take: Take<S::Item>,
        class: Class<S::Item>,
        whole: Class<Result<S, E>>,
    ) -> Result<ObservedStream<S>, E> {
        if source.0.is_err() {
            if let Some(op) = slot.take() {
                end_as(whole, &source.0, op);
            }
        }
        source.0.map(|value| stream(slot, value, take, class))
    }
}

/// The kind of what is no stream. Its first method cannot be called; the other lets everything pass, so that this is said once.
#[derive(Clone, Copy)]
pub struct OfNeither;

/// Chosen for everything else.
pub trait NoStream {
    /// It is no stream.
    fn kind(&self) -> OfNeither {
        OfNeither
    }
}

impl<S> NoStream for &Source<S> {}

impl OfNeither {
    /// No items.
    pub fn items<S: IsStream>(self, _: &Source<S>) -> Items<NoItem> {
        Items::new()
    }

    /// The value as it is.
    pub fn observed<S, T, C, W>(
        self,
        source: Source<S>,
        _: Slot,
        _: T,
        _: C,
        _: W,
    ) -> Unobserved<S> {
        Unobserved(source.0)
    }
}

/// Implemented for nothing.
#[diagnostic::on_unimplemented(
    message = "`stream` needs a stream to wrap, and `{Self}` is none",
    label = "not a stream",
    note = "a function that returns one says `impl Stream<Item = ..>`, `Pin<Box<dyn Stream<Item = ..>>>` or a `Result` of one; \
        a stream in another type, such as `Sse<..>` or a response body, is made in the function: `genai::current().into_stream(..)`, without `stream`",
    note = "a function that passes its chunks on itself, to a callback or a channel, says `streaming` in place of `stream`, and `genai::current().chunk(&item)` for each of them"
)]
pub trait IsStream {}

/// The item of what is no stream.
#[derive(serde::Serialize)]
pub struct NoItem;

impl Chunk for NoItem {
    fn record_chunk(&self, _: &mut Accumulator) {}
}

/// What was no stream.
pub struct Unobserved<S>(S);

impl<S> FromStream<Unobserved<S>> for S {
    fn from_stream(value: Unobserved<S>) -> S {
        value.0
    }
}
