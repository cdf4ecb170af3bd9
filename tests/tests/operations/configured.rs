//! What is said of the configuration: one line at `debug`, which belongs to no span of the application's.

use std::sync::{Arc, Mutex};

use genai::Telemetry;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// The level of each such line, and whether it belongs to no span.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<(Level, bool)>>>);

impl Subscriber for Said {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        if event.metadata().name() == "GenAi.Configured" {
            let line = (*event.metadata().level(), event.is_root());
            self.0.lock().expect("no panic").push(line);
        }
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[test]
fn the_configuration_is_said_outside_of_the_applications_span() {
    let said = Said::default();
    tracing::subscriber::with_default(said.clone(), || {
        tracing::info_span!("request").in_scope(|| drop(Telemetry::builder().build()));
    });
    let said = said.0.lock().expect("no panic");
    assert_eq!(*said, [(Level::DEBUG, true)]);
}
