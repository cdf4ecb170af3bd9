//! Both crates in one: the client `genai`, and this library under another name, by the recipe of `docs/settings.md`.

/// Asks a model through the client; recorded by this library.
///
/// # Errors
/// What the client says.
#[tel::chat(
    provider = openai,
    model = model,
    input = prompt,
    response(|r| model = r.provider_model_iden.model_name.to_string(),
                 input_tokens = r.usage.prompt_tokens,
                 output_tokens = r.usage.completion_tokens,
                 output = r.first_text()),
    crate = ::tel,
)]
pub async fn ask(
    client: &genai::Client,
    model: &str,
    prompt: &str,
) -> genai::Result<genai::chat::ChatResponse> {
    let request = genai::chat::ChatRequest::from_user(prompt);
    client.exec_chat(model, request, None).await
}

/// A request of this crate's.
#[derive(Debug, tel::Request)]
#[genai(provider = openai, crate = ::tel)]
pub struct Question {
    /// The model.
    #[genai(model)]
    pub model: String,
    /// The prompt.
    #[genai(message)]
    pub prompt: String,
}

/// An answer of this crate's.
#[derive(Debug, tel::Response)]
#[genai(crate = ::tel)]
pub struct Answer {
    /// What was answered.
    #[genai(message)]
    pub text: String,
    /// Of the prompt.
    #[genai(input_tokens)]
    pub tokens: u32,
}

/// Answers by itself.
#[tel::chat(request = question, crate = ::tel)]
pub fn answer(question: &Question) -> Answer {
    Answer {
        text: format!("You said: {}", question.prompt),
        tokens: 3,
    }
}

/// A conversation of one question.
#[tel::context(conversation_id = conversation, crate = ::tel)]
pub fn converse(conversation: &str, question: &Question) -> Answer {
    answer(question)
}

/// The same without `crate = ..`: the name of the dependency is found in Cargo.toml.
pub mod found {
    use super::Answer;

    /// A request of this crate's.
    #[derive(Debug, tel::Request)]
    #[genai(provider = openai)]
    pub struct Question {
        /// The model.
        #[genai(model)]
        pub model: String,
    }

    /// Answers by itself; the context is around the operation.
    #[tel::context(conversation_id = conversation)]
    #[tel::chat(request = question)]
    pub fn answer(conversation: &str, question: &Question) -> Answer {
        Answer {
            text: format!("{conversation}: {}", question.model),
            tokens: 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_recorded() {
        let harness = tel::testing::Harness::install();
        let question = Question {
            model: "gpt-5".to_owned(),
            prompt: "Hello".to_owned(),
        };
        assert_eq!(converse("c-1", &question).text, "You said: Hello");
        let span = harness.span("chat gpt-5");
        assert_eq!(span.str("gen_ai.conversation.id"), Some("c-1"));
        assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(3));
    }

    #[test]
    fn it_is_recorded_without_a_path() {
        let harness = tel::testing::Harness::install();
        let question = found::Question {
            model: "found".to_owned(),
        };
        assert_eq!(found::answer("c-2", &question).text, "c-2: found");
        let span = harness.span("chat found");
        assert_eq!(span.str("gen_ai.conversation.id"), Some("c-2"));
        assert_eq!(span.int("gen_ai.usage.input_tokens"), Some(4));
    }

    #[test]
    fn the_documentation_says_what_is_done_here() {
        let page = include_str!("../../../docs/settings.md");
        let manifest = include_str!("../Cargo.toml");
        for line in ["tel = { package = \"genai-runtime\"", "genai = "] {
            assert!(page.contains(line) && manifest.contains(line), "{line}");
        }
        assert!(page.contains("#[tel::chat(") && page.contains("crate = ::tel"));
    }
}
