//! What the items of a stream say, by their type; see [`Returned`](super::Returned) for how types are distinguished.

use std::marker::PhantomData;

use futures_core::Stream;

use crate::extract::accumulator::Accumulator;
use crate::extract::observe::Take;
use crate::extract::traits::Chunk;

/// The items of a stream.
pub struct Items<I>(PhantomData<fn() -> I>);

/// The items of `stream`.
pub fn items<S: Stream>(_: &S) -> Items<S::Item> {
    Items::new()
}

impl<I> Items<I> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<I: Chunk> Items<I> {
    /// How a chunk is taken in.
    pub fn chunk(&self) -> Take<I> {
        I::record_chunk
    }

    /// How a chunk is taken in.
    pub fn chunk_if_any(&self) -> Take<I> {
        I::record_chunk
    }
}

impl<I> Items<I> {
    /// Takes nothing in, as `response = none` says.
    pub fn nothing(&self) -> Take<I> {
        nothing
    }
}

/// Chosen for items that are no [`Chunk`]s; its method is marked deprecated so that the compiler warns.
pub trait NoChunk {
    /// The type of the items.
    type Item;

    /// Takes nothing in.
    #[deprecated(
        note = "a warning, nothing is deprecated: no response is recorded, since the items of this stream are not known as chunks. \
        Implement `genai::Chunk` for them or switch on the client's feature; \
        or say what they serialise to: `response = openai`; \
        or say that nothing is recorded of them: `response = none`. \
        In a generic function the bound `S::Item: genai::Chunk` makes them known"
    )]
    fn chunk(&self) -> Take<Self::Item> {
        nothing
    }
}

impl<I> NoChunk for Items<I> {
    type Item = I;
}

/// The same where items are not expected to say anything.
pub trait ChunkIfAny {
    /// The type of the items.
    type Item;

    /// Takes nothing in.
    fn chunk_if_any(&self) -> Take<Self::Item> {
        nothing
    }
}

impl<I> ChunkIfAny for Items<I> {
    type Item = I;
}

fn nothing<I>(_: &I, _: &mut Accumulator) {}
