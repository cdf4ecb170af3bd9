//! Small runs of the campaigns; large ones are `cargo run --release -p genai-tests --bin campaign`.

use std::process::Command;

use genai_tests::campaign::names;

#[test]
fn each_finds_nothing_in_a_small_run() {
    for name in names() {
        let count = match name {
            "life" => "20000",
            "context" => "3000",
            "cardinality" => "5000",
            "canary" => "2000",
            "uploads" => "5000",
            "shutdown" => "60",
            "fork" => "100",
            _ => "300",
        };
        let run = Command::new(env!("CARGO_BIN_EXE_campaign"))
            .args([name, "--count", count, "--seed", "20261129"])
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success(), "{printed}");
        assert!(
            printed.starts_with(&format!("{name} --count {count} --seed 20261129")),
            "{printed}"
        );
    }
}

#[test]
fn what_is_no_campaign_is_refused() {
    for args in [
        &["none"][..],
        &[],
        &["life", "--threads", "0"],
        &["life", "more"],
    ] {
        let run = Command::new(env!("CARGO_BIN_EXE_campaign"))
            .args(args)
            .output()
            .unwrap();
        assert_eq!(run.status.code(), Some(2), "{args:?}");
    }
}
