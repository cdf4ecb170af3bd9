//! Shared pieces of the tests.

use std::path::PathBuf;

pub mod oracle;
pub mod registry;

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
