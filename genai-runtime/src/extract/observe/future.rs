//! Around the body of an `async fn`: the slot stays in the function's frame, this borrows it.

use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::operation::active::enter;
use crate::operation::{Slot, leave};

pin_project! {
    /// The future of an annotated body.
    ///
    /// The order of the fields does the work of a `Drop` of its own, which would be made again for every function: when the
    /// call is cancelled, `on_drop` attaches the span, `future` is dropped inside it, and then the slot, which the frame
    /// outside drops after this, detaches and ends it. Once `future` is ready, `on_drop` has nothing to do.
    #[must_use = "futures do nothing unless polled"]
    pub struct Observed<'a, F> {
        on_drop: OnDrop<'a>,
        #[pin]
        future: F,
    }
}

struct OnDrop<'a>(Option<&'a mut Slot>);

impl Drop for OnDrop<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(Some(op)) = &mut self.0 {
            leave(op);
        }
    }
}

/// Makes the operation of `slot`, if any, current whenever `future` is polled.
#[inline]
pub fn observe<F: Future>(slot: &mut Slot, future: F) -> Observed<'_, F> {
    Observed {
        on_drop: OnDrop(Some(slot)),
        future,
    }
}

// As safe to look at after a panic as the user's future is.
impl<F: UnwindSafe> UnwindSafe for Observed<'_, F> {}
impl<F: RefUnwindSafe> RefUnwindSafe for Observed<'_, F> {}

impl<F: Future> Future for Observed<'_, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let polled = {
            // One call of `poll` for both cases, so that it is inlined.
            let mut entered = match &mut this.on_drop.0 {
                Some(slot) if slot.is_some() => enter(slot),
                _ => None,
            };
            let polled = this.future.poll(cx);
            if let Some(entered) = &mut entered {
                entered.left(polled.is_ready());
            }
            polled
        };
        if polled.is_ready() {
            this.on_drop.0 = None;
        }
        polled
    }
}
