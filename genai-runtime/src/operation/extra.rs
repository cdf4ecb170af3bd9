//! What a finished operation adds where it was asked for: its cost, keys of single backends, message and exception events.

use std::time::Duration;

use opentelemetry::logs::{AnyValue, Severity};
use opentelemetry::{Key, KeyValue, StringValue, Value};

use super::finish::Failure;
use super::op::Op;
use crate::content::captured::Captured;
use crate::content::message::finish::Ended;
use crate::pipeline::compat::{Compat, keys as derived, legacy, text};
use crate::pipeline::event::EXCEPTION;
use crate::pipeline::hook::Event;
use crate::pipeline::pricing::Usage;
use crate::semconv::kind::Kind;
use crate::semconv::registry::{self, Id, keys};
use crate::semconv::value::look_up;

/// What a call cost, in US dollars.
const COST: &str = "gen_ai.usage.cost";

impl Op {
    pub(super) fn compat(&self) -> Compat {
        self.telemetry.config.compat
    }

    /// Whether the messages are needed as such when the operation finishes, though only the span gets them.
    pub(super) fn keeps_messages(&self) -> bool {
        self.compat().contains(Compat::PHOENIX) && self.span_wants_content()
    }

    /// What goes on the span alone: cost, and the keys of backends.
    pub(super) fn add_extras(
        &self,
        late: &mut Vec<KeyValue>,
        content: Option<&Captured>,
        error: Option<&Failure>,
    ) {
        let cost = self.cost(late, error);
        let compat = self.compat();
        if let (Some(cost), Some(prices)) = (cost, &self.telemetry.extras.prices) {
            if prices.is_on_span() || compat.contains(Compat::LANGFUSE) {
                derived::add(late, COST, Value::F64(cost));
            }
        }
        if compat == Compat::NONE || !self.state.is_recording() {
            return;
        }
        derived::add_derived(compat, self.kind, false, late);
        if compat.contains(Compat::LANGFUSE) {
            if let Some(at) = self.first_chunk_at(late) {
                derived::add(
                    late,
                    "langfuse.observation.completion_start_time",
                    Value::String(at.into()),
                );
            }
        }
        if let Some(content) = content.filter(|_| self.keeps_messages() && self.kind.has_hook()) {
            let limit = self.telemetry.config.limits.content;
            let texts = [
                (
                    "input.value",
                    "input.mime_type",
                    text::question(&content.input, limit),
                ),
                (
                    "output.value",
                    "output.mime_type",
                    text::answer(&content.output, limit),
                ),
            ];
            for (key, kind, text) in texts {
                if let Some(text) = text {
                    derived::add(late, key, Value::String(text.into()));
                    derived::add(late, kind, Value::String(StringValue::from("text/plain")));
                }
            }
        }
    }

    /// When the first chunk of the stream came.
    fn first_chunk_at(&self, late: &[KeyValue]) -> Option<String> {
        let id = keys::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK.id();
        let Some(Value::F64(seconds)) = look_up(late, id) else {
            return None;
        };
        let after = Duration::try_from_secs_f64(*seconds).ok()?;
        text::rfc3339(self.wall.checked_add(after)?)
    }

    /// Records what the call cost, and gives it.
    fn cost(&self, late: &[KeyValue], error: Option<&Failure>) -> Option<f64> {
        let prices = self.telemetry.extras.prices.as_deref()?;
        if !matches!(self.kind, Kind::Chat | Kind::Embeddings) {
            return None;
        }
        let count = |id: Id| match look_up(late, id) {
            Some(Value::I64(n)) => Some(*n),
            _ => None,
        };
        let usage = Usage {
            input: self.first_class.input_tokens,
            output: self.first_class.output_tokens,
            cache_read: count(keys::GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS.id()),
            cache_write: count(keys::GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS.id()),
            reasoning: count(keys::GEN_AI_USAGE_REASONING_OUTPUT_TOKENS.id()),
        };
        if !usage.is_known() {
            return None;
        }
        // The model that answered, else the one that was asked for.
        let provider = self.provider().unwrap_or_default();
        let models = [
            &self.first_class.labels.response_model,
            &self.first_class.labels.model,
        ];
        let rates = models
            .into_iter()
            .filter_map(|model| model.as_str())
            .find_map(|model| prices.rates(provider, model));
        let cost = rates.and_then(|rates| rates.cost(&usage));
        let mut attributes = self.shared_attributes();
        self.push_error_label(error, &mut attributes);
        match (self.telemetry.instruments.cost(prices), cost) {
            (Some(instruments), Some(cost)) => instruments.record(cost, &attributes),
            (Some(instruments), None) => instruments.count_unknown(&attributes),
            (None, _) => {}
        }
        cost
    }

    /// The message events of the conventions before 1.37, where events get content.
    pub(super) fn emit_messages(
        &self,
        content: Option<&Captured>,
        ended: Ended,
        elapsed: Duration,
    ) {
        if !self.compat().contains(Compat::LEGACY) || !self.event_wants_content() {
            return;
        }
        let (Some(content), Some(logger)) = (content, &self.telemetry.logger) else {
            return;
        };
        let system = self.first_class.labels.provider.value().map(|provider| {
            (
                Key::from_static_str(derived::SYSTEM),
                AnyValue::String(provider),
            )
        });
        let end = self.end_of(elapsed);
        for (name, body) in legacy::messages(content, &self.telemetry.config.limits, ended) {
            let attributes = system.iter().cloned().collect();
            let event = Event { name, attributes };
            logger.emit_with_body(event, Some(body), Severity::Info, &self.cx, end);
        }
    }

    /// The exception event of a client operation that failed, where it was asked for.
    pub(super) fn emit_exception(
        &self,
        error_type: &StringValue,
        text: Option<&str>,
        elapsed: Duration,
    ) {
        let is_client = matches!(self.kind, Kind::Chat | Kind::Embeddings | Kind::Retrieval)
            || (self.kind == Kind::Agent && (self.options.is_remote || self.is_creation()));
        if !is_client || !self.telemetry.config.exception_events {
            return;
        }
        let Some(logger) = &self.telemetry.logger else {
            return;
        };
        let key = |id: Id| Key::from_static_str(registry::key(id));
        let mut attributes = vec![(
            key(keys::EXCEPTION_TYPE.id()),
            AnyValue::String(error_type.clone()),
        )];
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            attributes.push((
                key(keys::EXCEPTION_MESSAGE.id()),
                AnyValue::String(text.to_owned().into()),
            ));
        }
        let event = Event {
            name: EXCEPTION,
            attributes,
        };
        logger.emit(event, Severity::Warn, &self.cx, self.end_of(elapsed));
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLoggerProvider};

    use super::*;
    use crate::TelemetryBuilder;
    use crate::operation::Outcome;

    /// The names of the events of an operation that failed.
    fn events(
        kind: Kind,
        set: impl FnOnce(&mut Op),
        settings: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder,
    ) -> Vec<&'static str> {
        let exporter = InMemoryLogExporter::default();
        let provider = SdkLoggerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        let mut op = Op::of_kind(kind, |t| settings(t.logger_provider(provider.clone())));
        set(&mut op);
        op.start();
        op.finish(Outcome::Error {
            error_type: "timeout".into(),
            message: None,
        });
        let logs = exporter.get_emitted_logs().expect("events");
        logs.iter()
            .filter_map(|log| log.record.event_name())
            .collect()
    }

    #[test]
    fn an_exception_is_an_event_of_what_goes_to_a_provider() {
        for kind in (0..9).map(Kind::from_index) {
            let is_client = matches!(kind, Kind::Chat | Kind::Embeddings | Kind::Retrieval);
            for on in [false, true] {
                let found = |set: fn(&mut Op)| events(kind, set, |t| t.exception_events(on)).len();
                assert_eq!(found(|_| {}), usize::from(on && is_client), "{kind:?}");
                let is_remote = is_client || kind == Kind::Agent;
                assert_eq!(
                    found(Op::set_remote),
                    usize::from(on && is_remote),
                    "{kind:?}"
                );
                let creation = |op: &mut Op| op.set_operation_name("create_agent");
                assert_eq!(found(creation), usize::from(on && is_remote), "{kind:?}");
            }
        }
    }

    #[test]
    fn the_details_are_an_event_of_a_chat() {
        for kind in (0..9).map(Kind::from_index) {
            for on in [false, true] {
                let found = events(kind, |_| {}, |t| t.emit_events(on).exception_events(false));
                assert_eq!(
                    found.len(),
                    usize::from(on && kind == Kind::Chat),
                    "{kind:?}"
                );
            }
        }
    }

    #[test]
    fn messages_are_kept_for_phoenix_where_the_span_has_content() {
        for (compat, capture, expected) in [
            (Compat::PHOENIX, crate::ContentCapture::SpanOnly, true),
            (Compat::PHOENIX, crate::ContentCapture::NoContent, false),
            (Compat::LANGFUSE, crate::ContentCapture::SpanOnly, false),
        ] {
            let op = Op::of_kind(Kind::Chat, |t| t.compat(compat).capture(capture));
            assert_eq!(op.keeps_messages(), expected);
        }
    }
}
