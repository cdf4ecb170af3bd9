//! What the items of a stream tell, by their type; see [`Out`](super::Out) for how a type is told from another.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use futures_core::Stream;

use crate::extract::accumulator::Accumulator;
use crate::extract::observe::Take;
use crate::extract::traits::Chunk;

/// The items of a stream.
pub struct Items<I>(PhantomData<fn() -> I>);

/// The items of `stream`.
pub fn items<S: Stream>(_: &S) -> Items<S::Item> {
    Items(PhantomData)
}

impl<I: Chunk> Items<I> {
    /// How a chunk is taken in.
    pub fn chunk(&self) -> Take<I> {
        I::record
    }

    /// How a chunk is taken in.
    pub fn chunk_if_any(&self) -> Take<I> {
        I::record
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
        note = "no response is recorded, since the items of this stream are not known as chunks. \
        Implement `genai::Chunk` for them or switch on the client's feature; \
        or say that they tell nothing: `response = none`. \
        In a generic function the bound `S::Item: genai::Chunk` makes them known"
    )]
    fn chunk(&self) -> Take<Self::Item> {
        nothing
    }
}

impl<I> NoChunk for Items<I> {
    type Item = I;
}

/// The same where items are not expected to tell anything.
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

/// A named type that holds a boxed future, for `returns = future`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold the observed future",
    label = "expects `impl Future<Output = ..>` or `Pin<Box<dyn Future<Output = ..>>>`"
)]
pub trait FromFuture<F> {
    /// Boxes it.
    fn from_future(future: F) -> Self;
}

/// A named type that holds a boxed stream, for `returns = stream`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold the observed stream",
    label = "expects `impl Stream<Item = ..>` or `Pin<Box<dyn Stream<Item = ..>>>`",
    note = "a `Result` of a stream is written out, as in `Result<Alias, Error>`; \
        inside the function, `genai::observe_stream(..)` wraps a stream of any type"
)]
pub trait FromStream<S> {
    /// Boxes it.
    fn from_stream(stream: S) -> Self;
}

macro_rules! boxes {
    ($([$($auto:tt)*])*) => {$(
        impl<'a, F: Future $($auto)* + 'a> FromFuture<F> for Pin<Box<dyn Future<Output = F::Output> $($auto)* + 'a>> {
            fn from_future(future: F) -> Self {
                Box::pin(future)
            }
        }

        impl<'a, S: Stream $($auto)* + 'a> FromStream<S> for Pin<Box<dyn Stream<Item = S::Item> $($auto)* + 'a>> {
            fn from_stream(stream: S) -> Self {
                Box::pin(stream)
            }
        }
    )*};
}
boxes!([] [+ Send] [+ Send + Sync]);
