//! What telemetry costs, ours and that of others, as ratios in one run.
//!
//! `cargo bench -p genai-tests --bench cost` runs every group. After `--`: names of groups or variants, `threads`, `sizes`, `compile`,
//! `expansion`, `--rounds N`, and `--pictures FOLDER` for an SVG of each group.

mod alloc;
mod compile;
mod harness;
mod picture;
mod threads;
mod variants;
mod world;

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use harness::Variant;
use lexopt::prelude::*;

/// Group, what ratios are to, what differences are to.
const GROUPS: [(&str, &str, &str); 7] = [
    ("call", "hand", "bare"),
    ("miss", "hand_miss", "hand_miss"),
    ("off", "tracing_off", "bare_off"),
    ("off_task", "tracing_off_task", "bare_off_task"),
    ("content", "content_serde_json", "content_off"),
    ("context", "context_none", "context_none"),
    ("stream", "stream_bare", "stream_bare"),
];

fn main() {
    let Arguments {
        words: args,
        rounds,
        pictures,
    } = arguments().unwrap_or_else(|error| panic!("{error}"));
    let all = variants::all();
    let find = |name: &str| -> &'static Variant {
        let found = all.iter().find(|v| v.name == name);
        found.unwrap_or_else(|| panic!("no variant {name}"))
    };
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words[..] {
        ["serve", name] => harness::serve(find(name)),
        ["count", name, calls] => {
            let mut batch = (find(name).set_up)();
            batch(harness::WARM_UP);
            harness::genai_measured(&mut batch, calls.parse().expect("a number"));
        }
        ["show", name] => show(find(name)),
        ["threads", name] => threads::of(name),
        ["threads"] => threads::run(),
        ["sizes"] => variants::sizes(),
        ["expansion"] => expansion(),
        ["compile"] => compile::run(rounds.min(3)),
        _ => {
            prove_identical();
            for (group, base, floor) in GROUPS {
                let is_picked = |v: &&&'static Variant| {
                    v.group == group
                        && (args.is_empty() || args.iter().any(|a| a == group || a == v.name))
                };
                let picked: Vec<_> = all.iter().filter(is_picked).copied().collect();
                if !picked.is_empty() {
                    println!(
                        "\n{group}: ratios to {base}, differences to {floor}, {rounds} rounds\n"
                    );
                    let measured = harness::run(&picked, base, floor, rounds);
                    if let Some(folder) = &pictures {
                        picture::write(folder, group, base, &measured);
                    }
                }
            }
            if args.is_empty() {
                println!();
                threads::run();
                println!();
                variants::sizes();
            }
        }
    }
}

struct Arguments {
    words: Vec<String>,
    rounds: usize,
    /// Where pictures go.
    pictures: Option<PathBuf>,
}

fn arguments() -> Result<Arguments, lexopt::Error> {
    let (mut words, mut rounds, mut pictures) = (Vec::new(), 61, None);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            // Cargo's own.
            Long("bench") => {}
            Long("rounds") => rounds = parser.value()?.parse()?,
            Long("pictures") => pictures = Some(parser.value()?.into()),
            Value(word) => words.push(word.string()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Arguments {
        words,
        rounds,
        pictures,
    })
}

/// Prints how many bytes the expansions have; needs a nightly toolchain.
fn expansion() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/expansion.sh");
    let status = std::process::Command::new("sh").arg(script).status();
    assert!(status.is_ok_and(|s| s.success()));
}

/// Prints what three calls emit: the third comes from all caches.
fn show(variant: &Variant) {
    let mut batch = (variant.set_up)();
    batch(2);
    world::SHOW.store(true, Ordering::Relaxed);
    batch(1);
    world::install()
        .meter_provider
        .force_flush()
        .expect("metrics");
}

/// Ours and the one by hand emit the same.
fn prove_identical() {
    let emitted = |name: &str| {
        let out = harness::this_program()
            .args(["show", name])
            .output()
            .expect("it runs");
        let mut lines: Vec<String> = String::from_utf8_lossy(&out.stdout)
            .lines()
            .map(str::to_owned)
            .collect();
        lines.sort();
        lines
    };
    let by_hand = emitted("hand");
    assert_eq!(by_hand.len(), 1 + 12 + 3, "{by_hand:#?}");
    for name in ["genai", "genai_given", "genai_unbound"] {
        assert_eq!(emitted(name), by_hand, "{name}");
    }
    println!(
        "telemetry of hand and of ours, however the providers came: identical, {} lines",
        by_hand.len()
    );
}
