//! Shared pieces of the tests.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output};

pub mod layering;
pub mod oracle;
mod pages;
pub mod recordings;
pub mod registry;
pub mod server;

/// The workspace's root.
pub fn workspace() -> PathBuf {
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root
}

/// A file or folder of the shared material: below `GENAI_SHARED`, else `shared` beside the workspace. `None` if it is not there: the
/// test is to pass then. A line on stderr says so, past the capture of the test harness, and `.ci/run` counts these lines.
pub fn shared(path: &str) -> Option<PathBuf> {
    let base = match std::env::var_os("GENAI_SHARED") {
        Some(base) => PathBuf::from(base),
        None => workspace().join("../shared"),
    };
    let found = base.join(path);
    if found.exists() {
        return Some(found);
    }
    let test = std::thread::current();
    let test = test.name().unwrap_or_default();
    let _ = writeln!(
        std::io::stderr(),
        "NOT RUN: {test} needs shared/{path}, which is not beside the repository"
    );
    None
}

/// Runs `test` in a process of its own, for what a process has only one of: providers, environment, the first call.
///
/// `name` is that of the calling test's function, and `test` a closure written in it; the process is this test program again,
/// with these variables and no other of OpenTelemetry's. Returns what it printed, or `None` inside it.
///
/// # Panics
/// If the process fails, or runs anything but that test.
pub fn isolated<F: FnOnce()>(name: &str, variables: &[(&str, &str)], test: F) -> Option<Output> {
    const ISOLATED: &str = "GENAI_TEST_ISOLATED";
    let path = path_of::<F>();
    assert_eq!(path.rsplit("::").next(), Some(name), "the test's own name");
    if std::env::var(ISOLATED).is_ok_and(|isolated| isolated == path) {
        test();
        return None;
    }
    let program = std::env::current_exe().expect("this program");
    let mut command = Command::new(program);
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("OTEL_") {
            command.env_remove(variable);
        }
    }
    let output = command
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

/// An HTTP client for servers on loopback.
pub fn http() -> reqwest::Client {
    choose_cryptography();
    reqwest::Client::new()
}

/// With the whole workspace built at once reqwest is made with TLS, as the examples want it, and then needs to be told which
/// cryptography to use, by whoever makes a client.
pub fn choose_cryptography() {
    // Fails where another test of the process was first; either way one is installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
