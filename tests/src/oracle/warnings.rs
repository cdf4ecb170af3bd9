//! The library's own diagnostics: lines of OpenTelemetry's internal log in, the environment variables they name out.

use serde_json::{Value, json};

use crate::support::log::Log;

/// The library's warnings, heard in the whole process.
#[derive(Clone)]
pub(super) struct Warnings(Log);

impl Warnings {
    /// Makes this the process's subscriber.
    pub(super) fn listen() -> Self {
        Self(Log::warnings().of_process())
    }

    /// What was heard.
    pub(super) fn heard(&self) -> Vec<Value> {
        let lines = self.0.lines();
        let value = |line: &crate::support::log::Line| json!({"level": line.level.as_str(), "mentions": variables(&line.text), "text": line.text});
        lines.iter().map(value).collect()
    }
}

/// The environment variables a text names.
fn variables(text: &str) -> Vec<&str> {
    let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let mut names: Vec<&str> = text
        .split(|c| !is_name(c))
        .filter(|word| word.starts_with("OTEL_"))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::variables;

    #[test]
    fn variables_are_found_once() {
        assert_eq!(
            variables("OTEL_B=\"x\" is not OTEL_A; set OTEL_B"),
            ["OTEL_A", "OTEL_B"]
        );
    }
}
