//! Ends with parts that are stuck: exporters of spans, events and metrics, a completion hook and the store of uploads, each well, slow,
//! failing, panicking or stuck, in any combination. A flush or shutdown returns within its deadline and 100 ms, and names what it left.
//!
//! A machine that is busy with something else can be late by itself. So an end that was late is repeated as it was, and a fault is one that
//! is late every time; how many were late at all is counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use genai::hook::Unfinished;
use genai::otlp::Otlp;
use genai::upload::UploadHook;
use genai::{Telemetry, TelemetryBuilder};
use opentelemetry_sdk::metrics::PeriodicReader;

use super::parts::{Manner, Part, Release};
use super::{PLANNED, Plan, Report};
use crate::support::dice::Dice;

/// How much later than its deadline an end may be.
const LATE: Duration = Duration::from_millis(100);

/// How often an end that was late is repeated.
const TRIES: u32 = 4;

/// What the process's environment has to be: no exporters but those of the campaign.
pub const VARIABLES: [(&str, &str); 3] = [
    ("OTEL_TRACES_EXPORTER", "none"),
    ("OTEL_METRICS_EXPORTER", "none"),
    ("OTEL_LOGS_EXPORTER", "none"),
];

/// Who is asked to finish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// The export, to flush.
    Export,
    /// The export, by dropping its guard.
    Guard,
    /// This library as it reports to the export, to flush or shut down.
    Telemetry(bool),
    /// This library without an export of ours.
    Alone(bool),
    /// Whatever is the process's.
    Process(bool),
}

/// How an end came about.
struct End {
    took: Duration,
    /// What was left, where that is said.
    left: Option<Vec<String>>,
    /// The guard, which would wait once more.
    kept: Option<Otlp>,
}

/// What one end is made of.
#[derive(Debug)]
struct Case {
    asked: Asked,
    deadline: Duration,
    manners: [Option<Manner>; 4],
    /// Whether an exporter is behind the SDK's batches.
    batches: [bool; 2],
    /// Whether the hook is that of uploads, and its store is what has a manner.
    uploads: bool,
    is_polled: bool,
    calls: u64,
}

impl Case {
    fn new(dice: &mut Dice) -> Self {
        let mut manner = || match dice.below(8) {
            0 => None,
            1 | 2 => Some(Manner::Well),
            3 => Some(Manner::Slow(1 + dice.below(10))),
            4 => Some(Manner::Fails),
            5 => Some(Manner::Panics),
            _ => Some(Manner::Stuck),
        };
        let manners = [manner(), manner(), manner(), manner()];
        let asked = match dice.below(9) {
            0 | 1 => Asked::Export,
            2 | 3 => Asked::Guard,
            4 | 5 => Asked::Telemetry(dice.once_in(2)),
            6 => Asked::Alone(dice.once_in(2)),
            _ => Asked::Process(dice.once_in(2)),
        };
        Self {
            asked,
            // Where nothing is stuck there is time for all.
            deadline: match is_stuck(&manners) {
                true => Duration::from_millis(dice.below(60)),
                false => Duration::from_secs(20),
            },
            manners,
            batches: [dice.once_in(2), dice.once_in(2)],
            uploads: dice.once_in(2),
            is_polled: dice.once_in(2),
            calls: 1 + dice.below(4),
        }
    }

    fn hook(&self, part: Option<&Part>, settings: TelemetryBuilder) -> TelemetryBuilder {
        let Some(part) = part else { return settings };
        if !self.uploads {
            return settings.completion_hook(part.clone());
        }
        let store = UploadHook::builder()
            .base_path("test://base")
            .store(Arc::new(part.clone()));
        match store.file_tries(1).build() {
            Ok(hook) => settings.completion_hook(hook),
            Err(_) => settings,
        }
    }

    /// Sets everything up, reports a few calls, and ends it.
    fn run(&self, parts: &[Option<Part>; 4]) -> Result<End, String> {
        let [traces, events, metrics, hook] = parts;
        let build = || {
            let mut export = genai::otlp::builder().deadline(self.deadline);
            if let Some(part) = traces.clone() {
                export = export.traces(|t| match self.batches[0] {
                    true => t.with_batch_exporter(part),
                    false => t.with_span_processor(part),
                });
            }
            if let Some(part) = events.clone() {
                export = export.logs(|l| match self.batches[1] {
                    true => l.with_batch_exporter(part),
                    false => l.with_log_processor(part),
                });
            }
            if let Some(part) = metrics.clone() {
                let day = Duration::from_secs(86_400);
                export = export.metrics(|m| {
                    m.with_reader(PeriodicReader::builder(part).with_interval(day).build())
                });
            }
            export.telemetry(|t| self.hook(hook.as_ref(), t.emit_events(true)))
        };
        let failed = |error: genai::otlp::Error| error.to_string();
        let (export, alone): (Option<Otlp>, _) = match self.asked {
            Asked::Alone(_) => (None, self.hook(hook.as_ref(), Telemetry::builder()).build()),
            Asked::Process(_) => (Some(build().init().map_err(failed)?), Telemetry::global()),
            _ => {
                let export = build().build().map_err(failed)?;
                let telemetry = export.telemetry().cloned().ok_or("no export")?;
                (Some(export), telemetry)
            }
        };
        for n in 0..self.calls {
            let mut chat = alone.chat("openai").model("m").start();
            chat.input(&format!("question {n}"));
            chat.finish();
        }
        let timeout = self.deadline;
        let finish = |telemetry: &Telemetry, stop| match stop {
            true => telemetry.shutdown(timeout),
            false => telemetry.flush(timeout),
        };
        let mut kept = None;
        let began = Instant::now();
        let result = match (self.asked, export) {
            (Asked::Guard, export) => {
                drop(export);
                None
            }
            (Asked::Export, Some(export)) => {
                let result = export.flush(timeout);
                kept = Some(export);
                Some(result)
            }
            (Asked::Process(stop), export) => {
                let result = if stop {
                    genai::shutdown(timeout)
                } else {
                    genai::flush(timeout)
                };
                kept = export;
                Some(result)
            }
            (Asked::Telemetry(stop) | Asked::Alone(stop), export) => {
                let result = finish(&alone, stop);
                kept = export;
                Some(result)
            }
            (Asked::Export, None) => None,
        };
        let took = began.elapsed();
        let left = result.map(|result| {
            let left = result.err();
            left.iter()
                .flat_map(Unfinished::parts)
                .map(str::to_owned)
                .collect()
        });
        Ok(End { took, left, kept })
    }

    /// Whether a part that fails or panics is heard of: the SDK keeps to itself what becomes of a batch, and a file that cannot be stored
    /// is settled.
    fn is_heard(&self, at: usize) -> bool {
        match at {
            0 | 1 => !self.batches[at],
            2 => true,
            _ => !self.uploads,
        }
    }

    /// Looks at what was said of the parts.
    fn judge(&self, parts: &[Option<Part>; 4], left: &[String], report: &mut Report) {
        let is_stuck = is_stuck(&self.manners);
        for (at, part) in parts.iter().enumerate() {
            if at < 3 && matches!(self.asked, Asked::Alone(_)) {
                continue;
            }
            let is_named = is_named(at, left);
            let Some(part) = part else {
                // With no time at all nobody is heard of.
                if is_named && !is_stuck {
                    report.fault(|| format!("part {at} is not there: {self:?}: {left:?}"));
                }
                continue;
            };
            let is_done = part.is_done.load(Ordering::SeqCst);
            let holds = match part.manner {
                Manner::Stuck => is_named,
                Manner::Fails | Manner::Panics => is_named || !self.is_heard(at),
                // Where nothing is stuck there was time for all.
                Manner::Well | Manner::Slow(_) if is_stuck => is_named || is_done,
                Manner::Well | Manner::Slow(_) => is_done && !is_named,
            };
            report.count("parts looked at", 1);
            report.count(
                "parts stuck, and named",
                u64::from(is_named && part.manner == Manner::Stuck),
            );
            if !holds {
                report.fault(|| format!("part {at} (done: {is_done}) of {self:?}: {left:?}"));
            }
        }
    }
}

/// Whether one of them is.
fn is_stuck(manners: &[Option<Manner>]) -> bool {
    manners.contains(&Some(Manner::Stuck))
}

/// Whether what was left has the part of this number in it.
fn is_named(at: usize, left: &[String]) -> bool {
    let names: &[&str] = match at {
        0 => &["traces"],
        1 => &["events"],
        2 => &["metrics"],
        _ => &[
            "completion hook",
            "uploads",
            "a completion hook that panicked",
        ],
    };
    left.iter()
        .any(|part| names.iter().any(|name| part.starts_with(name)))
}

/// One at a time is the process's.
static PROCESS: Mutex<()> = Mutex::new(());

/// One end, again while it is late.
fn end(case: &Case, report: &mut Report) {
    let allowed = case.deadline + LATE;
    let mut late = Vec::new();
    for _ in 0..TRIES {
        let release = Arc::new(Release::default());
        let parts = case
            .manners
            .map(|manner| manner.map(|manner| Part::new(manner, &release, case.is_polled)));
        let alone = matches!(case.asked, Asked::Process(_)).then(|| PROCESS.lock());
        let ended = case.run(&parts);
        let end = match ended {
            Ok(end) => end,
            Err(error) => return report.fault(|| format!("{case:?}: {error}")),
        };
        if let Some(left) = &end.left {
            case.judge(&parts, left, report);
        }
        release.open();
        drop(end.kept);
        drop(alone);
        if end.took <= allowed {
            break;
        }
        late.push(end.took);
    }
    report.count("ends", 1);
    report.count(
        "ends later than their deadline and 100 ms",
        u64::from(!late.is_empty()),
    );
    if late.len() == TRIES as usize {
        report.fault(|| format!("late every time ({late:?}): {case:?}"));
    }
}

/// Runs `count` ends.
pub fn run(plan: Plan) -> Report {
    let mut report = Report::default();
    for (name, value) in VARIABLES {
        if std::env::var(name).as_deref() != Ok(value) {
            report.fault(|| format!("{name} has to be {value}"));
            return report;
        }
    }
    crate::support::process::hide_panics(PLANNED);
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..plan.threads)
            .map(|_| {
                let next = &next;
                scope.spawn(move || {
                    let mut report = Report::default();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= plan.count {
                            return report;
                        }
                        let mut dice = Dice(plan.seed ^ (number << 20));
                        end(&Case::new(&mut dice), &mut report);
                    }
                })
            })
            .collect();
        report.join(threads);
    });
    report
}
