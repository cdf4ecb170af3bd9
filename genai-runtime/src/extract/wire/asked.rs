//! The receiver of requests: what a table takes goes straight to the recorder, what needs the whole request waits for its end.

use opentelemetry::{Array, StringValue};

use super::visit::Scalar;
use super::walk::Receiver;
use crate::content::message::size::Size;
use crate::content::message::{InputMessage, Part, ToolDefinition};
use crate::extract::budget::Room;
use crate::extract::recorder::Recorder;
use crate::extract::stream::usage::keep;
use crate::semconv::registry::{Double, Int, Key, Str, keys};

/// How many stop sequences or formats are kept.
const MAX_LIST: usize = 128;

/// A request that is being read.
pub(crate) struct Asked<'a> {
    recorder: Recorder<'a>,
    wants_content: bool,
    stop: Vec<StringValue>,
    formats: Vec<StringValue>,
    max_tokens_else: Option<i64>,
    /// What `stream` says; `None` if nothing.
    stream: Option<bool>,
    /// The server streams unless it is asked not to.
    pub(crate) streams_by_default: bool,
    /// The endpoint is Ollama's own, not its one for OpenAI's format, which does not.
    pub(crate) is_native: bool,
    pub(crate) api_type: Option<&'static str>,
    pub(crate) input: Vec<InputMessage>,
    pub(crate) system: Vec<Part>,
    pub(crate) tools: Vec<ToolDefinition>,
    room: Room,
    /// Which list is being read.
    list: List,
    input_taken: Taken,
    system_taken: Taken,
    tools_taken: Taken,
}

/// A list of content.
#[derive(Clone, Copy)]
enum List {
    Input,
    System,
    Tools,
}

/// What of a list is kept.
#[derive(Default)]
struct Taken {
    /// How many elements were counted, and their bytes.
    counted: usize,
    bytes: usize,
    /// Bytes that were left out.
    lost: usize,
}

impl Taken {
    /// How many bytes of the next element may be kept.
    fn left<T: Size>(&mut self, list: &[T], room: Room) -> usize {
        // An estimate errs on the large side by about so much; what would be recorded must not be left out.
        const MORE: usize = 64;
        let new = list.iter().skip(self.counted);
        let sizes = new.map(|one| one.size().saturating_sub(MORE));
        self.bytes = sizes.fold(self.bytes, usize::saturating_add);
        self.counted = list.len();
        if self.lost > 0 || self.counted >= room.elements {
            return 0;
        }
        room.bytes.saturating_sub(self.bytes)
    }
}

/// The whole number a scalar is, also written as `2.0`.
pub(crate) fn whole(value: Scalar<'_>) -> Option<i64> {
    match value {
        Scalar::Int(n) => Some(n),
        // Beyond 2^53 a double is no exact count any more.
        Scalar::Float(n) if n.fract() == 0.0 && n.abs() < 9_007_199_254_740_992.0 => Some(n as i64),
        _ => None,
    }
}

/// Another snapshot of a counter.
pub(super) fn latest(slot: &mut Option<i64>, value: Scalar<'_>) {
    keep(slot, whole(value));
}

/// The number a scalar is.
fn real(value: Scalar<'_>) -> Option<f64> {
    match value {
        Scalar::Int(n) => Some(n as f64),
        Scalar::Uint(n) => Some(n as f64),
        Scalar::Float(n) if n.is_finite() => Some(n),
        _ => None,
    }
}

impl Receiver for Asked<'_> {
    fn wants_content(&self) -> bool {
        self.wants_content
    }

    fn room(&self) -> usize {
        self.room.bytes
    }

    fn left_out(&mut self, bytes: usize) {
        let taken = match self.list {
            List::Input => &mut self.input_taken,
            List::System => &mut self.system_taken,
            List::Tools => &mut self.tools_taken,
        };
        taken.lost = taken.lost.saturating_add(bytes);
    }
}

impl<'a> Asked<'a> {
    pub(crate) fn new(recorder: Recorder<'a>) -> Self {
        Self {
            // What is embedded is no message.
            wants_content: recorder.wants_content() && !recorder.is_embeddings(),
            room: recorder.room().of_request(),
            list: List::Input,
            input_taken: Taken::default(),
            system_taken: Taken::default(),
            tools_taken: Taken::default(),
            recorder,
            stop: Vec::new(),
            formats: Vec::new(),
            max_tokens_else: None,
            stream: None,
            streams_by_default: false,
            is_native: false,
            api_type: None,
            input: Vec::new(),
            system: Vec::new(),
            tools: Vec::new(),
        }
    }

    /// What of the next message may be kept.
    pub(crate) fn message_room(&mut self) -> usize {
        self.list = List::Input;
        // Most messages have one part, for which a list makes room for four.
        for message in self.input.iter_mut().skip(self.input_taken.counted) {
            message.parts.shrink_to_fit();
        }
        self.input_taken.left(&self.input, self.room)
    }

    /// What of the next instruction may be kept.
    pub(crate) fn system_room(&mut self) -> usize {
        self.list = List::System;
        self.system_taken.left(&self.system, self.room)
    }

    /// What comes belongs to the messages.
    pub(crate) fn on_messages(&mut self) {
        self.list = List::Input;
    }

    /// What comes belongs to the instructions.
    pub(crate) fn on_system(&mut self) {
        self.list = List::System;
    }

    /// What of the next tool may be kept.
    pub(crate) fn tool_room(&mut self) -> usize {
        self.list = List::Tools;
        self.tools_taken.left(&self.tools, self.room)
    }

    pub(crate) fn text(&mut self, key: Key<Str>, value: Scalar<'_>) {
        if let Scalar::Str(text) = value {
            self.recorder.str(key, text);
        }
    }

    pub(crate) fn whole(&mut self, key: Key<Int>, value: Scalar<'_>) {
        if let Some(n) = whole(value) {
            self.recorder.int(key, n);
        }
    }

    pub(crate) fn real(&mut self, key: Key<Double>, value: Scalar<'_>) {
        if let Some(n) = real(value) {
            self.recorder.double(key, n);
        }
    }

    /// A limit that counts only if the format's newer one is missing.
    pub(crate) fn max_tokens_else(&mut self, value: Scalar<'_>) {
        self.max_tokens_else = whole(value).or(self.max_tokens_else);
    }

    pub(crate) fn stop(&mut self, value: Scalar<'_>) {
        push(&mut self.stop, value);
    }

    pub(crate) fn encoding_format(&mut self, value: Scalar<'_>) {
        push(&mut self.formats, value);
    }

    pub(crate) fn stream(&mut self, value: Scalar<'_>) {
        if let Scalar::Bool(stream) = value {
            self.stream = Some(stream);
        }
    }

    /// One choice is what everyone gets; only another number is said.
    pub(crate) fn choice_count(&mut self, value: Scalar<'_>) {
        if let Some(n) = whole(value).filter(|n| *n > 0 && *n != 1) {
            self.recorder.int(keys::GEN_AI_REQUEST_CHOICE_COUNT, n);
        }
    }

    /// The kind of output, from the words of the formats.
    pub(crate) fn output_type(&mut self, value: Scalar<'_>) {
        if let Scalar::Str(word) = value {
            match word {
                "json_object" | "json_schema" | "json" | "application/json" => self.json_output(),
                "text" | "text/plain" => self.recorder.static_str(keys::GEN_AI_OUTPUT_TYPE, "text"),
                _ => {}
            }
        }
    }

    /// Output that is no text.
    pub(crate) fn media_output(&mut self, value: Scalar<'_>) {
        let kind = match value {
            Scalar::Str("image") => "image",
            Scalar::Str("audio") => "speech",
            _ => return,
        };
        self.recorder.static_str(keys::GEN_AI_OUTPUT_TYPE, kind);
    }

    pub(crate) fn json_output(&mut self) {
        self.recorder.static_str(keys::GEN_AI_OUTPUT_TYPE, "json");
    }

    /// The service tier, which only OpenAI's own API has a key for.
    pub(crate) fn service_tier(&mut self, value: Scalar<'_>) {
        if self.recorder.is_openai() {
            self.text(keys::OPENAI_REQUEST_SERVICE_TIER, value);
        }
    }

    /// Hands over what had to wait.
    pub(crate) fn end(mut self) {
        // Only streaming is said; that there is none is not.
        let by_default = self.streams_by_default && self.is_native;
        if self.stream.unwrap_or(by_default) {
            self.recorder.bool(keys::GEN_AI_REQUEST_STREAM, true);
        }
        if let Some(n) = self.max_tokens_else {
            self.recorder.int(keys::GEN_AI_REQUEST_MAX_TOKENS, n);
        }
        for (key, list) in [
            (keys::GEN_AI_REQUEST_STOP_SEQUENCES, self.stop),
            (keys::GEN_AI_REQUEST_ENCODING_FORMATS, self.formats),
        ] {
            if !list.is_empty() {
                self.recorder.list(key, Array::String(list));
            }
        }
        if let Some(api_type) = self.api_type.filter(|_| self.recorder.is_openai()) {
            self.recorder.static_str(keys::OPENAI_API_TYPE, api_type);
        }
        if !self.input.is_empty() {
            self.recorder.input_cut(self.input, self.input_taken.lost);
        }
        if !self.system.is_empty() {
            self.recorder
                .system_cut(self.system, self.system_taken.lost);
        }
        if !self.tools.is_empty() {
            self.recorder.tools_cut(self.tools, self.tools_taken.lost);
        }
    }
}

fn push(list: &mut Vec<StringValue>, value: Scalar<'_>) {
    if let Scalar::Str(text) = value {
        if !text.is_empty() && list.len() < MAX_LIST {
            list.push(crate::semconv::value::word(text));
        }
    }
}
