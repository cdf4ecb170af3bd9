//! Instructions, counted by valgrind on the release build of the benchmark: no noise, so that a change of a hundredth shows.
//!
//! Absolute counts differ between compilers and C libraries; what is held is the difference to the bare call and the ratio to
//! the one written by hand, in one build. Without valgrind the test is skipped.

use std::path::PathBuf;
use std::process::Command;

/// What the benchmark's program is, built now if it is not.
fn program() -> Option<PathBuf> {
    let out = Command::new(env!("CARGO"))
        .args(["bench", "-p", "genai-tests", "--bench", "cost", "--no-run"])
        .args(["--message-format", "json"])
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&out.stdout);
    let executable = |line: &str| -> Option<PathBuf> {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let is_it = message["target"]["name"] == "cost";
        Some(message["executable"].as_str()?.into()).filter(|_| is_it)
    };
    let found = text.lines().find_map(executable);
    assert!(found.is_some(), "{}", String::from_utf8_lossy(&out.stderr));
    found
}

fn instructions(program: &PathBuf, variant: &str) -> f64 {
    instructions_of(program, variant, 500)
}

/// The same of so many calls.
fn instructions_of(program: &PathBuf, variant: &str, calls: u32) -> f64 {
    let out = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=genai_measured"])
        .arg("--callgrind-out-file=/dev/null")
        .arg(program)
        .args(["count", variant, &calls.to_string()])
        .output()
        .expect("valgrind runs");
    let text = String::from_utf8_lossy(&out.stderr);
    let collected = text.split("Collected :").nth(1);
    let collected = collected.and_then(|t| t.split_whitespace().next());
    let collected: f64 = collected.expect("a count").parse().expect("a number");
    collected / f64::from(calls)
}

#[test]
#[ignore = "builds the release benchmark and runs it under valgrind: `cargo test -p genai-tests --test cost instructions -- --ignored`"]
fn within_one_in_a_hundred() {
    let has_valgrind = Command::new("valgrind").arg("--version").output().is_ok();
    if !has_valgrind {
        println!("skipped: no valgrind");
        return;
    }
    let Some(program) = program() else { return };
    let count = |variant| instructions(&program, variant);
    let off = count("genai_off") - count("bare_off");
    let task = count("genai_off_task") - count("bare_off_task");
    let hand = count("hand");
    let (unbound, globals) = (count("genai_unbound") / hand, count("genai") / hand);
    let (given, tracing) = (count("genai_given"), count("tracing_opentelemetry"));
    let (traced, unbound_traced) = (given / tracing, unbound * hand / tracing);
    let given = given / hand;
    let off_of_tracing = off / (count("tracing_off") - count("bare_off"));
    let task_of_tracing = task / (count("tracing_off_task") - count("bare_off_task"));
    let miss = count("genai_miss") / count("hand_miss");
    // A call of these variants is a stream of a thousand chunks.
    let stream = |variant| instructions_of(&program, variant, 10) / 1000.0;
    let chunk = stream("stream_untimed") - stream("stream_attached");
    let content = (count("content_on_span") - count("content_off")) / count("content_serde_json");
    println!(
        "off {off:.0} and {task:.0}, content {content:.3}, given {given:.3}, unbound {unbound:.3}, globals {globals:.3}, of tracing's {traced:.3} and {unbound_traced:.3}, off {off_of_tracing:.3} and {task_of_tracing:.3}, miss {miss:.3}, chunk {chunk:.0}"
    );
    assert!(off <= OFF * 1.01, "{off}");
    assert!(task <= TASK * 1.01, "{task}");
    assert!(off_of_tracing <= OFF_OF_TRACING * 1.01, "{off_of_tracing}");
    assert!(
        task_of_tracing <= OFF_OF_TRACING * 1.01,
        "{task_of_tracing}"
    );
    assert!(miss <= MISS * 1.01, "{miss}");
    assert!(chunk <= CHUNK * 1.01, "{chunk}");
    assert!(content <= CONTENT * 1.01, "{content}");
    assert!(given <= GIVEN * 1.01, "{given}");
    assert!(unbound <= UNBOUND * 1.01, "{unbound}");
    assert!(globals <= GLOBALS * 1.01, "{globals}");
    assert!(traced <= OF_TRACING * 1.01, "{traced}");
    assert!(
        unbound_traced <= UNBOUND_OF_TRACING * 1.01,
        "{unbound_traced}"
    );
}

/// How often a call writes with a locked bus, as every atomic count and every lock does: in all, and in code of this library.
fn atomics(program: &PathBuf, variant: &str) -> (f64, f64) {
    let calls = 500;
    let out = std::env::temp_dir().join(format!("genai-atomics-{}-{variant}", std::process::id()));
    let status = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--collect-bus=yes",
            "--toggle-collect=genai_measured",
        ])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args(["count", variant, &calls.to_string()])
        .output()
        .expect("valgrind runs")
        .status;
    assert!(status.success());
    let profile = std::fs::read_to_string(&out).expect("a profile");
    std::fs::remove_file(&out).expect("it was there");
    let (all, ours) = in_profile(&profile);
    (all / f64::from(calls), ours / f64::from(calls))
}

/// The second event of a profile of callgrind's, summed: of all functions, and of those of this library.
fn in_profile(profile: &str) -> (f64, f64) {
    assert!(profile.contains("events: Ir Ge"));
    // A name stands where it is used first, with a number that stands for it from then on.
    let mut names = std::collections::HashMap::new();
    let (mut all, mut ours) = (0.0, 0.0);
    let (mut is_ours, mut is_of_callee) = (false, false);
    for line in profile.lines() {
        let is_caller = line.starts_with("fn=");
        if let Some(name) = line.strip_prefix("fn=").or(line.strip_prefix("cfn=")) {
            let (number, name) = name.split_once(' ').unwrap_or((name, ""));
            let is_named = *names
                .entry(number.to_owned())
                .or_insert_with(|| name.contains("genai::"));
            if is_caller {
                is_ours = is_named;
            }
        } else if line.starts_with("calls=") {
            is_of_callee = true;
        } else if line.starts_with(|c: char| c.is_ascii_digit() || "+-*".contains(c)) {
            let count = line.split(' ').nth(2);
            let count: f64 = count.map_or(0.0, |n| n.parse().expect("a number"));
            if !std::mem::take(&mut is_of_callee) {
                all += count;
                ours += if is_ours { count } else { 0.0 };
            }
        }
    }
    (all, ours)
}

#[test]
#[ignore = "builds the release benchmark and runs it under valgrind, as above"]
fn instructions_that_threads_could_contend_for() {
    let has_valgrind = Command::new("valgrind").arg("--version").output().is_ok();
    if !has_valgrind {
        println!("skipped: no valgrind");
        return;
    }
    let Some(program) = program() else { return };
    for off in ["genai_off", "genai_off_task"] {
        assert_eq!(atomics(&program, off), (0.0, 0.0), "{off}");
    }
    let (hand, _) = atomics(&program, "hand");
    for variant in ["genai_given", "genai", "genai_unbound"] {
        let (all, ours) = atomics(&program, variant);
        println!("{variant}: {all} atomic writes, {ours} of ours; by hand {hand}");
        // Both are of the context that is made for the call: it is counted up where it is attached, and down at the end.
        assert!(ours <= 2.0, "{variant}: {ours} of ours");
        assert!(all <= hand, "{variant}: {all}, by hand {hand}");
    }
}

/// More than the bare call, where nothing listens: where that is inlined into the loop, and polled as a task is.
const OFF: f64 = 86.0;
const TASK: f64 = 55.5;
/// Of what `tracing::instrument` adds where nothing listens.
const OFF_OF_TRACING: f64 = 0.59;
/// More than a stream polled with a span current, for each chunk.
const CHUNK: f64 = 262.0;
/// Of those of a call written by hand, with models that were never seen before.
const MISS: f64 = 1.055;
/// Of those of a call written by hand: with the SDK's providers given to the library, the same without binding the instruments, and with
/// those of OpenTelemetry's globals.
const GIVEN: f64 = 0.409;
const UNBOUND: f64 = 1.002;
const GLOBALS: f64 = 0.422;
const OF_TRACING: f64 = 0.202;
const UNBOUND_OF_TRACING: f64 = 0.496;
/// Of those of `serde_json` for the same messages.
const CONTENT: f64 = 0.481;
