//! What all parts have: an SDK whose last step throws the data away, an allocator that counts, and rows of the table.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use genai::Telemetry;
use genai_tests::support::alloc::{Count, Counted, Held, Process};
use genai_tests::support::last_step::{Collected, Ended};
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};

/// Of each thread and, where it is asked for, of the process: that is a write that all threads share.
struct Both;

static OF_PROCESS: AtomicBool = AtomicBool::new(false);

impl Count for Both {
    fn allocated(&self, bytes: usize) {
        Held.allocated(bytes);
        if OF_PROCESS.load(Ordering::Relaxed) {
            Process.allocated(bytes);
        }
    }

    fn freed(&self, bytes: usize) {
        Held.freed(bytes);
        if OF_PROCESS.load(Ordering::Relaxed) {
            Process.freed(bytes);
        }
    }

    fn resized(&self, from: usize, to: usize) {
        Held.resized(from, to);
        if OF_PROCESS.load(Ordering::Relaxed) {
            Process.resized(from, to);
        }
    }
}

#[global_allocator]
static ALLOCATOR: Counted<Both> = Counted(Both);

/// Counts what the process holds, from now on; to be called before anything else is done.
pub(crate) fn count_process() {
    OF_PROCESS.store(true, Ordering::Relaxed);
}

/// Installs the SDK, content captured on spans if it is asked for.
pub(crate) fn install(content: bool) {
    let reader = PeriodicReader::builder(Collected(|_: &ResourceMetrics| ()))
        .with_interval(Duration::from_secs(3600))
        .build();
    let capture = if content {
        genai::ContentCapture::SpanOnly
    } else {
        genai::ContentCapture::NoContent
    };
    Telemetry::builder()
        .tracer_provider(
            SdkTracerProvider::builder()
                .with_span_processor(Ended(|_: &SpanData| ()))
                .build(),
        )
        .meter_provider(SdkMeterProvider::builder().with_reader(reader).build())
        .capture(capture)
        .install();
}

/// CPU nanoseconds of this thread.
#[allow(unsafe_code)]
pub(crate) fn cpu() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is valid for the write.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// CPU nanoseconds of each of `count`, in `f`.
pub(crate) fn nanos(count: usize, f: impl FnOnce()) -> f64 {
    let before = cpu();
    f();
    (cpu() - before) as f64 / count as f64
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A row of what is shown alone.
pub(crate) fn row(what: &str, measured: impl Display) {
    println!("| {what} | {measured} | |");
}

/// A row of what is counted, and must not be more.
///
/// # Panics
/// If it is.
pub(crate) fn guarded(what: &str, measured: i64, most: i64, unit: &str) {
    println!("| {what} | {measured} {unit} | {most} |");
    assert!(
        measured <= most,
        "{what}: {measured} {unit}, at most {most}"
    );
}
