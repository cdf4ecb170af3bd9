//! What lasts as long as an operation: wrappers around futures, calls and streams that make its span current while, and only
//! while, the user's code runs.
//!
//! A slot goes in; the same slot comes out, and its operation knows how far it got. Whoever drops an unfinished operation
//! need not say why: the phase tells a panic from a cancellation.

mod boxed;
mod future;
mod lazy;
mod stream;
mod sync;

use std::cell::RefCell;
use std::panic::{RefUnwindSafe, UnwindSafe};

use futures_core::Stream;

use crate::context::ambient::Kept;
use crate::operation::{Ending, Op, Slot};

pub use boxed::{FromFuture, FromStream};
pub use future::{Observed, observe};
pub use lazy::{Lazy, lazy, prepare};
pub use stream::{Class, ObservedStream, Take, stream};
pub(crate) use stream::{stream_bytes, stream_told};
pub use sync::once;

// A future or stream is as safe to look at after a panic as the user's own is: whatever panicked left the operation in a phase
// that says so, and nothing is read of it but to end it.
impl UnwindSafe for Op {}
impl RefUnwindSafe for Op {}
impl<F: UnwindSafe> UnwindSafe for Observed<'_, F> {}
impl<F: RefUnwindSafe> RefUnwindSafe for Observed<'_, F> {}
impl<S: Stream + UnwindSafe> UnwindSafe for ObservedStream<S> {}
impl<S: Stream + RefUnwindSafe> RefUnwindSafe for ObservedStream<S> {}

/// How far an operation got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Its attributes are being evaluated.
    #[default]
    Preparing,
    /// It starts when its future is first polled; until then it does not exist for anyone.
    Lazy,
    /// The user's code runs. Found in an operation that is dropped, it means that this code panicked: `thread::panicking()`
    /// would also be true for a future that is dropped while some other panic unwinds.
    Running,
    /// The user's code waits to be polled again.
    Waiting,
    /// The user's code is done; what its result says is being read.
    Complete,
    /// The user's code is being dropped unfinished, with its span current.
    Leaving,
}

thread_local! {
    /// The contexts of the operations whose code is being dropped. Each is pushed before that code is dropped and popped
    /// when its operation is, so they nest.
    static LEAVING: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

/// The user's code is about to be dropped: unless it is done, it is dropped with its span current.
#[cold]
#[inline(never)]
pub(crate) fn leave(op: &mut Op) {
    if op.phase == Phase::Waiting {
        let guard = Kept::new(op.context());
        // While a thread is torn down there is no place for the guard; then the code is dropped without its span.
        let kept = LEAVING.try_with(|l| l.try_borrow_mut().map(|mut l| l.push(guard)).is_ok());
        if kept == Ok(true) {
            op.phase = Phase::Leaving;
        }
    }
}

/// The user's code has been dropped.
pub(crate) fn left(op: &mut Op) {
    if op.phase == Phase::Leaving {
        op.phase = Phase::Waiting;
        let guard = LEAVING.try_with(|l| l.try_borrow_mut().ok().and_then(|mut l| l.pop()));
        drop(guard);
    }
}

/// Ends an operation that is dropped unfinished.
#[cold]
pub(crate) fn dropped(op: &mut Op) {
    left(op);
    let ending = match op.phase {
        Phase::Lazy => return op.discard(),
        Phase::Preparing | Phase::Complete => Ending::ExpressionPanicked,
        Phase::Running => Ending::Panicked,
        Phase::Waiting | Phase::Leaving => Ending::Cancelled,
    };
    if !op.is_started() {
        op.start();
    }
    op.abandon(ending);
}

fn set_phase(slot: &mut Slot, phase: Phase) {
    if let Some(op) = slot {
        op.phase = phase;
    }
}
