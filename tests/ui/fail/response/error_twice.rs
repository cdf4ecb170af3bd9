#[genai::chat(provider = openai, error(|e| type = "a", type = "b"))]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
