//! The running operation: what is known of it, and its settings.

use std::borrow::Cow;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::trace::SpanKind;
use opentelemetry::{Context, Key, KeyValue, StringValue, Value};

use super::inherited::Gaps;
use super::name::Name;
use super::phase::Phase;
use crate::content::captured::Captured;
use crate::content::limits::prefix;
use crate::content::redact;
use crate::context::{self, ScopeSlot};
use crate::diag::warn::{Once, once};
use crate::pipeline::state::Handle;
use crate::semconv::bits::Bits;
use crate::semconv::kind::Kind;

/// A running operation, or nothing if nobody listens.
pub type Slot = Option<Box<Op>>;

/// Switches of one operation.
#[derive(Clone, Default)]
pub(super) struct Flags {
    pub(super) is_remote: bool,
    pub(super) content_denied: bool,
    pub(super) chunk_timing_off: bool,
    pub(super) is_stream: bool,
    pub(super) span_kind: Option<SpanKind>,
    /// The operation tells the gate whether its span was real.
    pub(super) looks: bool,
    pub(super) is_started: bool,
    pub(super) is_recording: bool,
    pub(super) is_suppressed: bool,
    pub(super) is_done: bool,
    /// The body said something since the labels of a stream's gaps were looked up.
    pub(super) is_told: bool,
}

/// A running operation. What every call has lies here; what few have, behind one pointer.
pub struct Op {
    pub(super) telemetry: Handle,
    /// Which process default `telemetry` is; 0 if none.
    pub(super) generation: u64,
    pub(super) kind: Kind,
    pub(super) flags: Flags,
    /// How far it got, for whoever drops it.
    pub(crate) phase: Phase,
    /// Which attributes may still be set, and which of them were when the span started.
    pub(super) open: Bits,
    pub(super) open_at_start: Bits,
    pub(super) operation: Name,
    pub(super) provider: Name,
    pub(super) model: Name,
    /// The name of the agent, tool or workflow, or the data source.
    pub(super) subject: Name,
    pub(super) server_address: Name,
    pub(super) server_port: Option<i64>,
    pub(super) conversation: Option<StringValue>,
    pub(super) response_model: Name,
    pub(super) response_id: Option<StringValue>,
    pub(super) finish_reasons: Option<Vec<StringValue>>,
    pub(super) input_tokens: Option<i64>,
    pub(super) output_tokens: Option<i64>,
    /// Attributes of the conventions that have no field here, until the span takes them.
    pub(super) attributes: Vec<KeyValue>,
    /// How many attributes the span before it had room for.
    pub(super) room: usize,
    pub(super) content: Option<Box<Captured>>,
    /// An empty one that the operation before has left.
    pub(super) spare_content: Option<Box<Captured>>,
    pub(super) rare: Option<Box<Rare>>,
    /// The scope that was open when it started.
    pub(super) scope_at_start: usize,
    pub(super) cx: Context,
    pub(super) started: Instant,
    pub(super) wall: SystemTime,
}

/// What few operations have.
#[derive(Default)]
pub(super) struct Rare {
    /// The user's attributes, on the span and on metrics, and the association properties.
    pub(super) own_attributes: Vec<KeyValue>,
    pub(super) properties: Vec<KeyValue>,
    pub(super) metric_attributes: Vec<KeyValue>,
    /// Keys of the user's that the span had at its start.
    pub(super) own_at_start: Vec<Key>,
    /// What went on the span at the start, kept only where an event or a hook wants it again.
    pub(super) record: Vec<KeyValue>,
    pub(super) message_reasons: Vec<StringValue>,
    pub(super) error_type: Option<StringValue>,
    pub(super) body_error: Option<StringValue>,
    pub(super) span_name: Option<Cow<'static, str>>,
    pub(super) gaps: Option<Box<Gaps>>,
    /// The scope that `set_context` opened inside the operation.
    pub(super) scope_inside: Option<Arc<ScopeSlot>>,
}

impl Op {
    /// What few operations have, to be written.
    pub(super) fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// The user's attributes on metrics.
    pub(super) fn metric_attributes(&self) -> &[KeyValue] {
        self.rare.as_deref().map_or(&[], |r| &r.metric_attributes)
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Sets another name for the operation than the default.
    pub(crate) fn set_operation_name(&mut self, name: impl Into<StringValue>) {
        let mut name = name.into();
        if self.kind == Kind::Custom && name.as_str().is_empty() {
            // It is the span's name, which is never empty.
            name = StringValue::from("unnamed");
        }
        if !self.flags.is_started {
            self.operation = Name::Other(self.bounded(name));
        }
    }

    /// The operation runs elsewhere: its span is CLIENT.
    pub(crate) fn set_remote(&mut self) {
        self.flags.is_remote = true;
    }

    pub(crate) fn set_span_name(&mut self, name: impl Into<Cow<'static, str>>) {
        self.rare_mut().span_name = Some(name.into());
    }

    pub(crate) fn set_span_kind(&mut self, kind: SpanKind) {
        self.flags.span_kind = Some(kind);
    }

    /// No content of this operation reaches any sink.
    pub(crate) fn deny_content(&mut self) {
        self.flags.content_denied = true;
        self.content = None;
    }

    pub(crate) fn set_chunk_timing(&mut self, on: bool) {
        self.flags.chunk_timing_off = !on;
    }

    /// An association property of this operation's own, unless the span had one at its start.
    pub(crate) fn property(&mut self, key: &str, value: Value) {
        if self.flags.is_started && self.has_property(key) {
            return;
        }
        context::set_property(&mut self.rare_mut().properties, key, value);
    }

    /// Whether the span had the property at its start, be it its own or the ambient one.
    fn has_property(&self, key: &str) -> bool {
        let full = context::full_key(key);
        let rare = self.rare.as_deref();
        let is_ambient = || {
            self.telemetry.config.context_propagation
                && rare.is_none_or(|r| r.scope_inside.is_none())
                && context::has_property(&self.cx, &full)
        };
        rare.is_some_and(|r| r.own_at_start.contains(&full)) || is_ambient()
    }

    /// An attribute of the user's on span and event. A key of the conventions, or an empty one, is refused with one warning;
    /// operations of the user's own may have the former.
    pub(crate) fn attribute(&mut self, key: impl Into<Key>, value: Value) {
        self.user_attribute(key.into(), value);
    }

    /// An attribute of the user's on metrics.
    pub(crate) fn metric_attribute(&mut self, key: impl Into<Key>, value: Value) {
        if let Some(attribute) = own_attribute(key.into(), value) {
            let own = &mut self.rare_mut().metric_attributes;
            own.retain(|a| a.key != attribute.key);
            own.push(attribute);
        }
    }

    pub(crate) fn is_started(&self) -> bool {
        self.flags.is_started
    }

    /// Whether this is the same call as the operation around it, which has the span.
    pub(crate) fn is_suppressed(&self) -> bool {
        self.flags.is_suppressed
    }

    /// Takes what nested operations told.
    pub(crate) fn take_gaps(&mut self, gaps: Gaps) {
        self.rare_mut().gaps.get_or_insert_default().add(gaps);
    }

    /// The context in which what runs inside is a child.
    pub(crate) fn context(&self) -> &Context {
        &self.cx
    }

    /// Time since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn operation_name(&self) -> &str {
        self.operation.as_str().unwrap_or_default()
    }

    pub(crate) fn provider(&self) -> Option<&str> {
        self.provider.as_str()
    }

    /// How much of an error's text to read, in bytes; `None` where the text is not wanted.
    pub(crate) fn error_text_read(&self) -> Option<usize> {
        let config = &self.telemetry.config;
        (config.error_messages).then(|| redact::error_text_read(config.limits.error_text))
    }

    /// Whether anything will look at the scalar record when the operation finishes.
    pub(super) fn keeps_record(&self) -> bool {
        (self.kind == Kind::Chat && self.telemetry.emits_events())
            || (self.kind.has_hook() && self.telemetry.hook.is_some())
    }

    /// A name or id within the limit.
    #[inline]
    pub(super) fn bounded(&self, text: StringValue) -> StringValue {
        let limit = self.telemetry.config.limits.names;
        if text.as_str().len() <= limit {
            text
        } else {
            cut(&text, limit)
        }
    }
}

// As safe to look at after a panic as the user's own code is: whatever panicked left the operation in a phase that says so, and
// nothing is read of it but to end it.
impl UnwindSafe for Op {}
impl RefUnwindSafe for Op {}

impl std::fmt::Debug for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Op")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[cold]
pub(super) fn cut(text: &StringValue, limit: usize) -> StringValue {
    StringValue::from(prefix(text.as_str(), limit).to_owned())
}

/// A user's attribute, unless its key is empty or one of the conventions'.
pub(super) fn own_attribute(key: Key, value: Value) -> Option<KeyValue> {
    if key.as_str().is_empty() {
        once(Once::EmptyAttributeKey, || {
            "an attribute with an empty key is ignored".to_owned()
        });
        return None;
    }
    if crate::semconv::registry::find(key.as_str()).is_some() {
        once(Once::ConventionKey, || {
            format!(
                "the attribute {:?} is one of the conventions; set it by its own setter, it is ignored here",
                key.as_str()
            )
        });
        return None;
    }
    Some(KeyValue::new(key, value))
}
