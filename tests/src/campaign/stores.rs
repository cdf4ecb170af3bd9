//! Stores that misbehave: an object goes in, an answer comes out late, wrong, twice, in a panic or never.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use genai::upload::{Object, Put, Store, StoreError, StoreFuture};

use super::PLANNED;
use crate::support::dice::Dice;

macro_rules! faults {
    ($($(#[$doc:meta])* $fault:ident,)*) => {
        /// What is wrong with a store, or with what it is asked for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Fault {
            $($(#[$doc])* $fault,)*
        }

        pub(super) const FAULTS: [Fault; [$(Fault::$fault),*].len()] = [$(Fault::$fault),*];
    };
}

faults! {
    Healthy,
    /// Answers after a few polls.
    Slow,
    /// Keeps the worker's thread.
    Blocks,
    /// Errors that may pass, and pass.
    Passing,
    /// Errors that may pass, and do not.
    Lasting,
    Permanent,
    /// What a server says that wants the request somewhere else.
    Redirect,
    /// An error whose text is a megabyte.
    Talkative,
    Hangs,
    /// Asks to be polled again without end.
    Restless,
    PanicsAtOnce,
    PanicsLater,
    /// Hangs, and panics when it is given up.
    PanicsWhenDropped,
    /// Stores the object and says that it did not.
    Denies,
    /// Everything has a name that exists already.
    Existed,
    /// A folder that is moved away.
    FolderGone,
    /// A base of odd slashes and characters.
    OddBase,
    /// A queue of one file.
    QueueOfOne,
    /// A queue of few bytes.
    FewBytes,
    /// No time for a file.
    NoTime,
    /// The same instructions and tools again and again.
    Repeated,
    /// The hook is shut down in the middle.
    ShutDown,
    /// Any of those of stores.
    Mixed,
}

use Fault::*;

/// What `Mixed` is mixed of: the first fourteen, which are those of the store's answers.
const OF_STORES: u64 = 14;

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The file that a name or reference is of.
pub(super) fn file_of(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.rsplit('/').next().hash(&mut hasher);
    hasher.finish()
}

/// A store with a fault; it keeps which files it has.
pub(super) struct Faulty {
    fault: Fault,
    calls: AtomicU64,
    seed: u64,
    pub(super) files: Mutex<HashSet<u64>>,
}

impl Faulty {
    /// A store with room for so many files, so that it does not grow.
    pub(super) fn new(fault: Fault, seed: u64, files: usize) -> Self {
        Self {
            fault,
            calls: AtomicU64::new(0),
            seed,
            files: Mutex::new(HashSet::with_capacity(files)),
        }
    }

    fn keep(&self, object: &Object) -> Result<Put, StoreError> {
        let is_new = lock(&self.files).insert(file_of(object.name()));
        Ok(if is_new { Put::Created } else { Put::Existed })
    }
}

impl Store for Faulty {
    fn put(self: Arc<Self>, object: Object) -> StoreFuture<Result<Put, StoreError>> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let fault = match self.fault {
            Mixed => FAULTS[Dice(self.seed ^ call).below(OF_STORES) as usize],
            fault => fault,
        };
        assert!(fault != PanicsAtOnce, "{PLANNED}");
        Box::pin(Answer {
            store: self,
            object,
            fault,
            call,
            polls: 0,
        })
    }
}

/// The future of an answer.
struct Answer {
    store: Arc<Faulty>,
    object: Object,
    fault: Fault,
    call: u64,
    polls: u32,
}

impl Future for Answer {
    type Output = Result<Put, StoreError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.polls += 1;
        let error = |text: &'static str| Poll::Ready(Err(StoreError::new(text)));
        match self.fault {
            Slow if self.polls < 3 => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Blocks => {
                std::thread::sleep(Duration::from_micros(100));
                Poll::Ready(self.store.keep(&self.object))
            }
            Passing if self.call.is_multiple_of(3) => error("503 Slow Down"),
            Lasting => error("500"),
            Permanent => Poll::Ready(Err(StoreError::new("403").permanent())),
            Redirect => {
                error("307 Temporary Redirect to https://user:secret@elsewhere.example/?sig=secret")
            }
            Talkative => Poll::Ready(Err(StoreError::new("x\n".repeat(1 << 19)).permanent())),
            Hangs | PanicsWhenDropped => Poll::Pending,
            Restless => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            PanicsLater if self.polls < 2 => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            PanicsLater => panic!("{PLANNED}"),
            Denies => {
                let _ = self.store.keep(&self.object);
                Poll::Ready(Err(StoreError::new("the connection was closed").permanent()))
            }
            Existed => {
                let _ = self.store.keep(&self.object);
                Poll::Ready(Ok(Put::Existed))
            }
            _ => Poll::Ready(self.store.keep(&self.object)),
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        assert!(
            self.fault != PanicsWhenDropped || std::thread::panicking(),
            "{PLANNED}"
        );
    }
}
