//! Names without end: every call has another model, tool or error, from several threads. Series stay bounded, nothing is lost of the
//! sums, and the memory is flat.

use std::sync::atomic::{AtomicU64, Ordering};

use genai::{ContentCapture, Failure, Telemetry};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};

use super::{Plan, Report, durations, reader};
use crate::support::alloc::Process;
use crate::support::dice::Dice;

/// The most series an instrument may have: those of the SDK's own bound, which overflow into one.
const MOST_SERIES: u64 = 2_000;

/// One call with names of its own.
fn call(telemetry: &Telemetry, number: u64, dice: &mut Dice) {
    let name = format!("name-{number}-{}", dice.roll());
    let mut chat = match dice.below(2) {
        0 => telemetry.chat("openai").model("asked").start(),
        _ => telemetry.chat("openai").model(&name).start(),
    };
    chat.model(&name);
    match dice.below(2) {
        0 => chat.finish(),
        _ => chat.fail(Failure::new(name.clone(), "")),
    }
}

/// Runs `count` calls.
pub fn run(plan: Plan) -> Report {
    let exporter = InMemoryMetricExporter::default();
    let meters = SdkMeterProvider::builder()
        .with_reader(reader(&exporter))
        .build();
    let telemetry = Telemetry::builder()
        .meter_provider(meters.clone())
        .capture(ContentCapture::NoContent)
        .build();
    let number = AtomicU64::new(0);
    let until = |end: u64| {
        std::thread::scope(|scope| {
            for thread in 0..plan.threads {
                let (telemetry, number) = (&telemetry, &number);
                let mut dice = Dice(plan.seed.wrapping_add(thread << 32));
                scope.spawn(move || {
                    loop {
                        let next = number.fetch_add(1, Ordering::Relaxed);
                        if next >= end {
                            return;
                        }
                        call(telemetry, next, &mut dice);
                    }
                });
            }
        });
        number.store(end, Ordering::Relaxed);
    };
    // What is bounded fills up first.
    let first = plan.count / 2;
    until(first);
    let grown = Process::peak(|| until(plan.count));
    let flushed = meters.force_flush();
    let durations = durations(&exporter, |name| name == "gen_ai.client.operation.duration");
    let (series, points) = (durations.len() as u64, durations.iter().sum());
    let mut report = Report::default();
    report.count("calls", plan.count);
    report.count("series of durations", series);
    report.count("points of durations", points);
    report.count("bytes more at most, after half of the calls", grown as u64);
    report.same("points", points, plan.count);
    if flushed.is_err() {
        report.fault(|| format!("{flushed:?}"));
    }
    if series > MOST_SERIES + 1 {
        report.fault(|| format!("{series} series"));
    }
    if grown > 4 << 20 {
        report.fault(|| format!("the memory grew by {grown} bytes"));
    }
    report
}
