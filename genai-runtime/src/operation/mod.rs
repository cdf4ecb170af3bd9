//! The running operation: facts go in before and during the call, one span, its metrics, event and hook call come out.
//!
//! `None` in a [`Slot`] is an operation nobody listens to. Everything here is outlined from the code of users' functions.

pub(crate) mod active;
mod address;
mod begin;
mod bits;
mod cache;
mod capture;
mod chunks;
mod clock;
mod custom;
mod extra;
mod facts;
mod finish;
mod metrics;
mod name;
mod nested;
mod pool;
mod start;
#[cfg(test)]
mod test_seam;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::{Context, Key, KeyValue, StringValue, Value};

use self::bits::Bits;
use self::name::Name;
use crate::content::captured::Captured;
use crate::content::limits::prefix;
use crate::context::{self, ScopeSlot};
use crate::diag::warn::{Once, once};
use crate::extract::observe::Phase;
use crate::pipeline::state::Handle;
pub(crate) use crate::semconv::kind::Kind;

pub(crate) use chunks::ChunkClock;
pub(crate) use finish::{Ending, Outcome};
pub(crate) use nested::Gaps;

/// A running operation, or nothing if nobody listens.
pub type Slot = Option<Box<Op>>;

/// Switches of one operation.
#[derive(Clone, Copy, Default)]
struct Flags {
    is_remote: bool,
    content_denied: bool,
    chunk_timing_off: bool,
    is_stream: bool,
    span_kind_client: Option<bool>,
    /// The operation tells the gate whether its span was real.
    looks: bool,
    is_started: bool,
    is_recording: bool,
    is_suppressed: bool,
    is_done: bool,
    /// The body said something since the labels of a stream's gaps were looked up.
    is_told: bool,
}

/// A running operation. What every call has lies here; what few have, behind one pointer.
pub struct Op {
    telemetry: Handle,
    /// Which process default `telemetry` is; 0 if none.
    generation: u64,
    kind: Kind,
    flags: Flags,
    /// How far it got, for whoever drops it.
    pub(crate) phase: Phase,
    /// Which attributes may still be set, and which of them were when the span started.
    open: Bits,
    open_at_start: Bits,
    operation: Name,
    provider: Name,
    model: Name,
    /// The name of the agent, tool or workflow, or the data source.
    subject: Name,
    server_address: Name,
    server_port: Option<i64>,
    conversation: Option<StringValue>,
    response_model: Name,
    response_id: Option<StringValue>,
    finish_reasons: Option<Vec<StringValue>>,
    input_tokens: Option<i64>,
    output_tokens: Option<i64>,
    /// Attributes of the conventions that have no field here, until the span takes them.
    attributes: Vec<KeyValue>,
    /// How many attributes the span before it had room for.
    room: usize,
    content: Option<Box<Captured>>,
    /// An empty one that the operation before has left.
    spare_content: Option<Box<Captured>>,
    rare: Option<Box<Rare>>,
    /// The scope that was open when it started.
    scope_at_start: usize,
    cx: Context,
    started: Instant,
    wall: SystemTime,
}

/// What few operations have.
#[derive(Default)]
struct Rare {
    /// The user's attributes, on the span and on metrics, and the association properties.
    own_attributes: Vec<KeyValue>,
    properties: Vec<KeyValue>,
    metric_attributes: Vec<KeyValue>,
    /// Keys of the user's that the span had at its start.
    own_at_start: Vec<Key>,
    /// What went on the span at the start, kept only where an event or a hook wants it again.
    record: Vec<KeyValue>,
    message_reasons: Vec<StringValue>,
    error_type: Option<StringValue>,
    body_error: Option<StringValue>,
    span_name: Option<Cow<'static, str>>,
    gaps: Option<Box<Gaps>>,
    /// The scope that `set_context` opened inside the operation.
    scope_inside: Option<Arc<ScopeSlot>>,
}

impl Op {
    /// What few operations have, to be written.
    fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// The user's attributes on metrics.
    fn metric_attributes(&self) -> &[KeyValue] {
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

    pub(crate) fn set_span_kind_client(&mut self, client: bool) {
        self.flags.span_kind_client = Some(client);
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

    /// Whether the text of errors is wanted.
    pub(crate) fn wants_error_text(&self) -> bool {
        self.telemetry.config.error_messages
    }

    /// Whether anything will look at the scalar record when the operation finishes.
    fn keeps_record(&self) -> bool {
        (self.kind == Kind::Chat && self.telemetry.emits_events())
            || (self.kind.has_hook() && self.telemetry.hook.is_some())
    }

    /// A name or id within the limit.
    #[inline]
    fn bounded(&self, text: StringValue) -> StringValue {
        let limit = self.telemetry.config.limits.names;
        if text.as_str().len() <= limit {
            text
        } else {
            cut(&text, limit)
        }
    }
}

impl Drop for Op {
    fn drop(&mut self) {
        if !self.flags.is_done {
            crate::extract::observe::dropped(self);
        }
    }
}

impl std::fmt::Debug for Op {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Op")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

#[cold]
fn cut(text: &StringValue, limit: usize) -> StringValue {
    StringValue::from(prefix(text.as_str(), limit).to_owned())
}

/// A user's attribute, unless its key is empty or one of the conventions'.
fn own_attribute(key: Key, value: Value) -> Option<KeyValue> {
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
