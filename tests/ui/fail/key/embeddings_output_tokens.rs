#[genai::embeddings(provider = openai, response(|r| output_tokens = r.len()))]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
