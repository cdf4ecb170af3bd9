//! Two threads in tight loops: how much more CPU time a call takes than alone. What is shared is the SDK's; nothing of ours is
//! to add to it.

use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::time::Instant;

use super::harness::{cpu, median, this_program};
use super::variants::{one_by_hand, one_call};

const CALLS: u64 = 10_000;
const ROUNDS: usize = 80;

/// CPU nanoseconds a call, on so many threads that start together; and the wall time of a call.
fn timed<F: FnMut() + 'static>(make: fn() -> F, threads: usize) -> (f64, f64) {
    let together = Arc::new(Barrier::new(threads + 1));
    let running: Vec<_> = (0..threads)
        .map(|_| {
            let together = Arc::clone(&together);
            std::thread::spawn(move || {
                let mut call = make();
                (0..200).for_each(|_| call());
                together.wait();
                let before = cpu();
                (0..CALLS).for_each(|_| call());
                (cpu() - before) as f64 / CALLS as f64
            })
        })
        .collect();
    together.wait();
    let start = Instant::now();
    let times: Vec<f64> = running
        .into_iter()
        .map(|thread| thread.join().expect("a time"))
        .collect();
    let calls = CALLS as f64 * threads as f64;
    (
        times.iter().sum::<f64>() / threads as f64,
        start.elapsed().as_nanos() as f64 / calls,
    )
}

fn measure<F: FnMut() + 'static>(name: &str, make: fn() -> F) {
    let (mut alone, mut both) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        // Threads that take turns on one core do not contend: such a round says nothing.
        let has_both_cores = || timed(control, 1).1 / timed(control, 2).1 > 1.6;
        if !has_both_cores() {
            continue;
        }
        let (cpu_alone, cpu_both) = (timed(make, 1).0, timed(make, 2).0);
        if has_both_cores() {
            alone.push(cpu_alone);
            both.push(cpu_both);
        }
    }
    let rounds = alone.len();
    if rounds == 0 {
        println!("| {name} | - | - | - | 0 of {ROUNDS} |");
        return;
    }
    let ratio = median(alone.iter().zip(&both).map(|(a, b)| b / a));
    println!(
        "| {name} | {:.0} | {:.0} | {ratio:.2} | {rounds} of {ROUNDS} |",
        median(alone.into_iter()),
        median(both.into_iter()),
    );
}

/// Shares nothing: what it does not gain from the second thread, the machine did not give.
fn control() -> impl FnMut() {
    let mut x = 1_u64;
    move || {
        for _ in 0..300 {
            x = black_box(x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
    }
}

/// One variant, in a process of its own.
pub(crate) fn of(name: &str) {
    match name {
        "hand" => measure(name, one_by_hand),
        _ => measure(name, one_call),
    }
}

pub(crate) fn run() {
    println!(
        "| variant | CPU ns alone | with a second thread | inflation | rounds with two cores |\n|---|---:|---:|---:|---:|"
    );
    for name in ["hand", "genai", "genai", "hand"] {
        let status = this_program().args(["threads", name]).status();
        assert!(status.is_ok_and(|s| s.success()));
    }
}
