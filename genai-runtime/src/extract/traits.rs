//! What makes a type known: the traits by which requests, responses, chunks and errors hand their facts to a [`Recorder`].

use std::borrow::Cow;

use crate::extract::accumulator::Accumulator;
use crate::extract::recorder::Recorder;

/// The request of a model call.
///
/// `request = arg` needs an argument of a type that implements it; known clients' types do behind a feature, and
/// `#[derive(genai::Request)]` implements it for types of one's own.
///
/// ```
/// use genai::{Recorder, Request, keys};
///
/// struct Ask {
///     model: String,
///     prompt: String,
/// }
///
/// impl Request for Ask {
///     fn record_request(&self, recorder: &mut Recorder<'_>) {
///         recorder.str(keys::GEN_AI_REQUEST_MODEL, &self.model);
///         if recorder.wants_content() {
///             recorder.input(vec![genai::message::user(&self.prompt)].into());
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not known as a request",
    label = "no request attributes can be read from this type",
    note = "derive `genai::Request` for it, say what it serialises to (`request = openai(x)`), switch on the client's feature, or name the keys: `model = .., temperature = ..`"
)]
pub trait Request {
    /// Records what this request asks for. A key that is already set keeps its value.
    fn record_request(&self, recorder: &mut Recorder<'_>);
}

/// A request that knows which provider it is for, so that `provider = ..` may be left out.
///
/// ```
/// use genai::{ProviderRequest, Recorder, Request};
///
/// struct Ask;
///
/// impl Request for Ask {
///     fn record_request(&self, _: &mut Recorder<'_>) {}
/// }
///
/// impl ProviderRequest for Ask {
///     fn provider(&self) -> std::borrow::Cow<'_, str> {
///         "openai".into()
///     }
/// }
///
/// #[genai::chat(request = ask, response = none)]
/// fn call(ask: &Ask) {}
/// ```
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
///
/// ```
/// use genai::{Recorder, Response, keys};
///
/// struct Reply {
///     id: String,
///     tokens: (i64, i64),
/// }
///
/// impl Response for Reply {
///     fn record_response(&self, recorder: &mut Recorder<'_>) {
///         recorder.str(keys::GEN_AI_RESPONSE_ID, &self.id);
///         recorder.int(keys::GEN_AI_USAGE_INPUT_TOKENS, self.tokens.0);
///         recorder.int(keys::GEN_AI_USAGE_OUTPUT_TOKENS, self.tokens.1);
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not known as a response",
    note = "derive `genai::Response` for it, or name the keys: `response(|r| model = .., input_tokens = ..)`",
    note = "a type that serialises to a provider's JSON, in whatever version of a client: `response = openai`; where a value is handed over, `genai::Wire::openai(&value)`"
)]
pub trait Response {
    /// Records what the response says. A key that is already set keeps its value.
    fn record_response(&self, recorder: &mut Recorder<'_>);
}

/// One item of a streamed response.
///
/// ```
/// use genai::{Accumulator, Chunk};
///
/// struct Delta {
///     text: String,
///     finish_reason: Option<String>,
/// }
///
/// impl Chunk for Delta {
///     fn record_chunk(&self, stream: &mut Accumulator) {
///         stream.text(0, &self.text);
///         if let Some(reason) = &self.finish_reason {
///             stream.finish_reason(0, reason);
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not known as a chunk of an answer",
    label = "nothing can be read from this type",
    note = "a type that serialises to a provider's JSON, in whatever version of a client, is handed over as `genai::Wire::openai(&chunk)`; otherwise implement `genai::Chunk` for it, or switch on the client's feature"
)]
pub trait Chunk {
    /// Adds what this chunk says to what is known of the stream.
    fn record_chunk(&self, stream: &mut Accumulator);
}

/// The classification of an error: low cardinality, never text from `Display`.
///
/// ```
/// use std::borrow::Cow;
///
/// enum CallError {
///     Status(u16),
///     Timeout,
/// }
///
/// impl genai::ErrorType for CallError {
///     fn error_type(&self) -> Cow<'_, str> {
///         match self {
///             Self::Status(status) => status.to_string().into(),
///             Self::Timeout => "timeout".into(),
///         }
///     }
/// }
/// ```
pub trait ErrorType {
    /// The `error.type`: a status, a code, or the name of a variant.
    fn error_type(&self) -> Cow<'_, str>;

    /// A description for the span's status that holds no content, such as code and status; `None` leaves it out.
    fn description(&self) -> Option<Cow<'_, str>> {
        None
    }
}
