#[genai::chat(provider = openai, max_tokens = model.len() as f64)]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
