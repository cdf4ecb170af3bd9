#[genai::chat(provider = openai, temperature = text.trim())]
async fn ask(text: &str) -> String {
    text.to_owned()
}

fn main() {}
