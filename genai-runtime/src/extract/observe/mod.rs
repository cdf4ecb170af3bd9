//! What lasts as long as an operation: wrappers around futures, calls and streams that make its span current while, and only
//! while, the user's code runs.
//!
//! A slot goes in; the same slot comes out, and its operation knows how far it got. Whoever drops an unfinished operation
//! need not say why: its state distinguishes a panic from a cancellation.

mod boxed;
mod future;
mod lazy;
mod stream;
mod sync;

pub use boxed::{FromFuture, FromStream};
pub use future::{Observed, observe};
pub(crate) use lazy::ended;
pub use lazy::{Lazy, lazy, prepare};
pub use stream::{Class, ObservedStream, Take, stream};
pub(crate) use stream::{stream_bytes, stream_in, stream_with};
pub use sync::once;
