//! Uploads to stores that misbehave in every way of `FAULTS`. Every file that was offered is stored, dropped or failed, every reference on
//! a span names a file that is there or one that was counted as failed, and the memory stays within the queue's bound.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use genai::message::ToolDefinition;
use genai::upload::{Format, UploadHook};
use genai::{CompletionHook as _, ContentCapture, Telemetry};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};

use super::stores::{FAULTS, Fault, Faulty, file_of, lock};
use super::{PLANNED, Plan, Report};
use crate::support::alloc::Process;
use crate::support::dice::Dice;
use crate::support::last_step::Ended;

use Fault::*;

/// Bytes that a queue takes.
const QUEUE_BYTES: usize = 1 << 20;

/// What else may be held at a time: files that are made, tasks, and what the store keeps of names.
const SLACK: usize = 3 << 20;

/// Files of one hook.
const FILES: u64 = 8_000;

const LONG: Duration = Duration::from_secs(60);

/// Adds the files that a span refers to, each as often as it does.
fn add_references(of: &Mutex<Vec<u64>>, span: &SpanData) {
    let references = span
        .attributes
        .iter()
        .filter(|a| a.key.as_str().ends_with("_ref"));
    lock(of).extend(references.map(|a| file_of(&a.value.as_str())));
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
    let seed = plan.seed.wrapping_add(number << 32);
    let store = Arc::new(Faulty::new(fault, seed, 2 * FILES as usize));
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
            Passing | FolderGone => Duration::from_secs(2),
            _ => Duration::from_millis(20),
        });
    let hook = match builder.build() {
        Ok(hook) => Arc::new(hook),
        Err(error) => return report.fault(|| format!("{fault:?}: {error}")),
    };
    let references = Arc::new(Mutex::new(Vec::with_capacity(2 * FILES as usize)));
    let added = Arc::clone(&references);
    let tracers = SdkTracerProvider::builder()
        .with_span_processor(Ended(move |span: &SpanData| add_references(&added, span)))
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
                                // Some files are there by then, however late the worker is.
                                let _ = hook.flush(LONG);
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
    // The worker ends, and lets go of the store.
    drop((telemetry, hook));
    let until = Instant::now() + LONG;
    while Arc::strong_count(&store) > 1 && Instant::now() < until {
        std::thread::sleep(Duration::from_micros(50));
    }
    ends.push(Arc::strong_count(&store) == 1);
    let (stored, dropped, failed) = (stats.stored.files, stats.dropped.files, stats.failed.files);
    let seen = std::mem::take(&mut *lock(&references));
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
        if matches!(fault, Denies | Mixed | ShutDown) || repeats {
            dangling <= failed
        } else {
            dangling == failed
        },
    );
    says(
        "a flush of everything, an end, and no worker afterwards",
        ends == [true; 3],
    );
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
