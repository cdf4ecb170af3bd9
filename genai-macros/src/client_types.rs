//! Types of clients that serialise to a provider's JSON, in whatever version: one table, the same in the macros and in the runtime.
//!
//! The macros look for the written name, the runtime for the crate it comes from. A name that says little has its module too.

/// A type: its crate, the end of its path, what it is, its format as attributes name it.
pub(crate) type ClientType = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

/// All of them.
pub(crate) const CLIENT_TYPES: &[ClientType] = &[
    ("async_openai", "CreateChatCompletionRequest", "request", "openai"),
    ("async_openai", "CreateChatCompletionResponse", "response", "openai"),
    ("async_openai", "CreateChatCompletionStreamResponse", "item", "openai"),
    ("async_openai", "ChatCompletionResponseStream", "stream", "openai"),
    ("async_openai", "CreateCompletionRequest", "request", "openai"),
    ("async_openai", "CreateCompletionResponse", "response", "openai"),
    ("async_openai", "CompletionResponseStream", "stream", "openai"),
    ("async_openai", "CreateEmbeddingRequest", "request", "openai"),
    ("async_openai", "CreateEmbeddingResponse", "response", "openai"),
    ("async_openai", "CreateResponse", "request", "openai_responses"),
    ("async_openai", "responses::Response", "response", "openai_responses"),
    ("async_openai", "ResponseEvent", "item", "openai_responses"),
    ("async_openai", "ResponseStreamEvent", "item", "openai_responses"),
    ("async_openai", "responses::ResponseStream", "stream", "openai_responses"),
    ("openai_api_rs", "ChatCompletionRequest", "request", "openai"),
    ("openai_api_rs", "ChatCompletionResponse", "response", "openai"),
    ("openai_api_rs", "CreateResponseRequest", "request", "openai_responses"),
    ("openai_api_rs", "ResponseObject", "response", "openai_responses"),
    ("openai_api_rs", "EmbeddingRequest", "request", "openai"),
    ("openai_api_rs", "EmbeddingResponse", "response", "openai"),
    ("ollama_rs", "ChatMessageRequest", "request", "ollama"),
    ("ollama_rs", "ChatMessageResponse", "response", "ollama"),
    ("ollama_rs", "ChatMessageResponseStream", "stream", "ollama"),
    ("ollama_rs", "GenerationRequest", "request", "ollama"),
    ("ollama_rs", "GenerationResponse", "response", "ollama"),
    ("ollama_rs", "GenerationResponseStream", "stream", "ollama"),
    ("ollama_rs", "GenerateEmbeddingsRequest", "request", "ollama"),
    ("ollama_rs", "GenerateEmbeddingsResponse", "response", "ollama"),
    ("gemini_rust", "GenerateContentRequest", "request", "gemini"),
    ("gemini_rust", "GenerationResponse", "response", "gemini"),
    ("gemini_rust", "GenerationStream", "stream", "gemini"),
    ("gemini_rust", "EmbedContentRequest", "request", "gemini"),
    ("gemini_rust", "ContentEmbeddingResponse", "response", "gemini"),
    ("gemini_rust", "CreateInteractionRequest", "request", "gemini_interactions"),
    ("gemini_rust", "interactions::Interaction", "response", "gemini_interactions"),
    ("anthropic_ai_sdk", "CreateMessageParams", "request", "anthropic"),
    ("anthropic_ai_sdk", "CreateMessageResponse", "response", "anthropic"),
    ("anthropic_ai_sdk", "message::StreamEvent", "item", "anthropic"),
    ("async_anthropic", "CreateMessagesRequest", "request", "anthropic"),
    ("async_anthropic", "CreateMessagesResponse", "response", "anthropic"),
    ("async_anthropic", "MessagesStreamEvent", "item", "anthropic"),
    ("async_anthropic", "CreateMessagesResponseStream", "stream", "anthropic"),
];
