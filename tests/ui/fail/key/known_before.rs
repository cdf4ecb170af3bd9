#[genai::chat(provider = openai, response(|r| temperature = 0.5))]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
