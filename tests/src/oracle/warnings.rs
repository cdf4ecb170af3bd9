//! The library's own diagnostics: events of OpenTelemetry's internal log in, the environment variables they name out.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Our crate, as its log lines name it.
const TARGET: &str = "genai-runtime";

/// Hears the warnings of the library.
#[derive(Clone, Default)]
pub(super) struct Warnings(Arc<Mutex<Vec<Value>>>);

impl Warnings {
    /// Makes this the process's subscriber.
    pub(super) fn listen() -> Self {
        let warnings = Self::default();
        if tracing::subscriber::set_global_default(warnings.clone()).is_err() {
            eprintln!("another subscriber is there: no warnings are heard");
        }
        warnings
    }

    /// What was heard.
    pub(super) fn heard(&self) -> Vec<Value> {
        self.0.lock().unwrap().clone()
    }
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET && *metadata.level() <= Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let level = event.metadata().level().as_str();
        self.0.lock().unwrap().push(json!({
            "level": level, "mentions": variables(&text.0), "text": text.0,
        }));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// All fields of a log line.
#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push_str(&format!("{}={value:?} ", field.name()));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push_str(&format!("{}={value} ", field.name()));
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
