//! The console's ends of the SDK's pipelines for spans and events.
//!
//! In come spans and log records from the SDK; out go printed trees, with the events below the spans they belong to.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::logs::AnyValue;
use opentelemetry::trace::Span as _;
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use super::content;
use super::row::{Event, Excerpts, Row};
use super::store::{Forest, Store};
use super::terminal::{ColorChoice, Target, Terminal};
use super::tree;

/// Where spans and events meet.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    store: Arc<Mutex<Store>>,
    terminal: Terminal,
}

impl Shared {
    pub(super) fn new(terminal: Terminal) -> Self {
        Shared {
            store: Arc::default(),
            terminal,
        }
    }

    pub(super) fn terminal(&self) -> &Terminal {
        &self.terminal
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn print(&self, forests: impl IntoIterator<Item = Forest>) {
        for forest in forests {
            self.terminal.write(&tree::draw(&self.terminal, forest));
        }
    }

    fn print_all(&self) {
        let forests = self.store().drain();
        self.print(forests);
    }
}

/// A span processor that prints each trace as a tree when its topmost span in this process has ended.
///
/// Spans of every library are shown; those of GenAI operations with model, tokens, time to first chunk and error. It prints
/// on the thread that ends the span, so it belongs on a developer's machine. At most 256 traces and 1,000 finished spans of
/// each are kept waiting; beyond that, the oldest trace is printed as it is. Spans that end after their topmost span are
/// printed as a continuation of their trace.
///
/// ```
/// use opentelemetry_sdk::trace::SdkTracerProvider;
///
/// let provider = SdkTracerProvider::builder()
///     .with_span_processor(genai::console::SpanPrinter::new())
///     .build();
/// ```
#[derive(Debug)]
pub struct SpanPrinter(pub(super) Shared);

impl SpanPrinter {
    /// Prints to standard error; [`Printer::spans`](super::Printer::spans) makes one that prints elsewhere.
    pub fn new() -> Self {
        Self(Shared::new(Terminal::new(
            Target::Stderr,
            ColorChoice::Auto,
            None,
        )))
    }
}

impl Default for SpanPrinter {
    fn default() -> Self {
        SpanPrinter::new()
    }
}

impl SpanProcessor for SpanPrinter {
    fn on_start(&self, span: &mut Span, _: &Context) {
        let Some(data) = span.exported_data() else {
            return;
        };
        let ids = span.span_context();
        let evicted = self.0.store().start(
            ids.trace_id(),
            ids.span_id(),
            data.parent_span_id,
            data.name.into_owned(),
        );
        self.0.print(evicted);
    }

    fn on_end(&self, span: SpanData) {
        let (trace, id) = (span.span_context.trace_id(), span.span_context.span_id());
        let row = Row::new(span);
        let complete = self.0.store().end(trace, id, row);
        self.0.print(complete);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        self.0.print_all();
        Ok(())
    }
}

/// A log processor that prints the events of GenAI operations (event names that begin with `gen_ai.`), below their span
/// when a [`SpanPrinter`] of the same [`Printer`](super::Printer) knows it, else on lines of their own.
///
/// An excerpt of what went in and out is shown where the event carries content, which is only where it was switched on.
#[derive(Debug)]
pub struct EventPrinter(pub(super) Shared);

const EVALUATION: &str = "gen_ai.evaluation.result";

/// A value as a line shows it.
fn shown(value: &AnyValue) -> String {
    match value {
        AnyValue::Double(number) => format!("{number:.2}"),
        AnyValue::String(text) => text.to_string(),
        _ => String::new(),
    }
}

impl LogProcessor for EventPrinter {
    fn emit(&self, record: &mut SdkLogRecord, _: &InstrumentationScope) {
        let Some(name) = record
            .event_name()
            .filter(|name| name.starts_with("gen_ai."))
        else {
            return;
        };
        let mut excerpts = Excerpts::default();
        let mut said = [None; 4];
        for (key, value) in record.attributes_iter() {
            match key.as_str() {
                "gen_ai.input.messages" => {
                    excerpts.input = content::last_message(&content::json(value))
                }
                "gen_ai.output.messages" => {
                    excerpts.output = content::first_message(&content::json(value))
                }
                "gen_ai.evaluation.name" => said[0] = Some(value),
                "gen_ai.evaluation.score.value" => said[1] = Some(value),
                "gen_ai.evaluation.score.label" => said[2] = Some(value),
                "error.type" if name == EVALUATION => said[3] = Some(value),
                _ => {}
            }
        }
        let said: Vec<String> = said.into_iter().flatten().map(shown).collect();
        let event = Event {
            name,
            said: said.join(" "),
            excerpts,
        };
        let unknown = match record.trace_context() {
            Some(ids) => self.0.store().event(ids.trace_id, ids.span_id, event),
            None => Some(event),
        };
        if let Some(event) = unknown {
            let trace = record.trace_context().map(|ids| ids.trace_id);
            self.0
                .terminal
                .write(&tree::draw_event(&self.0.terminal, &event, trace));
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
