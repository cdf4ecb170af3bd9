//! An operation that nobody exports, for tests of what it records, and values for it.

use opentelemetry::{Array, StringValue, Value};

use super::op::Op;
use crate::content::message::{InputMessage, OutputMessage, Part, ToolDefinition};
use crate::semconv::kind::Kind;
use crate::semconv::registry::{self, Id};

/// Events go to a provider of the SDK's, which drops them.
pub(super) fn with_logger(settings: crate::TelemetryBuilder) -> crate::TelemetryBuilder {
    settings.logger_provider(opentelemetry_sdk::logs::SdkLoggerProvider::builder().build())
}

/// A list of texts.
pub(super) fn list(texts: &[&'static str]) -> Vec<StringValue> {
    texts.iter().map(|text| (*text).into()).collect()
}

/// The same as the value of an attribute.
pub(super) fn texts(texts: &[&'static str]) -> Value {
    Value::Array(Array::String(list(texts)))
}

/// A completion hook that does nothing.
pub(super) struct Ignore;

impl crate::CompletionHook for Ignore {
    fn on_completion(&self, _: &mut crate::hook::Completion<'_>) {}
}

impl Op {
    /// A chat or embeddings call; if content is wanted, a hook wants it, so that it is kept as messages.
    pub(crate) fn for_tests(embeddings: bool, wants_content: bool) -> Box<Self> {
        let mut telemetry = crate::Telemetry::builder();
        if wants_content {
            telemetry = telemetry.completion_hook(Ignore);
        }
        let kind = if embeddings {
            Kind::Embeddings
        } else {
            Kind::Chat
        };
        let (now, wall) = super::clock::now();
        Self::new(kind, telemetry.build().inner, now, wall)
    }

    /// An operation of this kind, with these settings.
    pub(crate) fn of_kind(
        kind: Kind,
        settings: impl FnOnce(crate::TelemetryBuilder) -> crate::TelemetryBuilder,
    ) -> Box<Self> {
        let (now, wall) = super::clock::now();
        let telemetry = settings(crate::Telemetry::builder()).build();
        Self::new(kind, telemetry.inner, now, wall)
    }

    /// Every attribute that is set.
    pub(crate) fn facts(&self) -> Vec<(&'static str, Value)> {
        let ids = 0..Id::try_from(registry::ATTRIBUTES.len()).unwrap_or(Id::MAX);
        ids.filter_map(|id| Some((registry::key(id), self.get(id)?)))
            .collect()
    }

    /// The messages the model answered with.
    pub(crate) fn outputs(&self) -> &[OutputMessage] {
        self.content.as_ref().map_or(&[], |c| &c.output)
    }

    /// The class of an error in the body.
    pub(crate) fn failed_in_body(&self) -> Option<&str> {
        self.rare.as_ref()?.body_error.as_ref().map(|t| t.as_str())
    }

    /// The system instructions.
    pub(crate) fn instructions(&self) -> &[Part] {
        self.content.as_ref().map_or(&[], |c| &c.system)
    }

    /// The tools.
    pub(crate) fn definitions(&self) -> &[ToolDefinition] {
        self.content.as_ref().map_or(&[], |c| &c.tools)
    }

    /// The messages sent.
    pub(crate) fn inputs(&self) -> &[InputMessage] {
        self.content.as_ref().map_or(&[], |c| &c.input)
    }
}
