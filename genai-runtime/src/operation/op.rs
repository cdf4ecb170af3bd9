//! The running operation: what is known of it, and its settings.

use std::any::Any;
use std::borrow::Cow;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::trace::SpanKind;
use opentelemetry::{Context, Key, KeyValue, StringValue, Value};

use super::attempts::Attempts;
use super::before::Before;
use super::first_class::FirstClass;
use super::inherited::Inherited;
use super::invoked::{Invoked, Outer};
use super::mcp_facts::Mcp;
use super::name::Name;
use super::state::{Code, Pending, State};
use crate::content::captured::Captured;
use crate::content::limits::{Limits, bounded_value, prefix};
use crate::content::redact;
use crate::context::{self, GenAiContext, ambient};
use crate::diag::warn::{Once, once};
use crate::pipeline::listening::Look;
use crate::pipeline::state::{Classifier, Handle};
use crate::semconv::bits::Bits;
use crate::semconv::kind::Kind;

/// A running operation, or nothing if nobody listens.
pub type Slot = Option<Box<Op>>;

/// What was asked of one operation.
#[derive(Clone, Default)]
pub(super) struct Options {
    /// It runs elsewhere.
    pub(super) is_remote: bool,
    pub(super) is_stream: bool,
    /// The kind of its span, where the conventions' rule does not fit.
    pub(super) span_kind: Option<SpanKind>,
    /// No content, whatever the configuration says.
    pub(super) without_content: bool,
    /// No inter-chunk latencies, whatever the configuration says.
    pub(super) without_chunk_timing: bool,
}

/// A running operation. What every call has lies here; what few have, behind one pointer.
pub struct Op {
    pub(super) telemetry: Handle,
    /// Which process default `telemetry` is; 0 if none.
    pub(super) generation: u64,
    pub(super) kind: Kind,
    pub(super) options: Options,
    pub(super) state: State,
    /// Its start finds out whether the OpenTelemetry globals listen: one that is kept for the next call has none.
    pub(super) look: Option<Look>,
    /// The body recorded something since the labels of a stream's inter-chunk latencies were looked up.
    pub(super) labels_dirty: bool,
    /// Which attributes may still be set, and which of them were when the span started.
    pub(super) open: Bits,
    pub(super) open_at_start: Bits,
    pub(super) first_class: FirstClass,
    /// The other attributes of the conventions, until the span takes them.
    pub(super) attributes: Vec<KeyValue>,
    /// What the operation before it had.
    pub(super) before: Before,
    /// How many attributes the span before it had room for.
    pub(super) room: usize,
    pub(super) content: Option<Box<Captured>>,
    /// An empty one that the operation before has left.
    pub(super) spare_content: Option<Box<Captured>>,
    pub(super) rare: Option<Box<Rare>>,
    /// Association properties that the span had at its start.
    pub(super) properties_at_start: usize,
    /// The context in which what runs inside is a child.
    pub(super) cx: Context,
    /// Its entry for the ambient context, by [`entry_id`](context::entry_id).
    pub(super) entry: usize,
    /// Whether what is ambient inside is the operation's own.
    pub(super) opens_scope: bool,
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
    /// Keys of the user's that the span had at its start, and how many of them are of attributes.
    pub(super) own_at_start: Vec<Key>,
    pub(super) attributes_at_start: usize,
    /// What went on the span at the start, kept only where an event or a hook wants it again.
    pub(super) record: Vec<KeyValue>,
    pub(super) error_type: Option<StringValue>,
    pub(super) body_error: Option<StringValue>,
    pub(super) span_name: Option<Cow<'static, str>>,
    /// What nested operations of the same call left.
    pub(super) inherited: Option<Box<Inherited>>,
    /// What was set as the ambient context inside the operation.
    pub(super) set_inside: Option<GenAiContext>,
    /// The operation that this is the same call as.
    pub(super) outer: Option<Outer>,
    pub(super) attempts: Attempts,
    pub(super) mcp: Option<Box<Mcp>>,
    /// What the body hands over piece by piece.
    pub(super) gathered: Option<Box<dyn Gathers>>,
}

/// What the body hands over piece by piece; what gathers that lies above.
pub(crate) trait Gathers: Any + Send + Sync {
    /// Records on the operation what the pieces said.
    fn finish(self: Box<Self>, op: &mut Op);
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
        if !self.state.is_started() {
            self.first_class.labels.operation = Name::Other(self.bounded(name));
        }
    }

    /// The operation runs elsewhere: its span is CLIENT.
    pub(crate) fn set_remote(&mut self) {
        self.options.is_remote = true;
    }

    pub(crate) fn set_span_name(&mut self, name: impl Into<Cow<'static, str>>) {
        let mut name = name.into();
        let limit = self.telemetry.config.limits.names;
        if name.len() > limit {
            name = Cow::Owned(prefix(&name, limit).to_owned());
        }
        self.rare_mut().span_name = Some(name);
    }

    pub(crate) fn set_span_kind(&mut self, kind: SpanKind) {
        self.options.span_kind = Some(kind);
    }

    /// No content of this operation reaches a span, an event or a hook.
    pub(crate) fn deny_content(&mut self) {
        self.options.without_content = true;
        self.content = None;
    }

    pub(crate) fn set_chunk_timing(&mut self, on: bool) {
        self.options.without_chunk_timing = !on;
    }

    /// An association property of this operation's own, unless the span had one at its start.
    pub(crate) fn property(&mut self, key: &str, value: Value) {
        if self.state.is_started() && self.has_property(key) {
            return;
        }
        let limits = &self.telemetry.config.limits;
        let most = limits.properties.saturating_sub(self.properties_at_start);
        let value = bounded_value(value, limits.content);
        context::set_property(&mut self.rare_mut().properties, key, value, most);
    }

    /// Whether the span had the property at its start, be it its own or the ambient one.
    fn has_property(&self, key: &str) -> bool {
        let full = context::full_key(key);
        let rare = self.rare.as_deref();
        let is_ambient = || {
            self.telemetry.config.context_propagation
                && rare.is_none_or(|r| r.set_inside.is_none())
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
        let limits = self.telemetry.config.limits;
        if let Some(attribute) = own_attribute(key.into(), value, &limits) {
            add(
                &mut self.rare_mut().metric_attributes,
                attribute,
                limits.attributes,
            );
        }
    }

    /// Whether this is the same call as the operation around it, which has the span.
    pub(crate) fn is_same_call(&self) -> bool {
        self.state.is_same_call()
    }

    /// Its attributes are evaluated now, but it starts later.
    pub(crate) fn evaluate_for_later(&mut self) {
        self.state.go_on_pending(Pending::EvaluatingForLater);
    }

    /// It starts when its future is first polled or its builder starts it; until then nobody sees it.
    pub(crate) fn wait_for_start(&mut self) {
        self.state.go_on_pending(Pending::WaitingForStart);
    }

    /// The function that makes its future runs.
    pub(crate) fn make_future(&mut self) {
        self.state.go_on_pending(Pending::MakingFuture);
    }

    /// The user's code runs.
    pub(crate) fn run(&mut self) {
        self.state.go_on(Code::Running);
    }

    /// The user's code waits to be polled.
    pub(crate) fn wait(&mut self) {
        self.state.go_on(Code::Waiting);
    }

    /// The user's code is done, and its result is read.
    pub(crate) fn complete(&mut self) {
        self.state.go_on(Code::Complete);
    }

    /// Whether the user's code was left by a panic.
    pub(crate) fn has_panicked(&self) -> bool {
        self.state.code() == Some(Code::Running)
    }

    /// This operation as what runs inside it sees it, where it is in the hands of a user.
    pub(crate) fn invoked(&self) -> Arc<Invoked> {
        let executed = match self.kind {
            Kind::Tool | Kind::McpServer => self.first_class.name_subject(self.kind).value(),
            _ => None,
        };
        Invoked::new(self.kind, &self.cx, self.opens_scope, executed)
    }

    /// Keeps what a nested operation of the same call leaves.
    pub(crate) fn inherit(&mut self, inherited: Inherited) {
        self.rare_mut()
            .inherited
            .get_or_insert_default()
            .add(inherited);
    }

    /// What was set as the ambient context inside it is for whatever else runs inside.
    pub(super) fn keep_set_inside(&mut self, context: GenAiContext) {
        self.rare_mut().set_inside = Some(context);
        if self.state.is_started() {
            self.carry_set_inside();
        }
    }

    /// Makes the context carry what was set inside.
    pub(super) fn carry_set_inside(&mut self) {
        let set = self.rare.as_deref().and_then(|r| r.set_inside.clone());
        if let Some(context) = set {
            self.opens_scope = true;
            self.cx = ambient::reseat(context::with_entry(&self.cx, context));
            self.entry = context::entry_id(&self.cx);
        }
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
        self.first_class
            .labels
            .operation
            .as_str()
            .unwrap_or_default()
    }

    pub(crate) fn provider(&self) -> Option<&str> {
        self.first_class.labels.provider.as_str()
    }

    /// How much of an error's text to read, in bytes; `None` where the text is not wanted.
    pub(crate) fn error_text_read(&self) -> Option<usize> {
        let config = &self.telemetry.config;
        (config.error_messages).then(|| redact::error_text_read(config.limits.error_text))
    }

    /// What knows the classes of errors.
    pub(crate) fn classifier(&self) -> Option<&Classifier> {
        self.telemetry.extras.classifier.as_ref()
    }

    /// The most bytes of a name or id.
    pub(crate) fn name_limit(&self) -> usize {
        self.telemetry.config.limits.names
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

// As safe to look at after a panic as the user's own code is: whatever panicked left the operation in a state that shows it, and
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

/// Puts an attribute into a list of the user's, in place of one with the same key; `most` attributes are in it.
pub(super) fn add(list: &mut Vec<KeyValue>, attribute: KeyValue, most: usize) {
    if let Some(same) = list.iter_mut().find(|a| a.key == attribute.key) {
        same.value = attribute.value;
    } else if list.len() < most {
        list.push(attribute);
    } else {
        once(Once::TooManyAttributes, || {
            format!(
                "an operation has {most} attributes of your own already; further ones are left out (Limits::attributes)"
            )
        });
    }
}

/// A user's attribute, unless its key is empty, too long, or one of the conventions'.
pub(super) fn own_attribute(key: Key, value: Value, limits: &Limits) -> Option<KeyValue> {
    if key.as_str().len() > limits.names {
        once(Once::LongAttributeKey, || {
            format!(
                "an attribute whose key is longer than {} bytes is ignored",
                limits.names
            )
        });
        return None;
    }
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
    Some(KeyValue::new(key, bounded_value(value, limits.content)))
}
