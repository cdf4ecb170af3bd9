use genai_ui_tests::{Words, words};

type Answer = Result<Words, std::io::Error>;

/// As axum's: it holds a stream and is none.
struct Sse<S>(S);

#[genai::chat(provider = openai, model = "m", response = none, stream)]
async fn alias(text: &str) -> Answer {
    Ok(words(text))
}

// As a `ReceiverStream`: a stream that holds no other.
#[genai::chat(provider = openai, model = "m", response = none, stream)]
fn receiver(text: &str) -> Words {
    words(text)
}

#[genai::chat(provider = openai, model = "m", response = none, stream)]
async fn receiver_in_a_result(text: &str) -> Result<Words, std::io::Error> {
    Ok(words(text))
}

#[genai::chat(provider = openai, model = "m", response = none, stream)]
async fn body(text: &str) -> Sse<Words> {
    Sse(words(text))
}

fn main() {}
