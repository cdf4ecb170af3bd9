//! A thread or a process of its own, for tests of what a thread or a process has one of.

use std::process::{Command, Output};

/// Set in the processes that run one test.
const ALONE: &str = "GENAI_TEST_ALONE";

/// Runs `test` on a thread of its own.
pub(crate) fn on_a_thread(test: impl FnOnce() + Send + 'static) {
    std::thread::spawn(test).join().expect("no panic");
}

/// This program again, for the test `name` of `module` alone.
pub(crate) fn again(module: &str, name: &str) -> Command {
    let (_, module) = module.split_once("::").unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([&*format!("{module}::{name}"), "--exact", "--nocapture"])
        .arg("--test-threads=1")
        .env(ALONE, "1");
    command
}

/// Whether this process runs one test.
pub(crate) fn is_child() -> bool {
    std::env::var_os(ALONE).is_some()
}

/// What the test left behind that ran in a process of its own; `None` in that process.
pub(crate) fn child(module: &str, name: &str) -> Option<Output> {
    (!is_child()).then(|| again(module, name).output().unwrap())
}

/// Whether this process is there for the test alone; the one before waits for it, and demands that it passes.
#[cfg_attr(loom, allow(dead_code, reason = "tests of one process are no models"))]
pub(crate) fn is_alone(module: &str, name: &str) -> bool {
    let Some(output) = child(module, name) else {
        return true;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
    false
}
