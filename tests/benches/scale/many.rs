//! Names without end, and threads that come and go: the memory stays as it is.

use std::thread;
use std::time::Instant;

use genai_tests::campaign::{self, Plan};
use genai_tests::support::alloc::Process;

use super::world::{count_process, guarded, install, row};

pub(crate) fn names() {
    count_process();
    let plan = Plan {
        count: 1_000_000,
        seed: 1,
        threads: 64,
    };
    let report = campaign::run("cardinality", plan).expect("there is one");
    assert!(report.faults.is_empty(), "{report}");
    let grown = report.counted("bytes more at most, after half of the calls");
    guarded(
        "1,000,000 names on 64 threads: more than after half of them, at most",
        grown as i64,
        4 << 20,
        "bytes",
    );
    let series = report.counted("series of durations");
    guarded(
        "the same: series of an instrument",
        series as i64,
        2_001,
        "",
    );
}

#[genai::chat(provider = openai, model = "gpt-4o", response = none)]
async fn call() -> u64 {
    1
}

const THREADS: usize = 1_000;
const CALLS: usize = 10;

/// Threads one after the other; microseconds of each.
fn run(threads: usize, calls: usize) -> f64 {
    let began = Instant::now();
    for _ in 0..threads {
        let calls = thread::spawn(move || {
            let one = |_| futures::executor::block_on(call());
            (0..calls).map(one).sum::<u64>()
        });
        assert!(calls.join().is_ok());
    }
    began.elapsed().as_secs_f64() * 1e6 / threads as f64
}

pub(crate) fn threads() {
    count_process();
    install(false);
    run(100, CALLS);
    let mut each = 0.0;
    let grown = Process::peak(|| each = run(THREADS, CALLS));
    guarded(
        "1,000 threads of 10 calls, one after the other: more than after 100, at most",
        grown as i64,
        64 << 10,
        "bytes",
    );
    let without = run(THREADS, 0);
    row(
        "such a thread, and one without a call",
        format!("{each:.0} and {without:.0} µs"),
    );
}
