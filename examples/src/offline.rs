//! Programs as they run without a key, whatever the environment of the test is.

use std::ffi::OsStr;
use std::process::Command;

const SETTINGS: [&str; 6] = [
    "OTEL_",
    "GENAI_",
    "OPENAI_",
    "ANTHROPIC_",
    "CLAUDIUS_",
    "AWS_",
];

/// A command whose environment has no setting of OpenTelemetry, this library, a provider or a client, and no proxy.
pub fn offline(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (variable, _) in std::env::vars_os() {
        let name = variable.to_string_lossy().to_ascii_uppercase();
        if SETTINGS.iter().any(|start| name.starts_with(start)) || name.ends_with("_PROXY") {
            command.env_remove(&variable);
        }
    }
    command
}
