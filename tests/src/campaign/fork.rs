//! Forks: while threads of a process record with ever new names, and its configuration is replaced, the process is forked again and again.
//! The child records calls of every kind, uploads, flushes and ends, and so does a child of the child now and then. None waits for a lock
//! that a thread held which it does not have.
//!
//! Where the process is when it is forked is chance that no seed decides.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use genai::upload::{Object, Put, Store, StoreError, StoreFuture, UploadHook};
use genai::{ContentCapture, Evaluation, Failure, GenAiContext, Telemetry};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord, SdkLoggerProvider};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};

use super::{Plan, Report};
use crate::support::dice::Dice;
use crate::support::last_step::Ended;

/// How long a child may take before it counts as one that hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a child says when it ends.
const WELL: i32 = 0;
const PANICKED: i32 = 10;
const SPANS_LOST: i32 = 11;
const FLUSH_LEFT: i32 = 12;
const UPLOADS_LOST: i32 = 13;
const NO_THREADS: i32 = 14;
/// Its own child ended so, or hung.
const GRANDCHILD: i32 = 100;
const HUNG: i32 = 50;

static SPANS: AtomicU64 = AtomicU64::new(0);
static EVENTS: AtomicU64 = AtomicU64::new(0);
static FILES: AtomicU64 = AtomicU64::new(0);

/// Counts what comes, and holds no lock: those of the SDK's own exporters are not given back in a child.
#[derive(Debug)]
struct Counts;

impl LogProcessor for Counts {
    fn emit(&self, _: &mut SdkLogRecord, _: &InstrumentationScope) {
        EVENTS.fetch_add(1, Ordering::SeqCst);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl Store for Counts {
    fn put(self: Arc<Self>, _: Object) -> StoreFuture<Result<Put, StoreError>> {
        FILES.fetch_add(1, Ordering::SeqCst);
        Box::pin(std::future::ready(Ok(Put::Created)))
    }
}

/// Telemetry that is the process's, with an upload hook that others keep.
fn install(hook: &Arc<UploadHook>) {
    let tracers = SdkTracerProvider::builder()
        .with_span_processor(Ended(|_: &SpanData| {
            SPANS.fetch_add(1, Ordering::SeqCst);
        }))
        .build();
    let loggers = SdkLoggerProvider::builder()
        .with_log_processor(Counts)
        .build();
    Telemetry::builder()
        .tracer_provider(tracers)
        .logger_provider(loggers)
        .capture(ContentCapture::SpanAndEvent)
        .emit_events(true)
        .completion_hook(Arc::clone(hook))
        .redactor(|content| content.each_text(|text| text.make_ascii_lowercase()))
        .install();
}

#[genai::chat(provider = openai, model = model, input = "question", response(|r| output = r))]
async fn ask(model: &str) -> Result<String, std::io::Error> {
    Ok(format!("answer of {model}"))
}

#[genai::tool(name = name, response = none)]
fn compute(name: &str) {}

/// The spans that [`record`] makes, and the files that it offers.
const RECORDED: u64 = 4;
const OFFERED: u64 = 4;

/// Operations of every kind with this in their names.
fn record(name: &str, counter: &genai::metrics::Counter) {
    let context = GenAiContext::new()
        .conversation_id(name)
        .property("tenant", name);
    let _attached = context.attach();
    let asked = ask(name);
    drop(futures::executor::block_on(asked));
    compute(name);
    // Names that were not seen before, and are seen twice.
    for _ in 0..2 {
        let mut chat = genai::chat("openai").model(name).start();
        chat.input(&"question").model(name);
        let seen = chat.span_ref();
        chat.fail(Failure::new(name.to_owned(), "text"));
        Evaluation::new("relevance").score(0.5).emit(&seen);
    }
    counter.add(1, &[KeyValue::new("name", name.to_owned())]);
}

/// Whether a thread of this process runs. std takes a lock of its own when a thread starts or ends; where one did while the process was
/// forked, no thread of the child can start, so that its uploads are not made. A flush returns an error at its deadline.
fn threads_run() -> bool {
    let (sender, receiver) = std::sync::mpsc::channel();
    let started = std::thread::Builder::new().spawn(move || sender.send(()));
    started.is_ok() && receiver.recv_timeout(Duration::from_secs(2)).is_ok()
}

/// What a child does with its life: how it says that it went.
fn live(
    number: u64,
    depth: u32,
    hook: &Arc<UploadHook>,
    counter: &genai::metrics::Counter,
    mut dice: Dice,
) -> i32 {
    let before = SPANS.load(Ordering::SeqCst);
    if dice.once_in(5) {
        install(hook);
    }
    let rounds = 1 + dice.below(3);
    for i in 0..rounds {
        record(&format!("child{number}-{depth}-{i}"), counter);
    }
    if genai::flush(Duration::from_secs(10)).is_err() {
        return if threads_run() {
            FLUSH_LEFT
        } else {
            NO_THREADS
        };
    }
    let stats = hook.stats();
    if SPANS.load(Ordering::SeqCst) - before != RECORDED * rounds {
        return SPANS_LOST;
    }
    if stats.stored.files != OFFERED * rounds || stats.dropped.files + stats.failed.files != 0 {
        return UPLOADS_LOST;
    }
    if depth < 2 && dice.once_in(6) {
        let forked = dice.fork();
        match child(|| live(number, depth + 1, hook, counter, forked)) {
            Some(WELL) => {}
            Some(said) => return GRANDCHILD + said % GRANDCHILD,
            None => return GRANDCHILD + HUNG,
        }
    }
    WELL
}

/// Forks, has the child do this, and waits for it: what it said, or `None` if it hung.
///
/// The library forbids unsafe code; this is a tool that tries it, and there is no other way to fork.
#[cfg(unix)]
#[allow(unsafe_code)]
fn child(life: impl FnOnce() -> i32) -> Option<i32> {
    // SAFETY: the child calls what it is given and leaves without running destructors of this process. That it may do no more than signal
    // handlers may is a rule of POSIX for locks that it does not have; that none of ours is waited for is what is tried here, and glibc
    // and musl keep their allocators usable.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        let said = catch_unwind(AssertUnwindSafe(life)).unwrap_or(PANICKED);
        // SAFETY: it takes a number and does not return.
        unsafe { libc::_exit(said) }
    }
    if pid < 0 {
        return Some(pid);
    }
    let began = Instant::now();
    let mut status = 0;
    // SAFETY: the pid is that of a child of this process, and the status is a local.
    while unsafe { libc::waitpid(pid, &mut status, libc::WNOHANG) } != pid {
        if began.elapsed() > PATIENCE {
            // SAFETY: as above.
            unsafe {
                libc::kill(pid, libc::SIGKILL);
                libc::waitpid(pid, &mut status, 0);
            }
            return None;
        }
        std::thread::sleep(Duration::from_micros(100));
    }
    Some(if libc::WIFEXITED(status) {
        libc::WEXITSTATUS(status)
    } else {
        -status
    })
}

/// There is nothing to fork.
#[cfg(not(unix))]
fn child(_: impl FnOnce() -> i32) -> Option<i32> {
    Some(WELL)
}

/// Forks `count` times.
pub fn run(plan: Plan) -> Report {
    let mut report = Report::default();
    let upload = || {
        let hook = UploadHook::builder()
            .base_path("test://base")
            .store(Arc::new(Counts));
        hook.queue_size(100_000).build()
    };
    let (hook, counter) = match (upload(), genai::metrics::counter("app.calls").build()) {
        (Ok(hook), Ok(counter)) => (Arc::new(hook), counter),
        (hook, counter) => {
            report.fault(|| format!("{hook:?} {counter:?}"));
            return report;
        }
    };
    install(&hook);
    let (stop, recorded) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for thread in 0..plan.threads.max(2) {
            let (hook, counter, stop, recorded) = (&hook, &counter, &stop, &recorded);
            scope.spawn(move || {
                let mut n = 0_u64;
                while !stop.load(Ordering::Relaxed) {
                    record(&format!("m{thread}-{}", n % 700), counter);
                    recorded.fetch_add(RECORDED, Ordering::SeqCst);
                    if thread == 0 && n.is_multiple_of(50) {
                        install(hook);
                    }
                    n += 1;
                }
            });
        }
        let mut dice = Dice(plan.seed);
        for number in 0..plan.count {
            std::thread::sleep(Duration::from_micros(dice.below(600)));
            let life = dice.fork();
            let is_inside = dice.once_in(3);
            // Now and then inside of an operation, which both go on with.
            let mut around = is_inside.then(|| genai::agent("openai").name("around").start());
            let attached = around.as_mut().map(|around| around.attach());
            let said = child(|| live(number, 0, &hook, &counter, life));
            drop(attached);
            if let Some(around) = around {
                around.finish();
                recorded.fetch_add(1, Ordering::SeqCst);
            }
            let what = match said {
                Some(WELL) => continue,
                Some(said) if said > 0 && said % GRANDCHILD == NO_THREADS => {
                    report.count("children in which std starts no thread, and whose flush ended at its deadline", 1);
                    continue;
                }
                None => "hung",
                Some(PANICKED) => "panicked",
                Some(SPANS_LOST) => "has not the spans that it made",
                Some(FLUSH_LEFT) => "did not finish its flush",
                Some(UPLOADS_LOST) => "has not the files that it made",
                Some(GRANDCHILD..) => "had a child that did not end well",
                Some(_) => "could not be made, or was ended by a signal",
            };
            report.fault(|| format!("the child of fork {number} {what} ({said:?})"));
        }
        stop.store(true, Ordering::Relaxed);
    });
    report.count("forks", plan.count);
    report.count(
        "spans that the parent recorded meanwhile",
        recorded.load(Ordering::SeqCst),
    );
    report.same(
        "spans of the parent",
        SPANS.load(Ordering::SeqCst),
        recorded.load(Ordering::SeqCst),
    );
    report.count("events of the parent", EVENTS.load(Ordering::SeqCst));
    report.count("files of the parent stored", FILES.load(Ordering::SeqCst));
    report
}
