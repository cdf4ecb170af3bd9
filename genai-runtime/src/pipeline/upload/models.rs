//! Models of the queue of uploads: threads that finish operations, the worker, and whoever flushes or shuts down.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use loom::future::block_on;
use loom::thread::{self, JoinHandle};
use opentelemetry::metrics::noop::NoopMeterProvider;

use super::format::Format;
use super::known::{Hashed, Kind};
use super::names;
use super::queue::{Job, Place, Queue};
use super::render::{Rendered, render};
use super::report::{Reason, Report};
use super::store::{Body, Object};
use crate::content::message::Part;
use crate::diag::sync::{every_order, orders_within};

const BYTES: usize = 1 << 20;

fn queue(files: usize, bytes: usize) -> Arc<Queue> {
    let report = Report::new(Some(Arc::new(NoopMeterProvider::new())), Duration::MAX);
    Arc::new(Queue::new(files, bytes, report))
}

fn part() -> Part {
    Part::Text {
        content: "Hello".into(),
    }
}

/// Whether the queue accepts a file or has it, as `UploadHook::submit` asks it.
fn submits(queue: &Queue, hashed: Option<Hashed>) -> bool {
    let refused = |reason| {
        queue.report.dropped(1, reason);
        false
    };
    let room = match queue.room(hashed.as_ref()) {
        Place::Room(room) => room,
        Place::Taken => return true,
        Place::Refused(reason) => return refused(reason),
    };
    let Rendered::Body(body, reserved) = render(&[part()], Format::Json, 8, &queue.budget) else {
        return refused(Reason::QueueBytes);
    };
    let object = Object {
        name: "name".into(),
        body: Body(Arc::new(body)),
        content_type: Format::Json.content_type(),
    };
    let is_accepted = room.put(object, reserved, hashed);
    queue.wake();
    is_accepted || refused(Reason::Shutdown)
}

/// The next file, as the worker gets it; nothing where it is to end.
fn next(queue: &Queue) -> Option<Job> {
    block_on(poll_fn(|cx| {
        if queue.poll_aborted(cx) {
            return Poll::Ready(None);
        }
        queue.poll_next(cx)
    }))
}

/// Stores what comes until the queue ends; gives how many files.
fn works(queue: &Queue) -> u64 {
    let mut files = 0;
    while let Some(job) = next(queue) {
        queue.stored(job.id);
        files += 1;
    }
    files
}

fn spawned<T: 'static>(queue: &Arc<Queue>, f: impl FnOnce(&Queue) -> T + 'static) -> JoinHandle<T> {
    let queue = Arc::clone(queue);
    thread::spawn(move || f(&queue))
}

/// Everything that was handed over has one fate, and nothing is held any more.
fn balances(queue: &Queue, accepted: u64, refused: u64) {
    let stats = queue.report.stats();
    assert_eq!(stats.stored.files + stats.failed.files, accepted);
    assert_eq!(stats.dropped.files, refused);
    assert!(queue.is_idle());
    assert_eq!(queue.budget.used(), 0);
}

#[test]
fn a_file_that_comes_while_the_queue_closes_is_stored_or_refused() {
    orders_within(2, "a file while the queue closes", || {
        let queue = queue(1, BYTES);
        let worker = spawned(&queue, works);
        let submitted = spawned(&queue, |queue| submits(queue, None));
        queue.close();
        let accepted = u64::from(submitted.join().unwrap());
        assert_eq!(worker.join().unwrap(), accepted);
        balances(&queue, accepted, 1 - accepted);
    });
}

/// Two files for `queue`; gives how many it accepted, after the worker had them.
fn two_at_once(queue: &Arc<Queue>) -> u64 {
    let other = spawned(queue, |queue| submits(queue, None));
    let accepted = u64::from(submits(queue, None)) + u64::from(other.join().unwrap());
    queue.close();
    assert_eq!(works(queue), accepted);
    balances(queue, accepted, 2 - accepted);
    accepted
}

#[test]
fn a_place_is_one_file_s() {
    every_order("two files and a place for one", || {
        assert_eq!(two_at_once(&queue(1, BYTES)), 1);
    });
    every_order("two files and places for both", || {
        assert_eq!(two_at_once(&queue(2, BYTES)), 2);
    });
}

#[test]
fn bytes_are_one_file_s() {
    orders_within(1, "two files and bytes for one", || {
        // Both may find too few left while both are rendered.
        assert!(two_at_once(&queue(2, 60)) <= 1);
    });
}

#[test]
fn an_object_that_two_share_is_stored_once() {
    let hashed = names::system_hash(&[part()]).map(|hash| (Kind::System, hash));
    assert!(hashed.is_some());
    orders_within(2, "a hashed object from two threads", move || {
        let queue = queue(2, BYTES);
        let worker = spawned(&queue, works);
        let other = spawned(&queue, move |queue| submits(queue, hashed));
        assert!(submits(&queue, hashed));
        assert!(other.join().unwrap());
        queue.close();
        assert_eq!(worker.join().unwrap(), 1);
        balances(&queue, 1, 0);
    });
}

#[test]
fn a_flush_ends_after_what_came_before_it_and_its_count() {
    every_order("a flush", || {
        let queue = queue(2, BYTES);
        assert!(submits(&queue, None));
        let worker = spawned(&queue, works);
        assert!(queue.flush(Duration::MAX).is_ok());
        assert_eq!(queue.report.stats().stored.files, 1);
        queue.close();
        assert_eq!(worker.join().unwrap(), 1);
        balances(&queue, 1, 0);
    });
}

#[test]
fn a_file_that_a_shutdown_gives_up_has_one_fate() {
    every_order("a shutdown without time", || {
        let queue = queue(2, BYTES);
        assert!(submits(&queue, None));
        let worker = spawned(&queue, works);
        let done = queue.shutdown(Duration::ZERO);
        worker.join().unwrap();
        let failed = queue.report.stats().failed.files;
        assert!(done.is_err() || failed == 0);
        balances(&queue, 1, 0);
    });
}

#[test]
fn what_waits_outlives_a_worker_that_breaks_down() {
    orders_within(3, "a worker that breaks down", || {
        let queue = queue(2, BYTES);
        assert!(submits(&queue, None));
        let worker = spawned(&queue, |queue| {
            let held = next(queue);
            queue.fail_held();
            drop(held);
            works(queue)
        });
        let accepted = 1 + u64::from(submits(&queue, None));
        queue.close();
        assert_eq!(worker.join().unwrap(), accepted - 1);
        assert_eq!(queue.report.stats().failed.files, 1);
        balances(&queue, accepted, 0);
    });
}
