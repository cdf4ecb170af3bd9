//! `response = openai`, `request = openai(req)`: values of any type that serialises, read in the format that the attribute names.

use serde::Serialize;

use super::items::Items;
use crate::extract::accumulator::Accumulator;
use crate::extract::known::at_once;
use crate::extract::observe::Take;
use crate::extract::recorder::Recorder;
use crate::extract::traits::{Chunk, Request, Response};
use crate::extract::wire::{Wire, WireFormat};

/// What serialises, in words of ours.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `serde::Serialize`, so no format can be read from it",
    label = "a format is read from types that serialise",
    note = "name what is recorded of the type in place of a format: `response(|r| model = .., input_tokens = ..)`, and of a request `model = ..`; \
        or derive `serde::Serialize` for it, if it is yours and has the provider's fields"
)]
pub trait Serialises {
    /// Records a request.
    fn wire_request(&self, format: WireFormat, recorder: &mut Recorder<'_>);
    /// Records a response.
    fn wire_response(&self, format: WireFormat, recorder: &mut Recorder<'_>);
    /// Records a chunk.
    fn wire_chunk(&self, format: WireFormat, stream: &mut Accumulator);
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> Serialises for T {
    fn wire_request(&self, format: WireFormat, recorder: &mut Recorder<'_>) {
        Wire::of(format, self).record_request(recorder);
    }

    fn wire_response(&self, format: WireFormat, recorder: &mut Recorder<'_>) {
        Wire::of(format, self).record_response(recorder);
    }

    fn wire_chunk(&self, format: WireFormat, stream: &mut Accumulator) {
        Wire::of(format, self).record_chunk(stream);
    }
}

/// A value and its format. Its type is left out, so that one which does not serialise is reported once.
pub struct InFormat<'a>(WireFormat, &'a dyn Serialises);

/// `openai(value)`
pub fn wire<T: Serialises>(format: WireFormat, value: &T) -> InFormat<'_> {
    InFormat(format, value)
}

impl Request for InFormat<'_> {
    fn record_request(&self, recorder: &mut Recorder<'_>) {
        self.1.wire_request(self.0, recorder);
    }
}

impl Response for InFormat<'_> {
    fn record_response(&self, recorder: &mut Recorder<'_>) {
        self.1.wire_response(self.0, recorder);
    }
}

/// The items of a stream in a format, by what holds them: the impl on the most references whose type fits is chosen. The bound
/// is the method's, so that a type that does not serialise is reported by its name.
macro_rules! items {
    ($($(#[$doc:meta])* $name:ident on [$($receiver:tt)*] for [$($generics:tt)*] $ty:ty, |$item:ident| $each:expr;)*) => {$(
        $(#[$doc])*
        pub trait $name<T> {
            /// The type of an item.
            type Item;

            /// How an item is taken in.
            fn wire<const FORMAT: u8>(&self) -> Take<Self::Item>
            where
                T: Serialises;
        }

        impl<$($generics)*> $name<T> for $($receiver)* Items<$ty> {
            type Item = $ty;

            fn wire<const FORMAT: u8>(&self) -> Take<$ty>
            where
                T: Serialises,
            {
                fn take<const FORMAT: u8, $($generics)*>($item: &$ty, stream: &mut Accumulator)
                where
                    T: Serialises,
                {
                    let format = WireFormat::of_index(FORMAT);
                    at_once($each, stream, |chunk, stream| chunk.wire_chunk(format, stream));
                }
                take::<FORMAT, $($generics)*>
            }
        }
    )*};
}

items! {
    /// Several chunks that arrive at once, or an error.
    WireLists on [&&&] for [T, E] Result<Vec<T>, E>, |item| item.as_deref().unwrap_or_default();
    /// A chunk or an error.
    WireResults on [&&] for [T, E] Result<T, E>, |item| item.as_ref().map_or(&[], std::slice::from_ref);
    /// Several chunks that arrive at once.
    WireVecs on [&] for [T] Vec<T>, |item| item.as_slice();
    /// A chunk.
    WireItems on [] for [T] T, |item| std::slice::from_ref(item);
}
