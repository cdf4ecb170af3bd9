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

#[cfg(not(loom))]
#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::future::pending;
    use std::sync::Mutex;

    use opentelemetry::metrics::NoopMeterProvider;

    use super::super::format::Format;
    use super::super::queue::Place;
    use super::super::render::{Rendered, render};
    use super::super::report::{Report, Stats};
    use super::*;
    use crate::content::message::Part;

    const HOUR: Duration = Duration::from_secs(3600);

    /// What a store does with an object that is called so.
    #[derive(Clone, Copy)]
    enum Act {
        Store,
        Fail,
        Panic,
        Hang,
        /// As `Hang`, with a future that panics when it is let go.
        HangBadly,
    }

    /// Does what the first word of a name says, and keeps what it was asked.
    #[derive(Default)]
    struct Named(Mutex<Vec<String>>);

    impl Named {
        fn note(&self, what: &str, name: &str) {
            self.0.lock().unwrap().push(format!("{what} {name}"));
        }

        fn asked(&self) -> Vec<String> {
            std::mem::take(&mut *self.0.lock().unwrap())
        }
    }

    fn act(name: &str) -> Act {
        match name.split(' ').next() {
            Some("fails") => Act::Fail,
            Some("panics") => Act::Panic,
            Some("hangs") => Act::Hang,
            Some("bad") => Act::HangBadly,
            _ => Act::Store,
        }
    }

    struct Bad;

    impl Drop for Bad {
        fn drop(&mut self) {
            std::panic::panic_any("when it is let go");
        }
    }

    impl Store for Named {
        fn put(self: Arc<Self>, object: Object) -> StoreFuture<Result<Put, StoreError>> {
            self.note("put", object.name());
            let act = act(object.name());
            let bad = matches!(act, Act::HangBadly).then(|| Bad);
            Box::pin(async move {
                let _bad = bad;
                match act {
                    Act::Store => Ok(Put::Created),
                    Act::Fail => Err(StoreError::new("denied")),
                    Act::Panic => std::panic::panic_any("in a store"),
                    Act::Hang | Act::HangBadly => pending().await,
                }
            })
        }

        fn delete(self: Arc<Self>, name: String) -> StoreFuture<Result<(), StoreError>> {
            self.note("delete", &name);
            assert!(!name.contains("no delete"), "it panics at once");
            Box::pin(async move {
                if name.contains("delete hangs") {
                    pending::<()>().await;
                }
                if name.contains("delete fails") {
                    return Err(StoreError::new("denied"));
                }
                Ok(())
            })
        }
    }

    /// A worker that is driven by hand.
    struct Bench {
        store: Arc<Named>,
        queue: Arc<Queue>,
        driver: RefCell<Driver>,
    }

    impl Bench {
        fn new(probe: Option<&str>, change: impl FnOnce(&mut Settings)) -> Self {
            let store = Arc::new(Named::default());
            let mut settings = Settings {
                store: store.clone(),
                probe: None,
                deadline: HOUR,
                tries: 1,
                pause: HOUR / 60,
                at_once: 2,
            };
            change(&mut settings);
            let report = Report::new(Some(Arc::new(NoopMeterProvider::new())), HOUR);
            let queue = Arc::new(Queue::new(20, 1 << 20, report));
            let driver = Driver::new(&queue, &Arc::new(settings), probe.map(object));
            Self {
                store,
                queue,
                driver: RefCell::new(driver),
            }
        }

        fn submit(&self, name: &str) {
            let Place::Room(room) = self.queue.room(None) else {
                panic!("no room for {name}");
            };
            let part = [Part::text("Hello")];
            let Rendered::Body(_, reserved) = render(&part, Format::Json, 8, &self.queue.budget)
            else {
                panic!("no bytes for {name}");
            };
            assert!(room.put(object(name), reserved, None));
        }

        /// Goes on with everything that can; whether the worker is done.
        fn poll(&self) -> bool {
            let mut cx = Context::from_waker(Waker::noop());
            self.driver.borrow_mut().poll(&mut cx).is_ready()
        }

        fn stats(&self) -> (u64, u64) {
            let Stats { stored, failed, .. } = self.queue.report.stats();
            (stored.files, failed.files)
        }

        fn wake_at(&self) -> Option<Instant> {
            self.driver.borrow().wake_at
        }
    }

    fn object(name: &str) -> Object {
        Object {
            name: name.into(),
            body: Body(Arc::new(b"body".to_vec())),
            content_type: "application/json",
        }
    }

    #[test]
    fn so_many_files_are_under_way_at_once_and_each_end_makes_room() {
        let bench = Bench::new(None, |_| {});
        for name in ["a", "b", "c", "d", "hangs e", "hangs f", "g"] {
            bench.submit(name);
        }
        assert!(!bench.poll());
        assert_eq!(
            bench.store.asked(),
            [
                "put a",
                "put b",
                "put c",
                "put d",
                "put hangs e",
                "put hangs f"
            ]
        );
        assert_eq!(bench.stats(), (4, 0));
        assert!(!bench.poll());
        assert!(
            bench.store.asked().is_empty(),
            "there is no room for the last"
        );
    }

    #[test]
    fn the_worker_ends_when_the_queue_is_closed_and_nothing_is_left() {
        let bench = Bench::new(None, |_| {});
        assert!(!bench.poll(), "more may come");
        bench.submit("a");
        bench.queue.close();
        assert!(bench.poll());
        assert_eq!(bench.stats(), (1, 0));

        let bench = Bench::new(None, |_| {});
        bench.submit("hangs");
        bench.queue.close();
        assert!(!bench.poll(), "a file is under way");
        assert!(bench.queue.shutdown(Duration::ZERO).is_err());
        assert!(bench.poll());
        // Though the worker itself is still there.
        assert_eq!(bench.queue.budget.used(), 0, "all memory is given back");
        assert_eq!(bench.stats(), (0, 1));

        let bench = Bench::new(Some("hangs"), |_| {});
        bench.queue.close();
        assert!(!bench.poll(), "the probe is under way");
        assert!(bench.queue.shutdown(Duration::ZERO).is_ok());
    }

    #[test]
    fn a_probe_that_is_stored_is_deleted_and_one_that_fails_is_said() {
        use crate::diag::heard::heard;

        let unusable = "name=genai.upload.base_unusable message=the test upload failed: content will probably be lost error=";
        for (probe, asked, said) in [
            ("fine", vec!["put fine", "delete fine"], None),
            (
                "delete fails",
                vec!["put delete fails", "delete delete fails"],
                None,
            ),
            ("no delete", vec!["put no delete", "delete no delete"], None),
            ("fails", vec!["put fails"], Some("denied")),
            ("panics", vec!["put panics"], Some("panic")),
        ] {
            let bench = Bench::new(Some(probe), |_| {});
            bench.queue.close();
            // One look for the upload, and one for its deletion.
            let (done, lines) = heard(|| bench.poll() || bench.poll());
            assert!(done, "{probe}");
            assert_eq!(bench.store.asked(), asked, "{probe}");
            assert_eq!(
                bench.stats(),
                (0, 0),
                "it is no upload of the application's"
            );
            let lines: Vec<&str> = lines
                .iter()
                .filter_map(|line| line.strip_prefix(unusable))
                .collect();
            if cfg!(feature = "internal-logs") {
                assert_eq!(lines, said.into_iter().collect::<Vec<_>>(), "{probe}");
            }
        }
        let bench = Bench::new(Some("delete hangs"), |_| {});
        bench.queue.close();
        assert!(
            !bench.poll() && !bench.poll(),
            "the deletion has a deadline too"
        );
        let driver = bench.driver.borrow();
        let probe = driver.probe.as_ref().expect("under way");
        assert!(probe.id == 1 && probe.object.body().is_empty());
    }

    /// A flight in the state that is given.
    fn flight(name: &str, end: Instant, tries: u32, step: Step) -> Flight {
        Flight {
            id: 7,
            object: object(name),
            reserved: None,
            end,
            tries,
            step,
        }
    }

    #[test]
    fn a_flight_waits_for_its_pause_and_ends_with_its_deadline() {
        let bench = Bench::new(None, |settings| settings.tries = 3);
        let driver = bench.driver.borrow();
        let now = Instant::now();
        let (past, soon, later) = (now - HOUR / 3600, now + HOUR, now + 2 * HOUR);
        let polled = |mut flight: Flight| {
            let mut cx = Context::from_waker(Waker::noop());
            let fate = flight.poll(&mut cx, &driver.settings, &driver.random);
            let asked = bench.store.asked().len();
            let what = match fate {
                Poll::Pending => "waits",
                Poll::Ready(Fate::Stored) => "stored",
                Poll::Ready(Fate::Failed(reason, None)) => reason.name(),
                Poll::Ready(Fate::Failed(_, Some(_))) => "answer",
            };
            (what, asked, flight.tries, flight.wake_at())
        };
        let hangs = || Step::Put(Box::pin(pending()));
        for (flight, expected) in [
            (
                flight("a", later, 1, Step::Pause(soon)),
                ("waits", 0, 1, soon),
            ),
            (
                flight("a", soon, 1, Step::Pause(later)),
                ("waits", 0, 1, soon),
            ),
            (
                flight("a", past, 1, Step::Pause(past)),
                ("deadline", 0, 1, past),
            ),
            // Asked once however late it is.
            (
                flight("a", past, 0, Step::Pause(past)),
                ("stored", 1, 1, past),
            ),
            (
                flight("a", later, 1, Step::Pause(past)),
                ("stored", 1, 2, later),
            ),
            (
                flight("hangs", later, 0, Step::Pause(past)),
                ("waits", 1, 1, later),
            ),
            (
                flight("hangs", past, 0, Step::Pause(past)),
                ("deadline", 1, 1, past),
            ),
            (flight("a", later, 1, hangs()), ("waits", 0, 1, later)),
            (flight("a", past, 1, hangs()), ("deadline", 0, 1, past)),
            (
                flight("fails", later, 2, Step::Pause(past)),
                ("answer", 1, 3, later),
            ),
            (
                flight("panics", later, 0, Step::Pause(past)),
                ("panic", 1, 1, later),
            ),
        ] {
            let name = flight.object.name().to_owned();
            assert_eq!(polled(flight), expected, "{name}");
        }
        // After an error there is a pause, unless the next try would come too late.
        let (what, asked, tries, wake_at) = polled(flight("fails", later, 0, Step::Pause(past)));
        assert_eq!((what, asked, tries), ("waits", 1, 1));
        assert!(wake_at >= now + HOUR / 120 && wake_at < soon);
        let near = now + HOUR / 360;
        let late = polled(flight("fails", near, 0, Step::Pause(past)));
        assert_eq!((late.0, late.1), ("answer", 1));
    }

    #[test]
    fn a_future_that_panics_when_it_is_let_go_is_contained() {
        let bench = Bench::new(None, |settings| settings.deadline = Duration::ZERO);
        bench.submit("bad");
        bench.submit("a");
        assert!(!bench.poll());
        assert_eq!(bench.stats(), (1, 1));
        assert_eq!(bench.queue.budget.used(), 0);
    }

    /// The nearest of all ends and, where nothing waits, of the end of a loss.
    #[test]
    fn the_worker_wakes_for_the_next_thing_that_ends() {
        let bench = Bench::new(None, |settings| settings.deadline = 3 * HOUR);
        assert!(!bench.poll());
        assert_eq!(bench.wake_at(), None);
        let before = Instant::now();
        bench.queue.report.dropped(1, Reason::QueueFiles);
        let after = Instant::now();
        assert!(!bench.poll());
        let wake_at = bench.wake_at().expect("the end of the loss");
        assert!((before + HOUR..=after + HOUR).contains(&wake_at));
        bench.submit("hangs");
        assert!(!bench.poll());
        let wake_at = bench.wake_at().expect("the deadline of the file");
        assert!(wake_at >= before + 3 * HOUR);
    }

    #[test]
    fn pauses_double_and_are_random_in_their_second_half() {
        let first = Duration::from_millis(2048);
        for (tries, whole) in [
            (0, first),
            (1, first),
            (2, 2 * first),
            (3, 4 * first),
            (17, (1 << 16) * first),
            (40, (1 << 16) * first),
        ] {
            let pauses: Vec<Duration> = (0..200)
                .map(|_| pause(first, tries, &RandomState::new()))
                .collect();
            let (least, most) = (pauses.iter().min().unwrap(), pauses.iter().max().unwrap());
            assert!(*least >= whole / 2 && *most < whole, "{tries}: {pauses:?}");
            assert!(*most - *least > whole / 8, "{tries}: {pauses:?}");
        }
        assert_eq!(
            pause(Duration::ZERO, 9, &RandomState::new()),
            Duration::ZERO
        );
    }
}
