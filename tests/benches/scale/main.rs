//! What telemetry costs where there is much of it: many calls and streams open at once, names without end, threads that come and go,
//! large requests, many threads. Names of parts go in, all by default; a table comes out, and a failure where a guard does not hold.
//!
//! `cargo bench -p genai-tests --bench scale`. Guards are on what is counted; times are shown.

mod contention;
mod large;
mod many;
mod open;
mod world;

use std::process::Command;

/// Each part runs in a process of its own, so that none finds the memory of another.
const PARTS: [(&str, fn()); 7] = [
    ("operations", open::operations),
    ("streams", open::streams),
    ("names", many::names),
    ("threads", many::threads),
    ("image", large::image),
    ("history", large::history),
    ("contention", contention::run),
];

fn main() {
    // Cargo's own argument is none of ours.
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    if let [word, name] = &words[..]
        && word == "part"
    {
        let part = PARTS.iter().find(|(known, _)| known == name);
        let (_, run) = part.unwrap_or_else(|| panic!("no part {name}"));
        return run();
    }
    if let Some(unknown) = words
        .iter()
        .find(|word| PARTS.iter().all(|(name, _)| name != word))
    {
        panic!(
            "no part {unknown}; there are {:?}",
            PARTS.map(|(name, _)| name)
        );
    }
    println!("| what | measured | guard |\n|---|---:|---:|");
    let mut failed = Vec::new();
    for (name, _) in PARTS {
        if words.is_empty() || words.iter().any(|word| word == name) {
            let program = std::env::current_exe().expect("the path of this program");
            let status = Command::new(program).args(["part", name]).status();
            if !status.is_ok_and(|status| status.success()) {
                failed.push(name);
            }
        }
    }
    assert!(failed.is_empty(), "guards that do not hold: {failed:?}");
}
