//! Receives what is read from values: attributes by registry id, and content if anyone wants it.
//!
//! The first write of a key wins, so that what a user names explicitly (recorded first) beats what a type says.

#[rustfmt::skip]
mod setters;

use std::borrow::Cow;

use opentelemetry::{Array, StringValue, Value};

use crate::content::message::{Document, InputMessage, OutputMessage, Part, ToolDefinition, Word};
use crate::extract::budget::Room;
use crate::operation::Op;
use crate::semconv::registry::{Bool, Double, Id, Int, Key, Str, Strs};

/// The facts of one operation, as [`Request`](crate::Request) and [`Response`](crate::Response) implementations give them.
///
/// Every method keeps the first value of a key. Keys the running operation does not have are ignored. The setters have the words of
/// [`current`](crate::current) and of invocations; any key is set by its type (`str`, `int`, ..).
///
/// ```
/// use genai::{Recorder, keys};
///
/// struct Reply {
///     model: String,
///     tokens: u32,
///     tier: String,
/// }
///
/// /// `response = reply` in an attribute.
/// fn reply(reply: &Reply, recorder: &mut Recorder<'_>) {
///     recorder.model(&reply.model).output_tokens(reply.tokens.into());
///     recorder.str(keys::OPENAI_RESPONSE_SERVICE_TIER, &reply.tier);
/// }
/// ```
pub struct Recorder<'a> {
    op: &'a mut Op,
}

impl std::fmt::Debug for Recorder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder")
            .field("operation", &self.op.operation_name())
            .finish_non_exhaustive()
    }
}

impl<'a> Recorder<'a> {
    pub(crate) fn op(&mut self) -> &mut Op {
        self.op
    }

    pub(crate) fn new(op: &'a mut Op) -> Self {
        Self { op }
    }

    /// One for the same operation, for a shorter time.
    pub(crate) fn reborrow(&mut self) -> Recorder<'_> {
        Recorder { op: &mut *self.op }
    }

    /// The `gen_ai.provider.name` of the operation, if it is known by now.
    pub fn provider_name(&self) -> Option<&str> {
        self.op.provider()
    }

    /// Whether the keys of OpenAI's own API belong here: not on the many that speak the same format.
    pub(crate) fn is_openai(&self) -> bool {
        self.provider_name()
            .is_none_or(|provider| matches!(provider, "openai" | "azure.ai.openai"))
    }

    /// What of the content is worth keeping while it is read.
    pub(crate) fn room(&self) -> Room {
        let limits = self.op.limits();
        let all = Room {
            choices: limits.choices,
            ..Room::default()
        };
        match self.op.cuts_content() {
            true => Room {
                bytes: limits.content.min(all.bytes),
                elements: limits.messages,
                ..all
            },
            false => all,
        }
    }

    /// Whether the operation makes embeddings.
    pub(crate) fn is_embeddings(&self) -> bool {
        self.op.is_embeddings()
    }

    /// Sets a string attribute from a string that is given away; an empty one counts as absent.
    pub(crate) fn owned(&mut self, key: Key<Str>, value: String) {
        if !value.is_empty() {
            self.op.fill_text(key.id(), StringValue::from(value));
        }
    }

    /// Sets a list attribute.
    pub(crate) fn list(&mut self, key: Key<Strs>, value: Array) {
        self.op.fill(key.id(), Value::Array(value));
    }

    /// Sets a string list attribute from words, of which known ones are not copied.
    pub(crate) fn words(&mut self, key: Key<Strs>, words: impl Iterator<Item = Word>) {
        if self.op.is_open(key.id()) {
            self.list(key, Array::String(words.map(StringValue::from).collect()));
        }
    }

    /// Sets a string attribute; an empty string counts as absent.
    #[inline]
    pub fn str(&mut self, key: Key<Str>, value: &str) {
        if !value.is_empty() {
            self.op.fill_constant_str(key.id(), value);
        }
    }

    /// Sets a string attribute from a static string, without copying it.
    pub fn static_str(&mut self, key: Key<Str>, value: &'static str) {
        self.op.fill_static(key.id(), value);
    }

    /// Sets an integer attribute.
    #[inline]
    pub fn int(&mut self, key: Key<Int>, value: i64) {
        self.op.fill_constant_int(key.id(), value);
    }

    /// Sets a double attribute.
    pub fn double(&mut self, key: Key<Double>, value: f64) {
        self.op.fill_double(key.id(), value);
    }

    /// Sets a double attribute from a single-precision value, widened through its decimal text (`0.1` stays `0.1`).
    pub fn float(&mut self, key: Key<Double>, value: f32) {
        self.double(key, crate::semconv::value::widen(value));
    }

    /// Sets a boolean attribute.
    pub fn bool(&mut self, key: Key<Bool>, value: bool) {
        self.op.fill_bool(key.id(), value);
    }

    /// Sets a string list attribute.
    pub fn strs<I>(&mut self, key: Key<Strs>, values: I)
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        if self.op.is_open(key.id()) {
            let values: Vec<StringValue> = values
                .into_iter()
                .map(|v| crate::semconv::value::word(v.as_ref()))
                .collect();
            self.op.fill_list(key.id(), values);
        }
    }

    /// The attribute that the operation has: of pairs of an operation's index and the attribute's.
    fn one_of(&self, ids: &[(u8, Id)]) -> Option<Id> {
        let kind = self.op.kind() as u8;
        ids.iter().find(|(of, _)| *of == kind).map(|(_, id)| *id)
    }

    fn put_str(&mut self, ids: &[(u8, Id)], value: &str) -> &mut Self {
        if let Some(id) = self.one_of(ids).filter(|_| !value.is_empty()) {
            self.op.fill_str(id, value);
        }
        self
    }

    fn put_int(&mut self, ids: &[(u8, Id)], value: i64) -> &mut Self {
        if let Some(id) = self.one_of(ids) {
            self.op.fill_int(id, value);
        }
        self
    }

    fn put_double(&mut self, ids: &[(u8, Id)], value: f64) -> &mut Self {
        if let Some(id) = self.one_of(ids) {
            self.op.fill_double(id, value);
        }
        self
    }

    fn put_strs<I>(&mut self, ids: &[(u8, Id)], values: I) -> &mut Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        if let Some(id) = self.one_of(ids).filter(|id| self.op.is_open(*id)) {
            let words = values.into_iter();
            let words = words.map(|v| crate::semconv::value::word(v.as_ref()));
            self.op.fill_list(id, words.collect());
        }
        self
    }

    /// Whether anyone wants content: a span, an event that will be emitted, or a hook. Convert messages only if so.
    pub fn wants_content(&self) -> bool {
        self.op.wants_content()
    }

    /// Records the messages sent to the model.
    pub fn input(&mut self, messages: Cow<'_, [InputMessage]>) {
        self.op.input(messages);
    }

    /// Records the messages the model answered with. Their finish reasons are an attribute whether or not content is wanted.
    pub fn output(&mut self, messages: Cow<'_, [OutputMessage]>) {
        self.op.output(messages);
    }

    /// Records the system instructions that were given apart from the messages.
    pub fn system(&mut self, parts: Cow<'_, [Part]>) {
        self.op.system(parts);
    }

    /// Records the tools the model may call.
    pub fn tools(&mut self, tools: Cow<'_, [ToolDefinition]>) {
        self.op.tools(tools);
    }

    /// Records the documents a retrieval found.
    pub fn documents(&mut self, documents: Cow<'_, [Document]>) {
        self.op.documents(documents);
    }

    /// Records the arguments of a tool's call: a string as it is, anything else as JSON.
    pub fn arguments(&mut self, arguments: &(impl serde::Serialize + ?Sized)) {
        if self.op.wants_content() {
            self.op.arguments(arguments);
        }
    }

    /// Records the result of a tool's call, likewise.
    pub fn result(&mut self, result: &(impl serde::Serialize + ?Sized)) {
        if self.op.wants_content() {
            self.op.result(result);
        }
    }

    /// Records what a retrieval searched for.
    pub fn query(&mut self, query: impl AsRef<str>) {
        self.op.query(query.as_ref());
    }

    /// As [`input`](Self::input), with so many bytes already left out at its end; and so on.
    pub(crate) fn input_cut(&mut self, messages: Vec<InputMessage>, lost: usize) {
        self.op.input_cut(messages.into(), lost);
    }

    pub(crate) fn output_cut(&mut self, messages: Vec<OutputMessage>, lost: usize) {
        self.op.output_cut(messages.into(), lost);
    }

    pub(crate) fn system_cut(&mut self, parts: Vec<Part>, lost: usize) {
        self.op.system_cut(parts.into(), lost);
    }

    pub(crate) fn tools_cut(&mut self, tools: Vec<ToolDefinition>, lost: usize) {
        self.op.tools_cut(tools.into(), lost);
    }

    /// Marks the operation as failed though the call returned a value, as for an error in the body of an HTTP 200.
    pub fn error(&mut self, error_type: &str) {
        self.op.body_error(error_type);
    }
}
