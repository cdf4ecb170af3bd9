//! Attributes of the conventions: a key and a value of any type go in; the operation keeps it until its span takes it.
//!
//! `fill` keeps the first value (for types that describe themselves); `set` replaces a value that has not reached the span
//! (setters).

use std::borrow::Cow;

use opentelemetry::{Array, StringValue, Value};

use super::allowed::allowed;
use super::first_class::FirstClass;
use super::interner;
use super::name::Name;
use super::op::{Op, cut};
use crate::content::decision;
use crate::content::limits::prefix;
use crate::content::redact::{Redactor, words};
use crate::content::url;
use crate::semconv::coerce::coerce;
use crate::semconv::kind::Kind;
use crate::semconv::registry::{self, Id, keys};
use crate::semconv::value::{look_up, push};

const SERVER_ADDRESS: Id = keys::SERVER_ADDRESS.id();
const SERVER_PORT: Id = keys::SERVER_PORT.id();
const PROVIDER: Id = keys::GEN_AI_PROVIDER_NAME.id();
pub(super) const MODEL: Id = keys::GEN_AI_REQUEST_MODEL.id();
pub(super) const RESPONSE_MODEL: Id = keys::GEN_AI_RESPONSE_MODEL.id();
const CONVERSATION: Id = keys::GEN_AI_CONVERSATION_ID.id();
const FINISH_REASONS: Id = keys::GEN_AI_RESPONSE_FINISH_REASONS.id();
const ERROR_TYPE: Id = keys::ERROR_TYPE.id();
pub(super) const RESPONSE_ID: Id = keys::GEN_AI_RESPONSE_ID.id();
const STREAM: Id = keys::GEN_AI_REQUEST_STREAM.id();

/// How many strings of a list are kept, finish reasons excepted: stop sequences come from outside.
const LIST_CAP: usize = 128;

impl Op {
    /// Whether a value for `id` would be kept.
    #[inline]
    pub(crate) fn is_open(&self, id: Id) -> bool {
        self.open.has(id)
    }

    /// Whether this kind of operation has the attribute.
    pub(super) fn has_key(&self, id: Id) -> bool {
        allowed(self.kind).has(id)
    }

    /// Forgets the server of an agent that runs in this process, which has none; called at the start.
    pub(super) fn forget_server_of_local_agent(&mut self) {
        if self.kind == Kind::Agent && !self.options.is_remote && !self.is_creation() {
            self.first_class.forget_server();
            self.open.remove(SERVER_ADDRESS);
            self.open.remove(SERVER_PORT);
            self.open_at_start.remove(SERVER_ADDRESS);
            self.open_at_start.remove(SERVER_PORT);
        }
    }

    /// Whether `id` was set.
    fn is_set(&self, id: Id) -> bool {
        allowed(self.kind).has(id) && !self.open.has(id)
    }

    /// Whether `id` is set, and was not when the span started.
    pub(super) fn is_late(&self, id: Id) -> bool {
        self.open_at_start.has(id) && !self.open.has(id)
    }

    /// Marks `id` as set; whether it was not.
    #[inline]
    pub(super) fn claim(&mut self, id: Id) -> bool {
        let is_open = self.is_open(id);
        self.open.remove(id);
        is_open
    }

    /// Sets `id` unless it is set.
    pub(crate) fn fill(&mut self, id: Id, value: Value) {
        if self.is_open(id) {
            self.put(id, value);
        }
    }

    /// As [`fill`](Self::fill), from a borrowed string: names seen before are shared, not copied.
    pub(crate) fn fill_str(&mut self, id: Id, value: &str) {
        if self.claim(id) {
            match id {
                MODEL => self.put_model(value),
                RESPONSE_MODEL => self.put_response_model(value),
                RESPONSE_ID => self.put_response_id(value),
                _ => self.put_str(id, value),
            }
        }
    }

    #[inline(never)]
    pub(super) fn put_str(&mut self, id: Id, value: &str) {
        if self.is_too_long(id, value) {
            self.put_cut(id, value);
        } else if !FirstClass::is_name(self.kind, id) {
            self.put_text(id, self.text(id, value));
        } else if let Some(text) = interner::known(value) {
            self.put_static(id, text);
        } else {
            self.put_text(id, interner::added(value));
        }
    }

    /// As [`fill`](Self::fill), for a key that is a string.
    pub(crate) fn fill_text(&mut self, id: Id, text: StringValue) {
        if self.claim(id) {
            self.put_given(id, text);
        }
    }

    /// As [`fill_text`](Self::fill_text), from a static text.
    pub(crate) fn fill_static(&mut self, id: Id, text: &'static str) {
        if !self.claim(id) {
            return;
        }
        let is_short = text.len() <= self.telemetry.config.limits.names;
        let labels = &mut self.first_class.labels;
        match id {
            PROVIDER if is_short => labels.provider.set_static(text),
            SERVER_ADDRESS if is_short && !self.before.is_url(text) => {
                labels.server_address.set_static(text);
            }
            _ if self.is_too_long(id, text) => self.put_cut(id, text),
            _ => self.put_static(id, text),
        }
    }

    /// As [`fill`](Self::fill), for a key that is an integer.
    pub(crate) fn fill_int(&mut self, id: Id, number: i64) {
        if self.claim(id) {
            self.put_int(id, number);
        }
    }

    /// As [`fill`](Self::fill), for a key that is a double.
    pub(crate) fn fill_double(&mut self, id: Id, number: f64) {
        if self.claim(id) {
            self.push(id, number);
        }
    }

    /// As [`fill`](Self::fill), for a key that is a boolean.
    pub(crate) fn fill_bool(&mut self, id: Id, flag: bool) {
        // Only true is emitted of this one.
        if self.claim(id) && (flag || id != STREAM) {
            self.push(id, flag);
        }
    }

    /// As [`fill`](Self::fill), for a key that is a list of strings.
    pub(crate) fn fill_list(&mut self, id: Id, list: Vec<StringValue>) {
        if !self.claim(id) {
            return;
        }
        let limits = &self.telemetry.config.limits;
        let is_short = |text: &StringValue| text.as_str().len() <= limits.names;
        if id == FINISH_REASONS && list.len() <= limits.choices && list.iter().all(is_short) {
            self.first_class.set_finish_reasons(list);
        } else {
            self.put_list(id, list);
        }
    }

    /// Sets `id`, in place of an earlier value unless the span has that one already.
    pub(crate) fn set(&mut self, id: Id, value: Value) {
        if self.reopened(id) {
            self.put(id, value);
        }
    }

    /// As [`set`](Self::set), from a borrowed string, for a key that is a string.
    pub(crate) fn set_str(&mut self, id: Id, value: &str) {
        if !self.reopened(id) {
            return;
        }
        if self.is_too_long(id, value) {
            self.open.remove(id);
            self.put_cut(id, value);
        } else {
            self.put(id, Value::String(self.text(id, value)));
        }
    }

    /// Takes away the value of `id` that has not reached the span; whether one may be set now.
    fn reopened(&mut self, id: Id) -> bool {
        if !self.is_set(id) {
            return self.is_open(id);
        }
        let is_late = self.is_late(id);
        if is_late {
            let name = registry::key(id);
            self.attributes.retain(|a| a.key.as_str() != name);
        }
        is_late
    }

    /// The value of a scalar attribute.
    pub(crate) fn get(&self, id: Id) -> Option<Value> {
        let in_list = || look_up(&self.attributes, id).cloned();
        self.first_class.get(self.kind, id).or_else(in_list)
    }

    /// A name within the limit.
    #[inline]
    fn within<'a>(&self, text: &'a str) -> &'a str {
        let limit = self.telemetry.config.limits.names;
        if text.len() <= limit {
            text
        } else {
            prefix(text, limit)
        }
    }

    /// Whether the value of `id` is to be cut. An address is read before it is: the host stands behind the user info.
    #[inline]
    fn is_too_long(&self, id: Id, text: &str) -> bool {
        text.len() > self.telemetry.config.limits.names && id != SERVER_ADDRESS
    }

    fn put_given(&mut self, id: Id, text: StringValue) {
        if self.is_too_long(id, text.as_str()) {
            self.put_cut(id, text.as_str());
        } else {
            self.put_text(id, text);
        }
    }

    /// Sets `id` to what the limit leaves of its value.
    #[cold]
    fn put_cut(&mut self, id: Id, text: &str) {
        // The redactor sees all of it.
        let text = match self.redactor_of(id) {
            Some(redactor) => words(redactor, registry::key(id), text).map(Cow::Owned),
            None => Some(Cow::Borrowed(text)),
        };
        let Some(text) = text else {
            return;
        };
        let text = StringValue::from(self.within(&text).to_owned());
        if let Some(name) = self.first_class.name_mut(self.kind, id) {
            *name = Name::Cut(text);
        } else {
            self.put_seen(id, text);
        }
    }

    #[inline(never)]
    fn text(&self, id: Id, value: &str) -> StringValue {
        if FirstClass::is_name(self.kind, id) {
            interner::shared(value)
        } else if matches!(id, CONVERSATION | RESPONSE_ID) {
            // Handles have them, too.
            crate::context::shared(value)
        } else {
            StringValue::from(value.to_owned())
        }
    }

    /// Sets `id` to a value of any type, if the type is its own.
    fn put(&mut self, id: Id, value: Value) {
        let Some(value) = coerce(id, value) else {
            return;
        };
        self.open.remove(id);
        match value {
            Value::String(text) => {
                self.put_given(id, text);
            }
            Value::I64(number) => self.put_int(id, number),
            Value::Array(Array::String(list)) => self.put_list(id, list),
            // Only true is emitted.
            Value::Bool(false) if id == STREAM => {}
            value => self.push(id, value),
        }
    }

    fn put_text(&mut self, id: Id, text: StringValue) {
        if let Some(text) = self.redacted(id, text) {
            self.put_seen(id, text);
        }
    }

    /// A text as the redactor left it.
    fn put_seen(&mut self, id: Id, text: StringValue) {
        match id {
            SERVER_ADDRESS => self.put_address(text),
            ERROR_TYPE => self.rare_mut().error_type = Some(text),
            _ => {
                if let Some(text) = self.first_class.put_text(self.kind, id, text) {
                    self.push(id, text);
                }
            }
        }
    }

    /// The redactor, if it sees the texts of `id`.
    #[inline]
    fn redactor_of(&self, id: Id) -> Option<&Redactor> {
        let redactor = self.telemetry.redactor.as_ref();
        redactor.filter(|_| decision::are_words(id))
    }

    /// A text as the redactor leaves it, if it sees it; `None` if it fails.
    #[inline]
    fn redacted(&self, id: Id, text: StringValue) -> Option<StringValue> {
        match self.redactor_of(id) {
            Some(redactor) => {
                words(redactor, registry::key(id), text.as_str()).map(StringValue::from)
            }
            None => Some(text),
        }
    }

    #[inline]
    fn put_static(&mut self, id: Id, text: &'static str) {
        match id {
            SERVER_ADDRESS if self.before.is_url(text) => self.put_address(text.into()),
            ERROR_TYPE => self.put_text(id, text.into()),
            _ if self.redactor_of(id).is_some() => self.put_text(id, text.into()),
            SERVER_ADDRESS if text.len() > self.telemetry.config.limits.names => {
                self.put_cut(id, text)
            }
            _ => {
                if !self.first_class.put_static(self.kind, id, text) {
                    self.push(id, text);
                }
            }
        }
    }

    #[inline]
    fn put_int(&mut self, id: Id, number: i64) {
        if !self.first_class.put_int(id, number) {
            self.push(id, number);
        }
    }

    #[inline(never)]
    fn put_list(&mut self, id: Id, mut list: Vec<StringValue>) {
        let most = if id == FINISH_REASONS {
            self.telemetry.config.limits.choices
        } else {
            LIST_CAP
        };
        if list.len() > most {
            list.truncate(most);
        }
        if self.redactor_of(id).is_some() {
            let texts = list.into_iter();
            list = texts.filter_map(|text| self.redacted(id, text)).collect();
        }
        let limit = self.telemetry.config.limits.names;
        for text in &mut list {
            if text.as_str().len() > limit {
                *text = cut(text, limit);
            }
        }
        if let Some(list) = self.first_class.put_list(id, list) {
            self.push(id, Value::Array(Array::String(list)));
        }
    }

    #[inline]
    fn push(&mut self, id: Id, value: impl Into<Value>) {
        push(&mut self.attributes, id, value);
    }

    /// A URL gives address and port, user info and the rest stay out; a bare address is what it is.
    fn put_address(&mut self, text: StringValue) {
        let limit = self.telemetry.config.limits.names;
        if !url::is_url(text.as_str()) && text.as_str().len() <= limit {
            self.first_class.put_text(self.kind, SERVER_ADDRESS, text);
            return;
        }
        let (address, port) = match url::address(text.as_str()) {
            Some(address) => (Cow::Borrowed(address.host), address.port),
            // A path, such as that of a socket.
            None => (url::without_secrets(text.as_str()), None),
        };
        if address.len() > limit {
            self.put_cut(SERVER_ADDRESS, &address);
        } else {
            let address = interner::shared(&address);
            self.first_class
                .put_text(self.kind, SERVER_ADDRESS, address);
        }
        if let Some(port) = port.filter(|_| self.is_open(SERVER_PORT)) {
            self.open.remove(SERVER_PORT);
            self.first_class.put_int(SERVER_PORT, port);
        }
    }

    /// Whether the operation makes embeddings.
    pub(crate) fn is_embeddings(&self) -> bool {
        self.kind == Kind::Embeddings
    }

    /// The call returned a value, but the value says that it failed.
    pub(crate) fn body_error(&mut self, error_type: &str) {
        let rare = self.rare_mut();
        if rare.body_error.is_none() && !error_type.is_empty() {
            rare.body_error = Some(StringValue::from(error_type.to_owned()));
        }
    }

    /// What the user's `error(..)` says the error is.
    pub(crate) fn explicit_error_type(&mut self, error_type: &str) {
        let rare = self.rare_mut();
        if rare.error_type.is_none() && !error_type.is_empty() {
            rare.error_type = Some(StringValue::from(error_type.to_owned()));
        }
    }
}
