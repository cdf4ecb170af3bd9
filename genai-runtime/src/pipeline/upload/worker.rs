//! The worker: one thread that stores what the queue holds, several files at a time.
//!
//! In come files; out come calls of the store, again after errors, until each file is stored, failed or past its deadline.
//! The worker needs no runtime; where the store does (`Store::needs_tokio`), it brings a tokio runtime of its own,
//! which lives and dies with the thread whatever the host has.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use opentelemetry::Context as Telemetry;

use super::queue::{Job, Queue};
use super::render::Reserved;
use super::report::Reason;
use super::store::{Body, Object, Put, Store, StoreError, StoreFuture};
use crate::diag::call_out::{CallOut, contained};
use crate::diag::guard::guard;
use crate::diag::sync::atomic::Ordering;

/// What the worker needs to know.
pub(super) struct Settings {
    pub(super) store: Arc<dyn Store>,
    /// The object that shows whether the base works, for bases that are not proved at start.
    pub(super) probe: Option<Object>,
    pub(super) deadline: Duration,
    pub(super) tries: u32,
    /// The pause after the first try; it doubles with each one.
    pub(super) pause: Duration,
    /// How many files may be under way at once.
    pub(super) at_once: usize,
}

/// Starts the worker's thread unless it runs. Returns whether it does.
pub(super) fn start(queue: &Arc<Queue>, settings: &Arc<Settings>) -> bool {
    if queue.started.swap(true, Ordering::AcqRel) {
        return true;
    }
    let (shared, copy) = (queue.clone(), settings.clone());
    let thread = thread::Builder::new()
        .name("genai-upload".into())
        .spawn(move || {
            let _scope = Telemetry::enter_telemetry_suppressed_scope();
            let mut probe = copy.probe.clone();
            // Each poll of the store is guarded by itself; this is for what is left: a runtime that breaks.
            while guard(|| run(Driver::new(&shared, &copy, probe.take()))).is_none() {
                shared.fail_held();
            }
        });
    if thread.is_err() {
        queue.started.store(false, Ordering::Release);
    }
    thread.is_ok()
}

fn run(driver: Driver) {
    if driver.settings.store.needs_tokio() {
        run_with_tokio(driver)
    } else {
        run_alone(driver)
    }
}

fn run_alone(mut driver: Driver) {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    while driver.poll(&mut cx).is_pending() {
        match driver.wake_at {
            Some(at) => thread::park_timeout(at.saturating_duration_since(Instant::now())),
            None => thread::park(),
        }
    }
}

#[cfg(any(
    feature = "upload-s3",
    feature = "upload-gcs",
    feature = "upload-azure"
))]
fn run_with_tokio(mut driver: Driver) {
    use std::future::{Future as _, poll_fn};
    use std::pin::pin;

    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    else {
        return run_alone(driver);
    };
    runtime.block_on(async {
        let mut sleep = pin!(tokio::time::sleep(Duration::ZERO));
        poll_fn(|cx| {
            loop {
                if driver.poll(cx).is_ready() {
                    return Poll::Ready(());
                }
                let Some(at) = driver.wake_at else {
                    return Poll::Pending;
                };
                sleep.as_mut().reset(at.into());
                if sleep.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
            }
        })
        .await;
        drop(driver);
    });
    // Name look-ups that hang must not keep the thread.
    runtime.shutdown_background();
}

/// Without a runtime to bring, the store's futures fail by themselves.
#[cfg(not(any(
    feature = "upload-s3",
    feature = "upload-gcs",
    feature = "upload-azure"
)))]
fn run_with_tokio(driver: Driver) {
    run_alone(driver);
}

/// What the worker has under way.
struct Driver {
    queue: Arc<Queue>,
    settings: Arc<Settings>,
    flights: Vec<Flight>,
    probe: Option<Flight>,
    random: RandomState,
    /// When to poll again though nobody wakes.
    wake_at: Option<Instant>,
}

/// A file, or the probe, that is being stored.
struct Flight {
    id: u64,
    object: Object,
    reserved: Option<Reserved>,
    end: Instant,
    tries: u32,
    step: Step,
}

enum Step {
    Pause(Instant),
    Put(StoreFuture<Result<Put, StoreError>>),
}

/// How a flight ended.
enum Fate {
    Stored,
    Failed(Reason, Option<StoreError>),
}

impl Driver {
    fn new(queue: &Arc<Queue>, settings: &Arc<Settings>, probe: Option<Object>) -> Self {
        let now = Instant::now();
        let probe = probe.map(|object| Flight::new(0, object, None, now, settings));
        Self {
            queue: queue.clone(),
            settings: settings.clone(),
            flights: Vec::new(),
            probe,
            random: RandomState::new(),
            wake_at: None,
        }
    }

    /// Goes on with everything that can; ready when the queue is closed and nothing is left to do.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut ended = false;
        loop {
            if self.queue.poll_aborted(cx) {
                self.give_up();
                return Poll::Ready(());
            }
            while !ended && self.flights.len() < self.settings.at_once {
                match self.queue.poll_next(cx) {
                    Poll::Ready(Some(Job {
                        id,
                        object,
                        reserved,
                    })) => {
                        let flight =
                            Flight::new(id, object, Some(reserved), Instant::now(), &self.settings);
                        self.flights.push(flight);
                    }
                    Poll::Ready(None) => ended = true,
                    Poll::Pending => break,
                }
            }
            self.poll_probe(cx);
            if !self.poll_flights(cx) {
                break;
            }
        }
        if ended && self.flights.is_empty() && self.probe.is_none() {
            return Poll::Ready(());
        }
        let flights = self
            .flights
            .iter()
            .chain(&self.probe)
            .map(Flight::wake_at)
            .min();
        let loss = if self.queue.is_idle() {
            self.queue.report.idle(Instant::now())
        } else {
            None
        };
        self.wake_at = flights.into_iter().chain(loss).min();
        Poll::Pending
    }

    /// Returns whether a flight has ended, so that there is room for another.
    fn poll_flights(&mut self, cx: &mut Context<'_>) -> bool {
        let mut any = false;
        let mut at = 0;
        while let Some(flight) = self.flights.get_mut(at) {
            let Poll::Ready(fate) = flight.poll(cx, &self.settings, &self.random) else {
                at += 1;
                continue;
            };
            any = true;
            let flight = self.flights.swap_remove(at);
            let id = flight.id;
            // The memory is given back before the file counts as settled.
            flight.let_go();
            match fate {
                Fate::Stored => self.queue.stored(id),
                Fate::Failed(reason, None) => self.queue.failed(id, reason, None),
                Fate::Failed(reason, Some(error)) => self.queue.failed(id, reason, Some(&error)),
            }
        }
        any
    }

    fn poll_probe(&mut self, cx: &mut Context<'_>) {
        let Some(Poll::Ready(fate)) = self
            .probe
            .as_mut()
            .map(|p| p.poll(cx, &self.settings, &self.random))
        else {
            return;
        };
        let Some(probe) = self.probe.take() else {
            return;
        };
        match fate {
            Fate::Stored if probe.id == 0 => self.probe = Some(probe.into_delete(&self.settings)),
            Fate::Failed(reason, error) if probe.id == 0 => {
                let error = error.unwrap_or_else(|| StoreError::new(reason.name()));
                self.queue.report.probe_failed(&error);
                probe.let_go();
            }
            // Who may write may not always delete; the uploads work all the same.
            _ => probe.let_go(),
        }
    }

    fn give_up(&mut self) {
        self.flights
            .drain(..)
            .chain(self.probe.take())
            .for_each(Flight::let_go);
    }
}

impl Flight {
    fn new(
        id: u64,
        object: Object,
        reserved: Option<Reserved>,
        now: Instant,
        settings: &Settings,
    ) -> Self {
        // A deadline beyond what the clock can say is as good as a day.
        let end = now
            .checked_add(settings.deadline)
            .unwrap_or(now + Duration::from_secs(86_400));
        Self {
            id,
            object,
            reserved,
            end,
            tries: 0,
            step: Step::Pause(now),
        }
    }

    /// Turns a stored probe into its deletion.
    fn into_delete(mut self, settings: &Settings) -> Self {
        let (store, name) = (settings.store.clone(), self.object.name().to_owned());
        self.id = 1;
        self.tries = settings.tries;
        self.object.body = Body::default();
        let delete = contained(CallOut::Store, || store.delete(name));
        self.step = match delete {
            Some(delete) => Step::Put(Box::pin(async move { delete.await.map(|()| Put::Created) })),
            None => Step::Put(Box::pin(std::future::ready(Ok(Put::Created)))),
        };
        self
    }

    fn wake_at(&self) -> Instant {
        match self.step {
            Step::Pause(until) => until.min(self.end),
            Step::Put(_) => self.end,
        }
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        settings: &Settings,
        random: &RandomState,
    ) -> Poll<Fate> {
        loop {
            let now = Instant::now();
            match &mut self.step {
                Step::Pause(_) if now >= self.end && self.tries > 0 => {
                    return Poll::Ready(Fate::Failed(Reason::Deadline, None));
                }
                Step::Pause(until) if now < *until => return Poll::Pending,
                Step::Pause(_) => {
                    self.tries += 1;
                    let (store, object) = (settings.store.clone(), self.object.clone());
                    match contained(CallOut::Store, || store.put(object)) {
                        Some(put) => self.step = Step::Put(put),
                        None => return Poll::Ready(Fate::Failed(Reason::Panic, None)),
                    }
                }
                // Asked once however late it is, for the store may answer at once.
                Step::Put(put) => match contained(CallOut::Store, || put.as_mut().poll(cx)) {
                    Some(Poll::Pending) if now >= self.end => {
                        return Poll::Ready(Fate::Failed(Reason::Deadline, None));
                    }
                    Some(Poll::Pending) => return Poll::Pending,
                    Some(Poll::Ready(Ok(Put::Created | Put::Existed))) => {
                        return Poll::Ready(Fate::Stored);
                    }
                    Some(Poll::Ready(Err(error))) => {
                        let again = now + pause(settings.pause, self.tries, random);
                        if error.is_permanent() || self.tries >= settings.tries || again >= self.end
                        {
                            return Poll::Ready(Fate::Failed(Reason::Error, Some(error)));
                        }
                        self.step = Step::Pause(again);
                    }
                    None => return Poll::Ready(Fate::Failed(Reason::Panic, None)),
                },
            }
        }
    }

    /// Drops the store's future, which is another's code.
    fn let_go(self) {
        let Self {
            object,
            step,
            reserved,
            ..
        } = self;
        let _ = contained(CallOut::Store, || drop(step));
        drop(object);
        drop(reserved);
    }
}

/// The pause after try number `tries`: doubled each time, of which a random half is waited at least.
fn pause(first: Duration, tries: u32, random: &RandomState) -> Duration {
    let whole = first.saturating_mul(1 << tries.saturating_sub(1).min(16));
    let jitter = (random.hash_one(Instant::now()) % 1024) as u32;
    (whole / 2).saturating_add(whole / 2048 * jitter)
}
