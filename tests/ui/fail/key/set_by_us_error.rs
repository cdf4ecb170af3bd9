#[genai::chat(provider = openai, error.type = "timeout")]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
