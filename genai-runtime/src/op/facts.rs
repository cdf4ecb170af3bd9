//! Facts told to an operation: attributes by id, and content where a sink wants it.
//!
//! `fill` keeps the first value (what types tell); `set` replaces a value that has not reached the span (setters).

use std::borrow::Cow;

use opentelemetry::{Array, StringValue, Value};
use serde::Serialize;

use super::{Kind, Op, cache};
use crate::content::{Captured, Gate};
use crate::message::{Document, InputMessage, OutputMessage, Part, ToolDefinition};
use crate::registry::{self, Id, Type, keys};
use crate::value::attribute;

const PROVIDER: Id = keys::GEN_AI_PROVIDER_NAME.id();
const MODEL: Id = keys::GEN_AI_REQUEST_MODEL.id();
const OPERATION: Id = keys::GEN_AI_OPERATION_NAME.id();
const SERVER_ADDRESS: Id = keys::SERVER_ADDRESS.id();
const SERVER_PORT: Id = keys::SERVER_PORT.id();
const CONVERSATION: Id = keys::GEN_AI_CONVERSATION_ID.id();
const RESPONSE_MODEL: Id = keys::GEN_AI_RESPONSE_MODEL.id();
const RESPONSE_ID: Id = keys::GEN_AI_RESPONSE_ID.id();
const FINISH_REASONS: Id = keys::GEN_AI_RESPONSE_FINISH_REASONS.id();
const INPUT_TOKENS: Id = keys::GEN_AI_USAGE_INPUT_TOKENS.id();
const OUTPUT_TOKENS: Id = keys::GEN_AI_USAGE_OUTPUT_TOKENS.id();
const ERROR_TYPE: Id = keys::ERROR_TYPE.id();
const STREAM: Id = keys::GEN_AI_REQUEST_STREAM.id();

/// How many strings of a list are kept: finish reasons and stop sequences come from outside.
const LIST_CAP: usize = 128;

impl Op {
    /// Whether a value for `id` would be kept.
    pub(crate) fn is_open(&self, id: Id) -> bool {
        self.has_key(id) && self.written & bit(id) == 0
    }

    /// Whether this kind of operation has the attribute.
    pub(super) fn has_key(&self, id: Id) -> bool {
        let is_allowed = ALLOWED
            .get(usize::from(self.kind as u8))
            .is_some_and(|mask| mask & bit(id) != 0);
        is_allowed && !(self.runs_here() && matches!(id, SERVER_ADDRESS | SERVER_PORT))
    }

    /// Whether this is an agent known to run in this process, which has no server. Before the start it may yet be told remote.
    fn runs_here(&self) -> bool {
        let is_local = self.kind == Kind::Agent && !self.flags.is_remote && !self.is_creation();
        is_local && self.flags.is_started
    }

    /// Forgets the server of an agent that runs in this process; called at the start.
    pub(super) fn forget_server_of_local_agent(&mut self) {
        if self.runs_here() {
            self.server_address = None;
            self.server_port = None;
            self.written &= !(bit(SERVER_ADDRESS) | bit(SERVER_PORT));
        }
    }

    /// Sets `id` unless it is set.
    pub(crate) fn fill(&mut self, id: Id, value: Value) {
        if self.is_open(id) {
            self.put(id, value);
        }
    }

    /// As [`fill`](Self::fill), from a borrowed string: names seen before are shared, not copied.
    pub(crate) fn fill_str(&mut self, id: Id, value: &str) {
        if self.is_open(id) {
            let value = self.text(id, value);
            self.put(id, Value::String(value));
        }
    }

    /// Sets `id`, in place of an earlier value unless the span has that one already.
    pub(crate) fn set(&mut self, id: Id, value: Value) {
        if !self.has_key(id) || self.on_span & bit(id) != 0 {
            return;
        }
        if self.written & bit(id) != 0 {
            let name = registry::key(id);
            self.attributes.retain(|a| a.key.as_str() != name);
        }
        self.put(id, value);
    }

    /// As [`set`](Self::set), from a borrowed string.
    pub(crate) fn set_str(&mut self, id: Id, value: &str) {
        let value = self.text(id, value);
        self.set(id, Value::String(value));
    }

    /// The value of a scalar attribute.
    pub(crate) fn get(&self, id: Id) -> Option<Value> {
        let text = |t: &Option<StringValue>| t.clone().map(Value::String);
        match id {
            OPERATION => Some(Value::String(self.operation.clone())),
            PROVIDER => text(&self.provider),
            MODEL => text(&self.model),
            _ if Some(id) == self.kind.subject() => text(&self.subject),
            SERVER_ADDRESS => text(&self.server_address),
            SERVER_PORT => self.server_port.map(Value::I64),
            CONVERSATION => text(&self.conversation),
            RESPONSE_MODEL => text(&self.response_model),
            RESPONSE_ID => text(&self.response_id),
            FINISH_REASONS => {
                let list = self
                    .finish_reasons
                    .as_ref()
                    .or(Some(&self.message_reasons).filter(|l| !l.is_empty()));
                list.map(|list| Value::Array(Array::String(list.clone())))
            }
            INPUT_TOKENS => self.input_tokens.map(Value::I64),
            OUTPUT_TOKENS => self.output_tokens.map(Value::I64),
            _ => {
                let name = registry::key(id);
                self.attributes
                    .iter()
                    .find(|a| a.key.as_str() == name)
                    .map(|a| a.value.clone())
            }
        }
    }

    fn text(&self, id: Id, value: &str) -> StringValue {
        match id {
            MODEL | RESPONSE_MODEL | PROVIDER | SERVER_ADDRESS => cache::shared(value),
            _ if Some(id) == self.kind.subject() => cache::shared(value),
            CONVERSATION => crate::context::shared(value),
            _ => StringValue::from(value.to_owned()),
        }
    }

    fn put(&mut self, id: Id, value: Value) {
        let Some(value) = coerce(id, value) else {
            return;
        };
        let value = match value {
            Value::String(text) => Value::String(self.bounded(text)),
            Value::Array(Array::String(list)) => {
                let list = list
                    .into_iter()
                    .take(LIST_CAP)
                    .map(|text| self.bounded(text))
                    .collect();
                Value::Array(Array::String(list))
            }
            other => other,
        };
        self.written |= bit(id);
        if Some(id) == self.kind.subject() && id != MODEL {
            self.subject = text_of(value);
            return;
        }
        match (id, value) {
            (OPERATION, Value::String(text)) => self.operation = text,
            (PROVIDER, Value::String(text)) => self.provider = Some(text),
            (MODEL, Value::String(text)) => self.model = Some(text),
            (SERVER_ADDRESS, Value::String(text)) => self.put_address(text),
            (SERVER_PORT, Value::I64(port)) => self.server_port = Some(port),
            (CONVERSATION, Value::String(text)) => self.conversation = Some(text),
            (RESPONSE_MODEL, Value::String(text)) => self.response_model = Some(text),
            (RESPONSE_ID, Value::String(text)) => self.response_id = Some(text),
            (FINISH_REASONS, Value::Array(Array::String(list))) => self.finish_reasons = Some(list),
            (INPUT_TOKENS, Value::I64(n)) => self.input_tokens = Some(n),
            (OUTPUT_TOKENS, Value::I64(n)) => self.output_tokens = Some(n),
            (ERROR_TYPE, Value::String(text)) => self.error_type = Some(text),
            // Only true is emitted.
            (STREAM, Value::Bool(false)) => {}
            (_, value) => self.push(id, value),
        }
    }

    fn push(&mut self, id: Id, value: Value) {
        if self.attributes.capacity() == 0 && !self.flags.is_started {
            // Room for what the start and the response add, so that the span's list never grows.
            self.attributes.reserve_exact(ROOM);
        }
        self.attributes.push(attribute(id, value));
    }

    /// A URL gives address and port, user info and the rest stay out; a bare address is what it is.
    fn put_address(&mut self, text: StringValue) {
        let Some((address, port)) = split_url(text.as_str()) else {
            self.server_address = Some(text);
            return;
        };
        self.server_address = Some(cache::shared(address));
        if let Some(port) = port.filter(|_| self.written & bit(SERVER_PORT) == 0) {
            self.written |= bit(SERVER_PORT);
            self.server_port = Some(port);
        }
    }

    /// Whether the operation makes embeddings.
    pub(crate) fn is_embeddings(&self) -> bool {
        self.kind == Kind::Embeddings
    }

    /// Whether a sink gets the content of this operation. Before the start, whether one could.
    pub(crate) fn wants_content(&self) -> bool {
        if self.flags.content_denied || self.flags.is_suppressed {
            return false;
        }
        self.span_wants_content() || self.event_wants_content() || self.hook_wants_content()
    }

    pub(super) fn span_wants_content(&self) -> bool {
        let can_have = !matches!(self.kind, Kind::Embeddings | Kind::Custom) && !self.is_creation();
        can_have
            && self.telemetry.config.capture.on_spans()
            && (!self.flags.is_started || self.flags.is_recording)
    }

    pub(super) fn event_wants_content(&self) -> bool {
        self.kind == Kind::Chat
            && self.telemetry.config.capture.on_events()
            && self.telemetry.emits_events()
    }

    pub(super) fn hook_wants_content(&self) -> bool {
        self.kind.has_hook() && self.telemetry.hook.is_some() && !self.is_creation()
    }

    /// Whether this creates an agent: no messages, no hook, no token metric.
    pub(super) fn is_creation(&self) -> bool {
        self.kind == Kind::Agent && self.operation.as_str() == "create_agent"
    }

    /// Captures a content attribute, unless it is set, not of this operation, or wanted by nobody.
    fn capture(&mut self, id: Id, capture: impl FnOnce(&mut Captured, &Gate<'_>)) {
        if !self.is_open(id) || !self.wants_content() {
            return;
        }
        self.written |= bit(id);
        let mut content = self
            .content
            .take()
            .unwrap_or_else(|| Box::new(Captured::new(&self.telemetry.config.limits)));
        let gate = Gate {
            span: self.span_wants_content(),
            event: self.event_wants_content() || self.keeps_messages(),
            hook: self.hook_wants_content(),
            limits: &self.telemetry.config.limits,
            redactor: self.telemetry.redactor.as_ref(),
        };
        capture(&mut content, &gate);
        self.content = Some(content);
    }

    /// The messages sent to the model; the first call counts.
    pub(crate) fn input(&mut self, messages: Cow<'_, [InputMessage]>) {
        self.capture(keys::GEN_AI_INPUT_MESSAGES.id(), |content, gate| {
            content.input(messages, gate)
        });
    }

    /// The messages the model answered with; their finish reasons count whatever the content mode.
    pub(crate) fn output(&mut self, messages: Cow<'_, [OutputMessage]>) {
        if self.kind == Kind::Chat && self.message_reasons.is_empty() {
            let reasons = messages
                .iter()
                .filter_map(|m| m.finish_reason.as_deref())
                .filter(|r| !r.is_empty());
            self.message_reasons = reasons.take(LIST_CAP).map(crate::value::word).collect();
        }
        self.capture(keys::GEN_AI_OUTPUT_MESSAGES.id(), |content, gate| {
            content.output(messages, gate)
        });
    }

    /// The system instructions.
    pub(crate) fn system(&mut self, parts: Cow<'_, [Part]>) {
        self.capture(keys::GEN_AI_SYSTEM_INSTRUCTIONS.id(), |content, gate| {
            content.system(parts, gate)
        });
    }

    /// The tools the model may call.
    pub(crate) fn tools(&mut self, tools: Cow<'_, [ToolDefinition]>) {
        self.capture(keys::GEN_AI_TOOL_DEFINITIONS.id(), |content, gate| {
            content.tools(tools, gate)
        });
    }

    /// The arguments of a tool call.
    pub(crate) fn arguments<T: Serialize + ?Sized>(&mut self, arguments: &T) {
        self.capture(keys::GEN_AI_TOOL_CALL_ARGUMENTS.id(), |content, gate| {
            content.arguments(arguments, gate)
        });
    }

    /// The result of a tool call.
    pub(crate) fn result<T: Serialize + ?Sized>(&mut self, result: &T) {
        self.capture(keys::GEN_AI_TOOL_CALL_RESULT.id(), |content, gate| {
            content.result(result, gate)
        });
    }

    /// The query of a retrieval.
    pub(crate) fn query(&mut self, query: &str) {
        self.capture(keys::GEN_AI_RETRIEVAL_QUERY_TEXT.id(), |content, gate| {
            content.query(query, gate)
        });
    }

    /// The documents a retrieval found; an empty list is one.
    pub(crate) fn documents(&mut self, documents: Cow<'_, [Document]>) {
        self.capture(keys::GEN_AI_RETRIEVAL_DOCUMENTS.id(), |content, gate| {
            content.documents(documents, gate)
        });
    }

    /// The call returned a value, but the value says that it failed.
    pub(crate) fn body_error(&mut self, error_type: &str) {
        if self.body_error.is_none() && !error_type.is_empty() {
            self.body_error = Some(self.bounded(StringValue::from(error_type.to_owned())));
        }
    }

    /// What the user's `error(..)` says the error is.
    pub(crate) fn explicit_error_type(&mut self, error_type: &str) {
        if self.error_type.is_none() && !error_type.is_empty() {
            self.error_type = Some(self.bounded(StringValue::from(error_type.to_owned())));
        }
    }
}

/// Room for the attributes of a call: five that have fields, eight of the request, five of the response.
pub(super) const ROOM: usize = 18;

/// What goes on the span when the operation finishes, however early it is told.
pub(super) const AT_THE_END: u128 = bit(RESPONSE_MODEL)
    | bit(RESPONSE_ID)
    | bit(FINISH_REASONS)
    | bit(INPUT_TOKENS)
    | bit(OUTPUT_TOKENS);

const fn bit(id: Id) -> u128 {
    1_u128 << id
}

/// The attributes that each kind of operation has.
#[allow(clippy::indexing_slicing, reason = "the compiler does it, in bounds")]
const ALLOWED: [u128; 7] = {
    let mut masks = [0_u128; 7];
    let mut operation = 0;
    while operation < registry::OPERATIONS.len() {
        let uses = registry::OPERATIONS[operation].uses;
        let mut at = 0;
        while at < uses.len() {
            masks[operation] |= bit(uses[at].id);
            at += 1;
        }
        masks[operation] |= bit(OPERATION);
        operation += 1;
    }
    masks[Kind::Tool as usize] |= bit(PROVIDER);
    masks[Kind::Custom as usize] = super::custom::mask();
    masks[Kind::Chat as usize] |= bit(STREAM) | bit(keys::GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK.id());
    masks
};

/// The value as the type of `id` has it; `None` if it cannot be.
pub(super) fn coerce(id: Id, value: Value) -> Option<Value> {
    let value = match (registry::ty(id)?, value) {
        #[allow(
            clippy::cast_precision_loss,
            reason = "an integer given for a double is a double"
        )]
        (Type::Double, Value::I64(n)) => Value::F64(n as f64),
        (Type::Strs, Value::String(text)) => Value::Array(Array::String(vec![text])),
        (_, value) => value,
    };
    let fits = matches!(
        (registry::ty(id)?, &value),
        (Type::Str, Value::String(_))
            | (Type::Int, Value::I64(_))
            | (Type::Double, Value::F64(_))
            | (Type::Bool, Value::Bool(_))
            | (Type::Strs, Value::Array(Array::String(_)))
    );
    fits.then_some(value)
}

fn text_of(value: Value) -> Option<StringValue> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// Host and port of a URL, the scheme's default port included; `None` if it is none.
fn split_url(text: &str) -> Option<(&str, Option<i64>)> {
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let default = match scheme {
        "https" | "wss" => Some(443),
        "http" | "ws" => Some(80),
        _ => None,
    };
    // The colon of a port follows the bracket of an IPv6 address.
    let (address, port) = match host.rfind(':') {
        Some(at) if host.get(at..).is_some_and(|p| !p.contains(']')) => (
            host.get(..at).unwrap_or_default(),
            host.get(at + 1..).and_then(|p| p.parse().ok()),
        ),
        _ => (host, None),
    };
    let address = address
        .strip_prefix('[')
        .and_then(|a| a.strip_suffix(']'))
        .unwrap_or(address);
    Some((address, port.or(default)))
}

#[cfg(test)]
mod tests {
    use super::split_url;

    #[test]
    fn a_url_gives_host_and_port() {
        assert_eq!(
            split_url("https://api.openai.com/v1"),
            Some(("api.openai.com", Some(443)))
        );
        assert_eq!(
            split_url("http://user:pw@localhost:8080/?key=1"),
            Some(("localhost", Some(8080)))
        );
        assert_eq!(split_url("http://[::1]:9/x"), Some(("::1", Some(9))));
        assert_eq!(split_url("http://[::1]"), Some(("::1", Some(80))));
        assert_eq!(split_url("api.openai.com"), None);
    }
}
