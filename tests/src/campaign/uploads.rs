//! Uploads to stores that misbehave in twenty ways. Every file that was offered is stored, dropped or failed, every reference on a span
//! names a file that is there or one that was counted as failed, and the memory stays within the queue's bound.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use genai::message::ToolDefinition;
use genai::upload::{Format, Object, Put, Store, StoreError, StoreFuture, UploadHook};
use genai::{CompletionHook as _, ContentCapture, Telemetry};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};

use super::{PLANNED, Plan, Report};
use crate::support::alloc::Process;
use crate::support::dice::Dice;

/// What is wrong with a store, or with what it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
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

const FAULTS: [Fault; 23] = [
    Healthy,
    Slow,
    Blocks,
    Passing,
    Lasting,
    Permanent,
    Redirect,
    Talkative,
    Hangs,
    Restless,
    PanicsAtOnce,
    PanicsLater,
    PanicsWhenDropped,
    Denies,
    Existed,
    FolderGone,
    OddBase,
    QueueOfOne,
    FewBytes,
    NoTime,
    Repeated,
    ShutDown,
    Mixed,
];

/// What `Mixed` is mixed of: the first fourteen, which are those of the store's answers.
const OF_STORES: u64 = 14;

/// Bytes that a queue takes.
const QUEUE_BYTES: usize = 1 << 20;

/// What else may be held at a time: files that are made, tasks, and what the store keeps of names.
const SLACK: usize = 3 << 20;

/// Files of one hook.
const FILES: u64 = 8_000;

const LONG: Duration = Duration::from_secs(60);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The file that a name or reference is of.
fn file_of(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.rsplit('/').next().hash(&mut hasher);
    hasher.finish()
}

/// A store with a fault; it keeps which files it has.
struct Faulty {
    fault: Fault,
    calls: AtomicU64,
    seed: u64,
    files: Mutex<HashSet<u64>>,
}

impl Faulty {
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
            Passing if self.call % 3 == 0 => error("503 Slow Down"),
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

/// The references of the spans that ended, each as often as it was there.
#[derive(Clone, Debug)]
struct References(Arc<Mutex<Vec<u64>>>);

impl SpanProcessor for References {
    fn on_start(&self, _: &mut Span, _: &opentelemetry::Context) {}

    fn on_end(&self, span: SpanData) {
        let references = span
            .attributes
            .iter()
            .filter(|a| a.key.as_str().ends_with("_ref"));
        lock(&self.0).extend(references.map(|a| file_of(&a.value.as_str())));
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// A chat with one to four files, which are like no others but where `repeats`; how many.
fn chat(telemetry: &Telemetry, number: u64, dice: &mut Dice, repeats: bool) -> u64 {
    let size = 20 + dice.below(800) as usize;
    let text = |what: &str, number: u64| format!("{what} {number} {}", "x".repeat(size));
    let shared = if repeats { number % 3 } else { number };
    let mut chat = telemetry.chat("openai").model("m").start();
    chat.input(&text("question", number));
    let mut files = 1;
    if dice.below(4) != 0 {
        chat.output(&text("answer", number));
        files += 1;
    }
    if dice.below(4) != 0 {
        chat.system(&format!("system {shared}"));
        files += 1;
    }
    if dice.below(4) != 0 {
        chat.tools(&ToolDefinition::function("f").description(format!("tool {shared}")));
        files += 1;
    }
    match dice.below(4) {
        0 => drop(chat),
        1 => chat.fail(&std::fmt::Error),
        _ => chat.finish(),
    }
    files
}

/// A folder of its own, removed when dropped, with what it was moved to.
struct Folder(PathBuf);

impl Folder {
    fn new(seed: u64, number: u64) -> Self {
        let name = format!("genai-campaign-{}-{seed:x}-{number}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn gone(&self) -> PathBuf {
        self.0.with_extension("gone")
    }

    fn files(&self) -> HashSet<u64> {
        let list = |path: &Path| {
            let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
            let names = entries.map(|entry| file_of(&entry.file_name().to_string_lossy()));
            names.collect::<Vec<_>>()
        };
        let files = list(&self.0).into_iter().chain(list(&self.gone()));
        files.collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
        let _ = std::fs::remove_dir_all(self.gone());
    }
}

/// One hook with one fault, from its first file to its last.
fn hook(fault: Fault, number: u64, files: u64, plan: Plan, report: &mut Report) {
    let folder = (fault == FolderGone).then(|| Folder::new(plan.seed, number));
    let store = Arc::new(Faulty {
        fault,
        calls: AtomicU64::new(0),
        seed: plan.seed.wrapping_add(number << 32),
        files: Mutex::new(HashSet::with_capacity(2 * FILES as usize)),
    });
    let builder = UploadHook::builder()
        .file_tries(2)
        .queue_bytes(match fault {
            FewBytes => 700,
            _ => QUEUE_BYTES,
        });
    let builder = match &folder {
        Some(folder) => builder.base_path(folder.0.to_string_lossy()),
        None if fault == OddBase => builder
            .base_path("odd://a b/%2e//é?x#y//")
            .store(store.clone()),
        None => builder.base_path("test://base").store(store.clone()),
    };
    let builder = builder
        .format([Format::Json, Format::Jsonl][(number % 2) as usize])
        .queue_size(if fault == QueueOfOne { 1 } else { 400 })
        .file_deadline(match fault {
            NoTime => Duration::ZERO,
            Passing => Duration::from_secs(2),
            _ => Duration::from_millis(20),
        });
    let hook = match builder.build() {
        Ok(hook) => Arc::new(hook),
        Err(error) => return report.fault(|| format!("{fault:?}: {error}")),
    };
    let references = References(Arc::new(Mutex::new(Vec::with_capacity(2 * FILES as usize))));
    let tracers = SdkTracerProvider::builder()
        .with_span_processor(references.clone())
        .build();
    let telemetry = Telemetry::builder()
        .tracer_provider(tracers)
        .capture(ContentCapture::NoContent)
        .completion_hook(Arc::clone(&hook))
        .build();
    let offered = AtomicU64::new(0);
    let chats = AtomicU64::new(0);
    let mut ends = Vec::new();
    let grown = Process::peak(|| {
        std::thread::scope(|scope| {
            for thread in 0..plan.threads {
                let mut dice = Dice(plan.seed ^ (number << 32) ^ (thread << 56));
                let (telemetry, hook, folder) = (&telemetry, &hook, &folder);
                let (offered, chats) = (&offered, &chats);
                scope.spawn(move || {
                    while offered.load(Ordering::Relaxed) < files {
                        let next = chats.fetch_add(1, Ordering::Relaxed);
                        let n = chat(
                            telemetry,
                            (number << 32) + next,
                            &mut dice,
                            fault == Repeated,
                        );
                        let before = offered.fetch_add(n, Ordering::Relaxed);
                        let is_half = before < files / 2 && before + n >= files / 2;
                        match (fault, folder) {
                            (ShutDown, _) if is_half => {
                                let _ = hook.shutdown(Duration::from_micros(dice.below(2_000)));
                            }
                            (FolderGone, Some(folder)) if is_half => {
                                let _ = std::fs::rename(&folder.0, folder.gone());
                            }
                            _ if next % 32 == 31 => drop(hook.flush(Duration::from_millis(2))),
                            _ => {}
                        }
                    }
                });
            }
        });
        ends.push(hook.flush(LONG).is_ok());
    });
    let (stats, offered) = (hook.stats(), offered.into_inner());
    ends.push(hook.shutdown(LONG).is_ok());
    let (stored, dropped, failed) = (stats.stored.files, stats.dropped.files, stats.failed.files);
    let seen = std::mem::take(&mut *lock(&references.0));
    let there = folder
        .as_ref()
        .map_or_else(|| lock(&store.files).clone(), Folder::files);
    let distinct: HashSet<u64> = seen.iter().copied().collect();
    let dangling = distinct.difference(&there).count() as u64;
    report.count("files offered", offered);
    report.count("files stored", stored);
    report.count("files dropped by the queue, without a reference", dropped);
    report.count("files failed", failed);
    report.count(
        "references to files that were on their way already",
        offered.saturating_sub(stored + dropped + failed),
    );
    report.count("references on spans", seen.len() as u64);
    report.count(
        "references without a file, each of one that failed",
        dangling,
    );
    report.count("hooks", 1);
    let mut says = |what: &str, holds: bool| {
        if !holds {
            report.fault(|| {
                let seen = seen.len();
                format!("{fault:?}, hook {number}: {what}: {offered} offered, {stored} stored, {dropped} dropped, {failed} failed, {seen} references, {dangling} of them without a file, {grown} bytes")
            });
        }
    };
    let repeats = fault == Repeated;
    says(
        "the sum",
        if repeats {
            stored + dropped + failed <= offered
        } else {
            stored + dropped + failed == offered
        },
    );
    says(
        "a reference of each file that was not dropped",
        seen.len() as u64 == offered - dropped,
    );
    says("a reference twice", repeats || distinct.len() == seen.len());
    says(
        "dangling",
        if fault == Denies || fault == Mixed || repeats {
            dangling <= failed
        } else {
            dangling == failed
        },
    );
    says("a flush of everything, and an end", ends == [true, true]);
    says("memory", grown <= QUEUE_BYTES + SLACK);
    let expected = match fault {
        Healthy | Blocks | NoTime | Existed | OddBase | Repeated => failed == 0 && stored > 0,
        Lasting | Permanent | Redirect | Talkative | Hangs | Restless | PanicsAtOnce
        | PanicsLater | PanicsWhenDropped => stored == 0 && failed > 0,
        Denies => stored == 0 && there.len() as u64 == failed,
        FewBytes => dropped > 0,
        FolderGone => stored > 0 && failed > 0,
        ShutDown => dropped > 0,
        _ => stored + failed > 0,
    };
    says("what this fault makes of files", expected);
}

/// Offers about `count` files, under each fault as many.
pub fn run(plan: Plan) -> Report {
    crate::support::process::hide_panics(PLANNED);
    let mut report = Report::default();
    let each = (plan.count / FAULTS.len() as u64).max(40);
    let mut number = 0;
    for fault in FAULTS {
        let mut left = each;
        while left > 0 {
            let files = left.min(FILES);
            number += 1;
            hook(fault, number, files, plan, &mut report);
            left -= files;
        }
    }
    report.count("kinds of fault", FAULTS.len() as u64);
    report
}
