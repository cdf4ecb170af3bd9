//! The wire formats by name.

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
    /// Google's Interactions API.
    Interactions,
    /// Mistral's conversations.
    Conversations,
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
    /// All of them.
    pub(crate) const ALL: [Self; 10] = [
        Self::OpenAi,
        Self::Responses,
        Self::Anthropic,
        Self::Gemini,
        Self::Interactions,
        Self::Conversations,
        Self::Converse,
        Self::Invoke,
        Self::Ollama,
        Self::Cohere,
    ];
}
