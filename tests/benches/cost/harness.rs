//! Variants go in, ratios come out.
//!
//! Every variant lives in a process of its own, with its own providers and globals. The parent asks one after the other for a
//! short batch, forth and back, so that whatever else the machine does falls on all of them; a ratio is taken within a round,
//! and the median over the rounds is what is printed. Times are CPU times of the calling thread.

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::alloc;

/// Runs so many calls.
pub(crate) type Batch = Box<dyn FnMut(u64)>;

/// One way to do one thing.
pub(crate) struct Variant {
    pub group: &'static str,
    pub name: &'static str,
    /// How many units one call has: the chunks of a stream.
    pub units: u64,
    pub set_up: fn() -> Batch,
}

impl Variant {
    pub(crate) const fn new(
        group: &'static str,
        name: &'static str,
        set_up: fn() -> Batch,
    ) -> Self {
        Self {
            group,
            name,
            units: 1,
            set_up,
        }
    }

    pub(crate) const fn of(mut self, units: u64) -> Self {
        self.units = units;
        self
    }
}

/// A loop around `call`.
pub(crate) fn looped(mut call: impl FnMut() + 'static) -> Batch {
    Box::new(move |n| {
        for _ in 0..n {
            call();
        }
    })
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

/// The child's side: `t n` times n calls, `a n` counts their allocations.
pub(crate) fn serve(variant: &Variant) {
    let mut batch = (variant.set_up)();
    batch(WARM_UP);
    for line in std::io::stdin().lines() {
        let line = line.expect("a line");
        let (what, n) = line.split_once(' ').expect("a command");
        let n = n.parse().expect("a number");
        if what == "t" {
            let before = cpu();
            batch(n);
            println!("{} 0", cpu() - before);
        } else {
            let (count, bytes) = alloc::during(|| batch(n));
            println!("{count} {bytes}");
        }
    }
}

/// Calls before anything is measured.
pub(crate) const WARM_UP: u64 = 200;

/// For callgrind, which collects inside this function only.
#[unsafe(no_mangle)]
#[inline(never)]
#[allow(unsafe_code)]
pub(crate) extern "C" fn genai_measured(batch: &mut Batch, n: u64) {
    batch(n);
    black_box(n);
}

struct Process {
    variant: &'static Variant,
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    calls: u64,
    nanos: Vec<f64>,
    allocations: (f64, f64),
}

impl Process {
    fn new(variant: &'static Variant) -> Self {
        let mut child = this_program()
            .args(["serve", variant.name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program starts");
        let to = child.stdin.take().expect("piped");
        let from = BufReader::new(child.stdout.take().expect("piped"));
        let mut process = Self {
            variant,
            child,
            to,
            from,
            calls: 16,
            nanos: Vec::new(),
            allocations: (0.0, 0.0),
        };
        // About a millisecond a batch.
        loop {
            let nanos = process.ask("t", process.calls).0.max(1);
            if nanos > 500_000 || process.calls > 1 << 22 {
                process.calls = (process.calls * 1_000_000 / nanos).max(1);
                break;
            }
            process.calls *= 2;
        }
        let calls = 400;
        let (count, bytes) = process.ask("a", calls);
        let units = (calls * variant.units) as f64;
        process.allocations = (count as f64 / units, bytes as f64 / units);
        process
    }

    fn ask(&mut self, what: &str, n: u64) -> (u64, u64) {
        writeln!(self.to, "{what} {n}").expect("the child listens");
        let mut line = String::new();
        self.from.read_line(&mut line).expect("the child answers");
        let (a, b) = line.trim().split_once(' ').expect("two numbers");
        (a.parse().expect("a number"), b.parse().expect("a number"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This program again.
pub(crate) fn this_program() -> Command {
    Command::new(std::env::current_exe().expect("the path of this program"))
}

/// A row of a table.
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    /// Of the time of the group's base.
    pub(crate) ratio: f64,
}

/// Measures a group and prints it; ratios are to the variant `base`, differences to `floor`.
pub(crate) fn run(
    variants: &[&'static Variant],
    base: &str,
    floor: &str,
    rounds: usize,
) -> Vec<Measured> {
    let mut processes: Vec<_> = variants.iter().copied().map(Process::new).collect();
    let len = processes.len();
    for round in 0..rounds {
        for at in 0..len {
            let at = if round % 2 == 0 { at } else { len - 1 - at };
            let process = &mut processes[at];
            let nanos = process.ask("t", process.calls).0;
            let units = process.calls * process.variant.units;
            process.nanos.push(nanos as f64 / units as f64);
        }
    }
    let of = |name: &str| {
        let found = processes.iter().find(|p| p.variant.name == name);
        found.unwrap_or(&processes[0]).nanos.clone()
    };
    let (base, floor) = (of(base), of(floor));
    println!("| variant | ns | ratio | over the floor, ns | allocations | bytes | instructions |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let mut measured = Vec::new();
    for process in &processes {
        let pairs = |f: fn(f64, f64) -> f64, to: &[f64]| {
            median(process.nanos.iter().zip(to).map(|(a, b)| f(*a, *b)))
        };
        let instructions =
            instructions(process.variant).map_or_else(|| "-".to_owned(), |n| format!("{n:.0}"));
        let ratio = pairs(|a, b| a / b, &base);
        measured.push(Measured {
            name: process.variant.name,
            ratio,
        });
        println!(
            "| {} | {:.1} | {ratio:.3} | {:.1} | {:.2} | {:.0} | {instructions} |",
            process.variant.name,
            median(process.nanos.iter().copied()),
            pairs(|a, b| a - b, &floor),
            process.allocations.0,
            process.allocations.1,
        );
    }
    measured
}

pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Instructions per unit, counted by callgrind; `None` where there is no valgrind.
fn instructions(variant: &Variant) -> Option<f64> {
    let calls = if variant.units == 1 { 500 } else { 10 };
    let program = std::env::current_exe().ok()?;
    let out = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--toggle-collect=genai_measured",
            "--callgrind-out-file=/dev/null",
        ])
        .arg(program)
        .args(["count", variant.name, &calls.to_string()])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&out.stderr);
    let collected = text
        .split("Collected :")
        .nth(1)?
        .split_whitespace()
        .next()?;
    Some(collected.parse::<f64>().ok()? / (calls * variant.units) as f64)
}
