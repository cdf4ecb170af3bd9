#[genai::chat(provider = openai, response(|r| model = r, id = text))]
async fn ask(model: &str, text: String) -> Result<String, std::io::Error> {
    Ok(format!("{model}: {text}"))
}

fn main() {}
