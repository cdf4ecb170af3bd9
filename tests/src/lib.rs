//! Shared pieces of the tests.

use std::path::PathBuf;

pub mod recordings;

/// A file or folder of the facts that tests compare with: `../shared` beside the workspace, or where `GENAI_SHARED` says.
pub fn shared(path: &str) -> Option<PathBuf> {
    let base = match std::env::var_os("GENAI_SHARED") {
        Some(base) => PathBuf::from(base),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"),
    };
    let found = base.join(path);
    found.exists().then_some(found)
}
