//! Shared pieces of the tests.

use std::path::PathBuf;
use std::process::{Command, Output};

pub mod layering;
pub mod oracle;
pub mod recordings;
pub mod registry;
pub mod server;

/// The workspace's root.
pub fn workspace() -> PathBuf {
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root
}

/// A file or folder of the shared material: below `GENAI_SHARED`, else `shared` beside the workspace. `None`, and a line saying so, if it
/// is not there: the test is to pass then.
pub fn shared(path: &str) -> Option<PathBuf> {
    let base = match std::env::var_os("GENAI_SHARED") {
        Some(base) => PathBuf::from(base),
        None => workspace().join("../shared"),
    };
    let found = base.join(path);
    if found.exists() {
        return Some(found);
    }
    println!("skipped: ../shared not present");
    None
}

/// Runs `test` in a process of its own, for what a process has only one of: providers, environment, the first call.
///
/// `name` is the calling test's own; the process is this test program again, with these variables and no other of
/// OpenTelemetry's. Returns what it printed, or `None` inside it.
///
/// # Panics
/// If the process fails.
pub fn isolated(name: &str, variables: &[(&str, &str)], test: impl FnOnce()) -> Option<Output> {
    const ISOLATED: &str = "GENAI_TEST_ISOLATED";
    if std::env::var(ISOLATED).is_ok_and(|isolated| isolated == name) {
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
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(ISOLATED, name)
        .envs(variables.iter().copied())
        .output()
        .expect("a process");
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Some(output)
}

/// The code of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub mod readme {}

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
