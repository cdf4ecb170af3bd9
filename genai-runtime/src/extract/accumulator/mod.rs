//! What is known of a response so far: chunks go in, the facts of a response come out when it ends.
//!
//! A plain response is a stream of one chunk. Without content nothing grows with the number of chunks.

pub(crate) mod blocks;

use std::borrow::Cow;

#[cfg(feature = "genai-client-0_7")]
use serde_json::Value;

use crate::content::message::{Part, Word};
use crate::extract::budget::{Room, clip};
use crate::extract::format::Format;
use crate::extract::parts::part_weight;
use crate::extract::pending::Pending;
use crate::extract::recorder::Recorder;
use crate::extract::stream::body::TextKind;
use crate::extract::stream::draft::Choice;
use crate::extract::stream::usage::{TokenCounts, keep};
use crate::extract::words;
use crate::semconv::registry::keys;

/// The facts of a streamed response, gathered chunk by chunk.
///
/// A [`Chunk`](crate::Chunk) implementation calls these methods with what its chunk says. What a response has as a whole has the words
/// of [`current`](crate::current), of invocations and of a [`Recorder`](crate::Recorder); a choice is built from its pieces. Of several
/// calls of a method counts:
///
/// * ids and names: the first that is not empty;
/// * token counts: the last, per counter. A stream's counts are snapshots and never added up; a zero takes no count back;
/// * text, reasoning, refusals and arguments of tool calls: appended, and dropped where no content is wanted.
///
/// Choices and tool calls are numbered from 0 as the provider numbers them. Choices from 128 on, or from what `Limits::choices` says, tool
/// calls and blocks from 1,024 on are left out; of an id or a name 1,024 bytes are kept, of all content of a stream what will be recorded,
/// or 64 MiB where a hook gets it whole or a redactor looks at it first.
///
/// ```
/// struct Token { text: String, tokens_so_far: u32, done: bool }
///
/// impl genai::Chunk for Token {
///     fn record_chunk(&self, stream: &mut genai::Accumulator) {
///         stream.text(0, &self.text);
///         stream.model("my-model").output_tokens(self.tokens_so_far.into());
///         if self.done {
///             stream.finish_reason(0, "stop");
///         }
///     }
/// }
/// ```
#[derive(Default)]
pub struct Accumulator {
    wants_content: bool,
    /// The last chunk is no output.
    silent: bool,
    /// Some output has come.
    answering: bool,
    pub(crate) format: Option<Format>,
    pub(crate) id: String,
    pub(crate) model: String,
    service_tier: String,
    system_fingerprint: String,
    pub(crate) usage: TokenCounts,
    error: Option<Cow<'static, str>>,
    choices: Vec<Choice>,
    room: Room,
    /// Bytes of content that are kept, and that were left out.
    kept: usize,
    lost: usize,
    /// A text was cut: what follows is not kept either.
    is_full: bool,
    /// The answer came in pieces though the request did not ask for that.
    pub(crate) is_streamed: bool,
    pub(crate) pending: Pending,
}

impl Accumulator {
    /// An empty one; text and tool calls are kept only if `wants_content`, as far as there is `room`.
    pub(crate) fn new(wants_content: bool, room: Room) -> Self {
        Self {
            wants_content,
            room,
            ..Self::default()
        }
    }

    /// Another for the same answer.
    pub(crate) fn like(&self) -> Self {
        Self {
            answering: self.answering,
            ..Self::new(self.wants_content, self.room)
        }
    }

    /// Goes on with what was read of the same answer apart; a failure that was known stays.
    pub(crate) fn go_on_as(&mut self, other: Self) {
        let error = self.error.take();
        *self = other;
        self.error = error.or(self.error.take());
    }

    /// That of a whole response, whose content nobody looks at unless it is wanted.
    pub(crate) fn of_response(wants_content: bool, room: Room) -> Self {
        Self {
            answering: true,
            ..Self::new(wants_content, room)
        }
    }

    /// Whether text, reasoning and tool calls are wanted; converting them for nothing is wasted work.
    pub fn wants_content(&self) -> bool {
        self.wants_content
    }

    /// The id of the response (`gen_ai.response.id`).
    #[inline]
    pub fn id(&mut self, value: impl AsRef<str>) -> &mut Self {
        first(&mut self.id, value.as_ref());
        self
    }

    /// The model that answers (`gen_ai.response.model`).
    #[inline]
    pub fn model(&mut self, value: impl AsRef<str>) -> &mut Self {
        first(&mut self.model, value.as_ref());
        self
    }

    /// The service tier that was used (`openai.response.service_tier`); recorded for OpenAI and Azure OpenAI. The last one
    /// counts: a stream begins with the tier that was asked for.
    #[inline]
    pub fn openai_response_service_tier(&mut self, value: impl AsRef<str>) -> &mut Self {
        let tier = value.as_ref();
        if !tier.is_empty() && self.service_tier != tier {
            clip(tier).clone_into(&mut self.service_tier);
        }
        self
    }

    /// The fingerprint of the backend (`openai.response.system_fingerprint`); recorded for OpenAI and Azure OpenAI.
    #[inline]
    pub fn openai_response_system_fingerprint(&mut self, value: impl AsRef<str>) -> &mut Self {
        first(&mut self.system_fingerprint, value.as_ref());
        self
    }

    /// All input tokens so far, cached ones included; a negative count is none.
    #[inline]
    pub fn input_tokens(&mut self, value: i64) -> &mut Self {
        keep(&mut self.usage.input, Some(value));
        self
    }

    /// All output tokens so far, reasoning included; a negative count is none.
    #[inline]
    pub fn output_tokens(&mut self, value: i64) -> &mut Self {
        keep(&mut self.usage.output, Some(value));
        self
    }

    /// The input tokens that came from a cache; a negative count is none.
    #[inline]
    pub fn cache_read_input_tokens(&mut self, value: i64) -> &mut Self {
        keep(&mut self.usage.cache_read, Some(value));
        self
    }

    /// The input tokens that were written to a cache; a negative count is none.
    #[inline]
    pub fn cache_creation_input_tokens(&mut self, value: i64) -> &mut Self {
        keep(&mut self.usage.cache_creation, Some(value));
        self
    }

    /// The output tokens spent on reasoning; a negative count is none.
    #[inline]
    pub fn reasoning_output_tokens(&mut self, value: i64) -> &mut Self {
        keep(&mut self.usage.reasoning, Some(value));
        self
    }

    /// Why the choices stopped, from the first one on: as [`finish_reason`](Self::finish_reason) for each of them.
    pub fn finish_reasons(
        &mut self,
        value: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> &mut Self {
        for (choice, reason) in (0..).zip(value) {
            self.finish_reason(choice, reason.as_ref());
        }
        self
    }

    /// Why `choice` stopped, in the provider's own word; the last one that is not empty counts.
    pub fn finish_reason(&mut self, choice: u64, reason: &str) {
        if !reason.is_empty() {
            self.finish_word(choice, words::word(clip(reason)));
        }
    }

    /// Who speaks in `choice`, if not the `assistant`.
    pub fn role(&mut self, choice: u64, role: &str) {
        if self.wants_content && !role.is_empty() {
            if let Some(choice) = self.choice(choice) {
                choice.role.get_or_insert_with(|| words::word(clip(role)));
            }
        }
    }

    /// Text that `choice` goes on with.
    pub fn text(&mut self, choice: u64, text: &str) {
        self.append(choice, None, TextKind::Text, text);
    }

    /// Reasoning that `choice` goes on with.
    pub fn reasoning(&mut self, choice: u64, text: &str) {
        self.append(choice, None, TextKind::Reasoning, text);
    }

    /// Text of a refusal that `choice` goes on with.
    pub fn refusal(&mut self, choice: u64, text: &str) {
        self.append(choice, None, TextKind::Refusal, text);
    }

    /// A fragment of the tool call with this number in `choice`: `id` and `name` usually come with the first, `arguments` is
    /// JSON text in pieces. An id and a name that both differ from those of the call begin another one, since some servers
    /// use a number again; a call that never gets a name is left out.
    pub fn tool_call(
        &mut self,
        choice: u64,
        call: u64,
        id: Option<&str>,
        name: Option<&str>,
        arguments: &str,
    ) {
        self.call(choice, call, id, name, Some(arguments), None);
    }

    /// A finished part of `choice`.
    pub fn part(&mut self, choice: u64, part: Part) {
        self.answering = true;
        self.aside(choice, part);
    }

    /// Likewise of a part that is no output yet, such as a search the provider makes before it answers.
    pub(crate) fn aside(&mut self, choice: u64, part: Part) {
        if self.wants_content && self.takes(part_weight(&part)) {
            if let Some(choice) = self.choice(choice) {
                choice.part(part);
            }
        }
    }

    /// The stream failed though it goes on to its end in good order: the type of an error that came as a chunk.
    ///
    /// A type is a short word such as `overloaded_error`, never a message. The first counts; an empty one is `_OTHER`.
    pub fn error(&mut self, error_type: &str) {
        if self.error.is_none() {
            let error_type = if error_type.is_empty() {
                crate::semconv::OTHER
            } else {
                clip(error_type)
            };
            self.error = Some(words::word(error_type));
        }
    }

    /// The type of the error that came as a chunk.
    pub fn error_type(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// This chunk carries nothing of the answer: a ping, the role alone, a list of filters.
    ///
    /// The time to the first chunk ends with the first chunk on which this is not called.
    pub fn no_output(&mut self) {
        self.silent = true;
    }

    /// Whether the last chunk was output. Asking resets it for the next.
    #[inline]
    pub(crate) fn take_output(&mut self) -> bool {
        !std::mem::take(&mut self.silent)
    }

    /// Whether any output has come.
    pub(crate) fn answering(&self) -> bool {
        self.answering
    }

    /// Whether text can no longer change anything: nobody keeps it, and that there is some is known.
    #[inline]
    pub(crate) fn is_settled(&self) -> bool {
        self.answering && !self.wants_content
    }

    /// Whether the id is known.
    #[inline]
    pub(crate) fn has_id(&self) -> bool {
        !self.id.is_empty()
    }

    /// Whether the model is known.
    #[inline]
    pub(crate) fn has_model(&self) -> bool {
        !self.model.is_empty()
    }

    /// Whether id and model are known.
    #[allow(dead_code, reason = "only some clients ask")]
    pub(crate) fn is_named(&self) -> bool {
        self.has_id() && self.has_model()
    }

    /// Whether a service tier has come.
    #[allow(dead_code, reason = "only some clients ask")]
    pub(crate) fn has_some_tier(&self) -> bool {
        !self.service_tier.is_empty()
    }

    /// Whether the fingerprint of the backend is known.
    #[inline]
    pub(crate) fn has_fingerprint(&self) -> bool {
        !self.system_fingerprint.is_empty()
    }

    /// Whether this service tier is the last that came.
    #[inline]
    pub(crate) fn has_tier(&self, tier: &str) -> bool {
        self.service_tier == tier
    }

    /// How many bytes of content may still be kept.
    pub(crate) fn left(&self) -> usize {
        if self.is_full {
            return 0;
        }
        self.room.bytes.saturating_sub(self.kept)
    }

    /// How many bytes of content may be kept of a whole answer.
    pub(crate) fn all_room(&self) -> usize {
        self.room.bytes
    }

    /// Notes that content was left out.
    pub(crate) fn lose(&mut self, bytes: usize) {
        self.lost = self.lost.saturating_add(bytes);
    }

    /// Takes room for content that is kept as a whole or not at all; whether there is any.
    pub(crate) fn takes(&mut self, bytes: usize) -> bool {
        let has_room = self.left() > 0;
        let (kept, lost) = (&mut self.kept, &mut self.lost);
        let sum = if has_room { kept } else { lost };
        *sum = sum.saturating_add(bytes);
        has_room
    }

    /// How many bytes of content are kept.
    #[cfg(test)]
    pub(crate) fn kept(&self) -> usize {
        self.kept
    }

    /// How many bytes of content have come, kept or not.
    pub(crate) fn seen(&self) -> usize {
        self.kept.saturating_add(self.lost)
    }

    pub(crate) fn finish_word(&mut self, choice: u64, reason: Word) {
        self.answering = true;
        if let Some(choice) = self.choice(choice) {
            choice.finish = Some(reason);
        }
    }

    /// The choice with this index; `None` above the limit.
    pub(crate) fn choice(&mut self, index: u64) -> Option<&mut Choice> {
        let index = u32::try_from(index).ok()?;
        let most = self.room.choices;
        if usize::try_from(index).ok()? >= most {
            return None;
        }
        let at = match self.choices.iter().position(|choice| choice.index == index) {
            Some(at) => at,
            None => {
                self.choices.push(Choice::new(index));
                self.choices.len() - 1
            }
        };
        self.choices.get_mut(at)
    }

    /// A tool call of the first choice that a client names by its id, with a piece of the arguments or all of them so far.
    #[cfg(feature = "genai-client-0_7")]
    pub(crate) fn named_call(&mut self, id: &str, name: &str, arguments: &Value) {
        let number = self
            .choice(0)
            .map_or(0, |choice| choice.number_of_call(id, name));
        let whole = match arguments {
            Value::String(_) | Value::Null => None,
            whole => Some(whole.clone()),
        };
        self.call(0, u64::from(number), Some(id), Some(name), None, whole);
        if let (Value::String(text), true) = (arguments, self.wants_content) {
            if self.takes(text.len()) {
                if let Some(choice) = self.choice(0) {
                    choice.arguments_so_far(number, text);
                }
            }
        }
    }

    /// Forgets the content of `choice`, which is about to come anew and whole, and has its room again.
    pub(crate) fn forget(&mut self, choice: u64) {
        if let Some(choice) = self.choice(choice) {
            choice.clear();
        }
        let kept = self.choices.iter().map(Choice::weight);
        self.kept = kept.fold(0, usize::saturating_add);
        // What was left out may be that of another choice.
        if self.kept == 0 {
            (self.lost, self.is_full) = (0, false);
        }
    }

    /// Records what is known on the operation.
    pub(crate) fn finish(mut self, recorder: &mut Recorder<'_>) {
        let id = if self.id.is_empty() {
            std::mem::take(&mut self.pending.id_else)
        } else {
            self.id
        };
        recorder.owned(keys::GEN_AI_RESPONSE_ID, id);
        recorder.owned(keys::GEN_AI_RESPONSE_MODEL, self.model);
        let conversation = std::mem::take(&mut self.pending.conversation);
        recorder.owned(keys::GEN_AI_CONVERSATION_ID, conversation);
        if self.is_streamed {
            recorder.bool(keys::GEN_AI_REQUEST_STREAM, true);
        }
        if recorder.is_openai() {
            recorder.owned(keys::OPENAI_RESPONSE_SERVICE_TIER, self.service_tier);
            recorder.owned(
                keys::OPENAI_RESPONSE_SYSTEM_FINGERPRINT,
                self.system_fingerprint,
            );
        }
        self.usage.record(recorder);
        self.choices.sort_by_key(|choice| choice.index);
        if self.choices.iter().any(|choice| choice.finish.is_some()) {
            recorder.words(
                keys::GEN_AI_RESPONSE_FINISH_REASONS,
                self.choices
                    .iter()
                    .filter_map(|choice| choice.finish.clone()),
            );
        }
        if self.wants_content && !self.choices.is_empty() {
            let messages: Vec<_> = self.choices.into_iter().map(Choice::message).collect();
            recorder.output_cut(messages, self.lost);
        }
        if let Some(error_type) = &self.error {
            recorder.error(error_type);
        }
    }
}

impl std::fmt::Debug for Accumulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accumulator")
            .field("wants_content", &self.wants_content)
            .field("id", &self.id)
            .field("model", &self.model)
            .field("usage", &self.usage)
            .field("error", &self.error)
            .field("choices", &self.choices.len())
            .field("content_bytes", &self.kept)
            .finish_non_exhaustive()
    }
}

/// Keeps the first text that is not empty.
#[inline]
fn first(slot: &mut String, text: &str) {
    if slot.is_empty() && !text.is_empty() {
        slot.push_str(clip(text));
    }
}
