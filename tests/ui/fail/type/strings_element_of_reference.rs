#[genai::chat(provider = openai, stop_sequences = &[1, 2])]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
