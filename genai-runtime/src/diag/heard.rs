//! What this library says on a thread, for tests: something to run goes in; its lines come out, as if nothing of their kind had been
//! said before.

use std::cell::Cell;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

thread_local! {
    /// What was said of what is said once, since this thread is listened to.
    static SAID: Cell<Option<u32>> = const { Cell::new(None) };
}

/// What `code` returns, and the warnings that come meanwhile on this thread: the text, or name and fields.
pub(crate) fn heard<T>(code: impl FnOnce() -> T) -> (T, Vec<String>) {
    let lines = Lines::default();
    let before = SAID.replace(Some(0));
    let value = tracing::subscriber::with_default(lines.clone(), code);
    SAID.set(before);
    let lines = std::mem::take(&mut *lines.0.lock().unwrap());
    (value, lines)
}

/// Whether this is the first of its kind on a thread that is listened to; `None` on others.
pub(super) fn is_first(bit: u32) -> Option<bool> {
    let said = SAID.get()?;
    SAID.set(Some(said | bit));
    Some(said & bit == 0)
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == env!("CARGO_PKG_NAME") && *metadata.level() <= Level::WARN
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(Vec::new());
        event.record(&mut fields);
        let line = match &fields.0[..] {
            [name, text] if name == "name=GenAi.Warning" => {
                text.trim_start_matches("message=").to_owned()
            }
            fields => fields.join(" "),
        };
        self.0.lock().unwrap().push(line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The fields of a line that have a value.
struct Fields(Vec<String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let value = format!("{value:?}");
        if !value.is_empty() {
            self.0.push(format!("{}={value}", field.name()));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}
