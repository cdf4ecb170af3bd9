//! The queue between the threads that finish operations and the worker: bounded by files and, through the budget, by bytes.
//!
//! In come rendered files; out they go to the worker, and their fate comes back. A file is *pending* from the moment it is
//! accepted until it is settled, stored or failed, exactly once. The lock is never held over input or output, rendering or
//! another's code.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::known::{Hashed, Known};
use super::render::{Budget, Reserved};
use super::report::{Reason, Report};
use super::store::Object;
use crate::diag::sync::atomic::AtomicBool;
use crate::diag::sync::{Condvar, Mutex, MutexGuard};
use crate::pipeline::hook::Unfinished;

/// How many hashed objects are remembered as stored.
const KNOWN: usize = 1024;

/// A file on its way.
pub(super) struct Job {
    pub(super) id: u64,
    pub(super) object: Object,
    /// Held until the object is let go.
    pub(super) reserved: Reserved,
}

/// What a look at the queue came to.
pub(super) enum Place<'a> {
    /// Room for one file.
    Room(Room<'a>),
    /// The object is stored already, or on its way.
    Taken,
    /// No room.
    Refused(Reason),
}

/// Room for one file, given back when dropped.
pub(super) struct Room<'a>(&'a Queue);

/// The queue.
pub(super) struct Queue {
    files: usize,
    pub(super) budget: Arc<Budget>,
    pub(super) report: Report,
    pub(super) started: AtomicBool,
    state: Mutex<State>,
    settled: Condvar,
}

struct State {
    /// Nothing more is accepted.
    closed: bool,
    /// What is pending is given up.
    aborted: bool,
    next: u64,
    /// Places that are being rendered for.
    rooms: usize,
    waiting: VecDeque<Job>,
    pending: BTreeMap<u64, Pending>,
    underway: HashSet<Hashed>,
    known: Known,
    worker: Option<Waker>,
}

impl State {
    /// What a flush that ends now leaves.
    fn unfinished(&self) -> Unfinished {
        let bytes: usize = self.pending.values().map(|file| file.bytes).sum();
        let files = self.pending.len();
        Unfinished::new(format!("uploads ({files} files, {bytes} bytes)"))
    }

    /// Whether a file with a smaller id is not settled. Ids rise, so the first one decides.
    fn is_pending_before(&self, id: u64) -> bool {
        let first = self.pending.first_key_value();
        first.is_some_and(|(first, _)| *first < id)
    }
}

struct Pending {
    bytes: usize,
    hashed: Option<Hashed>,
    claimed: bool,
}

impl Queue {
    pub(super) fn new(files: usize, bytes: usize, report: Report) -> Self {
        let state = State {
            closed: false,
            aborted: false,
            next: 0,
            rooms: 0,
            waiting: VecDeque::new(),
            pending: BTreeMap::new(),
            underway: HashSet::new(),
            known: Known::new(KNOWN),
            worker: None,
        };
        Self {
            files,
            budget: Arc::new(Budget::new(bytes)),
            report,
            started: AtomicBool::new(false),
            state: Mutex::new(state),
            settled: Condvar::new(),
        }
    }

    /// Asks for room for one file, unless the hashed object is there or on its way.
    pub(super) fn room(&self, hashed: Option<&Hashed>) -> Place<'_> {
        let mut state = self.state();
        if state.closed {
            return Place::Refused(Reason::Shutdown);
        }
        if let Some(hashed) = hashed {
            if state.known.touch(hashed) || state.underway.contains(hashed) {
                return Place::Taken;
            }
        }
        if state.pending.len() + state.rooms >= self.files {
            return Place::Refused(Reason::QueueFiles);
        }
        state.rooms += 1;
        Place::Room(Room(self))
    }

    /// Wakes the worker; called once after all files of an operation.
    pub(super) fn wake(&self) {
        let worker = self.state().worker.take();
        if let Some(worker) = worker {
            worker.wake();
        }
    }

    /// The next file for the worker; `None` when there will be none.
    pub(super) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Job>> {
        let mut state = self.state();
        if let Some(job) = state.waiting.pop_front() {
            return Poll::Ready(Some(job));
        }
        if state.closed {
            return Poll::Ready(None);
        }
        self.register(&mut state, cx);
        Poll::Pending
    }

    /// Whether the worker is to give up what it holds; asks to be woken when it is.
    pub(super) fn poll_aborted(&self, cx: &mut Context<'_>) -> bool {
        let mut state = self.state();
        self.register(&mut state, cx);
        state.aborted
    }

    fn register(&self, state: &mut State, cx: &mut Context<'_>) {
        match &mut state.worker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
    }

    /// A file was stored, or found to be.
    pub(super) fn stored(&self, id: u64) {
        if let Some(bytes) = self.claim(id) {
            self.report.stored(bytes);
            self.settle(id, true);
        }
    }

    /// A file could not be stored.
    pub(super) fn failed(&self, id: u64, reason: Reason, detail: Option<&dyn std::fmt::Display>) {
        if let Some(bytes) = self.claim(id) {
            self.report.failed(bytes, reason, detail);
            self.settle(id, false);
        }
    }

    /// Takes the right to settle a file, which is given once: the worker and a shutdown may both want it.
    fn claim(&self, id: u64) -> Option<usize> {
        let mut state = self.state();
        let pending = state.pending.get_mut(&id)?;
        if std::mem::replace(&mut pending.claimed, true) {
            None
        } else {
            Some(pending.bytes)
        }
    }

    /// Ends a file that was claimed and counted, in this order, so that after a flush all counts are there.
    fn settle(&self, id: u64, stored: bool) {
        let mut state = self.state();
        let hashed = state.pending.remove(&id).and_then(|pending| pending.hashed);
        if let Some(hashed) = hashed {
            state.underway.remove(&hashed);
            if stored {
                state.known.insert(hashed);
            }
        }
        drop(state);
        self.settled.notify_all();
    }

    /// Whether no file waits or is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.state().pending.is_empty()
    }

    /// Fails what the worker held when it broke down; what waits is left to its successor.
    pub(super) fn fail_held(&self) {
        let held: Vec<u64> = {
            let state = self.state();
            let waiting: HashSet<u64> = state.waiting.iter().map(|job| job.id).collect();
            state
                .pending
                .keys()
                .copied()
                .filter(|id| !waiting.contains(id))
                .collect()
        };
        for id in held {
            self.failed(id, Reason::Panic, None);
        }
    }

    /// Waits until every file accepted so far is settled; what is not by the deadline is the error.
    pub(super) fn flush(&self, deadline: Duration) -> Result<(), Unfinished> {
        let end = Instant::now().checked_add(deadline);
        let mut state = self.state();
        let last = state.next;
        loop {
            if !state.is_pending_before(last) {
                return Ok(());
            }
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            state = match left {
                Some(Duration::ZERO) => return Err(state.unfinished()),
                Some(left) => {
                    self.settled
                        .wait_timeout(state, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
                None => self
                    .settled
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Accepts nothing more; the worker ends after what is pending.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.wake();
    }

    /// Closes, waits, and gives up what is pending when the deadline has passed.
    pub(super) fn shutdown(&self, deadline: Duration) -> Result<(), Unfinished> {
        self.close();
        let done = self.flush(deadline);
        if done.is_err() {
            let (given_up, dropped) = {
                let mut state = self.state();
                state.aborted = true;
                let ids: Vec<u64> = state.pending.keys().copied().collect();
                (ids, std::mem::take(&mut state.waiting))
            };
            drop(dropped);
            self.wake();
            for id in given_up {
                self.failed(id, Reason::Shutdown, None);
            }
        }
        done
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room<'_> {
    /// Puts a file in; `false` if the queue has been closed meanwhile.
    pub(super) fn put(self, object: Object, reserved: Reserved, hashed: Option<Hashed>) -> bool {
        let mut state = self.0.state();
        let accepted = !state.closed;
        // Another thread may have been faster with the same object; then it is on its way already.
        let taken = hashed.is_some_and(|h| state.underway.contains(&h) || state.known.touch(&h));
        if accepted && !taken {
            let id = state.next;
            state.next += 1;
            state.underway.extend(hashed);
            state.pending.insert(
                id,
                Pending {
                    bytes: object.body().len(),
                    hashed,
                    claimed: false,
                },
            );
            state.waiting.push_back(Job {
                id,
                object,
                reserved,
            });
        }
        // The room becomes the file's at once, so that nobody sees both and is refused.
        state.rooms -= 1;
        drop(state);
        std::mem::forget(self);
        accepted
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.0.state().rooms -= 1;
    }
}

#[cfg(not(loom))]
#[cfg(test)]
mod tests {
    use opentelemetry::metrics::NoopMeterProvider;

    use super::super::format::Format;
    use super::super::known::Kind;
    use super::super::names::system_hash;
    use super::super::render::{Rendered, render};
    use super::super::store::Body;
    use super::*;
    use crate::content::message::Part;

    fn queue(files: usize) -> Queue {
        let report = Report::new(Some(Arc::new(NoopMeterProvider::new())), Duration::MAX);
        Queue::new(files, 1 << 20, report)
    }

    fn hashed(text: &str) -> Hashed {
        (Kind::System, system_hash(&[Part::text(text)]).unwrap())
    }

    fn room<'a>(queue: &'a Queue, hashed: Option<&Hashed>) -> Room<'a> {
        match queue.room(hashed) {
            Place::Room(room) => room,
            Place::Taken => panic!("taken"),
            Place::Refused(reason) => panic!("{}", reason.name()),
        }
    }

    /// What is put into a room.
    fn put(room: Room<'_>, body: &str, hashed: Option<Hashed>) -> bool {
        let part = [Part::text(body)];
        let budget = room.0.budget.clone();
        let Rendered::Body(_, reserved) = render(&part, Format::Json, 8, &budget) else {
            panic!("no bytes");
        };
        let object = Object {
            name: body.into(),
            body: Body(Arc::new(body.as_bytes().to_vec())),
            content_type: "application/json",
        };
        room.put(object, reserved, hashed)
    }

    /// The name of the next file for the worker, and its id.
    fn next(queue: &Queue) -> Option<(String, u64)> {
        match queue.poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(job) => job.map(|job| (job.object.name().to_owned(), job.id)),
            Poll::Pending => Some(("nothing yet".to_owned(), u64::MAX)),
        }
    }

    fn refused(queue: &Queue, hashed: Option<&Hashed>) -> &'static str {
        match queue.room(hashed) {
            Place::Room(_) => "room",
            Place::Taken => "taken",
            Place::Refused(reason) => reason.name(),
        }
    }

    #[test]
    fn files_that_are_rendered_wait_or_are_under_way_take_the_room_of_one_each() {
        let queue = queue(3);
        let (one, two) = (room(&queue, None), room(&queue, None));
        assert!(put(room(&queue, None), "a", None));
        assert_eq!(refused(&queue, None), "queue_files");
        drop(one);
        // A look that ends in nothing gives the room back, too.
        assert_eq!(refused(&queue, None), "room");
        assert!(put(two, "b", None));
        assert!(put(room(&queue, None), "c", None));
        assert_eq!(refused(&queue, None), "queue_files");
        assert_eq!(next(&queue), Some(("a".into(), 0)));
        assert_eq!(refused(&queue, None), "queue_files", "it is under way");
        queue.stored(0);
        assert_eq!(refused(&queue, None), "room");
        assert_eq!(next(&queue), Some(("b".into(), 1)));
        assert_eq!(next(&queue), Some(("c".into(), 2)));
        assert_eq!(next(&queue), Some(("nothing yet".into(), u64::MAX)));
        queue.close();
        assert_eq!(next(&queue), None);
        assert_eq!(refused(&queue, None), "shutdown");
    }

    #[test]
    fn a_hashed_object_is_taken_while_it_is_on_its_way_and_once_it_is_stored() {
        let queue = queue(2);
        let (same, other) = (hashed("same"), hashed("other"));
        // Two find room before either is there; one of them is queued.
        let (first, second) = (room(&queue, Some(&same)), room(&queue, Some(&same)));
        assert!(put(first, "a", Some(same)));
        assert!(put(second, "a", Some(same)));
        assert_eq!(next(&queue), Some(("a".into(), 0)));
        assert_eq!(next(&queue), Some(("nothing yet".into(), u64::MAX)));
        assert_eq!(refused(&queue, Some(&same)), "taken", "it is on its way");
        assert!(put(room(&queue, None), "b", None));
        // It needs no room of its own.
        assert_eq!(refused(&queue, Some(&other)), "queue_files");
        assert_eq!(refused(&queue, Some(&same)), "taken");
        queue.stored(0);
        assert!(put(room(&queue, None), "c", None));
        assert_eq!(refused(&queue, Some(&same)), "taken", "it is stored");
        // What failed is tried by the next.
        queue.failed(1, Reason::Error, None);
        assert!(put(room(&queue, Some(&other)), "d", Some(other)));
        assert_eq!(refused(&queue, Some(&other)), "taken");
        queue.failed(3, Reason::Error, None);
        assert_eq!(refused(&queue, Some(&other)), "room");
    }

    #[test]
    fn a_room_that_is_filled_after_the_end_is_refused() {
        let queue = queue(1);
        let late = room(&queue, None);
        queue.close();
        assert!(!put(late, "late", None));
        assert!(queue.is_idle() && next(&queue).is_none());
        assert_eq!(queue.budget.used(), 0);
    }

    #[test]
    fn each_file_is_counted_once_with_its_own_bytes() {
        let queue = queue(9);
        for body in ["a", "bb", "ccc", "dddd"] {
            assert!(put(room(&queue, None), body, None));
        }
        queue.stored(1);
        queue.failed(1, Reason::Panic, None);
        queue.failed(2, Reason::Error, None);
        queue.stored(2);
        queue.stored(77);
        let tally = |tally: super::super::Tally| (tally.files, tally.bytes);
        let stats = queue.report.stats();
        assert_eq!((tally(stats.stored), tally(stats.failed)), ((1, 2), (1, 3)));
        assert!(!queue.is_idle());
        let left = queue.flush(Duration::ZERO).unwrap_err();
        assert_eq!(left.to_string(), "not finished: uploads (2 files, 5 bytes)");
        let left = queue.shutdown(Duration::ZERO).unwrap_err();
        assert_eq!(left.to_string(), "not finished: uploads (2 files, 5 bytes)");
        let stats = queue.report.stats();
        assert_eq!((tally(stats.stored), tally(stats.failed)), ((1, 2), (3, 8)));
        assert!(queue.is_idle() && queue.flush(Duration::ZERO).is_ok());
        assert_eq!(next(&queue), None, "what waited is given up");
        assert!(queue.poll_aborted(&mut Context::from_waker(Waker::noop())));
    }

    #[test]
    fn a_flush_is_about_what_came_before_it() {
        let queue = queue(9);
        let before = |id| queue.state().is_pending_before(id);
        assert!(!before(0) && !before(9));
        assert!(put(room(&queue, None), "a", None));
        assert!(put(room(&queue, None), "b", None));
        assert!(!before(0) && before(1) && before(2));
        queue.stored(0);
        assert!(!before(1) && before(2), "b came after a flush of a");
    }

    #[test]
    fn a_worker_that_breaks_down_fails_what_it_held_and_nothing_else() {
        let queue = queue(9);
        for body in ["a", "bb", "ccc"] {
            assert!(put(room(&queue, None), body, None));
        }
        assert_eq!(next(&queue), Some(("a".into(), 0)));
        queue.fail_held();
        let stats = queue.report.stats();
        assert_eq!((stats.failed.files, stats.failed.bytes), (1, 1));
        assert_eq!(next(&queue), Some(("bb".into(), 1)));
        queue.stored(1);
        queue.fail_held();
        assert_eq!(queue.report.stats().failed.files, 1);
        assert_eq!(next(&queue), Some(("ccc".into(), 2)));
    }

    #[test]
    fn whoever_polled_last_is_woken_once() {
        struct Count(std::sync::atomic::AtomicUsize);
        impl std::task::Wake for Count {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            }
        }
        let count = || Arc::new(Count(0.into()));
        let (first, last) = (count(), count());
        let woken = |count: &Count| count.0.load(std::sync::atomic::Ordering::SeqCst);
        let queue = queue(1);
        queue.wake();
        for waker in [&first, &last] {
            let waker = Waker::from(waker.clone());
            let mut cx = Context::from_waker(&waker);
            assert!(!queue.poll_aborted(&mut cx));
            assert!(queue.poll_next(&mut cx).is_pending());
        }
        queue.wake();
        queue.wake();
        assert_eq!((woken(&first), woken(&last)), (0, 1));
        assert!(!queue.poll_aborted(&mut Context::from_waker(&Waker::from(last.clone()))));
        queue.close();
        assert_eq!(woken(&last), 2);
    }
}
