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
            // Ids rise, so the first pending one decides.
            if state
                .pending
                .first_key_value()
                .is_none_or(|(id, _)| *id >= last)
            {
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
