//! Reads a request, a response or a chunk, in a format that is given or recognized.

#[cfg(any(feature = "genai-client-0_7", feature = "rig-0_44"))]
use serde_json::Value;

use super::asked::Asked;
use super::source::Source;
use super::{fault, sniff};
use crate::extract::accumulator::Accumulator;
#[cfg(any(feature = "genai-client-0_7", feature = "rig-0_44"))]
use crate::extract::budget::Room;
use crate::extract::format::Format;
use crate::extract::recorder::Recorder;

/// Reads a request; the format is `given` or recognized.
pub(crate) fn request<T: Source + ?Sized>(
    value: &T,
    given: Option<Format>,
    recorder: &mut Recorder<'_>,
) {
    let known =
        given.or_else(|| sniff::request(value, recorder.provider_name(), recorder.is_embeddings()));
    let Some(format) = known else { return };
    let mut asked = Asked::new(recorder.reborrow());
    format.begin(given.is_some(), &mut asked);
    value.walk(format.request(), &mut asked);
    asked.end();
}

/// Reads a whole response.
pub(crate) fn response<T: Source + ?Sized>(
    value: &T,
    given: Option<Format>,
    recorder: &mut Recorder<'_>,
) {
    let mut facts = Accumulator::of_response(recorder.wants_content(), recorder.room());
    match given.or_else(|| sniff::response(value)) {
        Some(format) => {
            value.walk(format.response(), &mut facts);
            format.end_chunk(&mut facts);
        }
        None => fault::alone(value, &mut facts),
    }
    facts.finish(recorder);
}

/// Reads a chunk; the format is given, or recognized from the first chunks.
pub(crate) fn chunk<T: Source + ?Sized>(
    value: &T,
    given: Option<Format>,
    stream: &mut Accumulator,
) {
    let Some(format) = stream.format.or(given).or_else(|| sniff::response(value)) else {
        return fault::alone(value, stream);
    };
    stream.format = Some(format);
    value.walk(format.response(), stream);
    chunk_ended(format, stream);
}

/// All fields of a chunk have been read.
pub(super) fn chunk_ended(format: Format, stream: &mut Accumulator) {
    format.end_chunk(stream);
    if !stream.answering() {
        stream.no_output();
    }
}

/// Reads the body of a request in a format that is recognized.
#[cfg(feature = "aws-bedrock-1")]
pub(crate) fn request_bytes(body: &[u8], recorder: &mut Recorder<'_>) {
    request(body, None, recorder);
}

/// Reads the body of a response in a format that is recognized.
#[cfg(feature = "aws-bedrock-1")]
pub(crate) fn response_bytes(body: &[u8], recorder: &mut Recorder<'_>) {
    response(body, None, recorder);
}

/// Reads the text of a chunk in a format that is recognized.
#[cfg(feature = "aws-bedrock-1")]
pub(crate) fn chunk_bytes(text: &[u8], stream: &mut Accumulator) {
    chunk(text, None, stream);
}

/// What a whole response says apart from its content, if its format is recognized.
#[cfg(any(feature = "genai-client-0_7", feature = "rig-0_44"))]
pub(crate) fn facts(value: &Value) -> Option<Accumulator> {
    let format = sniff::response(value)?;
    let mut facts = Accumulator::of_response(false, Room::default());
    value.walk(format.response(), &mut facts);
    format.end_chunk(&mut facts);
    Some(facts)
}
