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
        let before = self.rare_mut().set_inside.replace(context);
        if self.state.is_started() {
            if before.is_none() {
                self.keep_ambient_keys();
            }
            self.carry_set_inside();
        }
    }

    /// Keeps which properties the span has of what was around at its start, before the context says something else.
    pub(super) fn keep_ambient_keys(&mut self) {
        let is_set = self.rare.as_deref().is_some_and(|r| r.set_inside.is_some());
        if is_set && self.telemetry.config.context_propagation {
            let keys = context::property_keys(&self.cx);
            self.rare_mut().own_at_start.extend(keys);
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

#[cfg(test)]
mod tests {
    use super::super::test_seam::{Ignore, with_logger};
    use super::*;
    use crate::GenAiContext;

    fn chat(limits: Limits) -> Box<Op> {
        Op::of_kind(Kind::Chat, |t| t.limits(limits))
    }

    fn rare(op: &Op) -> &Rare {
        op.rare.as_deref().expect("something rare")
    }

    fn keys(list: &[KeyValue]) -> Vec<&str> {
        list.iter().map(|a| a.key.as_str()).collect()
    }

    #[test]
    fn debug_shows_the_kind_alone() {
        let mut op = chat(Limits::new());
        op.set_operation_name("secret");
        assert_eq!(format!("{op:?}"), "Op { kind: Chat, .. }");
    }

    #[test]
    fn a_name_is_kept_within_the_limit_and_before_the_start() {
        let mut op = chat(Limits::new().names_bytes(8));
        assert_eq!((op.operation_name(), op.provider()), ("chat", None));
        assert_eq!((op.kind(), op.name_limit()), (Kind::Chat, 8));
        for (name, kept) in [
            ("exactly8", "exactly8"),
            ("more than 8", "more tha"),
            ("", ""),
        ] {
            op.set_operation_name(name);
            assert_eq!(op.operation_name(), kept);
            op.set_span_name(name);
            assert_eq!(rare(&op).span_name.as_deref(), Some(kept));
        }
        op.set_operation_name("first");
        op.start();
        op.set_operation_name("second");
        assert_eq!(op.operation_name(), "first");
        // What names the span of an operation of the user's own is never empty.
        let mut op = Op::of_kind(Kind::Custom, |t| t);
        op.set_operation_name("");
        assert_eq!(op.operation_name(), "unnamed");
        op.set_operation_name("app.step");
        assert_eq!(op.operation_name(), "app.step");
    }

    #[test]
    fn options_are_what_was_asked_for() {
        let mut op = chat(Limits::new());
        assert!(!op.options.is_remote && !op.options.without_content);
        assert!(!op.options.without_chunk_timing && op.options.span_kind.is_none());
        for on in [false, true, false] {
            op.set_chunk_timing(on);
            assert_eq!(op.options.without_chunk_timing, !on);
        }
        op.set_chunk_timing(true);
        op.without_chunk_timing();
        assert!(op.options.without_chunk_timing);
        op.runs_elsewhere();
        op.span_is_client(true);
        assert_eq!(op.options.span_kind, Some(SpanKind::Client));
        op.span_is_client(false);
        assert_eq!(op.options.span_kind, Some(SpanKind::Internal));
        op.without_content();
        assert!(op.options.is_remote && op.options.without_content);
        op.streams();
        assert!(op.options.is_stream);
        let mut embeddings = Op::of_kind(Kind::Embeddings, |t| t);
        embeddings.streams();
        assert!(!embeddings.options.is_stream);
    }

    #[test]
    fn texts_of_errors_are_read_where_they_are_wanted() {
        for on in [false, true] {
            let op = Op::of_kind(Kind::Chat, |t| t.error_messages(on));
            assert_eq!(op.error_text_read().is_some(), on);
        }
    }

    #[test]
    fn a_record_is_kept_where_somebody_looks_at_it() {
        type Settings = fn(crate::TelemetryBuilder) -> crate::TelemetryBuilder;
        let settings: [(Settings, &[Kind]); 3] = [
            (|t| t, &[]),
            (|t| with_logger(t).emit_events(true), &[Kind::Chat]),
            (
                |t| t.completion_hook(Ignore),
                &[Kind::Chat, Kind::Agent, Kind::Workflow],
            ),
        ];
        for (settings, keep) in settings {
            for kind in (0..9).map(Kind::from_index) {
                let op = Op::of_kind(kind, settings);
                assert_eq!(op.keeps_record(), keep.contains(&kind), "{kind:?}");
            }
        }
    }

    #[test]
    fn attributes_of_the_users_are_few_and_have_keys_of_their_own() {
        let mut op = chat(Limits::new().attributes(2).names_bytes(8).content_bytes(4));
        for (key, value) in [
            ("", 1),
            ("more.than.8", 2),
            ("error.type", 3),
            ("exactly8", 4),
            ("b", 5),
            ("c", 6),
            ("b", 7),
        ] {
            op.attribute(key, value.into());
            op.metric_attribute(key, value.into());
        }
        let expected = [KeyValue::new("exactly8", 4), KeyValue::new("b", 7)];
        assert_eq!(rare(&op).own_attributes, expected);
        assert_eq!(op.metric_attributes(), expected);
        op.attribute("b", "12345".into());
        assert_eq!(rare(&op).own_attributes[1], KeyValue::new("b", "1234"));
        assert!(chat(Limits::new()).metric_attributes().is_empty());
    }

    #[test]
    fn a_property_is_the_operations_own_unless_the_span_has_it() {
        let mut op = chat(Limits::new().properties(3).content_bytes(4));
        let ambient = GenAiContext::new().property("ambient", 1).attach();
        op.property("own", 1.into());
        op.property("own", "12345".into());
        op.property("", 1.into());
        let prefix = context::PREFIX;
        let own = KeyValue::new(format!("{prefix}own"), "1234");
        assert_eq!(rare(&op).properties, [own]);
        op.start();
        // Of three places one is left.
        assert_eq!(op.properties_at_start, 2);
        for (key, value) in [
            ("own", 7),
            ("ambient", 7),
            ("late", 7),
            ("later", 7),
            ("late", 8),
        ] {
            op.property(key, value.into());
        }
        let late = KeyValue::new(format!("{prefix}late"), 8);
        assert_eq!(rare(&op).properties, [late]);
        drop(ambient);
    }

    #[test]
    fn a_property_that_is_around_is_none_of_the_operations_where_none_is_taken_over() {
        for (propagates, expected) in [(true, vec![]), (false, vec!["ambient"])] {
            let mut op = Op::of_kind(Kind::Chat, |t| t.context_propagation(propagates));
            let ambient = GenAiContext::new().property("ambient", 1).attach();
            op.start();
            // Whatever is set inside meanwhile.
            op.keep_set_inside(GenAiContext::new());
            op.property("ambient", 7.into());
            let found = op.rare.as_deref().map_or(&[][..], |r| &r.properties);
            let found: Vec<_> = keys(found)
                .iter()
                .map(|key| key.trim_start_matches(context::PREFIX))
                .collect();
            assert_eq!(found, expected);
            drop(ambient);
        }
    }

    #[test]
    fn an_invocation_is_seen_with_the_tool_that_it_executes() {
        for (kind, expected) in [
            (Kind::Tool, Some("t")),
            (Kind::McpServer, Some("t")),
            (Kind::McpClient, None),
            (Kind::Chat, None),
        ] {
            let mut op = Op::of_kind(kind, |t| t);
            op.fill_str(crate::semconv::registry::keys::GEN_AI_TOOL_NAME.id(), "t");
            op.fill_str(
                crate::semconv::registry::keys::GEN_AI_REQUEST_MODEL.id(),
                "m",
            );
            let tool = op
                .invoked()
                .tool
                .as_ref()
                .map(|tool| tool.as_str().to_owned());
            assert_eq!(tool.as_deref(), expected);
            op.wait_for_start();
        }
    }

    #[test]
    fn what_runs_before_the_start_is_known() {
        let mut op = chat(Limits::new());
        for (go_on, expected) in [
            (
                Op::evaluate_for_later as fn(&mut Op),
                Pending::EvaluatingForLater,
            ),
            (Op::make_future, Pending::MakingFuture),
            (Op::wait_for_start, Pending::WaitingForStart),
        ] {
            go_on(&mut op);
            assert_eq!(op.state, State::Pending(expected));
        }
    }

    #[test]
    fn a_panic_is_one_of_the_code_that_runs() {
        let mut op = chat(Limits::new());
        op.run();
        assert!(!op.has_panicked());
        op.start();
        op.run();
        assert!(op.has_panicked());
        op.wait();
        assert!(!op.has_panicked());
        op.run();
        op.complete();
        assert!(!op.has_panicked() && !op.is_same_call());
    }

    /// What was set inside an operation is ambient for whatever else runs inside, from then on or from its start on.
    #[test]
    fn what_was_set_inside_is_in_its_context() {
        let set = || GenAiContext::new().conversation_id("c-1");
        let id = |op: &Op| context::id_of(op.context()).map(|id| id.as_str().to_owned());
        for is_early in [true, false] {
            let mut op = chat(Limits::new());
            if is_early {
                op.keep_set_inside(set());
                assert_eq!((id(&op), op.opens_scope, op.entry), (None, false, 0));
            }
            op.start();
            if !is_early {
                assert_eq!((id(&op), op.opens_scope, op.entry), (None, false, 0));
                op.keep_set_inside(set());
            }
            assert_eq!(id(&op).as_deref(), Some("c-1"));
            assert!(op.opens_scope);
            assert_eq!(op.entry, context::entry_id(op.context()));
            assert_ne!(op.entry, 0);
        }
    }
}
