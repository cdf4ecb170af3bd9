//! Operations of the user's own: a name and attributes in, an invocation with the life cycle of the built-in ones out.

use std::borrow::Cow;

use super::current::ValueOf;
use super::{Builder, Custom, Invocation};
use crate::api::telemetry::Telemetry;
use crate::operation::Op;
use crate::semconv::kind::Kind;
use crate::semconv::registry::Key;

/// An operation of your own: a span named `name`, INTERNAL, with the context (conversation, properties), errors, cancellation
/// and nesting of the built-in operations, and no metric, event or hook of theirs. Record [counters](crate::metrics::counter()) and
/// [histograms](crate::metrics::histogram()) beside it. An empty name becomes `unnamed`.
///
/// ```
/// use genai::keys;
///
/// let mut firewall = genai::span("app.context.firewall").attribute("app.firewall.reason", "prompt_injection").start();
/// firewall.key(keys::GEN_AI_USAGE_INPUT_TOKENS, 12).attribute("app.item.kind", "document");
/// firewall.finish();
/// ```
pub fn span(name: impl Into<Cow<'static, str>>) -> Builder<Custom> {
    named(Builder::new(Op::begin(Kind::Custom as u8)), name.into())
}

impl Telemetry {
    /// An operation of your own; see [`genai::span`](span()).
    pub fn span(&self, name: impl Into<Cow<'static, str>>) -> Builder<Custom> {
        let slot = Op::begin_with(Kind::Custom, self.inner.clone());
        named(Builder::new(slot), name.into())
    }
}

fn named(mut builder: Builder<Custom>, name: Cow<'static, str>) -> Builder<Custom> {
    builder.with(|op| op.set_operation_name(name));
    builder
}

impl Builder<Custom> {
    /// Sets an attribute of the conventions; content is none. The last value counts.
    pub fn key<K>(mut self, key: Key<K>, value: impl ValueOf<K>) -> Self {
        self.with(|op| op.attribute(key.name(), value.value_of()));
        self
    }
}

impl Invocation<Custom> {
    /// Sets an attribute of the conventions; content is none. The last value counts, unless the span had one at its start.
    pub fn key<K>(&mut self, key: Key<K>, value: impl ValueOf<K>) -> &mut Self {
        self.with(|op| op.attribute(key.name(), value.value_of()));
        self
    }
}

impl Builder<super::Tool> {
    /// The engine that runs the tool, as `gen_ai.provider.name`; the conventions do not ask for it, some engines give it.
    pub fn provider(mut self, name: impl AsRef<str>) -> Self {
        self.set_str(crate::keys::GEN_AI_PROVIDER_NAME.id(), name.as_ref());
        self
    }
}
