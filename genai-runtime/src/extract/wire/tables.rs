//! Which tables a format has: what is wanted of a request, what of a response or chunk, and what the end of a chunk settles.

use super::asked::Asked;
use super::walk::Fields;
use super::{
    anthropic, cohere, conversations, converse, gemini, interactions, invoke, ollama, openai,
    responses,
};
use crate::extract::accumulator::Accumulator;
use crate::extract::format::Format;

impl Format {
    pub(crate) fn request<'a>(self) -> Fields<Asked<'a>> {
        match self {
            Self::OpenAi => openai::request,
            Self::Responses => responses::request,
            Self::Anthropic => anthropic::request,
            Self::Gemini => gemini::request,
            Self::Interactions => interactions::request,
            Self::Conversations => conversations::request,
            Self::Converse => converse::request,
            Self::Invoke => invoke::request,
            Self::Ollama => ollama::request,
            Self::Cohere => cohere::request,
        }
    }

    /// What the format alone says of a request. `is_given`: it was not recognised from the fields.
    pub(crate) fn begin(self, is_given: bool, asked: &mut Asked<'_>) {
        match self {
            // A prompt that is stored has neither a model nor messages.
            Self::Responses => asked.api_type = Some("responses"),
            Self::Ollama => asked.is_native = is_given,
            _ => {}
        }
    }

    pub(crate) fn response(self) -> Fields<Accumulator> {
        match self {
            Self::OpenAi => openai::response,
            Self::Responses => responses::response,
            Self::Anthropic => anthropic::response,
            Self::Gemini => gemini::response,
            Self::Interactions => interactions::response,
            Self::Conversations => conversations::response,
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
            Self::Interactions => interactions::end_chunk(stream),
            Self::Conversations => conversations::end_chunk(stream),
            Self::Converse => converse::end_chunk(stream),
            Self::Cohere => cohere::end_chunk(stream),
            Self::Invoke => invoke::end_chunk(stream),
            Self::Ollama => ollama::end_chunk(stream),
        }
        // Only here a chunk without a choice differs from one that answers.
        let is_all = self == Self::OpenAi && stream.pending.position == 0;
        stream.end_chunk(is_all);
    }
}
