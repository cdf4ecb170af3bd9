#[genai::chat(provider = openai, max_tokens = text)]
async fn ask(text: &str) -> String {
    text.to_owned()
}

fn main() {}
