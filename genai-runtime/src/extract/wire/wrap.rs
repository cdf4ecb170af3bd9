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

/// One constructor for each format, and the format by name.
macro_rules! formats {
    ($($(#[$doc:meta])* $name:ident, $variant:ident: $format:expr;)*) => {
        impl<'a, T: Serialize + ?Sized> Wire<'a, T> {
            $($(#[$doc])*
            pub fn $name(value: &'a T) -> Self {
                Self { value, format: $format }
            })*
        }

        /// A provider's JSON format, by name; attributes write it in small letters: `response = openai`.
        ///
        /// For functions that take it as a value, such as [`observe_stream_as`](crate::observe_stream_as); [`Wire`] has a
        /// constructor for each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum WireFormat {
            $($(#[$doc])* $variant,)*
        }

        impl WireFormat {
            const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub(crate) fn format(self) -> Option<Format> {
                match self {
                    $(Self::$variant => $format,)*
                }
            }

            /// The format whose constructor has this name.
            pub(crate) fn of_word(word: &str) -> Option<Self> {
                match word {
                    $(stringify!($name) => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The format at `index`, as a number that a type can have.
            pub(crate) fn of_index(index: u8) -> Self {
                Self::ALL.get(usize::from(index)).copied().unwrap_or(Self::Auto)
            }
        }
    };
}

formats! {
    /// In a format that is recognized from the names of the fields, with the operation's provider as a hint.
    detect, Auto: None;
    /// OpenAI chat completions, completions or embeddings, or a format compatible with one of them.
    openai, OpenAi: Some(Format::OpenAi);
    /// OpenAI Responses.
    openai_responses, OpenAiResponses: Some(Format::Responses);
    /// Anthropic messages.
    anthropic, Anthropic: Some(Format::Anthropic);
    /// Gemini `generateContent` or `embedContent`.
    gemini, Gemini: Some(Format::Gemini);
    /// Google's Interactions API.
    gemini_interactions, GeminiInteractions: Some(Format::Interactions);
    /// Mistral's conversations.
    mistral_conversations, MistralConversations: Some(Format::Conversations);
    /// Bedrock Converse or ConverseStream, or Nova behind InvokeModel. Claude behind InvokeModel speaks [`Wire::anthropic`].
    bedrock, Bedrock: Some(Format::Converse);
    /// The plain-prompt families behind Bedrock's InvokeModel: Titan, Llama, Mistral, Cohere Command, AI21.
    bedrock_invoke, BedrockInvoke: Some(Format::Invoke);
    /// Ollama chat, generate or embed.
    ollama, Ollama: Some(Format::Ollama);
    /// Cohere chat or embed, version 1 or 2.
    cohere, Cohere: Some(Format::Cohere);
}

impl<'a, T: Serialize + ?Sized> Wire<'a, T> {
    /// In this format.
    ///
    /// ```
    /// let reply = serde_json::json!({"model": "m", "usage": {"prompt_tokens": 1, "completion_tokens": 2}});
    /// genai::current().response(&genai::Wire::of(genai::WireFormat::OpenAi, &reply));
    /// ```
    pub fn of(format: WireFormat, value: &'a T) -> Self {
        Self {
            value,
            format: format.format(),
        }
    }

    /// In a format that is known inside.
    pub(crate) fn known(format: Format, value: &'a T) -> Self {
        Self {
            value,
            format: Some(format),
        }
    }
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
