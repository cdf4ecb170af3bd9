//! The formats, and how a request, a response or a chunk in one of them is read.

use serde::Serialize;
use serde_json::Value;

use super::asked::Asked;
use super::text::walk_text;
use super::walk::{Fields, Sink, walk, walk_value};
use super::{anthropic, cohere, converse, gemini, invoke, ollama, openai, responses, sniff};
use crate::extract::accumulator::Accumulator;
use crate::extract::recorder::Recorder;

/// A provider's JSON format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// OpenAI chat completions, completions and embeddings, and the many that are compatible with them.
    OpenAi,
    /// OpenAI Responses.
    Responses,
    /// Anthropic messages, also behind Bedrock's InvokeModel.
    Anthropic,
    /// Gemini's generateContent and embeddings, on AI Studio and Vertex.
    Gemini,
    /// Bedrock Converse, and Nova behind InvokeModel.
    Converse,
    /// The plain-prompt families behind Bedrock's InvokeModel.
    Invoke,
    /// Ollama's chat, generate and embed.
    Ollama,
    /// Cohere chat and embed, versions 1 and 2.
    Cohere,
}

impl Format {
    fn request<'a>(self) -> Fields<Asked<'a>> {
        match self {
            Self::OpenAi => openai::request,
            Self::Responses => responses::request,
            Self::Anthropic => anthropic::request,
            Self::Gemini => gemini::request,
            Self::Converse => converse::request,
            Self::Invoke => invoke::request,
            Self::Ollama => ollama::request,
            Self::Cohere => cohere::request,
        }
    }

    pub(crate) fn response(self) -> Fields<Accumulator> {
        match self {
            Self::OpenAi => openai::response,
            Self::Responses => responses::response,
            Self::Anthropic => anthropic::response,
            Self::Gemini => gemini::response,
            Self::Converse => converse::response,
            Self::Invoke => invoke::response,
            Self::Ollama => ollama::response,
            Self::Cohere => cohere::response,
        }
    }

    /// What the fields of a chunk left pending.
    pub(crate) fn end_chunk(self, stream: &mut Accumulator) {
        match self {
            Self::OpenAi | Self::Gemini => {}
            Self::Responses => responses::end_chunk(stream),
            Self::Anthropic => anthropic::end_chunk(stream),
            Self::Converse => converse::end_chunk(stream),
            Self::Cohere => cohere::end_chunk(stream),
            Self::Invoke => openai::end_single(stream),
            Self::Ollama => ollama::end_chunk(stream),
        }
        stream.end_chunk();
    }
}

/// What a table can be applied to: a serialisable type, a `Value`, JSON text.
pub(crate) trait Source {
    fn tell<S: Sink>(&self, fields: Fields<S>, sink: &mut S);
}

/// Any type that serialises to a provider's JSON.
pub(crate) struct Typed<'a, T: ?Sized>(pub(crate) &'a T);

impl<T: Serialize + ?Sized> Source for Typed<'_, T> {
    fn tell<S: Sink>(&self, fields: Fields<S>, sink: &mut S) {
        walk(self.0, fields, sink);
    }
}

impl Source for Value {
    fn tell<S: Sink>(&self, fields: Fields<S>, sink: &mut S) {
        walk_value(self, fields, sink);
    }
}

/// JSON text; what comes before a fault is told.
impl Source for [u8] {
    fn tell<S: Sink>(&self, fields: Fields<S>, sink: &mut S) {
        walk_text(self, fields, sink);
    }
}

/// Reads a request; the format is `told` or recognised.
pub(crate) fn request<T: Source + ?Sized>(
    value: &T,
    told: Option<Format>,
    recorder: &mut Recorder<'_>,
) {
    let known =
        told.or_else(|| sniff::request(value, recorder.provider(), recorder.is_embeddings()));
    let Some(format) = known else { return };
    let mut asked = Asked::new(recorder.reborrow());
    value.tell(format.request(), &mut asked);
    asked.end();
}

/// Reads a whole response.
pub(crate) fn response<T: Source + ?Sized>(
    value: &T,
    told: Option<Format>,
    recorder: &mut Recorder<'_>,
) {
    let Some(format) = told.or_else(|| sniff::response(value)) else {
        return;
    };
    let mut facts = Accumulator::of_response(recorder.wants_content());
    value.tell(format.response(), &mut facts);
    format.end_chunk(&mut facts);
    facts.finish(recorder);
}

/// Reads a chunk; the format is told, or recognised from the first chunks.
pub(crate) fn chunk<T: Source + ?Sized>(value: &T, told: Option<Format>, stream: &mut Accumulator) {
    let Some(format) = stream.format.or(told).or_else(|| sniff::response(value)) else {
        return;
    };
    stream.format = Some(format);
    value.tell(format.response(), stream);
    format.end_chunk(stream);
    if !stream.answering() {
        stream.no_output();
    }
}

/// Reads the body of a request in a format that is recognised.
#[cfg(feature = "aws-bedrock-1")]
pub(crate) fn request_bytes(body: &[u8], recorder: &mut Recorder<'_>) {
    request(body, None, recorder);
}

/// Reads the body of a response in a format that is recognised.
#[cfg(feature = "aws-bedrock-1")]
pub(crate) fn response_bytes(body: &[u8], recorder: &mut Recorder<'_>) {
    response(body, None, recorder);
}

/// Reads the text of a chunk in a format that is recognised.
#[cfg(feature = "aws-bedrock-1")]
pub(crate) fn chunk_bytes(text: &[u8], stream: &mut Accumulator) {
    chunk(text, None, stream);
}

/// What a whole response says apart from its content, if its format is recognised.
#[cfg(any(feature = "genai-client-0_7", feature = "rig-0_44"))]
pub(crate) fn facts(value: &Value) -> Option<Accumulator> {
    let format = sniff::response(value)?;
    let mut facts = Accumulator::of_response(false);
    value.tell(format.response(), &mut facts);
    format.end_chunk(&mut facts);
    Some(facts)
}
