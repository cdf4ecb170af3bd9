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
        prefix(text, self.telemetry.config.limits.names)
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
        list.truncate(most);
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

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::super::test_seam::{list, texts};
    use super::*;
    use crate::{Limits, Redact};

    const INPUT: Id = keys::GEN_AI_USAGE_INPUT_TOKENS.id();
    const SEED: Id = keys::GEN_AI_REQUEST_SEED.id();
    const TEMPERATURE: Id = keys::GEN_AI_REQUEST_TEMPERATURE.id();
    const STOPS: Id = keys::GEN_AI_REQUEST_STOP_SEQUENCES.id();
    const OUTPUT_TYPE: Id = keys::GEN_AI_OUTPUT_TYPE.id();
    const FINGERPRINT: Id = keys::OPENAI_RESPONSE_SYSTEM_FINGERPRINT.id();
    const DESCRIPTION: Id = keys::GEN_AI_AGENT_DESCRIPTION.id();

    fn chat() -> Box<Op> {
        Op::of_kind(Kind::Chat, |t| t)
    }

    /// With at most so many bytes of a name.
    fn short(names: usize) -> Box<Op> {
        Op::of_kind(Kind::Chat, |t| {
            t.limits(Limits::new().names_bytes(names).choices(2))
        })
    }

    fn text(op: &Op, id: Id) -> Option<String> {
        op.get(id).map(|value| value.as_str().into_owned())
    }

    /// Two values for each attribute, of every type and of every place that one may lie in.
    fn pairs() -> [(Id, Value, Value); 13] {
        [
            (MODEL, "a".into(), "b".into()),
            (PROVIDER, "a".into(), "b".into()),
            (CONVERSATION, "a".into(), "b".into()),
            (SERVER_ADDRESS, "a".into(), "b".into()),
            (SERVER_PORT, Value::I64(1), Value::I64(2)),
            (SEED, Value::I64(1), Value::I64(2)),
            (TEMPERATURE, Value::F64(0.5), Value::F64(1.5)),
            (STOPS, texts(&["a"]), texts(&["b"])),
            (OUTPUT_TYPE, "a".into(), "b".into()),
            (RESPONSE_MODEL, "a".into(), "b".into()),
            (RESPONSE_ID, "a".into(), "b".into()),
            (INPUT, Value::I64(1), Value::I64(2)),
            (FINISH_REASONS, texts(&["a"]), texts(&["b"])),
        ]
    }

    #[test]
    fn the_first_value_is_kept_of_those_that_fill_and_the_last_of_those_that_are_set() {
        for (id, first, second) in pairs() {
            let mut op = chat();
            op.fill(SEED, Value::I64(7));
            op.fill(id, first.clone());
            assert!(!op.is_open(id));
            op.fill(id, second.clone());
            let kept = if id == SEED { Value::I64(7) } else { first };
            assert_eq!(op.get(id), Some(kept));
            op.set(id, second.clone());
            assert_eq!(op.get(id), Some(second));
            // Once, and nothing else went.
            let all = op.attributes.iter();
            let key = registry::key(id);
            assert!(all.filter(|a| a.key.as_str() == key).count() <= 1, "{key}");
            if id != SEED {
                assert_eq!(op.get(SEED), Some(Value::I64(7)));
            }
        }
    }

    #[test]
    fn what_the_span_has_is_not_set_again_and_what_it_lacks_is_late() {
        for (id, first, second) in pairs() {
            let is_of_response = FirstClass::OF_RESPONSE.has(id);
            let mut op = chat();
            op.fill(id, first.clone());
            op.start();
            assert_eq!(op.is_late(id), is_of_response, "{id}");
            op.set(id, second.clone());
            let is_set = op.get(id).as_ref() == Some(&second);
            assert_eq!(is_set, is_of_response, "{id}");

            let mut op = chat();
            op.start();
            assert!(!op.is_late(id), "{id}");
            op.fill(id, first.clone());
            assert!(op.is_late(id), "{id}");
            op.fill(id, second.clone());
            assert_eq!(op.get(id), Some(first));
            op.set(id, second.clone());
            assert_eq!(op.get(id), Some(second));
        }
    }

    #[test]
    fn what_an_operation_does_not_have_is_not_kept() {
        let mut op = chat();
        for id in [keys::GEN_AI_TOOL_NAME.id(), DESCRIPTION] {
            assert!(!op.is_open(id) && !op.has_key(id));
            op.fill(id, "a".into());
            op.set(id, "a".into());
            op.set_str(id, "a");
            op.fill_str(id, "a");
            op.fill_text(id, "a".into());
            op.fill_static(id, "a");
            assert_eq!(op.get(id), None);
        }
        op.fill_list(keys::GEN_AI_REQUEST_ENCODING_FORMATS.id(), list(&["a"]));
        op.fill_int(keys::GEN_AI_EMBEDDINGS_DIMENSION_COUNT.id(), 7);
        op.fill_double(keys::GEN_AI_EVALUATION_SCORE_VALUE.id(), 0.5);
        // Nor is a value of another type.
        op.fill(SEED, "7".into());
        op.set(TEMPERATURE, "7".into());
        assert!(op.has_key(SEED) && op.is_open(SEED) && op.is_open(TEMPERATURE));
        assert!(op.attributes.is_empty(), "{:?}", op.attributes);
    }

    /// The ways in which a text gets into an operation.
    const WAYS: [fn(&mut Op, Id, &'static str); 6] = [
        |op, id, text| op.fill_str(id, text),
        |op, id, text| op.fill_text(id, text.into()),
        |op, id, text| op.fill_static(id, text),
        |op, id, text| op.fill_constant_str(id, text),
        |op, id, text| op.fill(id, text.into()),
        |op, id, text| op.set_str(id, text),
    ];

    #[test]
    fn each_type_has_a_way_of_its_own() {
        for (at, way) in WAYS.into_iter().enumerate() {
            for id in [
                MODEL,
                RESPONSE_MODEL,
                RESPONSE_ID,
                PROVIDER,
                CONVERSATION,
                SERVER_ADDRESS,
                OUTPUT_TYPE,
                FINGERPRINT,
            ] {
                // Within the limit and over it.
                for (given, expected) in [("exactly8", "exactly8"), ("more than 8", "more tha")] {
                    let mut op = short(8);
                    way(&mut op, id, given);
                    assert_eq!(text(&op, id).as_deref(), Some(expected), "{at}: {id}");
                    assert!(!op.is_open(id));
                    if let Some(name) = op.first_class.name_mut(Kind::Chat, id) {
                        assert_eq!(name.label().is_some(), given == expected, "{at}: {id}");
                    }
                    way(&mut op, id, "last");
                    let is_last = text(&op, id).as_deref() == Some("last");
                    assert_eq!(is_last, at == 5, "{at}: {id}");
                    assert!(op.attributes.len() <= 1);
                }
            }
        }
        for fill in [Op::fill_int, Op::fill_constant_int] {
            let mut op = chat();
            for id in [
                SERVER_PORT,
                INPUT,
                keys::GEN_AI_USAGE_OUTPUT_TOKENS.id(),
                SEED,
            ] {
                fill(&mut op, id, 7);
                fill(&mut op, id, 8);
                assert_eq!(op.get(id), Some(Value::I64(7)));
            }
            assert_eq!(op.attributes.len(), 1);
        }
        let mut op = chat();
        op.fill_double(TEMPERATURE, 0.5);
        op.fill_double(TEMPERATURE, 1.5);
        assert_eq!(op.get(TEMPERATURE), Some(Value::F64(0.5)));
    }

    #[test]
    fn a_stream_is_one_or_nothing_is_said() {
        for (flag, expected) in [(true, Some(Value::Bool(true))), (false, None)] {
            let mut op = chat();
            op.fill_bool(STREAM, flag);
            assert!(!op.is_open(STREAM));
            op.fill_bool(STREAM, !flag);
            assert_eq!(op.get(STREAM), expected);
            let mut op = chat();
            op.set(STREAM, Value::Bool(flag));
            assert!(!op.is_open(STREAM));
            assert_eq!(op.get(STREAM), expected);
        }
    }

    /// The class of an error is none of the attributes that the span gets: it is what failed, or is not.
    #[test]
    fn the_class_of_an_error_is_kept_for_the_end() {
        let mut op = chat();
        for (given, expected) in [
            ("", None),
            ("timeout", Some("timeout")),
            ("other", Some("timeout")),
        ] {
            op.explicit_error_type(given);
            op.body_error(given);
            let explicit = op.rare.as_deref().and_then(|r| r.error_type.as_ref());
            assert_eq!(explicit.map(StringValue::as_str), expected);
            assert_eq!(op.failed_in_body(), expected);
        }
        let put: [fn(&mut Op); 3] = [
            |op| op.put_static(ERROR_TYPE, "static"),
            |op| op.put_text(ERROR_TYPE, "static".into()),
            |op| op.put_str(ERROR_TYPE, "static"),
        ];
        for put in put {
            let mut op = chat();
            put(&mut op);
            let explicit = op.rare.as_deref().and_then(|r| r.error_type.as_ref());
            assert_eq!(explicit.map(StringValue::as_str), Some("static"));
            assert!(op.attributes.is_empty());
        }
    }

    #[test]
    fn lists_are_cut_in_number_and_each_text_in_length() {
        type Way = fn(&mut Op, Id, Vec<StringValue>);
        let ways: [Way; 3] = [
            |op, id, list| op.fill_list(id, list),
            |op, id, list| op.fill(id, Value::Array(Array::String(list))),
            |op, id, list| op.set(id, Value::Array(Array::String(list))),
        ];
        for way in ways {
            for (given, expected) in [
                (["a", "exactly8"].as_slice(), ["a", "exactly8"].as_slice()),
                (&["more than 8"], &["more tha"]),
                (&["a", "b", "c"], &["a", "b"]),
            ] {
                let mut op = short(8);
                way(&mut op, FINISH_REASONS, list(given));
                assert_eq!(op.get(FINISH_REASONS), Some(texts(expected)));
                assert!(op.attributes.is_empty());
            }
            let mut op = short(8);
            way(&mut op, STOPS, list(&["a", "more than 8", "c"]));
            assert_eq!(op.get(STOPS), Some(texts(&["a", "more tha", "c"])));
            for (given, kept) in [(LIST_CAP, LIST_CAP), (LIST_CAP + 1, LIST_CAP)] {
                let mut op = chat();
                way(&mut op, STOPS, list(&vec!["a"; given]));
                assert_eq!(op.get(STOPS), Some(texts(&vec!["a"; kept])));
            }
        }
    }

    #[test]
    fn addresses_are_hosts_and_never_more() {
        type Way = fn(&mut Op, &'static str);
        let ways: [Way; 5] = [
            |op, text| op.fill_str(SERVER_ADDRESS, text),
            |op, text| op.fill_text(SERVER_ADDRESS, text.into()),
            |op, text| op.fill_static(SERVER_ADDRESS, text),
            |op, text| op.fill(SERVER_ADDRESS, text.into()),
            |op, text| op.set_str(SERVER_ADDRESS, text),
        ];
        for (at, way) in ways.into_iter().enumerate() {
            for (given, host, port, is_label) in [
                ("12345678", "12345678", None, true),
                ("123456789", "12345678", None, false),
                (
                    "https://user:key@12345678/v1?key=secret",
                    "12345678",
                    Some(443),
                    true,
                ),
                ("http://123456789:80/v1", "12345678", Some(80), false),
                ("https://a:b@c", "c", Some(443), true),
                ("/a?b=c", "/a", None, true),
                ("/run/a.sock?b", "/run/a.s", None, false),
            ] {
                let mut op = short(8);
                way(&mut op, given);
                assert_eq!(
                    text(&op, SERVER_ADDRESS).as_deref(),
                    Some(host),
                    "{at}: {given}"
                );
                assert_eq!(op.get(SERVER_PORT), port.map(Value::I64), "{at}: {given}");
                let label = op.first_class.labels.server_address.label();
                assert_eq!(label.is_some(), is_label, "{at}: {given}");
                // A port of the address counts as one.
                assert_eq!(op.is_open(SERVER_PORT), port.is_none());
            }
            let mut op = chat();
            op.fill_int(SERVER_PORT, 7);
            way(&mut op, "https://a/b");
            assert_eq!(op.get(SERVER_PORT), Some(Value::I64(7)));
        }
    }

    /// An agent of the same process has no server; one that runs elsewhere, or is created there, has.
    #[test]
    fn an_agent_of_this_process_has_no_server() {
        for (kind, is_remote, name, has_server) in [
            (Kind::Agent, false, "invoke_agent", false),
            (Kind::Agent, true, "invoke_agent", true),
            (Kind::Agent, false, "create_agent", true),
            (Kind::Chat, false, "chat", true),
        ] {
            let mut op = Op::of_kind(kind, |t| t);
            op.set_operation_name(name);
            op.options.is_remote = is_remote;
            op.fill_str(SERVER_ADDRESS, "a");
            op.start();
            op.fill_int(SERVER_PORT, 7);
            assert_eq!(op.get(SERVER_ADDRESS).is_some(), has_server, "{name}");
            assert_eq!(op.get(SERVER_PORT).is_some(), has_server, "{name}");
            assert!(!op.is_late(SERVER_ADDRESS), "{name}");
            assert_eq!(op.is_late(SERVER_PORT), has_server, "{name}");
        }
    }

    /// It sees words of somebody's whole, before they are cut, however they come; names it does not see.
    #[test]
    fn the_redactor_sees_words_and_no_names() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let agent = || {
            let seen = Arc::clone(&seen);
            Op::of_kind(Kind::Agent, |t| {
                t.limits(Limits::new().names_bytes(8))
                    .redactor(move |redact| {
                        if let Redact::Attribute { key, text } = redact {
                            seen.lock().unwrap().push((*key, text.clone()));
                            **text = text.replace("secret", "-");
                        }
                    })
            })
        };
        for way in WAYS {
            for (given, kept) in [("a secret", "a -"), ("a secret of many words", "a - of m")] {
                let mut op = agent();
                way(&mut op, DESCRIPTION, given);
                way(&mut op, keys::GEN_AI_AGENT_ID.id(), given);
                way(&mut op, MODEL, given);
                assert_eq!(text(&op, DESCRIPTION).as_deref(), Some(kept));
                let name = prefix(given, 8);
                assert_eq!(text(&op, keys::GEN_AI_AGENT_ID.id()).as_deref(), Some(name));
                assert_eq!(text(&op, MODEL).as_deref(), Some(name));
                let seen = std::mem::take(&mut *seen.lock().unwrap());
                assert_eq!(seen, [("gen_ai.agent.description", given.to_owned())]);
            }
        }
        let mut op = agent();
        op.fill_list(STOPS, list(&["secret", "a secret of many words"]));
        assert_eq!(op.get(STOPS), Some(texts(&["-", "a - of m"])));
        op.fill_list(FINISH_REASONS, list(&["secret"]));
        assert_eq!(op.get(FINISH_REASONS), Some(texts(&["secret"])));
    }

    /// A name that comes again and again is one text; what is said once is not kept for ever.
    #[test]
    fn names_are_interned_and_other_texts_are_not() {
        let address = |id: Id, text: &str| {
            let mut op = chat();
            op.fill_str(id, text);
            let at = op.get(id).map(|value| match &value {
                Value::String(text) => text.as_str().as_ptr().addr(),
                _ => 0,
            });
            (op, at)
        };
        for (id, is_interned) in [
            (MODEL, true),
            (RESPONSE_MODEL, true),
            (PROVIDER, true),
            (SERVER_ADDRESS, true),
            (OUTPUT_TYPE, false),
            (CONVERSATION, false),
            (RESPONSE_ID, false),
        ] {
            let text = format!("interned-{id}");
            // The store may be in another thread's hands for once.
            let kept = [(); 6].map(|()| address(id, &text));
            assert_eq!(kept[4].1 == kept[5].1, is_interned, "{id}");
        }
    }

    #[test]
    fn embeddings_are_embeddings() {
        assert!(Op::of_kind(Kind::Embeddings, |t| t).is_embeddings());
        assert!(!chat().is_embeddings());
    }
}
