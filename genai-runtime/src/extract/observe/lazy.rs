//! Around a future that a function returns: attributes were evaluated at the call, the operation starts at the first poll.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::operation::active::{enter, enter_unstarted};
use crate::operation::{Slot, leave};

pin_project! {
    /// A returned future: observed, and its output handed to `end` with the operation.
    #[must_use = "futures do nothing unless polled"]
    pub struct Lazy<F, E> {
        // Dropped before the slot, with the span current.
        #[pin]
        future: F,
        end: Option<E>,
        slot: Slot,
    }

    impl<F, E> PinnedDrop for Lazy<F, E> {
        fn drop(this: Pin<&mut Self>) {
            if let Some(op) = this.project().slot {
                leave(op);
            }
        }
    }
}

/// Runs what makes the future. The operation has not started, but a panic here is the function's and ends it.
#[inline]
pub fn prepare<T>(slot: &mut Slot, body: impl FnOnce() -> T) -> T {
    let entered = enter_unstarted(slot);
    let out = body();
    drop(entered);
    wait_for_start(slot);
    out
}

fn wait_for_start(slot: &mut Slot) {
    if let Some(op) = slot {
        op.wait_for_start();
    }
}

/// Makes the operation of `slot`, if any, last from the first poll of `future` to its end.
#[inline]
pub fn lazy<F, E, R>(slot: Slot, future: F, end: E) -> Lazy<F, E>
where
    F: Future,
    E: FnOnce(Slot, F::Output) -> R,
{
    Lazy {
        future,
        end: Some(end),
        slot,
    }
}

#[cold]
fn start(slot: &mut Slot) {
    if let Some(op) = slot {
        op.start();
    }
}

impl<F, E, R> Future for Lazy<F, E>
where
    F: Future,
    E: FnOnce(Slot, F::Output) -> R,
{
    type Output = R;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        let this = self.project();
        let polled = {
            let mut entered = if this.slot.is_some() {
                start(this.slot);
                enter(this.slot)
            } else {
                None
            };
            let polled = this.future.poll(cx);
            if let Some(entered) = &mut entered {
                entered.left(polled.is_ready());
            }
            polled
        };
        ended(polled, this.end, this.slot)
    }
}

/// What `end` makes of the output of a future that is ready, and of what was held while it ran.
#[inline]
pub(crate) fn ended<T, S, E, R>(
    polled: Poll<T>,
    end: &mut Option<E>,
    held: &mut Option<S>,
) -> Poll<R>
where
    E: FnOnce(Option<S>, T) -> R,
{
    match polled {
        Poll::Ready(out) => match end.take() {
            Some(end) => Poll::Ready(end(held.take(), out)),
            // A future that is ready twice broke its contract; there is nothing left to hand out.
            None => Poll::Pending,
        },
        Poll::Pending => Poll::Pending,
    }
}

/// Shows nothing of the future, which may hold content.
impl<F, E> std::fmt::Debug for Lazy<F, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lazy").finish_non_exhaustive()
    }
}
