//! Types whose written name is a client's: where no feature knows them, they are read by what they serialise to.
//!
//! As elsewhere, the impl on the most references whose bound holds is chosen.

use serde::Serialize;

use super::items::Items;
use super::returned::{Returned, answered};
use crate::extract::accumulator::Accumulator;
use crate::extract::clients::format_of;
use crate::extract::known::at_once;
use crate::extract::observe::Take;
use crate::extract::recorder::Recorder;
use crate::extract::traits::{Chunk, Request, Response};
use crate::extract::wire::Wire;
use crate::operation::Op;

/// A request, to be asked how it is read.
pub struct Asked<'a, T: ?Sized>(&'a T);

/// `request = req`, where the type of `req` has the name of a client's.
pub fn asked<T: ?Sized>(request: &T) -> Asked<'_, T> {
    Asked(request)
}

/// A value that is read by the name of its type.
pub struct ByName<'a, T: ?Sized>(&'a T);

impl<T: Serialize> Request for ByName<'_, T> {
    fn record_request(&self, recorder: &mut Recorder<'_>) {
        if let Some(format) = format_of::<T>() {
            Wire::of(format, self.0).record_request(recorder);
        }
    }
}

impl<T: Serialize> Response for ByName<'_, T> {
    fn record_response(&self, recorder: &mut Recorder<'_>) {
        if let Some(format) = format_of::<T>() {
            Wire::of(format, self.0).record_response(recorder);
        }
    }
}

/// The request is one by itself.
pub trait AskedByType<'a> {
    /// The type.
    type Value;

    /// How it is read.
    fn request(&self) -> &'a Self::Value;
}

impl<'a, T: Request> AskedByType<'a> for &&Asked<'a, T> {
    type Value = T;

    fn request(&self) -> &'a T {
        self.0
    }
}

/// It serialises.
pub trait AskedByName<'a> {
    /// The type.
    type Value;

    /// How it is read.
    fn request(&self) -> ByName<'a, Self::Value>;
}

impl<'a, T: Serialize> AskedByName<'a> for &Asked<'a, T> {
    type Value = T;

    fn request(&self) -> ByName<'a, T> {
        ByName(self.0)
    }
}

/// Neither, which is reported.
pub trait AskedInVain<'a> {
    /// The type.
    type Value;

    /// The value, which is no request.
    fn request(&self) -> &'a Self::Value;
}

impl<'a, T> AskedInVain<'a> for Asked<'a, T> {
    type Value = T;

    fn request(&self) -> &'a T {
        self.0
    }
}

macro_rules! answers {
    ($($(#[$doc:meta])* $name:ident on [$($receiver:tt)*] for [$($generics:tt)*] $ty:ty, |$value:ident, $op:ident| $read:expr;)*) => {$(
        $(#[$doc])*
        pub trait $name {
            /// Records the response.
            fn client_response(&self, op: &mut Op);
        }

        impl<$($generics)*> $name for $($receiver)* Returned<'_, $ty> {
            fn client_response(&self, $op: &mut Op) {
                let $value = self.0;
                $read
            }
        }
    )*};
}

answers! {
    /// The result is a response by itself.
    AnswerByType on [&&&] for [T: Response] T, |value, op| answered(op, value);
    /// The value of a success serialises.
    AnswerByName on [&&] for [T: Serialize, E] Result<T, E>, |value, op| {
        if let Ok(value) = value {
            answered(op, &ByName(value));
        }
    };
    /// The value serialises.
    PlainAnswerByName on [&] for [T: Serialize] T, |value, op| answered(op, &ByName(value));
}

/// Neither, of which the compiler warns.
pub trait NoAnswer {
    /// Records nothing.
    #[deprecated(
        note = "a warning, nothing is deprecated: no response is recorded, since this type is not known as one and does not serialise. \
        Switch on the client's feature; \
        or name what is recorded of it: `response(|r| model = .., input_tokens = ..)`, or `response = path::to::a_function`; \
        or say that nothing is recorded of it: `response = none`"
    )]
    fn client_response(&self, _: &mut Op) {}
}

impl<T> NoAnswer for Returned<'_, T> {}

macro_rules! items {
    ($($(#[$doc:meta])* $name:ident on [$($receiver:tt)*] for [$($generics:tt)*] $ty:ty, $take:expr;)*) => {$(
        $(#[$doc])*
        pub trait $name {
            /// The type of an item.
            type Item;

            /// How an item is taken in.
            fn client_chunk(&self) -> Take<Self::Item>;
        }

        impl<$($generics)*> $name for $($receiver)* Items<$ty> {
            type Item = $ty;

            fn client_chunk(&self) -> Take<$ty> {
                $take
            }
        }
    )*};
}

items! {
    /// Items are chunks by themselves.
    ChunkByType on [&&&&] for [I: Chunk] I, I::record_chunk;
    /// Several chunks that serialise, or an error.
    ChunkListByName on [&&&] for [T: Serialize, E] Result<Vec<T>, E>, |item, stream| by_name(item.as_deref().unwrap_or_default(), stream);
    /// A chunk that serialises, or an error.
    ChunkByName on [&&] for [T: Serialize, E] Result<T, E>, |item, stream| by_name(item.as_ref().map_or(&[], std::slice::from_ref), stream);
    /// A chunk that serialises.
    PlainChunkByName on [&] for [T: Serialize] T, |item, stream| by_name(std::slice::from_ref(item), stream);
}

/// Neither, of which the compiler warns.
pub trait NoClientChunk {
    /// The type of an item.
    type Item;

    /// Takes nothing in.
    #[deprecated(
        note = "a warning, nothing is deprecated: no response is recorded, since the items of this stream are not known as chunks and do not \
        serialise. Switch on the client's feature, implement `genai::Chunk` for them, or say that nothing is recorded of them: \
        `response = none`"
    )]
    fn client_chunk(&self) -> Take<Self::Item> {
        |_, _| {}
    }
}

impl<I> NoClientChunk for Items<I> {
    type Item = I;
}

/// Takes in chunks that arrived at once. The name is looked up until the format is known.
fn by_name<T: Serialize>(chunks: &[T], stream: &mut Accumulator) {
    at_once(chunks, stream, |chunk, stream| {
        let known = match stream.format {
            Some(format) => Some(Wire::known(format, chunk)),
            None => format_of::<T>().map(|format| Wire::of(format, chunk)),
        };
        match known {
            Some(wire) => wire.record_chunk(stream),
            None => stream.no_output(),
        }
    });
}
