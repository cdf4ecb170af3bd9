//! Tests in processes of their own, for what a process has only one of: providers, environment, allocator, the first call.

use std::process::{Command, Output};

/// The variable that names the test which a process is for.
const ISOLATED: &str = "GENAI_TEST_ISOLATED";

/// A command whose environment has no variable of OpenTelemetry's and no proxy.
pub fn without_variables(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("OTEL_") || name.to_ascii_uppercase().ends_with("_PROXY") {
            command.env_remove(&*name);
        }
    }
    command
}

/// Runs `test` in a process of its own.
///
/// `name` is that of the calling test's function, and `test` a closure written in it; the process is this test program again,
/// with these variables and no other of OpenTelemetry's. Returns what it printed, or `None` inside it.
///
/// # Panics
/// If the process fails, or runs anything but that test.
pub fn isolated<F: FnOnce()>(name: &str, variables: &[(&str, &str)], test: F) -> Option<Output> {
    let path = path_of::<F>();
    assert_eq!(path.rsplit("::").next(), Some(name), "the test's own name");
    if std::env::var(ISOLATED).is_ok_and(|isolated| isolated == path) {
        test();
        return None;
    }
    let program = std::env::current_exe().expect("this program");
    let output = without_variables(program)
        .args(["--exact", path, "--nocapture", "--test-threads=1"])
        .env(ISOLATED, path)
        .envs(variables.iter().copied())
        .output()
        .expect("a process");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && printed.contains("running 1 test\n"),
        "{printed}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(output)
}

/// Where the function is that a closure is written in, as the test runner calls it: the path below the crate.
fn path_of<F>() -> &'static str {
    let path = std::any::type_name::<F>();
    let path = path.split_once("::").map_or(path, |(_, path)| path);
    path.split_once("::{{closure}}")
        .map_or(path, |(path, _)| path)
}

/// Shows no panic of this process whose text has `expected` in it: those are part of a test.
pub fn hide_panics(expected: &'static str) {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.to_string().contains(expected) {
            usual(panic);
        }
    }));
}
