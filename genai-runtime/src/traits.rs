//! What makes a type known: the traits by which requests, responses, chunks and errors tell their facts to a [`Recorder`].

use std::borrow::Cow;

use crate::accumulator::Accumulator;
use crate::recorder::Recorder;

/// The request of a model call.
///
/// `request = arg` needs an argument of a type that implements it; known clients' types do behind a feature, and
/// `#[derive(genai::Request)]` implements it for types of one's own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not known as a request",
    label = "no request attributes can be read from this type",
    note = "derive `genai::Request` for it, wrap it (`genai::Wire::openai(&x)`), switch on the client's feature, or name the keys: `model = .., temperature = ..`"
)]
pub trait Request {
    /// Tells what this request asks for. A key that is already set keeps its value.
    fn record(&self, recorder: &mut Recorder<'_>);
}

/// A request that knows which provider it is for, so that `provider = ..` may be left out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not know its provider",
    label = "add `provider = ..` to the attribute",
    note = "well-known values are written bare (`provider = openai`), others as a string"
)]
pub trait ProviderRequest: Request {
    /// The `gen_ai.provider.name`.
    fn provider(&self) -> Cow<'_, str>;
}

/// The response of a model call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not known as a response",
    note = "derive `genai::Response` for it, or name the keys: `response(|r| model = .., input_tokens = ..)`"
)]
pub trait Response {
    /// Tells what the response says. A key that is already set keeps its value.
    fn record(&self, recorder: &mut Recorder<'_>);
}

/// One item of a streamed response.
pub trait Chunk {
    /// Adds what this chunk says to what is known of the stream.
    fn record(&self, stream: &mut Accumulator);
}

/// The classification of an error: low cardinality, never text from `Display`.
pub trait ErrorType {
    /// The `error.type`: a status, a code, or the name of a variant.
    fn error_type(&self) -> Cow<'_, str>;

    /// A description for the span's status that holds no content, such as code and status; `None` leaves it out.
    fn description(&self) -> Option<Cow<'_, str>> {
        None
    }
}
