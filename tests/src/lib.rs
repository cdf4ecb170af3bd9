//! Shared pieces of the tests.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;

pub mod campaign;
pub mod layering;
pub mod oracle;
mod pages;
pub mod recordings;
pub mod registry;
pub mod support;

pub use support::process::isolated;
pub use support::server;

/// The workspace's root.
pub fn workspace() -> PathBuf {
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root
}

/// A file or folder of the shared material: below `GENAI_SHARED`, else `shared` beside the workspace. `None` if it is not there: the
/// test is to pass then. A line is written to stderr, past the capture of the test harness, and `.ci/run` counts these lines.
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

/// A runtime of one thread, with sockets and timers.
///
/// # Panics
/// If the system has none to give.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// A runtime of so many threads, with sockets and timers.
///
/// # Panics
/// If the system has none to give.
pub fn runtime_of(threads: usize) -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// The HTTP client for servers on loopback: one for all, since making one reads all root certificates. It keeps no connection, because the
/// runtimes that it is used on end before it does.
///
/// # Panics
/// If the system has no TLS to give.
pub fn http() -> reqwest::Client {
    static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(|| {
        choose_cryptography();
        let client = reqwest::Client::builder().pool_max_idle_per_host(0);
        client.build().expect("a client")
    });
    CLIENT.clone()
}

/// With the whole workspace built at once reqwest is made with TLS, as the examples want it, and whoever makes a client then has to
/// install the cryptography it uses.
pub fn choose_cryptography() {
    // Fails where another test of the process was first; either way one is installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
