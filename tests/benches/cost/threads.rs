//! Two threads in tight loops: how much more CPU time a call takes than alone. What is shared is the SDK's; nothing of ours is
//! to add to it.

use super::harness::{cpu, median, this_program};
use super::variants::{one_by_hand, one_call};

const CALLS: u64 = 20_000;
const ROUNDS: usize = 15;

fn timed<F: FnMut() + 'static>(make: fn() -> F) -> f64 {
    let mut call = make();
    (0..200).for_each(|_| call());
    let before = cpu();
    (0..CALLS).for_each(|_| call());
    (cpu() - before) as f64 / CALLS as f64
}

fn measure<F: FnMut() + 'static>(name: &str, make: fn() -> F) {
    let (mut alone, mut both) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.push(
            std::thread::spawn(move || timed(make))
                .join()
                .expect("a time"),
        );
        let pair = [(); 2].map(|()| std::thread::spawn(move || timed(make)));
        let times = pair.map(|thread| thread.join().expect("a time"));
        both.push((times[0] + times[1]) / 2.0);
    }
    let ratio = median(alone.iter().zip(&both).map(|(a, b)| b / a));
    println!(
        "| {name} | {:.0} | {:.0} | {ratio:.2} |",
        median(alone.into_iter()),
        median(both.into_iter()),
    );
}

/// One variant, in a process of its own.
pub(crate) fn of(name: &str) {
    match name {
        "hand" => measure(name, one_by_hand),
        _ => measure(name, one_call),
    }
}

pub(crate) fn run() {
    println!("| variant | CPU ns alone | with a second thread | inflation |\n|---|---:|---:|---:|");
    for name in ["hand", "genai", "genai", "hand"] {
        let status = this_program().args(["threads", name]).status();
        assert!(status.is_ok_and(|s| s.success()));
    }
}
