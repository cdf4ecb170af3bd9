//! The start of an operation: what is known becomes a span, so that samplers and processors see it.

use std::borrow::Cow;

use opentelemetry::trace::{SpanBuilder, SpanKind};
use opentelemetry::{Context, KeyValue, StringValue, Value};

use super::active;
use super::first_class::FirstClass;
use super::handle;
use super::op::Op;
use super::span_names::span_name;
use super::state::{Code, Pending, Span, State};
use crate::context::{self, GenAiContext, Source, ambient};
use crate::diag::call_out::{CallOut, contained};
use crate::pipeline::compat::{Compat, keys as derived};
use crate::pipeline::spans::Started;
use crate::semconv::kind::Kind;
use crate::semconv::registry::{self, keys};
use crate::semconv::value::push;

/// How many attributes of a start are first-class, and how many a response usually adds.
const KNOWN: usize = 5;
const LATE: usize = 6;
/// No more room is made in advance.
const ROOM: usize = 64;

const CONVERSATION: registry::Id = keys::GEN_AI_CONVERSATION_ID.id();

impl Op {
    /// Starts the span with everything that is known. Later calls do nothing.
    pub fn start(&mut self) {
        let State::Pending(code) = self.state else {
            return;
        };
        let look = self.look.take();
        self.forget_server_of_local_agent();
        let (is_same_call, code) = match code {
            Pending::Evaluating { is_same_call } => (is_same_call, Code::Evaluating),
            _ => (active::is_same_call(self.kind), Code::Waiting),
        };
        if is_same_call || self.is_in_same_tool() {
            let span = Span::OfSameCall;
            self.state = State::Open { span, code };
            self.rare_mut().outer = active::outer();
            self.go_on_in_current();
            return;
        }
        let started = contained(CallOut::Tracing, || self.start_span());
        let span = started.map_or(Span::None, |started| Span::Own {
            is_recording: started.is_recording,
        });
        if matches!(span, Span::None) {
            // Without a span of its own, what runs inside goes on in the surrounding context.
            self.go_on_in_current();
        }
        self.state = State::Open { span, code };
        handle::started(self);
        if let Some(look) = look {
            let is_heard = self.state.is_recording()
                || started.is_some_and(|started| started.is_own)
                || self.telemetry.has_real_meter()
                || self.telemetry.hook.is_some()
                || self.telemetry.emits_events();
            look.learn(is_heard);
        }
    }

    /// What runs inside goes on in the surrounding context.
    fn go_on_in_current(&mut self) {
        self.cx = ambient::current();
        self.entry = context::entry_id(&self.cx);
        self.carry_set_inside();
    }

    /// Starts the span.
    fn start_span(&mut self) -> Started {
        // Not while the current context is borrowed: samplers and processors may attach one.
        let here = ambient::current();
        // The span keeps this list: there is room for what the context and the response add, as it was the last time.
        let room = KNOWN + self.attributes.len() + LATE;
        let mut attributes = Vec::with_capacity(room.max(self.room));
        self.open_at_start = self.open;
        self.open_at_start.insert_all(FirstClass::OF_RESPONSE);
        self.first_class.push_request(self.kind, &mut attributes);
        if self.options.is_stream {
            push(&mut attributes, keys::GEN_AI_REQUEST_STREAM.id(), true);
        }
        if self.rare.is_some() {
            self.keep_labels();
        }
        attributes.append(&mut self.attributes);
        // Most calls have nothing of their own, and stand in nothing.
        let is_plain = self.rare.is_none()
            && self.first_class.conversation.is_none()
            && context::is_nothing_ambient(&here);
        let own = if is_plain {
            self.open_at_start.insert(CONVERSATION);
            None
        } else {
            self.push_own(&mut attributes)
        };
        if self.telemetry.has_event_hook_or_extras {
            let compat = self.compat();
            derived::add_system(compat.contains(Compat::LEGACY), &mut attributes);
            if self.keeps_record() {
                self.rare_mut().record.clone_from(&attributes);
            }
            derived::add_derived(compat, self.kind, true, &mut attributes);
        }
        self.room = (attributes.len() + LATE).min(ROOM);
        let kind = self.span_kind();
        let known = self.known_name();
        let span = SpanBuilder {
            span_kind: Some(kind),
            name: match known {
                Some(name) => Cow::Borrowed(name),
                None => self.first_name(),
            },
            start_time: Some(self.wall),
            attributes: Some(attributes),
            events: None,
            links: None,
        };
        let started = match self.rare {
            Some(_) => self.start_below_remote(span, &here),
            None => self.start_below(span, &here),
        };
        if let Some(own) = own {
            self.carry_own(own);
        }
        if ambient::HAS_ELSEWHERE {
            self.cx = ambient::seat(std::mem::take(&mut self.cx));
        }
        self.entry = context::entry_id(&self.cx);
        if self.rare.is_some() {
            self.keep_ambient_keys();
            self.carry_set_inside();
        }
        started
    }

    /// Starts the span below that of the other side, where there is one.
    #[inline(never)]
    fn start_below_remote(&mut self, mut span: SpanBuilder, here: &Context) -> Started {
        match self.remote_parent(here) {
            Some((remote, links)) => {
                span.links = links;
                self.start_below(span, &remote)
            }
            None => self.start_below(span, here),
        }
    }

    #[inline]
    fn start_below(&mut self, span: SpanBuilder, parent: &Context) -> Started {
        if context::lost::has_conversations()
            && self.is_outside_of_all()
            && !ambient::has_span(parent)
        {
            context::lost::call_without();
        }
        self.telemetry.spans.start(span, parent, &mut self.cx)
    }

    /// Adds what is the operation's own, and what is ambient.
    #[inline(never)]
    fn push_own(&mut self, attributes: &mut Vec<KeyValue>) -> Option<Own> {
        let conversation = self
            .first_class
            .conversation
            .as_ref()
            .filter(|id| is_given(id))
            .cloned();
        let accepted = self.mcp_accepted();
        let source = self.push_context(attributes, conversation.as_ref(), accepted.as_ref());
        if let Some(rare) = &mut self.rare {
            let own = rare.own_attributes.iter().map(|a| a.key.clone());
            rare.own_at_start.extend(own);
            rare.attributes_at_start = rare.own_attributes.len();
            attributes.append(&mut rare.own_attributes);
        }
        match (accepted, conversation, source) {
            (Some(mut inside), conversation, _) => {
                if let Some(id) = conversation {
                    inside.set_id(id);
                }
                Some(Own::Accepted(inside))
            }
            (None, Some(id), _) => Some(Own::Conversation(id)),
            (None, None, Source::Scope) => Some(Own::Scope),
            (None, None, Source::Current) => None,
        }
    }

    /// What runs inside has what is the operation's own.
    #[cold]
    fn carry_own(&mut self, own: Own) {
        match own {
            Own::Accepted(inside) => {
                self.cx = context::with_entry(&self.cx, inside);
                self.opens_scope = true;
            }
            Own::Conversation(id) => {
                self.cx = context::with_conversation(&self.cx, id);
                self.opens_scope = true;
            }
            Own::Scope => self.cx = context::with_entry(&self.cx, GenAiContext::current()),
        }
    }

    /// Whether it is a call of a model without a conversation and properties, though it would have those around it.
    fn is_outside_of_all(&self) -> bool {
        self.kind == Kind::Chat
            && self.first_class.conversation.is_none()
            && self.properties_at_start == 0
            && self.telemetry.config.context_propagation
    }

    /// The name of the span, if it is that of the operation before.
    #[inline]
    fn known_name(&self) -> Option<&'static str> {
        if self.is_named_otherwise() {
            return None;
        }
        let subject = self.first_class.name_subject(self.kind);
        let operation = &self.first_class.labels.operation;
        self.before.span_name(operation, subject)
    }

    /// Whether the name of the span is the user's, or one of MCP.
    fn is_named_otherwise(&self) -> bool {
        let rare = self.rare.as_deref();
        rare.is_some_and(|r| r.span_name.is_some()) || self.kind.is_mcp()
    }

    /// The name of the span, kept for the next operation where it has nothing of its own.
    #[inline(never)]
    fn first_name(&mut self) -> Cow<'static, str> {
        let name = self.name();
        if self.is_named_otherwise() {
            return name;
        }
        if let Cow::Borrowed(name) = name {
            let subject = self.first_class.name_subject(self.kind);
            let operation = &self.first_class.labels.operation;
            self.before.keep_span_name(operation, subject, name);
        }
        name
    }

    /// `{operation} {subject}` unless the user named the span.
    pub(super) fn name(&self) -> Cow<'static, str> {
        match self.rare.as_deref().and_then(|r| r.span_name.as_ref()) {
            Some(name) => name.clone(),
            None if self.kind.is_mcp() => self.mcp_name(),
            None => span_name(
                &self.first_class.labels.operation,
                self.first_class.name_subject(self.kind),
            ),
        }
    }

    /// The user's choice, else the conventions' rule: CLIENT for what goes to a provider, INTERNAL for the rest.
    fn span_kind(&self) -> SpanKind {
        self.options.span_kind.clone().unwrap_or_else(|| {
            let by_kind = matches!(
                self.kind,
                Kind::Chat | Kind::Embeddings | Kind::Retrieval | Kind::McpClient
            );
            if self.kind == Kind::McpServer {
                SpanKind::Server
            } else if by_kind || self.options.is_remote || self.is_creation() {
                SpanKind::Client
            } else {
                SpanKind::Internal
            }
        })
    }

    /// Conversation and association properties: the operation's own, else the ambient ones if they are propagated, or those
    /// that were `accepted` in their place. Says where those stand.
    fn push_context(
        &mut self,
        attributes: &mut Vec<KeyValue>,
        conversation: Option<&StringValue>,
        accepted: Option<&GenAiContext>,
    ) -> Source {
        let first = attributes.len();
        if let Some(id) = conversation {
            push(attributes, CONVERSATION, id.clone());
        }
        let rare = &mut self.rare;
        let own = rare.as_deref_mut().map(|r| {
            let keys = r.properties.iter().map(|p| p.key.clone());
            r.own_at_start.extend(keys);
            std::mem::take(&mut r.properties)
        });
        let own = own.unwrap_or_default();
        let room = self
            .telemetry
            .config
            .limits
            .properties
            .saturating_sub(own.len());
        let mut ambient = None;
        let mut source = Source::Current;
        if self.telemetry.config.context_propagation {
            let mut push_ambient = |context: &GenAiContext, stands| {
                source = stands;
                let id = context.id();
                if let Some(id) = id.filter(|id| conversation.is_none() && is_given(id)) {
                    push(attributes, CONVERSATION, id.clone());
                    ambient = Some(id.clone());
                }
                let others = context.attributes();
                if !others.is_empty() {
                    let others = others.iter();
                    let others = others.filter(|a| !own.iter().any(|p| p.key == a.key));
                    attributes.extend(others.take(room).cloned());
                }
            };
            match accepted {
                Some(accepted) => push_ambient(accepted, Source::Current),
                None => context::read(push_ambient),
            }
        }
        if !own.is_empty() {
            attributes.extend(own);
        }
        let ids = usize::from(conversation.is_some() || ambient.is_some());
        self.properties_at_start = attributes.len() - first - ids;
        let filter = &self.telemetry.config.context_in_metrics;
        if attributes.len() > first && !filter.is_none() {
            let in_metrics = attributes.iter().skip(first);
            let in_metrics = in_metrics
                .filter(|a| is_scalar(&a.value) && filter.includes(a.key.as_str()))
                .cloned();
            rare.get_or_insert_default()
                .metric_attributes
                .extend(in_metrics);
        }
        // The span has an id now, or can still get one: an exporter does not merge a second.
        if ambient.is_some() {
            self.first_class.conversation = ambient;
            self.open.remove(CONVERSATION);
        }
        if self.first_class.conversation.as_ref().is_some_and(is_given) {
            self.open_at_start.remove(CONVERSATION);
        } else {
            self.first_class.conversation = None;
            self.open_at_start.insert(CONVERSATION);
        }
        source
    }
}

/// What the context inside an operation has, and the one around it has not.
enum Own {
    /// What a request of MCP brought along.
    Accepted(GenAiContext),
    /// A conversation of the operation's.
    Conversation(StringValue),
    /// What is ambient in a scope that the current context does not have.
    Scope,
}

/// Whether an id is one: an empty one counts as none.
fn is_given(id: &StringValue) -> bool {
    !id.as_str().is_empty()
}

/// Whether a value may be a metric attribute.
pub(super) fn is_scalar(value: &Value) -> bool {
    matches!(
        value,
        Value::Bool(_) | Value::I64(_) | Value::F64(_) | Value::String(_)
    )
}

#[cfg(test)]
mod tests {
    use opentelemetry::Array;

    use super::super::mcp::TOOLS_CALL;
    use super::*;

    const MODEL: registry::Id = keys::GEN_AI_REQUEST_MODEL.id();

    #[test]
    fn the_kind_of_a_span_is_the_users_or_that_of_where_the_operation_runs() {
        use Kind::{
            Agent, Chat, Custom, Embeddings, McpClient, McpServer, Retrieval, Tool, Workflow,
        };
        use SpanKind::{Client, Internal, Server};
        for (kind, here, elsewhere) in [
            (Chat, Client, Client),
            (Embeddings, Client, Client),
            (Retrieval, Client, Client),
            (McpClient, Client, Client),
            (McpServer, Server, Server),
            (Agent, Internal, Client),
            (Tool, Internal, Client),
            (Workflow, Internal, Client),
            (Custom, Internal, Client),
        ] {
            let mut op = Op::of_kind(kind, |t| t);
            assert_eq!(op.span_kind(), here, "{kind:?}");
            op.set_remote();
            assert_eq!(op.span_kind(), elsewhere, "{kind:?}");
            op.set_span_kind(SpanKind::Producer);
            assert_eq!(op.span_kind(), SpanKind::Producer);
            op.wait_for_start();
        }
        let mut creation = Op::of_kind(Agent, |t| t);
        creation.set_operation_name("create_agent");
        assert_eq!(creation.span_kind(), Client);
    }

    /// An operation whose span is named from its operation and model, both for ever, as that of the call before was.
    fn named_before() -> Box<Op> {
        let mut op = Op::of_kind(Kind::Chat, |t| t);
        op.fill_static(MODEL, "m");
        let labels = &op.first_class.labels;
        op.before
            .keep_span_name(&labels.operation, &labels.model, "before");
        op
    }

    #[test]
    fn the_name_of_the_span_before_is_taken_where_nothing_else_is_asked_for() {
        let op = named_before();
        assert_eq!(op.known_name(), Some("before"));
        let mut op = named_before();
        op.set_span_name("own");
        assert!(op.is_named_otherwise());
        assert_eq!((op.known_name(), op.name()), (None, "own".into()));
        // Nor is the user's kept for the next.
        assert_eq!(op.first_name(), "own");
        op.rare = None;
        assert_eq!(op.known_name(), Some("before"));

        let mut call = Op::of_kind(Kind::McpClient, |t| t);
        call.mcp_method(TOOLS_CALL.into());
        call.fill_static(keys::GEN_AI_TOOL_NAME.id(), "t");
        let labels = &call.first_class.labels;
        let tool = call.first_class.name_subject(Kind::McpClient);
        call.before
            .keep_span_name(&labels.operation, tool, "execute_tool t");
        assert_eq!(call.known_name(), None);
        assert_eq!(call.name(), "tools/call t");
    }

    #[test]
    fn a_name_that_is_for_ever_is_kept_for_the_next() {
        let mut op = Op::of_kind(Kind::Chat, |t| t);
        let model = "a-name-that-is-kept";
        op.fill_static(MODEL, model);
        assert_eq!(op.known_name(), None);
        // The store may be in another thread's hands for once.
        (0..6).for_each(|_| drop(op.first_name()));
        assert_eq!(op.known_name(), Some("chat a-name-that-is-kept"));
        assert_eq!(op.first_name(), "chat a-name-that-is-kept");
    }

    #[test]
    fn a_conversation_is_none_of_the_properties() {
        for own in [None, Some(""), Some("own")] {
            for around in [None, Some(""), Some("around")] {
                for properties in [0_usize, 2] {
                    let mut context = GenAiContext::new().conversation_id(around);
                    for at in 0..properties {
                        context = context.property(&format!("p{at}"), at);
                    }
                    let scope = context.attach();
                    let mut op = Op::of_kind(Kind::Chat, |t| t);
                    if let Some(own) = own {
                        op.fill_str(CONVERSATION, own);
                    }
                    op.start();
                    assert_eq!(op.properties_at_start, properties);
                    let expected = own.filter(|id| !id.is_empty());
                    let expected = expected.or(around.filter(|id| !id.is_empty()));
                    let id = op.get(CONVERSATION).map(|id| id.as_str().into_owned());
                    assert_eq!(id.as_deref(), expected);
                    // One that is there is not set again.
                    op.set_str(CONVERSATION, "late");
                    assert_eq!(op.is_late(CONVERSATION), expected.is_none());
                    drop(scope);
                }
            }
        }
    }

    /// An expression may still be evaluated after the start, unless the code waits to be called.
    #[test]
    fn the_start_goes_on_where_the_code_is() {
        let mut op = Op::of_kind(Kind::Chat, |t| t);
        op.start();
        assert_eq!(op.state.code(), Some(Code::Evaluating));
        let mut op = Op::of_kind(Kind::Chat, |t| t);
        op.wait_for_start();
        op.start();
        assert_eq!(op.state.code(), Some(Code::Waiting));
        // It starts once.
        op.run();
        op.start();
        assert_eq!(op.state.code(), Some(Code::Running));
        op.complete();
    }

    #[test]
    fn labels_are_scalars() {
        for (value, expected) in [
            (Value::Bool(true), true),
            (Value::I64(1), true),
            (Value::F64(1.0), true),
            ("a".into(), true),
            (Value::Array(Array::I64(vec![1])), false),
        ] {
            assert_eq!(is_scalar(&value), expected);
        }
    }

    #[test]
    fn a_call_of_a_model_is_outside_of_all_where_it_could_be_in_a_conversation() {
        let of = |kind, propagates| Op::of_kind(kind, |t| t.context_propagation(propagates));
        assert!(of(Kind::Chat, true).is_outside_of_all());
        assert!(!of(Kind::Chat, false).is_outside_of_all());
        assert!(!of(Kind::Agent, true).is_outside_of_all());
        let mut op = of(Kind::Chat, true);
        op.properties_at_start = 1;
        assert!(!op.is_outside_of_all());
        let mut op = of(Kind::Chat, true);
        op.fill_str(CONVERSATION, "c");
        assert!(!op.is_outside_of_all());
    }
}
