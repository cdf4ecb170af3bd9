#[genai::chat(provider = openai, error(|e| type = e.kind().to_string()), error(|e| type = "x"))]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
