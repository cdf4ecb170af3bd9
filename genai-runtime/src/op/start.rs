//! The start of an operation: what is known becomes a span, so that samplers and processors see it.

use opentelemetry::trace::{Span as _, SpanBuilder, SpanKind, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue, StringValue, Value};

use super::{Kind, Op, cache, facts};
use crate::ambient;
use crate::compat::{Compat, keys as derived};
use crate::context;
use crate::registry::{self, keys};
use crate::value::attribute;
use crate::warn::{Once, contained};

const CONVERSATION: registry::Id = keys::GEN_AI_CONVERSATION_ID.id();

impl Op {
    /// Starts the span with everything that is known. Later calls do nothing.
    pub(crate) fn start(&mut self) {
        if self.flags.is_started {
            return;
        }
        self.flags.is_started = true;
        self.forget_server_of_local_agent();
        if self.flags.is_suppressed {
            self.scope_at_start = context::current_slot_id();
            return;
        }
        let started = contained(Once::SdkPanicked, "OpenTelemetry", || self.start_span());
        if started.is_none() {
            // Without a span of its own, what runs inside goes on in the surrounding context.
            self.cx = ambient::current();
            self.scope_at_start = context::current_slot_id();
        }
        if self.flags.looks {
            self.flags.looks = false;
            let is_heard = self.flags.is_recording
                || self.has_span_of_its_own()
                || self.telemetry.instruments.is_real()
                || self.telemetry.hook.is_some()
                || self.telemetry.emits_events();
            crate::gate::learn(is_heard);
        }
    }

    fn start_span(&mut self) {
        let mut attributes = std::mem::take(&mut self.attributes);
        if attributes.capacity() == 0 {
            attributes.reserve_exact(facts::ROOM);
        }
        self.on_span = self.written & !facts::AT_THE_END;
        self.push_known(&mut attributes);
        let own_conversation = self
            .conversation
            .clone()
            .filter(|id| !id.as_str().is_empty());
        let in_metrics = !self.telemetry.config.context_in_metrics.is_none();
        self.push_context(&mut attributes, in_metrics);
        let own = self.own_attributes.iter().map(|a| a.key.clone());
        self.own_at_start.extend(own);
        attributes.append(&mut self.own_attributes);
        derived::add_system(self.compat().contains(Compat::LEGACY), &mut attributes);
        if self.keeps_record() {
            self.record.clone_from(&attributes);
        }
        derived::add_derived(self.compat(), self.kind, true, &mut attributes);
        let builder = SpanBuilder::from_name(self.name())
            .with_kind(if self.is_client() {
                SpanKind::Client
            } else {
                SpanKind::Internal
            })
            .with_start_time(self.wall)
            .with_attributes(attributes);
        let span = self.telemetry.tracer.build(builder);
        self.flags.is_recording = span.is_recording();
        self.cx = Context::current_with_span(span);
        if let Some(id) = own_conversation {
            self.cx = context::with_conversation(&self.cx, id);
        }
        self.scope_at_start = context::slot_id(&self.cx);
    }

    /// Whether the tracer made a span, sampled or not; the no-op tracer repeats the parent's context.
    fn has_span_of_its_own(&self) -> bool {
        let span = self.cx.span();
        let own = span.span_context();
        own.is_valid() && ambient::map_current(|cx| cx.span().span_context() != own)
    }

    /// `{operation} {subject}` unless the user named the span.
    pub(super) fn name(&self) -> std::borrow::Cow<'static, str> {
        match &self.span_name {
            Some(name) => name.clone(),
            None => cache::span_name(
                &self.operation,
                self.name_subject().map(StringValue::as_str),
            ),
        }
    }

    /// What stands after the operation in the span's name.
    pub(super) fn name_subject(&self) -> Option<&StringValue> {
        match self.kind {
            Kind::Chat | Kind::Embeddings => self.model.as_ref(),
            _ => self.subject.as_ref(),
        }
    }

    fn is_client(&self) -> bool {
        self.flags.span_kind_client.unwrap_or_else(|| {
            let by_kind = matches!(self.kind, Kind::Chat | Kind::Embeddings | Kind::Retrieval);
            by_kind || self.flags.is_remote || self.is_creation()
        })
    }

    /// The attributes that have fields.
    fn push_known(&self, attributes: &mut Vec<KeyValue>) {
        let mut push = |key: registry::Id, value: Value| {
            attributes.push(attribute(key, value));
        };
        if self.kind != Kind::Custom {
            push(
                keys::GEN_AI_OPERATION_NAME.id(),
                Value::String(self.operation.clone()),
            );
        }
        let texts = [
            (Some(keys::GEN_AI_PROVIDER_NAME.id()), &self.provider),
            (Some(keys::GEN_AI_REQUEST_MODEL.id()), &self.model),
            (self.kind.subject(), &self.subject),
            (Some(keys::SERVER_ADDRESS.id()), &self.server_address),
        ];
        for (key, text) in texts {
            if let (Some(key), Some(text)) = (key, text) {
                push(key, Value::String(text.clone()));
            }
        }
        if let Some(port) = self.server_port {
            push(keys::SERVER_PORT.id(), Value::I64(port));
        }
        if self.flags.is_stream {
            push(keys::GEN_AI_REQUEST_STREAM.id(), Value::Bool(true));
        }
    }

    /// Conversation and association properties: the operation's own, else the ambient ones if they are propagated.
    fn push_context(&mut self, attributes: &mut Vec<KeyValue>, in_metrics: bool) {
        let own = std::mem::take(&mut self.properties);
        let keys = own.iter().map(|p| p.key.clone());
        self.own_at_start.extend(keys);
        let filter = &self.telemetry.config.context_in_metrics;
        let mut for_metrics = Vec::new();
        let mut push = |attribute: KeyValue| {
            if in_metrics && is_scalar(&attribute.value) && filter.includes(attribute.key.as_str())
            {
                for_metrics.push(attribute.clone());
            }
            attributes.push(attribute);
        };
        let is_own = |id: &StringValue| !id.as_str().is_empty();
        let mut conversation = self.conversation.clone().filter(is_own);
        let has_conversation = conversation.is_some();
        if let Some(id) = &conversation {
            push(attribute(CONVERSATION, id.clone()));
        }
        // `read` takes a function that may run twice in principle; it runs once.
        let ambient = std::cell::RefCell::new((push, &mut conversation));
        if self.telemetry.config.context_propagation {
            context::read(|context| {
                let Ok(mut ambient) = ambient.try_borrow_mut() else {
                    return;
                };
                let (push, conversation) = &mut *ambient;
                let id = context
                    .conversation_id
                    .as_ref()
                    .filter(|id| !has_conversation && is_own(id));
                if let Some(id) = id {
                    push(attribute(CONVERSATION, id.clone()));
                    **conversation = Some(id.clone());
                }
                for property in &context.properties {
                    if !own.iter().any(|p| p.key == property.key) {
                        push(property.clone());
                    }
                }
            });
        }
        let (mut push, _) = ambient.into_inner();
        for property in own {
            push(property);
        }
        // The span has an id now, or can still get one: an exporter does not merge a second.
        let bit = 1_u128 << CONVERSATION;
        if conversation.is_some() {
            self.written |= bit;
            self.on_span |= bit;
        } else {
            self.on_span &= !bit;
        }
        self.conversation = conversation;
        self.metric_attributes.extend(for_metrics);
    }
}

/// Whether a value may be a metric attribute.
pub(super) fn is_scalar(value: &Value) -> bool {
    matches!(
        value,
        Value::Bool(_) | Value::I64(_) | Value::F64(_) | Value::String(_)
    )
}
