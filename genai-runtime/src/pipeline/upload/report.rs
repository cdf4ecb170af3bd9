//! Reports what becomes of uploads: counters, and one line in the log when loss starts and one when it ends.
//!
//! In comes the fate of each file; out come the metrics `genai.upload.*`, the totals of [`Stats`] and the two lines.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::metrics::{Counter, MeterProvider};
use opentelemetry::{Context, InstrumentationScope, KeyValue, global, otel_warn};

use crate::content::url::without_secrets;
use crate::diag::call_out::{CallOut, contained};
use crate::diag::sync::atomic::{AtomicU64, Ordering};
use crate::diag::warn;

/// How often the counters are looked up again while they come from the global meter provider, which may be set late.
const REFRESH: Duration = Duration::from_secs(1);

/// Why a file was not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Dropped: as many files as the queue takes.
    QueueFiles,
    /// Dropped: as many bytes as the queue takes.
    QueueBytes,
    /// Dropped or failed: the hook was shut down.
    Shutdown,
    /// Dropped: no thread, no random numbers, too many forks.
    System,
    /// Dropped: no JSON can be made of it.
    Unwritable,
    /// Failed: not stored within its deadline.
    Deadline,
    /// Failed: the store's last answer was an error.
    Error,
    /// Failed: the store panicked.
    Panic,
}

impl Reason {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::QueueFiles => "queue_files",
            Self::QueueBytes => "queue_bytes",
            Self::Shutdown => "shutdown",
            Self::System => "system",
            Self::Unwritable => "unwritable",
            Self::Deadline => "deadline",
            Self::Error => "error",
            Self::Panic => "panic",
        }
    }
}

/// What became of the files an [`UploadHook`](super::UploadHook) was given, in this process and so far.
///
/// Once [`flush`](crate::CompletionHook::flush) has returned `true`, every file is in one of the three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Stored, or found to be stored already when their turn came.
    pub stored: Tally,
    /// Refused by the queue; no reference was set. The bytes are those of the content, before it became JSON.
    pub dropped: Tally,
    /// Accepted by the queue, but not stored.
    pub failed: Tally,
}

/// A number of files, and their size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// How many files.
    pub files: u64,
    /// How many bytes they have together.
    pub bytes: u64,
}

/// The totals and where they are reported.
pub(super) struct Report {
    calm: Duration,
    provider: Option<Arc<dyn MeterProvider + Send + Sync>>,
    instruments: Mutex<Option<(Instant, Instruments)>>,
    stored: Total,
    dropped: Total,
    failed: Total,
    loss: Mutex<Loss>,
}

#[derive(Default)]
struct Total {
    files: AtomicU64,
    bytes: AtomicU64,
}

/// A time of loss: from the first file that is lost until none was for a while and nothing waits.
#[derive(Clone, Copy, Default)]
struct Loss {
    last: Option<Instant>,
    dropped: u64,
    failed: u64,
    /// Something came after the shutdown.
    late: bool,
}

impl Report {
    /// `calm` is how long no file may have been lost for the loss to be over.
    pub(super) fn new(
        provider: Option<Arc<dyn MeterProvider + Send + Sync>>,
        calm: Duration,
    ) -> Self {
        Self {
            calm,
            provider,
            instruments: Mutex::default(),
            stored: Total::default(),
            dropped: Total::default(),
            failed: Total::default(),
            loss: Mutex::default(),
        }
    }

    pub(super) fn stats(&self) -> Stats {
        Stats {
            stored: self.stored.read(),
            dropped: self.dropped.read(),
            failed: self.failed.read(),
        }
    }

    pub(super) fn stored(&self, bytes: usize) {
        self.stored.add(bytes);
        self.count(|i| &i.stored, bytes, &[]);
    }

    pub(super) fn dropped(&self, bytes: usize, reason: Reason) {
        self.dropped.add(bytes);
        self.count(
            |i| &i.dropped,
            bytes,
            &[KeyValue::new("reason", reason.name())],
        );
        self.lost(reason, false, None);
    }

    pub(super) fn failed(&self, bytes: usize, reason: Reason, detail: Option<&dyn fmt::Display>) {
        self.failed.add(bytes);
        self.count(
            |i| &i.failed,
            bytes,
            &[KeyValue::new("reason", reason.name())],
        );
        self.lost(reason, true, detail);
    }

    /// The first upload of the process to a remote base, made to see whether the base works, has failed.
    pub(super) fn probe_failed(&self, detail: &dyn fmt::Display) {
        let detail = one_line(detail);
        said(|| {
            otel_warn!(
                name: "genai.upload.base_unusable",
                message = "the test upload failed: content will probably be lost",
                error = detail.as_str()
            );
        });
    }

    /// Nothing waits any more: ends the loss if it is over, else says when to ask again.
    pub(super) fn idle(&self, now: Instant) -> Option<Instant> {
        let mut loss = lock(&self.loss);
        let end = loss.last?.checked_add(self.calm)?;
        if now < end {
            return Some(end);
        }
        let over = *loss;
        *loss = Loss {
            late: over.late,
            ..Loss::default()
        };
        drop(loss);
        said(|| {
            otel_warn!(
                name: "genai.upload.loss_ended",
                message = "uploads are stored again",
                dropped_files = over.dropped,
                failed_files = over.failed
            );
        });
        None
    }

    fn lost(&self, reason: Reason, failed: bool, detail: Option<&dyn fmt::Display>) {
        let late = reason == Reason::Shutdown && !failed;
        let first = {
            let mut loss = lock(&self.loss);
            if late {
                !std::mem::replace(&mut loss.late, true)
            } else {
                *(if failed {
                    &mut loss.failed
                } else {
                    &mut loss.dropped
                }) += 1;
                loss.last.replace(Instant::now()).is_none()
            }
        };
        if !first {
            return;
        }
        let detail = detail.map(one_line).unwrap_or_default();
        said(|| {
            // Nothing ends what comes after the end, so it is no loss in that sense.
            if late {
                otel_warn!(
                    name: "genai.upload.after_shutdown",
                    message = "content came after the shutdown of uploads; more of it is only counted"
                );
            } else {
                otel_warn!(
                    name: "genai.upload.loss_started",
                    message = "content is being lost instead of uploaded; more of it is only counted",
                    reason = reason.name(),
                    error = detail.as_str()
                );
            }
        });
    }

    fn count(
        &self,
        which: fn(&Instruments) -> &(Counter<u64>, Counter<u64>),
        bytes: usize,
        attributes: &[KeyValue],
    ) {
        let _ = contained(CallOut::Metering, || {
            let instruments = self.instruments();
            let (files, size) = which(&instruments);
            files.add(1, attributes);
            size.add(bytes as u64, attributes);
        });
    }

    fn instruments(&self) -> Instruments {
        let mut cached = lock(&self.instruments);
        match &*cached {
            Some((since, found)) if self.provider.is_some() || since.elapsed() < REFRESH => {
                found.clone()
            }
            _ => {
                let found = Instruments::new(self.provider.as_deref());
                *cached = Some((Instant::now(), found.clone()));
                found
            }
        }
    }
}

impl Total {
    fn add(&self, bytes: usize) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn read(&self) -> Tally {
        Tally {
            files: self.files.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }
}

/// Files and bytes, for each fate.
#[derive(Clone)]
struct Instruments {
    stored: (Counter<u64>, Counter<u64>),
    dropped: (Counter<u64>, Counter<u64>),
    failed: (Counter<u64>, Counter<u64>),
}

impl Instruments {
    fn new(provider: Option<&(dyn MeterProvider + Send + Sync)>) -> Self {
        let scope = InstrumentationScope::builder("genai")
            .with_version(env!("CARGO_PKG_VERSION"))
            .with_schema_url("https://opentelemetry.io/schemas/1.41.1")
            .build();
        let meter = match provider {
            Some(provider) => provider.meter_with_scope(scope),
            None => global::meter_with_scope(scope),
        };
        let pair = |files: &'static str, size: &'static str, what: &'static str| {
            let files = meter
                .u64_counter(files)
                .with_unit("{file}")
                .with_description(what)
                .build();
            (
                files,
                meter
                    .u64_counter(size)
                    .with_unit("By")
                    .with_description(what)
                    .build(),
            )
        };
        Self {
            stored: pair(
                "genai.upload.stored",
                "genai.upload.stored.size",
                "Content that was stored",
            ),
            dropped: pair(
                "genai.upload.dropped",
                "genai.upload.dropped.size",
                "Content the queue refused",
            ),
            failed: pair(
                "genai.upload.failed",
                "genai.upload.failed.size",
                "Content that could not be stored",
            ),
        }
    }
}

/// Writes a line outside the worker's suppressed scope, so that it is seen, and survives a logger that panics.
fn said(line: impl FnOnce()) {
    warn::said(|| {
        let _scope = Context::new().attach();
        line();
    });
}

/// An error's text, short, without control characters and without the secrets of URLs.
fn one_line(detail: &dyn fmt::Display) -> String {
    let text = contained(CallOut::ErrorText, || detail.to_string()).unwrap_or_default();
    without_secrets(&text)
        .chars()
        .take(200)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(not(loom))]
#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use opentelemetry::metrics::{Meter, NoopMeterProvider};

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn report() -> Report {
        Report::new(Some(Arc::new(NoopMeterProvider::new())), HOUR)
    }

    #[test]
    fn each_reason_has_its_name() {
        for (reason, name) in [
            (Reason::QueueFiles, "queue_files"),
            (Reason::QueueBytes, "queue_bytes"),
            (Reason::Shutdown, "shutdown"),
            (Reason::System, "system"),
            (Reason::Unwritable, "unwritable"),
            (Reason::Deadline, "deadline"),
            (Reason::Error, "error"),
            (Reason::Panic, "panic"),
        ] {
            assert_eq!(reason.name(), name);
        }
    }

    #[test]
    fn files_and_bytes_are_counted_by_their_fate() {
        let report = report();
        report.stored(1);
        report.stored(2);
        report.dropped(10, Reason::QueueFiles);
        report.failed(100, Reason::Error, None);
        report.failed(200, Reason::Error, None);
        report.failed(300, Reason::Panic, None);
        let tally = |files, bytes| Tally { files, bytes };
        let stats = report.stats();
        assert_eq!(stats.stored, tally(2, 3));
        assert_eq!(stats.dropped, tally(1, 10));
        assert_eq!(stats.failed, tally(3, 600));
    }

    #[cfg(feature = "internal-logs")]
    #[test]
    fn a_loss_is_said_when_it_starts_and_when_it_has_ended() {
        use crate::diag::heard::heard;

        let report = report();
        let (end, lines) = heard(|| {
            assert_eq!(report.idle(Instant::now()), None);
            let detail = format!("no room\nat https://u:key@h/?q=1 {}", "x".repeat(300));
            report.failed(1, Reason::Error, Some(&detail));
            report.failed(1, Reason::Shutdown, None);
            report.dropped(1, Reason::QueueBytes);
            let end = report.idle(Instant::now()).expect("not over yet");
            assert_eq!(report.idle(end - Duration::from_nanos(1)), Some(end));
            assert_eq!(report.idle(end), None, "it is over");
            assert_eq!(report.idle(end), None);
            end
        });
        let [started, ended] = &lines[..] else {
            panic!("{lines:?}");
        };
        let fields = "name=genai.upload.loss_started message=content is being lost instead of uploaded; more of it is only counted reason=error error=";
        let detail = started.strip_prefix(fields).expect(started);
        assert!(detail.starts_with("no room at https://h/ xx"), "{detail}");
        assert_eq!(detail.chars().count(), 200);
        assert_eq!(
            ended,
            "name=genai.upload.loss_ended message=uploads are stored again dropped_files=1 failed_files=2"
        );

        // What comes after the shutdown is said once, and is no loss that could end.
        let ((), lines) = heard(|| {
            for _ in 0..3 {
                report.dropped(1, Reason::Shutdown);
                assert_eq!(report.idle(end + HOUR), None);
            }
        });
        assert_eq!(
            lines,
            [
                "name=genai.upload.after_shutdown message=content came after the shutdown of uploads; more of it is only counted"
            ]
        );
        // The next loss is another one, counted from nothing.
        let ((), lines) = heard(|| {
            report.dropped(1, Reason::QueueFiles);
            report.dropped(1, Reason::Shutdown);
            let end = report.idle(Instant::now()).expect("not over yet");
            assert_eq!(report.idle(end), None);
            report.dropped(1, Reason::Shutdown);
        });
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].ends_with("reason=queue_files"), "{lines:?}");
        assert!(
            lines[1].ends_with("dropped_files=1 failed_files=0"),
            "{lines:?}"
        );
    }

    #[cfg(feature = "internal-logs")]
    #[test]
    fn a_probe_that_failed_is_said_with_what_the_store_answered() {
        let ((), lines) = crate::diag::heard::heard(|| report().probe_failed(&"denied\r\nby h"));
        assert_eq!(
            lines,
            [
                "name=genai.upload.base_unusable message=the test upload failed: content will probably be lost error=denied  by h"
            ]
        );
    }

    /// Counts how often it is asked for a meter.
    #[derive(Clone, Default)]
    struct Asked(Arc<AtomicUsize>);

    impl MeterProvider for Asked {
        fn meter_with_scope(&self, scope: InstrumentationScope) -> Meter {
            self.0.fetch_add(1, Ordering::SeqCst);
            NoopMeterProvider::new().meter_with_scope(scope)
        }
    }

    #[test]
    fn counters_of_a_given_provider_are_made_once_and_global_ones_anew_after_a_second() {
        /// When the counters were made, as if the last time was so long ago.
        fn made(report: &Report, ago: Duration) -> Duration {
            let before = Instant::now() - ago;
            if let Some((since, _)) = &mut *lock(&report.instruments) {
                *since = before;
            }
            report.stored(1);
            let cached = lock(&report.instruments);
            let (since, _) = cached.as_ref().expect("made");
            since.saturating_duration_since(before)
        }
        let asked = Asked::default();
        let given = Report::new(Some(Arc::new(asked.clone())), HOUR);
        for _ in 0..3 {
            made(&given, 2 * REFRESH);
        }
        assert_eq!(asked.0.load(Ordering::SeqCst), 1);
        let global = Report::new(None, HOUR);
        made(&global, Duration::ZERO);
        assert!(made(&global, 2 * REFRESH) >= 2 * REFRESH, "made anew");
        assert_eq!(made(&global, REFRESH / 4), Duration::ZERO, "kept");
    }
}
