#[genai::chat(provider = openai, model = text.parse::<String>()?)]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
