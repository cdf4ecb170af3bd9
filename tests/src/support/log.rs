//! Log lines of a thread or a process. In go events of `tracing`; out come their lines, each with all its fields.

use std::fmt::{self, Debug, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Metadata, Subscriber};

/// The library, as its log lines name it.
const TARGET: &str = "genai-runtime";

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub level: Level,
    pub target: String,
    /// Every field as `name=value `, the message too.
    pub text: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {} {}", self.level, self.target, self.text)
    }
}

/// Which lines are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    /// The library's warnings and errors.
    Warnings,
    /// Everybody's lines and spans, at every level.
    All,
}

/// Keeps lines of the log; clones keep theirs together.
#[derive(Clone, Debug)]
pub struct Log {
    kept: Kept,
    lines: Arc<Mutex<Vec<Line>>>,
}

impl Log {
    fn new(kept: Kept) -> Self {
        Self {
            kept,
            lines: Arc::default(),
        }
    }

    /// The library's warnings and errors.
    pub fn warnings() -> Self {
        Self::new(Kept::Warnings)
    }

    /// Everybody's lines and spans, at every level.
    pub fn all() -> Self {
        Self::new(Kept::All)
    }

    /// Listens on this thread until the guard goes.
    #[must_use]
    pub fn of_thread(&self) -> DefaultGuard {
        tracing::subscriber::set_default(self.clone())
    }

    /// Listens in the whole process, for good.
    ///
    /// # Panics
    /// If somebody does already.
    #[must_use]
    pub fn of_process(self) -> Self {
        tracing::subscriber::set_global_default(self.clone()).expect("the first subscriber");
        self
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Line>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lines so far.
    pub fn lines(&self) -> Vec<Line> {
        self.lock().clone()
    }

    /// The texts of the lines so far.
    pub fn texts(&self) -> Vec<String> {
        self.lock().iter().map(|line| line.text.clone()).collect()
    }

    /// Takes the lines so far, which leaves none.
    pub fn take(&self) -> Vec<Line> {
        std::mem::take(&mut *self.lock())
    }

    /// How many lines so far have this in their text.
    pub fn about(&self, what: &str) -> usize {
        let lines = self.lock();
        lines.iter().filter(|line| line.text.contains(what)).count()
    }

    fn keep(&self, metadata: &Metadata<'_>, text: Text) {
        self.lock().push(Line {
            level: *metadata.level(),
            target: metadata.target().to_owned(),
            text: text.0,
        });
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        match self.kept {
            Kept::All => true,
            Kept::Warnings => metadata.target() == TARGET && *metadata.level() <= Level::WARN,
        }
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut text = Text(format!("{} ", span.metadata().name()));
        span.record(&mut text);
        self.keep(span.metadata(), text);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut text = Text::default();
        values.record(&mut text);
        self.lock().push(Line {
            level: Level::TRACE,
            target: String::new(),
            text: text.0,
        });
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        self.keep(event.metadata(), text);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The fields of a line.
#[derive(Default)]
struct Text(String);

impl Text {
    fn add(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        // Writing to a text cannot fail.
        let _ = write!(self.0, "{}={value} ", field.name());
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, format_args!("{value}"));
    }
}
