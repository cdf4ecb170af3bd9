//! The conformance scenarios of `../shared/oracle`, as `cargo run -p genai-tests --bin oracle` runs them.

use std::path::Path;

use genai_tests::oracle::{Folder, run};

/// At most so many scenarios may be skipped.
const SKIPPED: usize = 3;

#[test]
fn all_scenarios_pass() {
    let Some(folder) = genai_tests::shared("oracle") else {
        return;
    };
    let folder = Folder::open(&folder).unwrap();
    let report = run(&folder, Path::new(env!("CARGO_BIN_EXE_oracle")), "").unwrap();
    let (passed, failed, skipped) = report.counts();
    assert_eq!(failed, 0, "{report}");
    assert!(passed > 0 && skipped <= SKIPPED, "{report}");
}
