//! One ended operation per thread waits here to be the next: its memory and its configuration are there already, and neither
//! an allocator nor a reference count is asked.

use std::cell::Cell;

use super::op::Op;
use crate::diag::retired::{dropped, retire};

/// One whose list of attributes grew larger is not kept.
const LARGEST: usize = 64;

thread_local! {
    static SPARE: Spare = const { Spare(Cell::new(None)) };
}

/// It may be the last owner of a configuration, whose destructors are others' code.
struct Spare(Cell<Option<Box<Op>>>);

impl Drop for Spare {
    fn drop(&mut self) {
        if let Some(op) = self.0.take() {
            retire(op);
        }
    }
}

/// The spare operation.
#[inline]
pub(super) fn take() -> Option<Box<Op>> {
    SPARE.try_with(|spare| spare.0.take()).ok().flatten()
}

/// Keeps an ended operation of the process default's.
#[inline]
pub(super) fn give(mut op: Box<Op>) {
    if op.generation != 0 && op.state.is_ended() && op.attributes.capacity() <= LARGEST {
        op.clear();
        let mut op = Some(op);
        match SPARE.try_with(|spare| spare.0.replace(op.take())) {
            Ok(None) => {}
            Ok(before) => dropped(before),
            // The thread is being torn down.
            Err(_) => retire(op),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::Sender;
    use std::thread::ThreadId;
    use std::time::Duration;

    use super::super::facts::{MODEL, RESPONSE_ID};
    use super::super::finish::{Ending, Outcome};
    use super::*;
    use crate::semconv::kind::Kind;

    fn op(generation: u64) -> Box<Op> {
        let mut op = Op::of_kind(Kind::Chat, |t| t);
        op.generation = generation;
        op
    }

    #[test]
    fn an_operation_of_the_process_default_that_has_ended_waits_for_the_next() {
        let on_a_thread = || {
            assert!(take().is_none());
            for (generation, is_ended, room, is_kept) in [
                (7, true, 0, true),
                (7, true, LARGEST, true),
                (7, true, LARGEST + 1, false),
                // Its configuration is its own, or somebody still has it.
                (0, true, 0, false),
                (7, false, 0, false),
            ] {
                let mut op = op(generation);
                op.attributes = Vec::with_capacity(room);
                assert_eq!(op.attributes.capacity(), room);
                if is_ended {
                    op.start();
                    op.end(Ending::Returned(Outcome::Ok));
                    op.attributes = Vec::with_capacity(room);
                }
                give(op);
                assert_eq!(take().is_some(), is_kept, "{generation} {is_ended} {room}");
                assert!(take().is_none());
            }
        };
        std::thread::spawn(on_a_thread).join().expect("no panic");
    }

    /// One that waits knows nothing of the call that it was.
    #[test]
    fn what_waits_is_empty() {
        let on_a_thread = || {
            let mut op = op(7);
            op.fill_str(MODEL, "m");
            op.fill_str(RESPONSE_ID, "r");
            op.property("tenant", "acme".into());
            op.start();
            op.finish(Outcome::Ok);
            let op = take().expect("the one that ended");
            assert!(op.facts().is_empty(), "{:?}", op.facts());
            assert!(op.attributes.is_empty() && op.rare.is_none() && op.content.is_none());
            assert_eq!(
                (op.properties_at_start, op.entry, op.opens_scope),
                (0, 0, false)
            );
        };
        std::thread::spawn(on_a_thread).join().expect("no panic");
    }

    /// It may be the last owner of a configuration: that is dropped on a thread that goes on.
    #[test]
    fn what_waits_on_a_thread_that_ends_is_dropped_elsewhere() {
        struct Dropped(Sender<ThreadId>);
        impl Drop for Dropped {
            fn drop(&mut self) {
                let _ = self.0.send(std::thread::current().id());
            }
        }
        let (sender, by) = std::sync::mpsc::channel();
        let on_a_thread = move || {
            let dropped = Dropped(sender);
            let mut op = Op::of_kind(Kind::Chat, |t| {
                t.redactor(move |_| {
                    let _ = &dropped;
                })
            });
            op.generation = 7;
            op.start();
            op.finish(Outcome::Ok);
        };
        let thread = std::thread::spawn(on_a_thread);
        let id = thread.thread().id();
        thread.join().expect("no panic");
        crate::diag::retired::drop_retired();
        // Another test may be the one that drops it.
        let by = by.recv_timeout(Duration::from_secs(10));
        assert!(by.is_ok_and(|by| by != id));
    }
}
