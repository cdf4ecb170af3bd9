//! `Wire`: any serialisable type as a request, a response or a chunk; and `serde_json::Value`, which is one by itself.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

use super::read;
use super::source::Typed;
use crate::extract::accumulator::Accumulator;
use crate::extract::format::Format;
use crate::extract::recorder::Recorder;
use crate::extract::traits::{Chunk, Request, Response};

/// A value of any type that serialises to a provider's JSON, as a request, a response or a chunk.
///
/// Fields with unexpected types are passed by, one by one; nothing panics. Without content no JSON is built: the value is
/// walked and only the fields that are attributes are serialised.
///
/// ```
/// #[derive(serde::Serialize)]
/// struct Ask { model: String, temperature: f32, messages: Vec<serde_json::Value> }
///
/// struct MyRequest(Ask);
///
/// impl genai::Request for MyRequest {
///     fn record_request(&self, recorder: &mut genai::Recorder<'_>) {
///         genai::Request::record_request(&genai::Wire::openai(&self.0), recorder);
///     }
/// }
/// ```
pub struct Wire<'a, T: ?Sized> {
    value: &'a T,
    format: Option<Format>,
}

/// One constructor for each format.
macro_rules! formats {
    ($($(#[$doc:meta])* $name:ident: $format:expr;)*) => {
        impl<'a, T: Serialize + ?Sized> Wire<'a, T> {
            $($(#[$doc])*
            pub fn $name(value: &'a T) -> Self {
                Self { value, format: $format }
            })*
        }
    };
}

formats! {
    /// In a format that is recognized from the names of the fields, with the operation's provider as a hint.
    detect: None;
    /// OpenAI chat completions, completions or embeddings, or a format compatible with one of them.
    openai: Some(Format::OpenAi);
    /// OpenAI Responses.
    openai_responses: Some(Format::Responses);
    /// Anthropic messages.
    anthropic: Some(Format::Anthropic);
    /// Gemini `generateContent` or `embedContent`.
    gemini: Some(Format::Gemini);
    /// Google's Interactions API.
    gemini_interactions: Some(Format::Interactions);
    /// Bedrock Converse or ConverseStream, or Nova behind InvokeModel. Claude behind InvokeModel speaks [`Wire::anthropic`].
    bedrock: Some(Format::Converse);
    /// The plain-prompt families behind Bedrock's InvokeModel: Titan, Llama, Mistral, Cohere Command, AI21.
    bedrock_invoke: Some(Format::Invoke);
    /// Ollama chat, generate or embed.
    ollama: Some(Format::Ollama);
    /// Cohere chat or embed, version 1 or 2.
    cohere: Some(Format::Cohere);
}

impl Wire<'_, Value> {
    /// The `error.type` for an HTTP error with this status and body: the code or type the provider gives, such as
    /// `model_not_found`, else the status, such as `404`. Messages are never used.
    ///
    /// ```
    /// let body = serde_json::json!({"error": {"code": "model_not_found", "message": "no such model"}});
    /// assert_eq!(genai::Wire::error_type(404, &body), "model_not_found");
    /// assert_eq!(genai::Wire::error_type(503, &serde_json::Value::Null), "503");
    /// ```
    pub fn error_type(status: u16, body: &Value) -> Cow<'static, str> {
        super::error::of_body(body).unwrap_or_else(|| Cow::Owned(status.to_string()))
    }
}

impl<T: ?Sized> Clone for Wire<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Wire<'_, T> {}

impl<T: ?Sized> std::fmt::Debug for Wire<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire")
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

impl<T: Serialize + ?Sized> Request for Wire<'_, T> {
    fn record_request(&self, recorder: &mut Recorder<'_>) {
        read::request(&Typed(self.value), self.format, recorder);
    }
}

impl<T: Serialize + ?Sized> Response for Wire<'_, T> {
    fn record_response(&self, recorder: &mut Recorder<'_>) {
        read::response(&Typed(self.value), self.format, recorder);
    }
}

impl<T: Serialize + ?Sized> Chunk for Wire<'_, T> {
    fn record_chunk(&self, stream: &mut Accumulator) {
        read::chunk(&Typed(self.value), self.format, stream);
    }
}

/// The format is recognized from the names of the fields, with the operation's provider as a hint.
impl Request for Value {
    fn record_request(&self, recorder: &mut Recorder<'_>) {
        read::request(self, None, recorder);
    }
}

/// The format is recognized from the names of the fields.
impl Response for Value {
    fn record_response(&self, recorder: &mut Recorder<'_>) {
        read::response(self, None, recorder);
    }
}

/// The format is recognized from the first chunk that shows it.
impl Chunk for Value {
    fn record_chunk(&self, stream: &mut Accumulator) {
        if !super::quiet::is_quiet(self, stream) {
            read::chunk(self, None, stream);
        }
    }
}
