//! A value that is to be a stream, of a type whose name does not say so: what is none is reported once, in words of ours.

use futures_core::Stream;

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

impl<S: Stream> Source<S> {
    /// What its items say, by their type.
    pub fn items(&self) -> Items<S::Item> {
        Items::new()
    }

    /// The stream with the operation in it.
    pub fn observed(
        self,
        slot: Slot,
        take: Take<S::Item>,
        class: Class<S::Item>,
    ) -> ObservedStream<S> {
        stream(slot, self.0, take, class)
    }
}

/// Chosen for what is no stream. Its first method cannot be called; the others let everything pass, so that this is said once.
pub trait NoStream: Sized {
    /// The value.
    type Value;

    /// No items.
    fn items(&self) -> Items<NoItem>
    where
        Self::Value: IsStream;

    /// The value as it is.
    fn observed<T, C>(self, slot: Slot, take: T, class: C) -> Unobserved<Self::Value>;
}

impl<S> NoStream for Source<S> {
    type Value = S;

    fn items(&self) -> Items<NoItem>
    where
        S: IsStream,
    {
        Items::new()
    }

    fn observed<T, C>(self, _: Slot, _: T, _: C) -> Unobserved<S> {
        Unobserved(self.0)
    }
}

/// Implemented for nothing.
#[diagnostic::on_unimplemented(
    message = "`stream` needs a stream to wrap, and `{Self}` is none",
    label = "not a stream",
    note = "a function that returns one says `impl Stream<Item = ..>`, `Pin<Box<dyn Stream<Item = ..>>>` or a `Result` of one, written out \
        as in `Result<Alias, Error>`; a stream in another type, such as a response body, is made in the function: `genai::current().into_stream(..)`, without `stream`",
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
